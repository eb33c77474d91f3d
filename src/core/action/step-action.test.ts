import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { healingAction, HOUR, MINUTE, SECOND, T0 } from '../../../test/kit/core-data.ts';
import {
  type ActionStatus,
  actionStatusSchema,
  type Approval,
  isTerminal,
  type Phase,
} from '../../api/action-status.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { fromTimestamp, toMicroTime } from '../../std/clock.ts';
import type { Outcome, PlanResult } from '../actions/action-kind.ts';
import type { Health } from '../health.ts';
import { EXECUTED } from './past-action.ts';
import { ALLOW, refuse, type Verdict } from '../gates/proposal.ts';
import {
  attemptFailed,
  carriedOut,
  claimed,
  classified,
  finish,
  marker,
  undone,
  undoPlanned,
} from './action-transitions.ts';
import { type ActionStep, CLAIM_MS, stepAction } from './step-action.ts';
import { STABLE_MS, verify } from './verify-action.ts';

const at = (ms: number): string => toMicroTime(T0 + ms);
const next = (action: HealingAction, now: number, verdict: Verdict = ALLOW): ActionStep =>
  stepAction({ action, verdict, approvalTimeoutMs: 30 * MINUTE, undo: 'wanted' }, T0 + now);
/** What is done, in a word: the phase and reason that are committed, or the step. */
const inWords = (step: ActionStep): string =>
  step.do === 'commit'
    ? `${step.status.phase} ${step.status.reason}`
    : step.do === 'wait'
      ? `wait ${(step.until ?? T0) - T0}`
      : step.do;

const asks = { spec: { approvalRequired: true } };
const approval = (change: Partial<Approval> = {}): ActionStatus => ({
  phase: 'Pending',
  approval: { required: true, approved: false, requestedAt: at(0), expiresAt: at(30 * MINUTE), ...change },
});
const INVERSE = {
  method: 'PATCH',
  path: '/x',
  description: 'back',
  guard: { '/spec/replicas': '4' },
  restores: { '/spec/replicas': '2' },
} as const;
const EFFECT = { proof: 'healed', healthCheckTimeoutMs: MINUTE } as const;
const PLAN: Extract<PlanResult, { kind: 'requests' }> = {
  kind: 'requests',
  next: 'verify',
  summary: 'restart Deployment shop/web by a rolling update',
  requests: [{ method: 'PATCH', path: '/apis/apps/v1/namespaces/shop/deployments/web', description: 'restart' }],
  changes: [],
};
const claim = (change: Partial<ActionStatus> = {}): ActionStatus => ({
  ...claimed(healingAction({ phase: 'Approved' }), PLAN, { now: T0 }),
  ...change,
});

