import { describe, expect, it } from 'vitest';
import { at, CHANGE, claim, INVERSE, PLAN } from '../../../test/kit/action-data.ts';
import { healingAction, HOUR, MINUTE, SECOND, T0 } from '../../../test/kit/core-data.ts';
import type { ActionStatus } from '../../api/action-status.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { claimed } from './claim.ts';
import { attemptFailed, failed, planRefused } from './failure.ts';
import { EXECUTED, pastAction, PLAN_REFUSED, WITHDRAWN } from './past-action.ts';

const FAILURE = {
  reason: 'Timeout',
  message: 'no answer',
  retry: 'later',
  executed: 'no',
  random: 0,
  undo: 'wanted',
} as const;

describe('a failed attempt', () => {
  it.each([
    [1, 0, 30],
    [2, 0, 60],
    [1, 0.5, 31.5],
  ])('number %i waits its turn (random %f): %f s', (attempts, random, seconds) => {
    const status = attemptFailed(healingAction(claim({ attempts })), { ...FAILURE, random }, T0);
    expect(status).toMatchObject({ phase: 'InProgress', reason: 'Retrying', nextAttemptTime: at(seconds * SECOND) });
  });

  it('waits no longer than ten minutes by itself (I22)', () => {
    const retryPolicy = { maxAttempts: 50, backoffDelay: '9m', backoffMultiplier: 10 };
    const patient = healingAction(claim({ attempts: 9 }), { spec: { retryPolicy } });
    expect(attemptFailed(patient, { ...FAILURE, random: 0.99 }, T0).nextAttemptTime).toBe(at(10 * MINUTE));
  });

  it('waits as long as the server asks for', () => {
    const status = attemptFailed(healingAction(claim()), { ...FAILURE, retryAfterMs: HOUR }, T0);
    expect(status.nextAttemptTime).toBe(at(HOUR));
  });

  it.each<[string, number, object, number]>([
    ['is planned again at once after a conflict', 1, {}, 0],
    ['waits with its last attempt after a conflict too', 2, {}, 60],
    ['waits after a conflict when the server asks for it', 1, { retryAfterMs: 40_000 }, 40],
  ])('%s', (_title, attempts, change, seconds) => {
    const conflict = { ...FAILURE, reason: 'Conflict', message: 'it changed', ...change } as const;
    const status = attemptFailed(healingAction(claim({ attempts })), conflict, T0);
    expect(status).toMatchObject({ reason: 'Retrying', nextAttemptTime: at(seconds * SECOND) });
  });

  it('begins again with the first stage', () => {
    expect(attemptFailed(healingAction(claim({ stageTime: at(0) })), FAILURE, T0).stageTime).toBeUndefined();
  });

  it.each<[string, HealingAction, object]>([
    ['the last one', healingAction(claim({ attempts: 3 })), {}],
    ['one that cannot be repeated', healingAction(claim()), { retry: 'never' }],
  ])('ends the action, being %s, and says that nothing was done', (_title, action, change) => {
    const status = attemptFailed(action, { ...FAILURE, ...change }, T0 + SECOND);
    expect(status).toMatchObject({
      phase: 'Failed',
      reason: 'Timeout',
      completionTime: at(SECOND),
      result: { success: false, error: 'no answer' },
      conditions: [{ type: EXECUTED, status: 'False', reason: 'Timeout' }],
    });
  });
});

