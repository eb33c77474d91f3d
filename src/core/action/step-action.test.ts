import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at, CHANGE, claim, EFFECT, INVERSE, PLAN } from '../../../test/kit/action-data.ts';
import { approvalOf, approvalScene, rejectionOf, SPEC_HASH } from '../../../test/kit/approval-data.ts';
import { healingAction, HOUR, MINUTE, SECOND, T0 } from '../../../test/kit/core-data.ts';
import { type ActionStatus, actionStatusSchema, isTerminal, type Phase } from '../../api/action-status.ts';
import type { HealingApproval } from '../../api/healing-approval.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { fromTimestamp } from '../../std/clock.ts';
import type { Outcome } from '../actions/action-kind.ts';
import type { Health } from '../health.ts';
import { ALLOW, refuse, type Verdict } from '../gates/proposal.ts';
import { asked, askedAgain } from './asking.ts';
import { claimed, type PlannedStage } from './claim.ts';
import { classified } from './classification.ts';
import { carriedOut } from './effect.ts';
import { finish } from './ending.ts';
import { attemptFailed } from './failure.ts';
import { undone, undoPlanned } from './undo.ts';
import { type ActionStep, CLAIM_MS, stepAction } from './step-action.ts';
import { STABLE_MS, verify } from './verify-action.ts';

const next = (action: HealingAction, now: number, verdict: Verdict = ALLOW): ActionStep =>
  stepAction({ action, verdict, undo: 'wanted' }, T0 + now);
/** What is done, in a word: the phase and reason that are committed, or the step. */
const inWords = (step: ActionStep): string =>
  step.do === 'commit'
    ? `${step.status.phase} ${step.status.reason}`
    : step.do === 'wait'
      ? `wait ${(step.until ?? T0) - T0}`
      : step.do;

const asks = { spec: { approvalRequired: true } };
const waiting: ActionStatus = {
  phase: 'Pending',
  approval: { required: true, approved: false, requestedAt: at(0), expiresAt: at(30 * MINUTE) },
};

describe('an action whose status others have written', () => {
  const doubt = { reason: 'StatusTampered', message: 'nothing was sent: its status has no seal' } as const;

  it('fails, whatever its phase and the gates say', () => {
    const step = next({ ...healingAction({ phase: 'Approved' }), doubt }, 0);
    expect(step).toMatchObject({ do: 'commit', status: { phase: 'Failed', ...doubt } });
  });

  it('stays as it ended', () => {
    expect(next({ ...healingAction({ phase: 'Cancelled' }), doubt }, 0)).toEqual({ do: 'wait' });
  });
});