describe('each edge of the diagram', () => {
  it.each<[string, HealingAction, number, Verdict, string]>([
    ['Pending: without approval it goes on at once', healingAction(), 0, ALLOW, 'Approved NoApprovalNeeded'],
    [
      'Pending: with approval it asks, and says until when',
      healingAction({}, asks),
      0,
      ALLOW,
      'Pending AwaitingApproval',
    ],
    ['Pending: it waits for a person', healingAction(approval(), asks), MINUTE, ALLOW, `wait ${30 * MINUTE}`],
    [
      'Pending: approved',
      healingAction(approval({ approved: true, approvedBy: 'ann' }), asks),
      MINUTE,
      ALLOW,
      'Approved Approved',
    ],
    [
      'Pending: rejected with a reason',
      healingAction(approval({ reason: 'not today', approvedBy: 'ann' }), asks),
      MINUTE,
      ALLOW,
      'Cancelled Rejected',
    ],
    ['Pending: nobody came', healingAction(approval(), asks), 30 * MINUTE, ALLOW, 'Cancelled ApprovalExpired'],
    [
      'Pending: approved in time, noticed late',
      healingAction(approval({ approved: true, approvedAt: at(MINUTE) }), asks),
      HOUR,
      ALLOW,
      'Approved Approved',
    ],
    [
      'Pending: approved too late (I28)',
      healingAction(approval({ approved: true, approvedAt: at(31 * MINUTE), reason: 'yes' }), asks),
      HOUR,
      ALLOW,
      'Cancelled ApprovalExpired',
    ],
    ['Approved: the gates allow it', healingAction({ phase: 'Approved' }), 0, ALLOW, 'claim'],
    ...(['Suspended', 'Protected', 'OutOfScope', 'PolicyChanged'] as const).map(
      (reason): [string, HealingAction, number, Verdict, string] => [
        `Approved: ${reason} is for good`,
        healingAction({ phase: 'Approved' }),
        0,
        refuse(reason, 'no'),
        `Cancelled ${reason}`,
      ],
    ),
    [
      'Approved: what may pass is waited for',
      healingAction({ phase: 'Approved' }),
      0,
      refuse('RateLimited', 'no', T0 + MINUTE),
      `wait ${MINUTE}`,
    ],
    [
      'Approved: no longer than its time',
      healingAction({ phase: 'Approved' }),
      0,
      refuse('RateLimited', 'no', T0 + HOUR),
      `wait ${10 * MINUTE}`,
    ],
    [
      'Approved: its time is over',
      healingAction({ phase: 'Approved' }),
      10 * MINUTE,
      refuse('RateLimited', 'no', T0 + HOUR),
      'Cancelled RateLimited',
    ],
    [
      'Approved: its time begins with a late approval',
      healingAction(
        { phase: 'Approved', approval: { required: true, approved: true, approvedAt: at(20 * MINUTE) } },
        asks,
      ),
      21 * MINUTE,
      refuse('RolloutInProgress', 'no'),
      `wait ${30 * MINUTE}`,
    ],
    [
      'InProgress: claimed just now, perhaps by a process that is still at it',
      healingAction(claim()),
      0,
      ALLOW,
      `wait ${CLAIM_MS}`,
    ],
    ['InProgress: claimed, and nothing more is known', healingAction(claim()), CLAIM_MS, ALLOW, 'classify'],
    [
      'InProgress: a retry that is not due',
      healingAction(claim({ nextAttemptTime: at(MINUTE) })),
      0,
      ALLOW,
      `wait ${MINUTE}`,
    ],
    ['InProgress: a retry that is due', healingAction(claim({ nextAttemptTime: at(MINUTE) })), MINUTE, ALLOW, 'claim'],
    ['InProgress: done', healingAction(claim({ effectTime: at(0) })), 0, ALLOW, 'verify'],
    ...(['Succeeded', 'Failed', 'Cancelled'] as const).map(
      (phase): [string, HealingAction, number, Verdict, string] => [
        `${phase} absorbs`,
        healingAction({ phase }),
        HOUR,
        refuse('Suspended', 'no'),
        'wait 0',
      ],
    ),
  ])('%s', (_title, action, now, verdict, words) => {
    expect(inWords(next(action, now, verdict))).toBe(words);
  });
});

