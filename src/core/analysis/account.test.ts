import { describe, expect, it } from 'vitest';
import { look, make, workload } from '../../../test/kit/analysis/looks.ts';
import { analysisResultSchema } from '../../api/action-status.ts';
import { accountOf, causeNews, saysTheSame, whyText, withModel } from './account.ts';
import { analyze } from './analyze.ts';
import type { Finding } from './finding.ts';
import type { CauseName } from './causes/index.ts';

const WEB = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'web-uid' };
const evidence = {
  id: 'e',
  kind: 'event',
  source: { kind: 'Pod', namespace: 'shop', name: 'web-1' },
  trust: 'api',
  text: 'Failed: password=hunter2hunter2 refused',
} as const;
const finding: Finding<CauseName> = {
  cause: 'ConfigMapMissing',
  family: 'startup',
  root: { kind: 'ConfigMap', namespace: 'shop', name: 'settings' },
  shows: [],
  text: 'web cannot start: ConfigMap settings does not exist.',
  evidence: [evidence],
  contradicting: [],
  explains: [],
  confidence: 'certain',
  cures: { fits: ['patch'], pointless: ['restart'], harmful: ['drain'] },
};
const DIGEST = { digest: 'd'.repeat(64) };
const told = accountOf({ at: 0, findings: [finding], gaps: [{ kind: 'Node', why: 'Forbidden' }] }, DIGEST);

describe('the account of an analysis', () => {
  it('has the cause, what helps, and evidence without secrets; what was not seen only where it could tell more', () => {
    expect(told).toMatchObject({
      cause: 'ConfigMapMissing',
      object: 'ConfigMap shop/settings',
      confidence: 'certain',
      helps: ['patch'],
      pointless: ['restart'],
      harmful: ['drain'],
      at: '1970-01-01T00:00:00Z',
    });
    expect(JSON.stringify(told)).not.toContain('hunter2');
    expect(told).not.toHaveProperty('unseen');
    const likely = accountOf(
      { at: 0, findings: [{ ...finding, confidence: 'likely' }], gaps: [{ kind: 'Node', why: 'Forbidden' }] },
      DIGEST,
    );
    expect(likely.unseen).toEqual(['Node']);
  });

  it('of rules that abstain has no cause, and there is nothing to tell', () => {
    const nothing = accountOf({ at: 0, findings: [], gaps: [] }, DIGEST);
    expect(nothing).toEqual({ ...DIGEST, at: '1970-01-01T00:00:00Z' });
    expect(whyText(nothing, 'restart')).toBeUndefined();
    expect(causeNews(WEB, nothing)).toBeUndefined();
  });

  it('fits the schema of a status, however long the texts are', () => {
    const long = { ...finding, text: 'x y '.repeat(5_000), evidence: Array.from({ length: 8 }, () => evidence) };
    const account = accountOf({ at: 0, findings: [long], gaps: [] }, DIGEST);
    expect(analysisResultSchema.safeParse(account).success).toBe(true);
  });

  it('of a cluster that is well says nothing is wrong', () => {
    const snapshot = look([...workload(), make('Node', 'n1')]);
    expect(accountOf(analyze(snapshot), DIGEST).cause).toBeUndefined();
  });

  it('says the same where cause, object, certainty and model are the same, whatever the evidence', () => {
    expect(saysTheSame(told, { ...told, evidence: [], digest: 'other', at: '2026-01-01T00:00:00Z' })).toBe(true);
    expect(saysTheSame(told, { ...told, confidence: 'likely' })).toBe(false);
    expect(saysTheSame(told, withModel(told, { failure: 'late' }))).toBe(false);
    expect(saysTheSame(undefined, undefined)).toBe(true);
    expect(saysTheSame(undefined, told)).toBe(false);
  });
});

describe('the paragraph for people', () => {
  it('says the cause, what the action does about it, and what to do', () => {
    expect(whyText(told, 'restart')).toMatch(
      /^Why: ConfigMapMissing \(certain\)\. web cannot start: ConfigMap settings does not exist\. A restart cannot help\. To do: /,
    );
    expect(whyText(told, 'webhook')).not.toContain('webhook');
    expect(whyText(undefined)).toBeUndefined();
  });

  it('has the words of a model after those of the rules', () => {
    const advice = {
      stance: 'holdBack',
      cause: 'Other',
      object: { kind: 'Deployment', namespace: 'shop', name: 'web' },
      summary: 'The disk is slow.',
      suggestion: 'escalate',
      confidence: 'high',
      cited: [],
      contradicting: [],
    } as const;
    const said = withModel(told, { advice });
    expect(whyText(said, 'restart')).toMatch(/A model says: The disk is slow\.$/);
    const alone = withModel(accountOf({ at: 0, findings: [], gaps: [] }, DIGEST), { advice });
    expect(whyText(alone)).toBe('A model says: The disk is slow.');
    expect(withModel(told, { failure: 'late' }).model).toEqual({ stance: 'none', failure: 'late' });
  });
});
