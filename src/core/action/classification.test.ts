import { describe, expect, it } from 'vitest';
import { CHANGE, claim, EFFECT, PLAN } from '../../../test/kit/action-data.ts';
import { healingAction, T0, workload } from '../../../test/kit/core-data.ts';
import type { Outcome, Seen } from '../actions/action-kind.ts';
import { classified, outcomeOf, unclear } from './classification.ts';
import { EXECUTED } from './past-action.ts';

const seen = (outcome: Outcome) => ({ outcome, effect: EFFECT, random: 0, undo: 'wanted' }) as const;

describe('an interrupted attempt', () => {
  it.each<[Outcome, number, string, string | undefined]>([
    ['done', 1, 'InProgress Verifying', 'True'],
    ['not done', 1, 'InProgress Retrying', undefined],
    ['not done', 3, 'Failed Interrupted', 'False'],
    // It cannot be told, so it counts as done.
    ['superseded', 1, 'Failed Superseded', undefined],
    ['unknown', 1, 'Failed OutcomeUnknown', undefined],
  ])('found %s at attempt %i: %s', (outcome, attempts, words, mark) => {
    const status = classified(healingAction(claim({ attempts })), seen(outcome), T0);
    expect(`${status.phase} ${status.reason}`).toBe(words);
    expect(status.conditions?.find(({ type }) => type === EXECUTED)?.status).toBe(mark);
  });

  it.each<Outcome>(['superseded', 'unknown'])('found %s: what it may have changed is taken back', (outcome) => {
    const status = classified(healingAction(claim({}, CHANGE)), seen(outcome), T0);
    expect(status).toMatchObject({ reason: 'Undoing', inverses: [CHANGE.requests[0]?.inverse] });
  });

  it('tells what is known of a call whose answer was not clear', () => {
    const after = unclear(healingAction(claim()), 'endpoint pager answered 500 after it had taken the call');
    const status = classified(healingAction(after), seen('unknown'), T0);
    expect(status.message).toMatch(/^endpoint pager answered 500 .* cannot be told, so it is not repeated/);
  });
});

it('the kind of action sees the attempt that was claimed, and what it asked for', () => {
  const handed: Seen[] = [];
  const kind = {
    classify: (one: Seen): Outcome => {
      handed.push(one);
      return 'superseded';
    },
  };
  const target = workload('Deployment');
  const answers = { job: { found: 'no', reason: 'NotFound', message: 'gone' } } as const;
  const action = healingAction(claim({ attempts: 2 }));
  expect(outcomeOf(kind, action, { target, answers })).toBe('superseded');
  expect(handed).toEqual([
    {
      target,
      answers,
      kind: 'Deployment',
      uid: 'web-uid',
      marker: 'action-uid/2',
      template: action.spec.action,
      requests: PLAN.requests,
    },
  ]);
});
