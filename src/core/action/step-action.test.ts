import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at, CHANGE, claim, EFFECT, INVERSE, PLAN } from '../../../test/kit/action-data.ts';
import { healingAction, HOUR, MINUTE, SECOND, T0 } from '../../../test/kit/core-data.ts';
import {
  type ActionStatus,
  actionStatusSchema,
  type Approval,
  isTerminal,
  type Phase,
} from '../../api/action-status.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { fromTimestamp } from '../../std/clock.ts';
import type { Outcome } from '../actions/action-kind.ts';
import type { Health } from '../health.ts';
import { ALLOW, refuse, type Verdict } from '../gates/proposal.ts';
import { claimed } from './claim.ts';
import { classified } from './classification.ts';
import { carriedOut } from './effect.ts';
import { finish } from './ending.ts';
import { attemptFailed } from './failure.ts';
import { undone, undoPlanned } from './undo.ts';
import { type ActionStep, CLAIM_MS, stepAction } from './step-action.ts';
import { STABLE_MS, verify } from './verify-action.ts';

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

describe('an action in stages', () => {
  const staged = carriedOut(healingAction(claim({}, { ...CHANGE, next: 'plan again' })), EFFECT, T0);

  it('plans the next one when the first was carried out, within the same attempt', () => {
    const action = healingAction(staged);
    expect(inWords(next(action, SECOND))).toBe('claim');
    const second = claimed(action, PLAN, { now: T0 + SECOND });
    expect(second).toMatchObject({ attempts: 1, plan: { stage: 2, attempt: 1, continues: false } });
    expect(second.stageTime).toBeUndefined();
    expect(second.inverses).toEqual([INVERSE]);
  });

  it('is over when its time is, and takes back what it did', () => {
    const step = next(healingAction(staged), 10 * MINUTE);
    expect(step).toMatchObject({
      do: 'commit',
      status: { phase: 'InProgress', reason: 'Undoing', undo: { state: 'InProgress', reason: 'TimedOut' } },
    });
    const status = step.do === 'commit' ? step.status : {};
    expect(inWords(next(healingAction(status), 10 * MINUTE))).toBe('undo');
  });

  it('stands still while healing is paused, however long', () => {
    const view = {
      verdict: ALLOW,
      approvalTimeoutMs: MINUTE,
      undo: 'wanted',
      paused: 'the kill switch is thrown',
    } as const;
    const step = stepAction({ ...view, action: healingAction(staged) }, T0 + HOUR);
    expect(step).toEqual({
      do: 'hold',
      message: 'scale Deployment shop/web from 2 to 4 replicas: left midway; the kill switch is thrown',
    });
    expect(stepAction({ ...view, action: healingAction(claim({ effectTime: at(0) })) }, T0).do).toBe('verify');
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

const well: Health = { state: 'healthy' };
const ill: Health = { state: 'unhealthy', message: '1 of 3 replicas are ready' };
const blind: Health = { state: 'unknown', message: 'it is gone' };

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
