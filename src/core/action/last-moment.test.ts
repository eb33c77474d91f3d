import { describe, expect, it } from 'vitest';
import { at, CHANGE, claim, EFFECT, INVERSE } from '../../../test/kit/action-data.ts';
import { healingAction, T0 } from '../../../test/kit/core-data.ts';
import { refuse, type Verdict } from '../gates/proposal.ts';
import { afterSending, stopped, withdrawn } from './last-moment.ts';
import { EXECUTED, pastAction, WITHDRAWN } from './past-action.ts';
import type { Sent } from './stage-replies.ts';

const chance = { random: 0, undo: 'wanted', now: T0 } as const;
const claimedAction = healingAction(claim());
const refused = (turn?: 'ours') =>
  ({ ...refuse('Protected', 'it bears the label'), ...(turn !== undefined && { turn }) }) as Extract<
    Verdict,
    { allow: false }
  >;

describe('a gate refuses between claim and effect', () => {
  it.each<[string, 'begins' | 'continues', 'ours' | undefined, string, string | undefined]>([
    ['nothing was sent: the decision is made anew', 'begins', undefined, 'Failed Protected', WITHDRAWN],
    ['its turn comes when others gave way: it tries again', 'begins', 'ours', 'InProgress Retrying', undefined],
    ['in the middle it tries again', 'continues', undefined, 'InProgress Retrying', undefined],
  ])('%s', (_title, how, turn, words, mark) => {
    const status = stopped(claimedAction, { verdict: refused(turn), how }, chance);
    expect(`${status.phase} ${status.reason}`).toBe(words);
    expect(status.message).toContain('refused at the last moment: it bears the label');
    expect(status.conditions?.find(({ type }) => type === EXECUTED)?.reason).toBe(mark);
  });

  it('the last attempt that had to give way counts as withdrawn too, not as a failed healing', () => {
    const last = healingAction(claim({ attempts: 3 }));
    const status = stopped(last, { verdict: refused('ours'), how: 'begins' }, chance);
    expect(pastAction(healingAction(status))).toMatchObject({
      phase: 'Failed',
      unsent: { how: 'withdrawn' },
      executed: false,
    });
  });

  it('the last attempt in the middle is taken back', () => {
    const midway = healingAction(claim({ attempts: 3, inverses: [INVERSE] }));
    const status = stopped(midway, { verdict: refused(), how: 'continues' }, chance);
    expect(status).toMatchObject({ reason: 'Undoing', undo: { reason: 'Protected' } });
  });
});

describe('an action of which nothing was sent', () => {
  const why = { reason: 'TargetGone', message: 'it is gone' } as const;
  const now = { undo: 'wanted', now: T0 } as const;
  it('is cancelled before its claim', () => {
    const status = withdrawn(healingAction({ phase: 'Approved' }), why, now);
    expect(status).toMatchObject({ phase: 'Cancelled', ...why, completionTime: at(0) });
  });

  it('fails after its claim, and is no execution', () => {
    const status = withdrawn(claimedAction, why, now);
    expect(status).toMatchObject({ phase: 'Failed', ...why });
    expect(pastAction(healingAction(status))).toMatchObject({ executed: false, unsent: { how: 'withdrawn' } });
  });
});

describe('after the requests were sent', () => {
  const failure = { code: 'TooManyRequests', message: 'no budget', status: 429, retryAfterMs: 60_000 };
  it.each<[string, Sent, object | undefined]>([
    [
      'all done: it is watched',
      { kind: 'done', answers: [], refused: [] },
      { reason: 'Verifying', inverses: [INVERSE] },
    ],
    ['this process may not act any more: the claim stays', { kind: 'stopped' }, undefined],
    [
      'not clear: what is known is written down',
      { kind: 'unclear', message: 'it answered 500' },
      { phase: 'InProgress', reason: 'AnswerUnclear', message: 'it answered 500' },
    ],
    [
      'refused: it is tried again when the server says',
      { kind: 'refused', done: [], failures: [failure] },
      { reason: 'Retrying', nextAttemptTime: at(60_000) },
    ],
    [
      'refused for good after a part was done: that part is taken back',
      { kind: 'refused', done: [0], failures: [{ ...failure, code: 'Forbidden', status: 403 }] },
      { reason: 'Undoing', inverses: [INVERSE], undo: { reason: 'Forbidden' } },
    ],
  ])('%s', (_title, sent, status) => {
    const found = afterSending(healingAction(claim({}, CHANGE)), { sent, effect: EFFECT }, chance);
    if (status === undefined) expect(found).toBeUndefined();
    else expect(found).toMatchObject(status);
  });
});
