import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { healingAction, HOUR, MINUTE, SECOND, T0 } from '../../test/kit/core-data.ts';
import { type ActionStatus, actionStatusSchema, type Approval, isTerminal, type Phase } from '../api/action-status.ts';
import type { HealingAction } from '../api/parse-action.ts';
import { fromTimestamp, toMicroTime } from '../std/clock.ts';
import type { Outcome, PlanResult } from './actions/action-kind.ts';
import type { Health } from './health.ts';
import { EXECUTED } from './past-action.ts';
import { ALLOW, refuse, type Verdict } from './proposal.ts';
import {
  type ActionStep,
  attemptFailed,
  CLAIM_MS,
  claimed,
  classified,
  effected,
  finish,
  marker,
  STABLE_MS,
  stepAction,
  verify,
} from './step-action.ts';

const at = (ms: number): string => toMicroTime(T0 + ms);
const next = (action: HealingAction, now: number, verdict: Verdict = ALLOW): ActionStep =>
  stepAction({ action, verdict, approvalTimeoutMs: 30 * MINUTE }, T0 + now);
/** What is done, in a word: the phase and reason that are committed, or the step. */
const inWords = (step: ActionStep): string =>
  step.do === 'commit' ? `${step.status.phase} ${step.status.reason}` : step.do === 'wait' ? `wait ${(step.until ?? T0) - T0}` : step.do;

const asks = { spec: { approvalRequired: true } };
const approval = (change: Partial<Approval> = {}): ActionStatus => ({
  phase: 'Pending',
  approval: { required: true, approved: false, requestedAt: at(0), expiresAt: at(30 * MINUTE), ...change },
});
const PLAN: Extract<PlanResult, { requests: unknown }> = {
  summary: 'restart Deployment shop/web by a rolling update',
  requests: [{ method: 'PATCH', path: '/apis/apps/v1/namespaces/shop/deployments/web', description: 'restart' }],
  changes: [],
};
const claim = (change: Partial<ActionStatus> = {}): ActionStatus => ({
  ...claimed(healingAction({ phase: 'Approved' }), PLAN, T0),
  ...change,
});

describe('each edge of the diagram', () => {
  it.each<[string, HealingAction, number, Verdict, string]>([
    ['Pending: without approval it goes on at once', healingAction(), 0, ALLOW, 'Approved NoApprovalNeeded'],
    ['Pending: with approval it asks, and says until when', healingAction({}, asks), 0, ALLOW, 'Pending AwaitingApproval'],
    ['Pending: it waits for a person', healingAction(approval(), asks), MINUTE, ALLOW, `wait ${30 * MINUTE}`],
    ['Pending: approved', healingAction(approval({ approved: true, approvedBy: 'ann' }), asks), MINUTE, ALLOW, 'Approved Approved'],
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
    ...['Suspended', 'Protected', 'OutOfScope', 'PolicyChanged'].map((reason): [string, HealingAction, number, Verdict, string] => [
      `Approved: ${reason} is for good`,
      healingAction({ phase: 'Approved' }),
      0,
      refuse(reason, 'no'),
      `Cancelled ${reason}`,
    ]),
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
      healingAction({ phase: 'Approved', approval: { required: true, approved: true, approvedAt: at(20 * MINUTE) } }, asks),
      21 * MINUTE,
      refuse('RolloutInProgress', 'no'),
      `wait ${30 * MINUTE}`,
    ],
    ['InProgress: claimed just now, perhaps by a process that is still at it', healingAction(claim()), 0, ALLOW, `wait ${CLAIM_MS}`],
    ['InProgress: claimed, and nothing more is known', healingAction(claim()), CLAIM_MS, ALLOW, 'classify'],
    ['InProgress: a retry that is not due', healingAction(claim({ nextAttemptTime: at(MINUTE) })), 0, ALLOW, `wait ${MINUTE}`],
    ['InProgress: a retry that is due', healingAction(claim({ nextAttemptTime: at(MINUTE) })), MINUTE, ALLOW, 'claim'],
    ['InProgress: done', healingAction(claim({ effectTime: at(0) })), 0, ALLOW, 'verify'],
    ...(['Succeeded', 'Failed', 'Cancelled'] as const).map((phase): [string, HealingAction, number, Verdict, string] => [
      `${phase} absorbs`,
      healingAction({ phase }),
      HOUR,
      refuse('Suspended', 'no'),
      'wait 0',
    ]),
  ])('%s', (_title, action, now, verdict, words) => {
    expect(inWords(next(action, now, verdict))).toBe(words);
  });
});