describe('an attempt', () => {
  it('is claimed with its number and its plan before anything is sent (I2)', () => {
    const status = claimed(healingAction(claim({ attempts: 1, nextAttemptTime: at(0), effectTime: at(0) })), PLAN, {
      now: T0 + 9,
    });
    expect(status).toMatchObject({
      phase: 'InProgress',
      attempts: 2,
      lastAttemptTime: at(9),
      plan: { attempt: 2, requests: PLAN.requests },
    });
    expect([status.nextAttemptTime, status.effectTime, status.verification, status.startTime]).toEqual([
      undefined,
      undefined,
      undefined,
      at(0),
    ]);
    expect(marker(healingAction(), 2)).toBe('action-uid/2');
  });

  const failure = {
    reason: 'Conflict',
    message: 'it changed',
    retry: 'later',
    executed: 'no',
    random: 0,
    undo: 'wanted',
  } as const;
  it.each([
    [1, 0, 30],
    [2, 0, 60],
    [1, 0.5, 31.5],
  ])('after attempt %i it waits its turn (random %f): %f s', (attempts, random, seconds) => {
    const status = attemptFailed(healingAction(claim({ attempts })), { ...failure, random }, T0);
    expect(status).toMatchObject({ phase: 'InProgress', reason: 'Retrying', nextAttemptTime: at(seconds * SECOND) });
  });

  it('waits longer when the server says so, and never longer than ten minutes by itself (I22)', () => {
    const patient = healingAction(claim(), {
      spec: { retryPolicy: { maxAttempts: 50, backoffDelay: '9m', backoffMultiplier: 10 } },
    });
    expect(
      attemptFailed({ ...patient, status: claim({ attempts: 9 }) }, { ...failure, random: 0.99 }, T0).nextAttemptTime,
    ).toBe(at(10 * MINUTE));
    expect(attemptFailed(healingAction(claim()), { ...failure, retryAfterMs: HOUR }, T0).nextAttemptTime).toBe(
      at(HOUR),
    );
  });

  it.each<[string, HealingAction, Partial<typeof failure> | { retry: 'never' }, string]>([
    ['the last one', healingAction(claim({ attempts: 3 })), {}, 'Failed Conflict'],
    ['one that cannot be repeated', healingAction(claim()), { retry: 'never' }, 'Failed Conflict'],
  ])('fails for good after %s, and says that nothing was done', (_title, action, change, words) => {
    const status = attemptFailed(action, { ...failure, ...change }, T0 + SECOND);
    expect(`${status.phase} ${status.reason}`).toBe(words);
    expect(status.conditions).toMatchObject([{ type: EXECUTED, status: 'False', reason: 'Conflict' }]);
    expect(status).toMatchObject({ completionTime: at(SECOND), result: { success: false, error: 'it changed' } });
  });

  it.each<[Outcome, number, string, string | undefined]>([
    ['done', 1, 'InProgress Verifying', 'True'],
    ['not done', 1, 'InProgress Retrying', undefined],
    ['not done', 3, 'Failed Interrupted', 'False'],
    // It cannot be told, so it counts as done.
    ['superseded', 1, 'Failed Superseded', undefined],
    ['unknown', 1, 'Failed OutcomeUnknown', undefined],
  ])('interrupted and found %s at attempt %i: %s', (outcome, attempts, words, mark) => {
    const status = classified(
      healingAction(claim({ attempts })),
      { outcome, effect: EFFECT, random: 0, undo: 'wanted' },
      T0,
    );
    expect(`${status.phase} ${status.reason}`).toBe(words);
    expect(status.conditions?.find(({ type }) => type === EXECUTED)?.status).toBe(mark);
  });

  it('a dry run has succeeded when the server accepted it', () => {
    const status = carriedOut(
      healingAction(claim(), { spec: { dryRun: true } }),
      { ...EFFECT, answers: ['200: restart'] },
      T0,
    );
    expect(status).toMatchObject({
      phase: 'Succeeded',
      reason: 'DryRun',
      result: { success: true, answers: ['200: restart'] },
    });
  });
});

const well: Health = { state: 'healthy' };
const ill: Health = { state: 'unhealthy', message: '1 of 3 replicas are ready' };
const blind: Health = { state: 'unknown', message: 'it is gone' };

/** Looks at instants after the effect; the answer is the last status. */
function watch(...looks: readonly (readonly [number, Health])[]): ActionStatus {
  let action = healingAction(carriedOut(healingAction(claim()), EFFECT, T0));
  for (const [now, health] of looks) {
    if (isTerminal(action.phase)) break;
    const { status } = verify(action, { health }, { undo: 'wanted', now: T0 + now });
    if (status !== undefined) action = healingAction(status);
  }
  return action.status;
}

