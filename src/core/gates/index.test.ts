import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  ago,
  failures,
  judgedPolicy,
  MINUTE,
  pastOnWeb,
  proposal,
  running,
  T0,
  WEB,
  workload,
} from '../../../test/kit/core-data.ts';
import { gates, judge } from './index.ts';
import { ALLOW, type Proposal } from './proposal.ts';

const PROTECTED = 'kubeskippy.io/protected';
const limits = { ...proposal().limits, maxActionsPerHour: 2 };
const { policy: _none, ...byHandAlone } = proposal();
const byHand = (change: Partial<Proposal> = {}): Proposal => ({ ...byHandAlone, ...change });

describe('all gates', () => {
  it('are asked in the documented order', () => {
    expect(gates.map(({ reason }) => reason)).toEqual([
      'Suspended',
      'Protected',
      'OutOfScope',
      'StaleObservation',
      'NotFiring',
      'Uncordoned',
      'MassFailure',
      'CommonCause',
      'OutsideWindow',
      'RateLimited',
      'CoolingDown',
      'BudgetExhausted',
      'CircuitOpen',
      'Chronic',
      'AnalysisVeto',
      'RolloutInProgress',
    ]);
  });

  const worst: Partial<Proposal> = {
    paused: 'paused',
    stale: 'stale',
    object: workload('Deployment', { metadata: { labels: { [PROTECTED]: 'true' }, uid: 'new' } }),
    history: [running({ uid: 'rival', targetUid: WEB.uid }), pastOnWeb()],
  };
  const { paused: _lifted, ...unpaused } = worst;
  it.each<[string, Partial<Proposal>, string]>([
    ['everything is wrong: the first refusal is shown', worst, 'Suspended'],
    ['the kill switch is lifted: the next one', unpaused, 'Protected'],
    ['a recent action and one in flight', { history: worst.history ?? [] }, 'CoolingDown'],
  ])('%s', (_title, change, reason) => {
    expect(judge(proposal(change), T0)).toMatchObject({ allow: false, reason });
  });

  it('allow an ordinary proposal, and one by hand', () => {
    expect([judge(proposal(), T0), judge(byHand(), T0)]).toEqual([ALLOW, ALLOW]);
  });

  it('an action by hand passes the same gates where they need no policy', () => {
    expect(judge(byHand({ paused: 'x' }), T0)).toMatchObject({ reason: 'Suspended' });
    expect(judge(byHand({ history: [running({ targetUid: WEB.uid })] }), T0)).toMatchObject({
      reason: 'BudgetExhausted',
    });
    expect(judge(byHand({ limits, history: [ago(MINUTE), ago(2 * MINUTE)] }), T0)).toMatchObject({
      reason: 'RateLimited',
    });
  });

  it('an action that is judged again neither competes with itself nor counts twice', () => {
    const self = running({ uid: 'me', targetUid: WEB.uid });
    const asked = proposal({ policy: judgedPolicy({}, { maxActionsPerHour: 1 }), history: [self] });
    expect(judge(asked, T0)).toMatchObject({ reason: 'RateLimited' });
    expect(judge({ ...asked, self: { uid: 'me', createdAt: T0 } }, T0)).toEqual(ALLOW);
  });

  it('a refusal reads the same at any later instant until it changes, so that status is not written for the time alone', () => {
    const asked = proposal({ history: [pastOnWeb(), ...failures(T0)] });
    expect(judge(asked, T0 + MINUTE)).toEqual(judge(asked, T0));
  });
});

it('the page on healing names the gates in the order in which they are asked', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/concepts/healing.md'), 'utf8');
  const section = /^## The gates$[\s\S]*?(?=^##)/m.exec(page)?.[0] ?? '';
  expect([...section.matchAll(/^\| `([A-Z]\w+)` \|/gm)].map(([, reason]) => reason)).toEqual(
    gates.map(({ reason }) => reason),
  );
});