describe('what was done of a failed attempt', () => {
  const two = {
    ...CHANGE,
    requests: [
      ...CHANGE.requests,
      { method: 'PATCH' as const, path: '/y', description: 'y', inverse: { ...INVERSE, path: '/y' } },
    ],
  };
  it('is taken back; the refused request is not', () => {
    const action = healingAction(claim({}, two));
    const status = attemptFailed(action, { ...FAILURE, retry: 'never', done: [0] }, T0);
    expect(status).toMatchObject({ reason: 'Undoing', inverses: [INVERSE] });
  });

  it('is taken back newest first', () => {
    const action = healingAction(claim({}, two));
    const status = attemptFailed(action, { ...FAILURE, retry: 'never', done: [0, 1] }, T0);
    expect(status.inverses?.map(({ path }) => path)).toEqual(['/y', '/x']);
  });

  it('is not called a second time, where it was a call, and counts as executed', () => {
    const call = (endpoint: string) => ({ method: 'POST' as const, path: '', endpoint, description: endpoint });
    const action = healingAction(claim({}, { ...PLAN, requests: [call('pager'), call('chat')] }));
    const later = attemptFailed(action, { ...FAILURE, done: [1] }, T0);
    expect(later).toMatchObject({ reason: 'Retrying', delivered: ['chat'] });
    const never = attemptFailed(action, { ...FAILURE, retry: 'never', done: [1] }, T0);
    expect(never).toMatchObject({ phase: 'Failed', delivered: ['chat'], undo: { state: 'NotPossible' } });
    expect(never.conditions).toMatchObject([{ type: EXECUTED, status: 'True' }]);
  });

  it('counts as executed from then on, though nothing takes it back and no later attempt comes further (I18)', () => {
    const evict = (name: string) => ({ method: 'POST' as const, path: `/${name}/eviction`, description: name });
    const action = healingAction(claim({}, { ...PLAN, requests: [evict('a'), evict('b')] }));
    const later = attemptFailed(action, { ...FAILURE, done: [0] }, T0);
    expect(later).toMatchObject({
      reason: 'Retrying',
      conditions: [{ type: EXECUTED, status: 'True', message: '1 of 2 planned requests were carried out' }],
    });
    const again = healingAction({ ...later, attempts: 2 });
    const ends: readonly ActionStatus[] = [
      attemptFailed(again, { ...FAILURE, retry: 'never' }, T0),
      attemptFailed(again, { ...FAILURE, retry: 'never', mark: WITHDRAWN }, T0),
      planRefused(again, { reason: 'BarePod', message: 'no' }, { undo: 'wanted', now: T0 }),
    ];
    for (const end of ends) {
      expect(end).toMatchObject({ phase: 'Failed', conditions: [{ type: EXECUTED, status: 'True' }] });
      expect(pastAction(healingAction(end)).executed).toBe(true);
    }
  });

  it('of a dry run counts for nothing', () => {
    const action = healingAction(claim(), { spec: { dryRun: true } });
    expect(attemptFailed(action, { ...FAILURE, done: [0] }, T0).conditions).toBeUndefined();
  });
});

describe('an action that fails', () => {
  const WHY = { reason: 'NotVerified', message: 'it is ill', executed: 'yes' } as const;
  const done = claim({ inverses: [INVERSE] });
  it.each<[string, HealingAction, 'wanted' | 'unwanted', string, string | undefined]>([
    ['is undone first', healingAction(done), 'wanted', 'InProgress Undoing', 'InProgress'],
    ['is not undone when that is not wanted', healingAction(done), 'unwanted', 'Failed NotVerified', undefined],
    ['says when there is no way back', healingAction(claim()), 'wanted', 'Failed NotVerified', 'NotPossible'],
    [
      'has nothing to undo after a dry run',
      healingAction(done, { spec: { dryRun: true } }),
      'wanted',
      'Failed NotVerified',
      undefined,
    ],
  ])('%s', (_title, action, undo, words, state) => {
    const status = failed(action, WHY, { undo, now: T0 });
    expect([`${status.phase} ${status.reason}`, status.undo?.state]).toEqual([words, state]);
  });

  it('keeps the reason until undoing is over', () => {
    expect(failed(healingAction(done), WHY, { undo: 'wanted', now: T0 }).undo).toEqual({
      state: 'InProgress',
      at: at(0),
      reason: 'NotVerified',
      message: 'it is ill',
      requests: [],
    });
  });
});

describe('a plan that cannot be made', () => {
  const why = { reason: 'BarePod', message: 'nothing brings it back' } as const;
  it.each<[string, ActionStatus, string, string | undefined]>([
    ['cancels what was never claimed', { phase: 'Approved' }, 'Cancelled BarePod', 'False'],
    ['fails what was claimed before', claim({ nextAttemptTime: at(0) }), 'Failed BarePod', 'False'],
    ['counts as executed in the middle', claim({ stageTime: at(0) }), 'Failed BarePod', undefined],
    [
      'counts as executed where an attempt changed something',
      claimed(healingAction(claim({ inverses: [INVERSE] })), PLAN, { now: T0 }),
      'InProgress Undoing',
      undefined,
    ],
  ])('%s', (_title, status, words, mark) => {
    const ended = planRefused(healingAction(status), why, { undo: 'wanted', now: T0 });
    const condition = ended.conditions?.find(({ type }) => type === EXECUTED);
    expect([`${ended.phase} ${ended.reason}`, condition?.status]).toEqual([words, mark]);
    if (mark !== undefined) expect(condition?.reason).toBe(PLAN_REFUSED);
  });
});