describe('success is seen, not assumed (I6)', () => {
  it.each<[string, ActionStatus, Phase, string]>([
    ['nothing is seen yet', watch(), 'InProgress', 'Waiting'],
    ['it is well for a moment', watch([1000, well], [1000 + STABLE_MS - 1, well]), 'InProgress', 'Stabilising'],
    ['it stays well for ten seconds', watch([1000, well], [1000 + STABLE_MS, well]), 'Succeeded', 'Healthy'],
    [
      'it breaks in between: the ten seconds begin again',
      watch([1000, well], [5000, ill], [6000, well], [12_000, well]),
      'InProgress',
      'Stabilising',
    ],
    [
      'and are over when they are over',
      watch([1000, well], [5000, ill], [6000, well], [16_000, well]),
      'Succeeded',
      'Healthy',
    ],
    [
      'what cannot be seen breaks it too',
      watch([1000, well], [5000, blind], [11_000, well]),
      'InProgress',
      'Stabilising',
    ],
    ['it is not well in time', watch([1000, ill], [MINUTE, ill]), 'Failed', 'TimedOut'],
    ['nothing is known in time', watch([MINUTE, blind]), 'Failed', 'TimedOut'],
    [
      'it becomes well at the last moment and stays so',
      watch([MINUTE - 1, well], [MINUTE + STABLE_MS, well]),
      'Succeeded',
      'Healthy',
    ],
  ])('%s', (_title, status, phase, state) => {
    expect([status.phase, status.verification?.state]).toEqual([phase, state]);
  });

  it('writes only when something new was seen, and says when to look again', () => {
    const waiting = healingAction(carriedOut(healingAction(claim()), EFFECT, T0));
    expect(verify(waiting, { health: ill }, { undo: 'wanted', now: T0 + 1 })).toEqual({ wakeAt: T0 + MINUTE });
    const stabilising = healingAction(verify(waiting, { health: well }, { undo: 'wanted', now: T0 + 1 }).status ?? {});
    expect(verify(stabilising, { health: well }, { undo: 'wanted', now: T0 + 5 })).toEqual({
      wakeAt: T0 + 1 + STABLE_MS,
    });
  });
});

const CHANGE: Extract<PlanResult, { kind: 'requests' }> = {
  ...PLAN,
  summary: 'scale Deployment shop/web from 2 to 4 replicas',
  requests: [{ method: 'PATCH', path: '/x', description: 'scale', inverse: INVERSE }],
};

describe('an action in stages', () => {
  const staged = (change: Partial<ActionStatus> = {}) => ({
    ...carriedOut(
      healingAction(claimed(healingAction({ phase: 'Approved' }), { ...CHANGE, next: 'plan again' }, { now: T0 })),
      EFFECT,
      T0,
    ),
    ...change,
  });

  it('plans the next one when the first was carried out, within the same attempt', () => {
    const action = healingAction(staged());
    expect(inWords(next(action, SECOND))).toBe('claim');
    const second = claimed(action, PLAN, { now: T0 + SECOND });
    expect(second).toMatchObject({ attempts: 1, plan: { stage: 2, attempt: 1, continues: false } });
    expect(second.stageTime).toBeUndefined();
    expect(second.inverses).toEqual([INVERSE]);
  });

  it('is over when its time is, and takes back what it did', () => {
    const step = next(healingAction(staged()), 10 * MINUTE);
    expect(step).toMatchObject({
      do: 'commit',
      status: { phase: 'InProgress', reason: 'Undoing', undo: { state: 'InProgress', reason: 'TimedOut' } },
    });
  });

  it('stands still while healing is paused, however long', () => {
    const view = {
      verdict: ALLOW,
      approvalTimeoutMs: MINUTE,
      undo: 'wanted',
      paused: 'the kill switch is thrown',
    } as const;
    const step = stepAction({ ...view, action: healingAction(staged()) }, T0 + HOUR);
    expect(step).toEqual({
      do: 'hold',
      message: 'scale Deployment shop/web from 2 to 4 replicas: left midway; the kill switch is thrown',
    });
    expect(stepAction({ ...view, action: healingAction(claim({ effectTime: at(0) })) }, T0).do).toBe('verify');
  });

  it('a dry run is over after the first', () => {
    const dry = healingAction(
      claimed(healingAction({ phase: 'Approved' }), { ...CHANGE, next: 'plan again' }, { now: T0 }),
      {
        spec: { dryRun: true },
      },
    );
    const status = carriedOut(dry, EFFECT, T0);
    expect([status.phase, status.reason, status.inverses]).toEqual(['Succeeded', 'DryRun', undefined]);
    expect(status.message).toContain('the first stage');
  });
});