describe('an attempt', () => {
  it('is claimed with its number and its plan before anything is sent', () => {
    const status = claimed(healingAction(claim({ attempts: 1, nextAttemptTime: at(0), effectTime: at(0) })), PLAN, T0 + 9);
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

  const failure = { reason: 'Conflict', message: 'it changed', retry: 'later', executed: 'no', random: 0 } as const;
  it.each([
    [1, 0, 30],
    [2, 0, 60],
    [1, 0.5, 31.5],
  ])('after attempt %i it waits its turn (random %f): %f s', (attempts, random, seconds) => {
    const status = attemptFailed(healingAction(claim({ attempts })), { ...failure, random }, T0);
    expect(status).toMatchObject({ phase: 'InProgress', reason: 'Retrying', nextAttemptTime: at(seconds * SECOND) });
  });

  it('waits longer when the server says so, and never longer than ten minutes by itself', () => {
    const patient = healingAction(claim(), { spec: { retryPolicy: { maxAttempts: 50, backoffDelay: '9m', backoffMultiplier: 10 } } });
    expect(attemptFailed({ ...patient, status: claim({ attempts: 9 }) }, { ...failure, random: 0.99 }, T0).nextAttemptTime).toBe(
      at(10 * MINUTE),
    );
    expect(attemptFailed(healingAction(claim()), { ...failure, retryAfterMs: HOUR }, T0).nextAttemptTime).toBe(at(HOUR));
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
  ])('interrupted and found %s at attempt %i: %s', (outcome, attempts, words, mark) => {
    const status = classified(healingAction(claim({ attempts })), { outcome, healthCheckTimeoutMs: MINUTE, random: 0 }, T0);
    expect(`${status.phase} ${status.reason}`).toBe(words);
    expect(status.conditions?.find(({ type }) => type === EXECUTED)?.status).toBe(mark);
  });

  it('a dry run has succeeded when the server accepted it', () => {
    const status = effected(healingAction(claim(), { spec: { dryRun: true } }), MINUTE, T0);
    expect(status).toMatchObject({ phase: 'Succeeded', reason: 'DryRun', result: { success: true } });
  });
});

const well: Health = { state: 'healthy' };
const ill: Health = { state: 'unhealthy', message: '1 of 3 replicas are ready' };
const blind: Health = { state: 'unknown', message: 'it is gone' };

/** Looks at instants after the effect; the answer is the last status. */
function watch(...looks: readonly (readonly [number, Health])[]): ActionStatus {
  let action = healingAction(effected(healingAction(claim()), MINUTE, T0));
  for (const [now, health] of looks) {
    if (isTerminal(action.phase)) break;
    const { status } = verify(action, health, T0 + now);
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
    ['and are over when they are over', watch([1000, well], [5000, ill], [6000, well], [16_000, well]), 'Succeeded', 'Healthy'],
    ['what cannot be seen breaks it too', watch([1000, well], [5000, blind], [11_000, well]), 'InProgress', 'Stabilising'],
    ['it is not well in time', watch([1000, ill], [MINUTE, ill]), 'Failed', 'TimedOut'],
    ['nothing is known in time', watch([MINUTE, blind]), 'Failed', 'TimedOut'],
    ['it becomes well at the last moment and stays so', watch([MINUTE - 1, well], [MINUTE + STABLE_MS, well]), 'Succeeded', 'Healthy'],
  ])('%s', (_title, status, phase, state) => {
    expect([status.phase, status.verification?.state]).toEqual([phase, state]);
  });

  it('writes only when something new was seen, and says when to look again', () => {
    const waiting = healingAction(effected(healingAction(claim()), MINUTE, T0));
    expect(verify(waiting, ill, T0 + 1)).toEqual({ wakeAt: T0 + MINUTE });
    const stabilising = healingAction(verify(waiting, well, T0 + 1).status ?? {});
    expect(verify(stabilising, well, T0 + 5)).toEqual({ wakeAt: T0 + 1 + STABLE_MS });
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
  const verdicts = fc.constantFrom<Verdict>(ALLOW, ALLOW, ALLOW, refuse('RateLimited', LONG, T0 + HOUR), refuse('Protected', LONG));
  const moves = fc.array(
    fc.record({
      passed: fc.integer({ min: 0, max: 3 * MINUTE }),
      verdict: verdicts,
      answer: fc.constantFrom('ok', 'ok', 'refused', 'final', 'lost'),
      outcome: fc.constantFrom<Outcome>('done', 'not done', 'superseded'),
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
        for (const { passed, verdict, answer, outcome, health, person } of script) {
          now += passed;
          const { approval: asked } = action.status;
          if (asked !== undefined && action.phase === 'Pending' && person !== 'nothing') {
            commit({ ...action.status, approval: { ...asked, approved: person === 'approves', reason: LONG.slice(0, 1024) } });
          }
          const step = next(action, now, verdict);
          const instant = T0 + now;
          if (isTerminal(action.phase)) expect(step).toEqual({ do: 'wait' });
          if (step.do === 'wait' && step.until !== undefined) expect(step.until).toBeGreaterThan(instant);
          if (step.do === 'commit') commit(step.status);
          if (step.do === 'claim') {
            commit(claimed(action, { ...PLAN, summary: LONG.slice(0, 1024) }, instant));
            if (answer === 'ok') commit(effected(action, MINUTE, instant));
            if (answer === 'refused' || answer === 'final') {
              const retry = answer === 'final' ? 'never' : 'later';
              commit(attemptFailed(action, { reason: 'Conflict', message: LONG, retry, executed: 'no', random: 0.5 }, instant));
            }
          }
          if (step.do === 'classify') commit(classified(action, { outcome, healthCheckTimeoutMs: MINUTE, random: 0.5 }, instant));
          if (step.do === 'verify') {
            const { status, wakeAt } = verify(action, health, instant);
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
