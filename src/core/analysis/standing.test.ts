import { describe, expect, it } from 'vitest';
import { type AnalysisFacts, causeText, remedyOf, remedyText, objectionTo } from './standing.ts';

const settings = { kind: 'ConfigMap', namespace: 'shop', name: 'settings' };
const facts = (change: Partial<AnalysisFacts> = {}): AnalysisFacts => ({
  at: 0,
  causes: [{ cause: 'ConfigMapMissing', root: settings, confidence: 'certain' }],
  ...change,
});
const quota = { cause: 'PodQuotaExceeded', root: settings, confidence: 'likely' } as const;
const holdBack = { stance: 'holdBack', confidence: 'high' } as const;

describe('the effect of an action on a cause', () => {
  it('is harm where it harms any cause that nothing speaks against', () => {
    const causes = [...facts().causes, quota];
    expect(remedyOf(causes, 'delete')).toBe('harmful');
    expect(remedyOf([causes[0] ?? quota, { ...quota, confidence: 'contested' }], 'delete')).toBe('pointless');
  });

  it('is that on the first cause otherwise, and unknown where that is contested or there is none', () => {
    expect(remedyOf(facts().causes, 'restart')).toBe('pointless');
    expect(remedyOf(facts().causes, 'patch')).toBe('helps');
    expect(remedyOf(facts().causes, 'webhook')).toBe('unknown');
    expect(remedyOf([{ cause: 'ConfigMapMissing', confidence: 'contested' }], 'restart')).toBe('unknown');
    expect(remedyOf([], 'restart')).toBe('unknown');
  });

  it('has words', () => {
    expect(remedyText(facts().causes, 'restart')).toBe('A restart cannot help.');
    expect(remedyText(facts().causes, 'patch')).toBe('A patch can help.');
    expect(remedyText([quota], 'delete')).toBe('A deletion would do harm.');
    expect(remedyText([], 'delete')).toBeUndefined();
  });
});

describe('an objection', () => {
  it('names the cause, the object and the next step', () => {
    expect(objectionTo(facts(), 'restart')).toMatch(
      /^A restart cannot help: ConfigMapMissing at ConfigMap shop\/settings\. /,
    );
    expect(objectionTo(facts({ causes: [quota] }), 'restart')).toMatch(/^A restart would do harm: PodQuotaExceeded /);
  });

  it('is none to what helps, to what nobody knows, and to what is pointless by elimination alone', () => {
    expect(objectionTo(facts(), 'patch')).toBeUndefined();
    expect(objectionTo(facts({ causes: [] }), 'restart')).toBeUndefined();
    const likely = facts({ causes: [{ cause: 'ConfigMapMissing', root: settings, confidence: 'likely' }] });
    expect(objectionTo(likely, 'restart')).toBeUndefined();
  });

  it('is that of a model where the rules do not say that the action helps', () => {
    expect(objectionTo(facts({ causes: [], model: holdBack }), 'restart')).toMatch(/^The model sees no action/);
    expect(objectionTo(facts({ model: holdBack }), 'patch')).toBeUndefined();
    // A symptom tells that a restart can help for a while, and not why the program ends.
    const crash = { cause: 'ApplicationCrashes', root: settings, confidence: 'certain' } as const;
    expect(objectionTo(facts({ causes: [crash], model: holdBack }), 'restart')).toMatch(/^The model sees no action/);
    const content = { stance: 'noObjection', confidence: 'high' } as const;
    expect(objectionTo(facts({ causes: [], model: content }), 'restart')).toBeUndefined();
    // A model that has no objection takes none of the rules' away.
    expect(objectionTo(facts({ model: content }), 'restart')).toMatch(/cannot help/);
  });
});

describe('the text of a cause', () => {
  it('has its meaning, the next step, what was found beside it, and the stance of the model', () => {
    const text = causeText(facts({ causes: [...facts().causes, quota], model: holdBack }));
    expect(text).toMatch(/^ConfigMapMissing \(certain\) at ConfigMap shop\/settings\. /);
    expect(text).toContain('Found beside it: PodQuotaExceeded.');
    expect(text).toMatch(/The model sees no action of the policy that helps \(confidence high\)\.$/);
  });

  it('of rules that abstain says so', () => {
    expect(causeText({ at: 0, causes: [] })).toBe('no rule can tell.');
  });
});