describe('what did not help is taken back', () => {
  const done = carriedOut(
    healingAction(claimed(healingAction({ phase: 'Approved' }), CHANGE, { now: T0 })),
    EFFECT,
    T0,
  );
  const late = { undo: 'wanted', now: T0 + MINUTE } as const;

  it('before it fails, when it has an inverse', () => {
    const { status } = verify(healingAction(done), { health: ill }, late);
    expect(status).toMatchObject({
      phase: 'InProgress',
      reason: 'Undoing',
      undo: { state: 'InProgress', reason: 'NotVerified' },
    });
    const action = healingAction(status ?? {});
    expect(inWords(next(action, MINUTE))).toBe('undo');
    const ended = undone(action, { state: 'Done', message: 'back to 2' }, T0 + MINUTE);
    expect(ended).toMatchObject({ phase: 'Failed', reason: 'NotVerified', undo: { state: 'Done' } });
    expect(ended.message).toContain('taken back: back to 2');
  });

  it.each<[string, ActionStatus, 'wanted' | 'unwanted', string | undefined]>([
    ['not when the policy does not want it', done, 'unwanted', undefined],
    ['and says so when there is no way back', carriedOut(healingAction(claim()), EFFECT, T0), 'wanted', 'NotPossible'],
  ])('%s', (_title, status, undo, state) => {
    const ended = verify(healingAction(status), { health: ill }, { undo, now: T0 + MINUTE }).status;
    expect([ended?.phase, ended?.undo?.state]).toEqual(['Failed', state]);
  });

  it('being worse off than before is a reason of its own (I7)', () => {
    const { status } = verify(healingAction(done), { health: ill, harm: '0 of 4 are ready' }, late);
    expect(status?.undo?.reason).toBe('MadeWorse');
  });

  it('the requests before a refused one are taken back, the refused one is not', () => {
    const two = {
      ...CHANGE,
      requests: [
        ...CHANGE.requests,
        { method: 'PATCH' as const, path: '/y', description: 'y', inverse: { ...INVERSE, path: '/y' } },
      ],
    };
    const action = healingAction(claimed(healingAction({ phase: 'Approved' }), two, { now: T0 }));
    const refusal = {
      reason: 'Invalid',
      message: 'no',
      retry: 'never',
      executed: 'no',
      done: [0],
      random: 0,
      undo: 'wanted',
    } as const;
    expect(attemptFailed(action, refusal, T0)).toMatchObject({ reason: 'Undoing', inverses: [INVERSE] });
  });
});

const EDGES: Readonly<Record<Phase, readonly Phase[]>> = {
  Pending: ['Pending', 'Approved', 'Cancelled'],
  Approved: ['Approved', 'InProgress', 'Cancelled'],
  InProgress: ['InProgress', 'Succeeded', 'Failed'],
  Succeeded: [],
  Failed: [],
  Cancelled: [],
};
const LONG = 'x'.repeat(5000);