describe('each edge of the diagram', () => {
  it.each<[string, HealingAction, number, Verdict, string]>([
    ['Pending: without approval it goes on at once', healingAction(), 0, ALLOW, 'Approved NoApprovalNeeded'],
    ['Pending: with approval it asks', healingAction({}, asks), 0, ALLOW, 'ask'],
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
      healingAction({ phase: 'Approved', reason: 'RateLimited' }),
      0,
      refuse('RateLimited', 'no', T0 + MINUTE),
      `wait ${MINUTE}`,
    ],
    [
      'Approved: what it waits for is said first',
      healingAction({ phase: 'Approved', reason: 'BudgetExhausted' }),
      0,
      refuse('RateLimited', 'no', T0 + MINUTE),
      'Approved RateLimited',
    ],
    [
      'Approved: that a cache is behind is not said, it passes in seconds',
      healingAction({ phase: 'Approved' }),
      0,
      refuse('StaleObservation', 'no'),
      'wait 5000',
    ],
    [
      'Approved: no longer than its time',
      healingAction({ phase: 'Approved', reason: 'RateLimited' }),
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
        {
          phase: 'Approved',
          reason: 'RolloutInProgress',
          approval: { required: true, approved: true, approvedAt: at(20 * MINUTE) },
        },
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

describe('an action that has asked', () => {
  const looks = (approvals: readonly HealingApproval[], now: number, status = waiting): ActionStep =>
    stepAction(
      { action: healingAction(status, asks), approval: approvalScene({ approvals }), verdict: ALLOW, undo: 'wanted' },
      T0 + now,
    );
  const worthless = approvalOf({ planHash: SPEC_HASH });

  it.each<[string, readonly HealingApproval[], number, string]>([
    ['waits for a person', [], MINUTE, `wait ${30 * MINUTE}`],
    ['is approved', [approvalOf()], 2 * MINUTE, 'Approved Approved'],
    ['is rejected with a reason', [rejectionOf()], 2 * MINUTE, 'Cancelled Rejected'],
    ['ends when nobody came', [], 30 * MINUTE, 'Cancelled ApprovalExpired'],
    ['is approved in time, noticed late', [approvalOf()], HOUR, 'Approved Approved'],
    ['ends when it was approved too late (I28)', [approvalOf({ at: 31 * MINUTE })], HOUR, 'Cancelled ApprovalExpired'],
    ['says that an approval is void', [worthless], 2 * MINUTE, 'Pending ApprovalVoid'],
    ['ends with a void approval like without one', [worthless], HOUR, 'Cancelled ApprovalExpired'],
  ])('%s', (_title, approvals, now, words) => {
    expect(inWords(looks(approvals, now))).toBe(words);
  });

  it('says once that an approval is void', () => {
    const said = looks([worthless], 2 * MINUTE);
    const status = said.do === 'commit' ? said.status : waiting;
    expect(inWords(looks([worthless], 3 * MINUTE, status))).toBe(`wait ${30 * MINUTE}`);
  });

  it('records who decided, beside when it asked', () => {
    expect(looks([approvalOf()], 2 * MINUTE)).toMatchObject({
      status: { approval: { approved: true, approvedBy: 'ann', requestedAt: at(0), expiresAt: at(30 * MINUTE) } },
    });
  });
});

const EDGES: Readonly<Record<Phase, readonly Phase[]>> = {
  Pending: ['Pending', 'Approved', 'Cancelled'],
  Approved: ['Approved', 'Pending', 'InProgress', 'Cancelled'],
  InProgress: ['InProgress', 'Succeeded', 'Failed'],
  Succeeded: [],
  Failed: [],
  Cancelled: [],
};
const LONG = 'x'.repeat(5000);
const TERMS = { undo: 'wanted', approvalTimeoutMs: 30 * MINUTE } as const;

const well: Health = { state: 'healthy' };
const ill: Health = { state: 'unhealthy', message: '1 of 3 replicas are ready' };
const blind: Health = { state: 'unknown', message: 'it is gone' };

const moveArbitrary = fc.record({
  passed: fc.integer({ min: 0, max: 3 * MINUTE }),
  verdict: fc.constantFrom<Verdict>(
    ALLOW,
    ALLOW,
    ALLOW,
    refuse('RateLimited', LONG, T0 + HOUR),
    refuse('Protected', LONG),
  ),
  answer: fc.constantFrom('ok', 'ok', 'refused', 'final', 'lost'),
  follows: fc.constantFrom<'verify' | 'plan again'>('verify', 'verify', 'plan again'),
  inverse: fc.constantFrom(undefined, INVERSE),
  undone: fc.constantFrom<'Done' | 'Failed' | undefined>('Done', 'Failed', undefined),
  harm: fc.constantFrom(undefined, LONG),
  outcome: fc.constantFrom<Outcome>('done', 'not done', 'superseded', 'unknown'),
  health: fc.constantFrom<Health>(well, well, ill, blind, { state: 'unhealthy', message: LONG }),
  person: fc.constantFrom<'nothing' | 'approves' | 'rejects'>('nothing', 'nothing', 'approves', 'rejects'),
});
type Move = typeof moveArbitrary extends fc.Arbitrary<infer M> ? M : never;

/** One action on its way: each commit is held to the diagram. */
class Walk {
  readonly #spec: { readonly approvalRequired: boolean; readonly dryRun: boolean };
  #now = T0;
  action: HealingAction;

  constructor(spec: { readonly approvalRequired: boolean; readonly dryRun: boolean }) {
    this.#spec = spec;
    this.action = healingAction({}, { spec });
  }

  commit(status: ActionStatus): void {
    const { phase, status: before } = this.action;
    expect(isTerminal(phase)).toBe(false);
    expect(EDGES[phase]).toContain(status.phase ?? 'Pending');
    expect(status.attempts ?? 0).toBeGreaterThanOrEqual(before.attempts ?? 0);
    expect(status.attempts ?? 0).toBeLessThanOrEqual(3);
    const parsed = actionStatusSchema.safeParse(status);
    expect(parsed.success ? [] : parsed.error.issues).toEqual([]);
    this.action = healingAction(status, { spec: this.#spec });
    if (this.action.phase === 'Succeeded' && !this.#spec.dryRun) {
      const since = fromTimestamp(status.verification?.healthySince) ?? Number.POSITIVE_INFINITY;
      expect((fromTimestamp(status.completionTime) ?? 0) - since).toBeGreaterThanOrEqual(STABLE_MS);
    }
  }

  move(move: Move): void {
    this.#now += move.passed;
    const word = { approves: approvalOf, rejects: rejectionOf, nothing: undefined }[move.person];
    const approvals = word === undefined ? [] : [word({ reason: LONG.slice(0, 1024) })];
    const { approval: asking } = this.action.status;
    const until = fromTimestamp(asking?.expiresAt);
    const view = { action: this.action, verdict: move.verdict, undo: 'wanted' } as const;
    const approval = until === undefined ? {} : { approval: approvalScene({ approvals, until }) };
    const step = stepAction({ ...view, ...approval }, this.#now);
    if (step.do === 'ask') this.commit(asked(this.action, PLAN, { ...TERMS, now: this.#now }));
    if (isTerminal(this.action.phase)) expect(step).toEqual({ do: 'wait' });
    if (step.do === 'wait' && step.until !== undefined) expect(step.until).toBeGreaterThan(this.#now);
    if (step.do === 'commit') this.commit(step.status);
    if (step.do === 'claim') this.#claim(move);
    if (step.do === 'classify') {
      const seen = { outcome: move.outcome, effect: EFFECT, random: 0.5, undo: 'wanted' } as const;
      this.commit(classified(this.action, seen, this.#now));
    }
    if (step.do === 'undo') this.#undo(move);
    if (step.do === 'verify') this.#verify(move);
  }

  /** Another plan than the one that was approved is asked for again. */
  #claim(move: Move): void {
    const plan = this.#plan(move);
    const again = askedAgain(this.action, plan, { ...TERMS, now: this.#now });
    if (again !== undefined) return this.commit(again);
    this.commit(claimed(this.action, plan, { now: this.#now }));
    expect(this.action.status.plan?.attempt).toBe(this.action.status.attempts);
    this.#answered(move);
  }

  #plan({ inverse, follows }: Move): PlannedStage {
    const [request] = PLAN.requests;
    const room = (this.action.status.inverses?.length ?? 0) < 16;
    const planned = {
      method: 'PATCH' as const,
      path: '/x',
      description: LONG.slice(0, 1024),
      ...request,
      ...(room && inverse !== undefined && { inverse }),
    };
    return { ...PLAN, summary: LONG.slice(0, 1024), requests: [planned], next: follows };
  }

  #answered({ answer }: Move): void {
    if (answer === 'ok') this.commit(carriedOut(this.action, EFFECT, this.#now));
    if (answer === 'refused' || answer === 'final') {
      const retry = answer === 'final' ? 'never' : 'later';
      const how = { retry, executed: 'no', random: 0.5, undo: 'wanted' } as const;
      this.commit(attemptFailed(this.action, { reason: 'Conflict', message: LONG, ...how }, this.#now));
    }
  }

  #undo({ undone: state }: Move): void {
    expect(this.action.status.inverses?.length).toBeGreaterThan(0);
    const request = { method: 'PATCH', path: '/x', description: LONG.slice(0, 1024) } as const;
    this.commit(
      state === undefined
        ? undoPlanned(this.action, request, this.#now)
        : undone(this.action, { state, message: LONG }, this.#now),
    );
  }

  #verify({ health, harm }: Move): void {
    const sight = { health, ...(harm !== undefined && { harm }) };
    const { status, wakeAt } = verify(this.action, sight, { undo: 'wanted', now: this.#now });
    if (status !== undefined) this.commit(status);
    if (wakeAt !== undefined) expect(wakeAt).toBeGreaterThan(this.#now);
  }
}

describe('whatever happens', () => {
  it('only drawn edges occur, terminal phases absorb, attempts stay within the maximum, and every status fits the schema (I2, I5)', () => {
    const spec = fc.record({ approvalRequired: fc.boolean(), dryRun: fc.boolean() });
    fc.assert(
      fc.property(fc.array(moveArbitrary, { maxLength: 40 }), spec, (script, asked) => {
        const walk = new Walk(asked);
        for (const move of script) walk.move(move);
      }),
      { numRuns: 200 },
    );
  });

  it('a finished action says how it ended and waits for nothing', () => {
    const status = finish(
      claim({ nextAttemptTime: at(0) }),
      { phase: 'Failed', reason: 'NotVerified', message: LONG },
      T0,
    );
    expect(status).toMatchObject({ phase: 'Failed', completionTime: at(0), result: { success: false } });
    expect([status.nextAttemptTime, status.message?.length]).toEqual([undefined, 1024]);
  });
});
