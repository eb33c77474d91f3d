import { describe, expect, it } from 'vitest';
import { at, claim, EFFECT, PLAN } from '../../../test/kit/action-data.ts';
import { healingAction, MINUTE, T0 } from '../../../test/kit/core-data.ts';
import type { ActionStatus } from '../../api/action-status.ts';
import type { Outcome } from '../actions/action-kind.ts';
import { asked } from './asking.ts';
import type { Planned } from './claim.ts';
import { asksOutcome, type ClaimStep, claimStep } from './claim-step.ts';

const TERMS = { undo: 'wanted', approvalTimeoutMs: MINUTE } as const;
const gone: Planned = { kind: 'gone', message: 'Deployment shop/web is gone' };
const first: ActionStatus = { phase: 'Approved' };
const retry = claim({ nextAttemptTime: at(0) });
const midway = claim({ stageTime: at(0) });

describe('what became of earlier attempts', () => {
  it.each<[string, ActionStatus, Planned, boolean]>([
    ['is nothing before the first', first, PLAN, false],
    ['is nothing of a target that went before the first', first, gone, false],
    ['is asked before another one', retry, PLAN, true],
    ['is asked when the target is gone', retry, gone, true],
    ['is what the plan of the next stage sees', midway, PLAN, false],
    ['is asked when the target went in the middle', midway, gone, true],
  ])('%s', (_title, status, planned, asks) => {
    expect(asksOutcome(healingAction(status), planned)).toBe(asks);
  });
});

const inWords = (step: ClaimStep): string =>
  step.do === 'commit'
    ? `${step.status.phase} ${step.status.reason}`
    : step.do === 'claim'
      ? `claim: ${step.how}`
      : `hold: ${step.message}`;

describe('a plan', () => {
  const refused: Planned = { kind: 'refused', reason: 'BarePod', message: 'nothing brings it back' };
  const complete: Planned = { kind: 'complete', summary: 'four pods were evicted' };
  it.each<[string, ActionStatus, Planned, Outcome | undefined, string]>([
    ['is claimed', first, PLAN, undefined, 'claim: begins'],
    ['of another attempt is claimed', retry, PLAN, 'not done', 'claim: begins'],
    ['of another attempt is claimed although nobody can tell', retry, PLAN, 'unknown', 'claim: begins'],
    ['of the next stage is claimed', midway, PLAN, undefined, 'claim: continues'],
    ['is left: it was done already', retry, PLAN, 'done', 'InProgress Verifying'],
    ['is left although it is refused now: it was done already', retry, refused, 'done', 'InProgress Verifying'],
    ['waits', midway, { kind: 'wait', message: 'one pod is left' }, undefined, 'hold: one pod is left'],
    ['has nothing left to do', midway, complete, undefined, 'InProgress Verifying'],
    ['is refused', first, refused, undefined, 'Cancelled BarePod'],
    ['is refused midway', midway, refused, undefined, 'Failed BarePod'],
    ['has no target', first, gone, undefined, 'Cancelled TargetGone'],
    ['has no target any more', retry, gone, 'not done', 'Failed TargetGone'],
    ['has no target any more, which was wanted', retry, gone, 'done', 'InProgress Verifying'],
  ])('%s', (_title, status, planned, outcome, words) => {
    const seen = { planned, effect: EFFECT, terms: TERMS, ...(outcome !== undefined && { outcome }) } as const;
    expect(inWords(claimStep(healingAction(status), seen, T0))).toBe(words);
  });

  it('that is complete is summed up by all of its stages', () => {
    const step = claimStep(healingAction(midway), { planned: complete, effect: EFFECT, terms: TERMS }, T0);
    expect(step).toMatchObject({ status: { message: 'four pods were evicted; watching whether it helps' } });
  });
});

describe('the plan of an action that a person approved (I28)', () => {
  const spec = { approvalRequired: true };
  const waiting = asked(healingAction({}, { spec }), PLAN, { ...TERMS, now: T0 });
  const approved = healingAction({ ...waiting, phase: 'Approved', reason: 'Approved' }, { spec });
  const play = (planned: Planned, action = approved) =>
    claimStep(action, { planned, effect: EFFECT, terms: TERMS }, T0 + MINUTE);
  const other: Planned = { ...PLAN, requests: PLAN.requests.map((one) => ({ ...one, path: '/other' })) };

  it('is claimed when it is the one that was approved', () => {
    expect(inWords(play(PLAN))).toBe('claim: begins');
  });

  it('is asked for again when it has become another', () => {
    const step = play(other);
    expect(inWords(step)).toBe('Pending AwaitingApproval');
    expect(step).toMatchObject({
      status: {
        message: expect.stringMatching(/^the plan has changed since somebody approved it; waits for approval until /),
        plan: { requests: [{ path: '/other' }] },
        approval: { approved: false, expiresAt: at(2 * MINUTE) },
      },
    });
  });

  it('is not asked for again where no approval is needed', () => {
    expect(inWords(play(other, healingAction(first)))).toBe('claim: begins');
  });
});