describe('whatever happens', () => {
  const verdicts = fc.constantFrom<Verdict>(
    ALLOW,
    ALLOW,
    ALLOW,
    refuse('RateLimited', LONG, T0 + HOUR),
    refuse('Protected', LONG),
  );
  const moves = fc.array(
    fc.record({
      passed: fc.integer({ min: 0, max: 3 * MINUTE }),
      verdict: verdicts,
      answer: fc.constantFrom('ok', 'ok', 'refused', 'final', 'lost'),
      next: fc.constantFrom<'verify' | 'plan again'>('verify', 'verify', 'plan again'),
      inverse: fc.constantFrom(undefined, INVERSE),
      undone: fc.constantFrom<'Done' | 'Failed' | undefined>('Done', 'Failed', undefined),
      harm: fc.constantFrom(undefined, LONG),
      outcome: fc.constantFrom<Outcome>('done', 'not done', 'superseded', 'unknown'),
      health: fc.constantFrom<Health>(well, well, ill, blind, { state: 'unhealthy', message: LONG }),
      person: fc.constantFrom('nothing', 'nothing', 'approves', 'rejects'),
    }),
    { maxLength: 40 },
  );

  it('only drawn edges occur, terminal phases absorb, attempts stay within the maximum, and every status fits the schema (I2, I5)', () => {
    fc.assert(
      fc.property(moves, fc.boolean(), fc.boolean(), (script, approvalRequired, dryRun) => {
        let now = 0;
        let action = healingAction({}, { spec: { approvalRequired, dryRun } });
        const commit = (status: ActionStatus) => {
          expect(isTerminal(action.phase)).toBe(false);
          expect(EDGES[action.phase]).toContain(status.phase ?? 'Pending');
          expect(status.attempts ?? 0).toBeGreaterThanOrEqual(action.status.attempts ?? 0);
          expect(status.attempts ?? 0).toBeLessThanOrEqual(3);
          const parsed = actionStatusSchema.safeParse(status);
          expect(parsed.success ? [] : parsed.error.issues).toEqual([]);
          action = healingAction(status, { spec: { approvalRequired, dryRun } });
        };
        for (const { passed, verdict, answer, outcome, health, person, ...move } of script) {
          now += passed;
          const { approval: asked } = action.status;
          if (asked !== undefined && action.phase === 'Pending' && person !== 'nothing') {
            commit({
              ...action.status,
              approval: { ...asked, approved: person === 'approves', reason: LONG.slice(0, 1024) },
            });
          }
          const step = next(action, now, verdict);
          const instant = T0 + now;
          if (isTerminal(action.phase)) expect(step).toEqual({ do: 'wait' });
          if (step.do === 'wait' && step.until !== undefined) expect(step.until).toBeGreaterThan(instant);
          if (step.do === 'commit') commit(step.status);
          if (step.do === 'claim') {
            const [request] = PLAN.requests;
            const inverses = action.status.inverses?.length ?? 0;
            const inverse = inverses < 16 && move.inverse !== undefined ? { inverse: move.inverse } : {};
            const requests = [
              { method: 'PATCH' as const, path: '/x', description: LONG.slice(0, 1024), ...request, ...inverse },
            ];
            commit(
              claimed(action, { ...PLAN, summary: LONG.slice(0, 1024), requests, next: move.next }, { now: instant }),
            );
            expect(action.status.plan?.attempt).toBe(action.status.attempts);
            if (answer === 'ok') commit(carriedOut(action, EFFECT, instant));
            if (answer === 'refused' || answer === 'final') {
              const retry = answer === 'final' ? 'never' : 'later';
              const why = {
                reason: 'Conflict',
                message: LONG,
                retry,
                executed: 'no',
                random: 0.5,
                undo: 'wanted',
              } as const;
              commit(attemptFailed(action, why, instant));
            }
          }
          if (step.do === 'classify')
            commit(classified(action, { outcome, effect: EFFECT, random: 0.5, undo: 'wanted' }, instant));
          if (step.do === 'undo') {
            expect(action.status.inverses?.length).toBeGreaterThan(0);
            if (move.undone === undefined)
              commit(undoPlanned(action, { method: 'PATCH', path: '/x', description: LONG.slice(0, 1024) }));
            else commit(undone(action, { state: move.undone, message: LONG }, instant));
          }
          if (step.do === 'verify') {
            const sight = { health, ...(move.harm !== undefined && { harm: move.harm }) };
            const { status, wakeAt } = verify(action, sight, { undo: 'wanted', now: instant });
            if (status !== undefined) commit(status);
            if (wakeAt !== undefined) expect(wakeAt).toBeGreaterThan(instant);
          }
          if (action.phase === 'Succeeded' && !dryRun) {
            const since = fromTimestamp(action.status.verification?.healthySince) ?? Number.POSITIVE_INFINITY;
            expect((fromTimestamp(action.status.completionTime) ?? 0) - since).toBeGreaterThanOrEqual(STABLE_MS);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('a finished action says how it ended and waits for nothing', () => {
    const status = finish(claim({ nextAttemptTime: at(0) }), { phase: 'Failed', reason: 'Why', message: LONG }, T0);
    expect(status).toMatchObject({ phase: 'Failed', completionTime: at(0), result: { success: false } });
    expect([status.nextAttemptTime, status.message?.length]).toEqual([undefined, 1024]);
  });
});
