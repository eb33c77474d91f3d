/** What an action's status becomes when something has happened to it. Pure; the shell commits what comes out. */
import {
  type ActionStatus,
  type Inverse,
  MAX_CHANGES,
  MAX_REQUESTS,
  type Plan,
  type PlannedRequest,
  type ResourceChange,
} from '../../api/action-status.ts';
import { MAX_MESSAGE } from '../../api/fields.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { assert } from '../../std/assert.ts';
import { backoffDelay } from '../../std/backoff.ts';
import { type Instant, toMicroTime } from '../../std/clock.ts';
import { formatDuration } from '../../std/duration.ts';
import type { ActionKind, Outcome, PlanResult } from '../actions/action-kind.ts';
import type { Baseline } from './harm.ts';
import { withoutValues } from './hidden-values.ts';
import { DELIVERED } from '../target/oscillation.ts';
import { EXECUTED, PLAN_REFUSED } from './past-action.ts';

/** No wait between attempts is longer. */
const MAX_BACKOFF_MS = 600_000;
/** Spreads the retries of many actions. */
const JITTER = 0.1;

type Planned = Extract<PlanResult, { readonly kind: 'requests' }>;

export const marker = (action: HealingAction, attempt: number): string => `${action.uid}/${attempt}`;

/** The stage that is planned next; another attempt begins with the first. */
export const nextStage = ({ status }: HealingAction): number =>
  status.stageTime === undefined ? 1 : (status.plan?.stage ?? 1) + 1;

/** Whether what is planned next is another stage of the attempt that was claimed, or an attempt of its own. */
export const nextAttempt = ({ status }: HealingAction): number =>
  (status.attempts ?? 0) + (status.stageTime === undefined ? 1 : 0);

/** The status that claims a stage: the plan is in it before its first request leaves (law 2). */
export function claimed(
  action: HealingAction,
  plan: Planned,
  { baseline, now }: { readonly baseline?: Baseline; readonly now: Instant },
): ActionStatus {
  assert(plan.requests.length > 0 && plan.requests.length <= MAX_REQUESTS, `a stage has 1 to ${MAX_REQUESTS} requests`);
  const {
    nextAttemptTime: _due,
    stageTime: _staged,
    effectTime: _done,
    verification: _seen,
    ...status
  } = action.status;
  const attempt = nextAttempt(action);
  const stage = nextStage(action);
  const record: Plan = {
    attempt,
    stage,
    continues: plan.next === 'plan again',
    plannedAt: toMicroTime(now),
    summary: plan.summary,
    requests: plan.requests.map(withoutValues),
  };
  const before = status.baseline ?? baseline;
  return {
    ...status,
    phase: 'InProgress',
    reason: 'Executing',
    message: `attempt ${attempt} of ${action.retry.maxAttempts}: ${plan.summary}`.slice(0, MAX_MESSAGE),
    startTime: status.startTime ?? toMicroTime(now),
    attempts: attempt,
    lastAttemptTime: toMicroTime(now),
    plan: record,
    ...(before !== undefined && { baseline: before }),
    result: { success: false, changes: withChanges(status.result?.changes ?? [], plan.changes) },
  };
}

/** A pod whose eviction is asked for again is told once. */
function withChanges(before: readonly ResourceChange[], added: readonly ResourceChange[]): ResourceChange[] {
  const again = (one: ResourceChange) =>
    removes(one) && added.some((other) => removes(other) && other.oldValue === one.oldValue);
  return [...before.filter((one) => !again(one)), ...added].slice(-MAX_CHANGES);
}

const removes = ({ changeType }: ResourceChange): boolean => changeType === 'delete';

/** What was refused, and is left to the next stage, has not been changed. */
function withoutRefused(status: ActionStatus, refused: readonly PlannedRequest[]): ActionStatus {
  const uids = refused.map(({ precondition }) => precondition?.uid);
  const { result } = status;
  if (uids.length === 0 || result?.changes === undefined) return status;
  const changes = result.changes.filter((one) => !removes(one) || !uids.includes(one.oldValue));
  return { ...status, result: { ...result, changes } };
}

/** These requests of the plan, by their places, were carried out: what takes them back is kept, newest first. */
function withInverses(status: ActionStatus, done: readonly number[]): ActionStatus {
  const made = carriedOutOf(status, done).flatMap(({ inverse }): Inverse[] => (inverse === undefined ? [] : [inverse]));
  const inverses = [...made.toReversed(), ...(status.inverses ?? [])];
  assert(inverses.length <= MAX_REQUESTS, `an action records at most ${MAX_REQUESTS} inverses`);
  return inverses.length === 0 ? status : { ...status, inverses };
}

/** Who took a call is not called again by the next attempt. */
function withDelivered(status: ActionStatus, done: readonly number[]): ActionStatus {
  const called = carriedOutOf(status, done).flatMap(({ endpoint }) => endpoint ?? []);
  return called.length === 0
    ? status
    : { ...status, delivered: [...new Set([...(status.delivered ?? []), ...called])] };
}

const carriedOutOf = ({ plan }: ActionStatus, done: readonly number[]): readonly PlannedRequest[] =>
  (plan?.requests ?? []).filter((_, index) => done.includes(index));

const allOf = ({ plan }: ActionStatus): readonly number[] => (plan?.requests ?? []).map((_, index) => index);

export interface Effect {
  readonly proof: ActionKind['proof'];
  readonly healthCheckTimeoutMs: number;
  /** What the server answered, for a dry run. */
  readonly answers?: readonly string[];
  /** Requests whose refusal the kind tolerates. */
  readonly refused?: readonly PlannedRequest[];
}

/** The requests of the claimed stage were answered well, or were seen to be done. */
export function carriedOut(action: HealingAction, effect: Effect, now: Instant): ActionStatus {
  const done = action.spec.dryRun ? [] : allOf(action.status);
  const status = withInverses(withoutRefused(action.status, effect.refused ?? []), done);
  if (action.status.plan?.continues && !action.spec.dryRun) {
    const message = `${action.status.plan.summary ?? 'a stage'}: done; waiting for what it set off`;
    return { ...status, reason: 'InStages', message: message.slice(0, MAX_MESSAGE), stageTime: toMicroTime(now) };
  }
  return effected({ ...action, status }, effect, now);
}

/** Everything was carried out: watching begins, where there is something to watch. */
export function effected(action: HealingAction, effect: Effect, now: Instant): ActionStatus {
  const { stageTime: _staged, nextAttemptTime: _due, ...status } = action.status;
  const conditions = withCondition(
    status,
    { status: 'True', reason: 'Done', message: 'the planned requests were carried out' },
    now,
  );
  const done = { ...status, effectTime: toMicroTime(now), conditions };
  if (action.spec.dryRun) {
    const first = status.plan?.continues ? ' (the first stage; the others depend on what it would bring about)' : '';
    const message = `dry run: ${status.plan?.summary ?? 'nothing'}; the server accepted it${first}`;
    const answers = effect.answers?.map((answer) => answer.slice(0, MAX_MESSAGE)) ?? [];
    return finish(
      { ...done, result: { ...status.result, success: true, answers } },
      { phase: 'Succeeded', reason: 'DryRun', message },
      now,
    );
  }
  if (effect.proof === 'answer') {
    const message = `${status.plan?.summary ?? 'done'}: delivered`;
    return finish(done, { phase: 'Succeeded', reason: DELIVERED, message }, now);
  }
  return {
    ...done,
    reason: 'Verifying',
    message: `${status.plan?.summary ?? 'done'}; watching whether it helps`.slice(0, MAX_MESSAGE),
    verification: {
      state: 'Waiting',
      startedAt: toMicroTime(now),
      deadline: toMicroTime(now + effect.healthCheckTimeoutMs),
    },
  };
}

/** Reason of an action somebody outside was called for, and did not say well what came of it. */
const UNCLEAR = 'AnswerUnclear';

/**
 * What is known of a call whose answer leaves open whether it was carried out. Nobody can be asked, so that this is all
 * there will be.
 */
export const unclear = ({ status }: HealingAction, message: string): ActionStatus => ({
  ...status,
  reason: UNCLEAR,
  message: message.slice(0, MAX_MESSAGE),
});

/** While a stage is waited for: the message says what is missing. Undefined when it says so already. */
export function waitingFor(action: HealingAction, message: string): ActionStatus | undefined {
  const text = message.slice(0, MAX_MESSAGE);
  return action.status.message === text ? undefined : { ...action.status, reason: 'InStages', message: text };
}

export interface Failure {
  readonly reason: string;
  readonly message: string;
  /** Whether something of the action may have reached the cluster. */
  readonly executed: 'yes' | 'no';
  /** Reason of the condition `Executed` when it is not the failure's own. */
  readonly mark?: string;
}

export interface Retry {
  readonly retry: 'later' | 'never';
  /** Places of the requests of the stage that were carried out. */
  readonly done?: readonly number[];
  readonly retryAfterMs?: number;
  readonly random: number;
  readonly undo: 'wanted' | 'unwanted';
}

/** An attempt whose request was refused, or that is known not to have changed anything. */
export function attemptFailed(action: HealingAction, failure: Failure & Retry, now: Instant): ActionStatus {
  const attempts = action.status.attempts ?? 0;
  const { done = [] } = failure;
  const status = withDelivered(withInverses(action.status, done), done);
  if (failure.retry === 'later' && attempts < action.retry.maxAttempts) {
    const { backoffDelayMs, backoffMultiplier } = action.retry;
    const delay = backoffDelay(
      { baseMs: backoffDelayMs, multiplier: backoffMultiplier, maxMs: MAX_BACKOFF_MS, jitter: JITTER },
      attempts,
      failure.random,
    );
    const due = now + Math.max(delay, failure.retryAfterMs ?? 0);
    const message = `attempt ${attempts} failed (${failure.message}); next in ${formatDuration(Math.round((due - now) / 1000) * 1000)}`;
    const { stageTime: _staged, ...rest } = status;
    return { ...rest, reason: 'Retrying', message: message.slice(0, MAX_MESSAGE), nextAttemptTime: toMicroTime(due) };
  }
  const executed =
    status.inverses !== undefined || done.length > 0 || status.delivered !== undefined ? 'yes' : failure.executed;
  return failed({ ...action, status }, { ...failure, executed }, { undo: failure.undo, now });
}

/** It ends without success. What was done is taken back first, when that is wanted and anything can be. */
export function failed(
  action: HealingAction,
  failure: Failure,
  { undo, now }: { readonly undo: 'wanted' | 'unwanted'; readonly now: Instant },
): ActionStatus {
  const { reason, message, executed } = failure;
  const { stageTime: _staged, nextAttemptTime: _due, ...status } = action.status;
  const conditions =
    executed === 'no'
      ? withCondition(status, { status: 'False', reason: failure.mark ?? reason, message }, now)
      : status.conditions;
  const known = { ...status, ...(conditions !== undefined && { conditions }) };
  const end = { phase: 'Failed', reason, message } as const;
  if (executed === 'no' || action.spec.dryRun) return finish(known, end, now);
  if (undo === 'unwanted') return finish(known, end, now);
  const at = toMicroTime(now);
  if (status.inverses === undefined) {
    return finish(
      { ...known, undo: { state: 'NotPossible', at, message: 'nothing that was done can be taken back' } },
      end,
      now,
    );
  }
  const why = message.slice(0, MAX_MESSAGE);
  return {
    ...known,
    reason: 'Undoing',
    message: `taking it back: ${message}`.slice(0, MAX_MESSAGE),
    undo: { state: 'InProgress', at, reason, message: why, requests: [] },
  };
}

/** The request that takes a change back, in status before it leaves (law 2). */
export const undoPlanned = ({ status }: HealingAction, request: PlannedRequest): ActionStatus => ({
  ...status,
  undo: {
    state: 'InProgress',
    ...status.undo,
    requests: [...(status.undo?.requests ?? []), request].slice(-MAX_REQUESTS),
  },
});

/** Taking back is over, well or not; the action fails for the reason for which it was begun. */
export function undone(
  { status }: HealingAction,
  outcome: { readonly state: 'Done' | 'Failed'; readonly message: string },
  now: Instant,
): ActionStatus {
  const { reason = 'NotVerified', message = '' } = status.undo ?? {};
  const text = outcome.message.slice(0, MAX_MESSAGE);
  const tail = outcome.state === 'Done' ? `taken back: ${outcome.message}` : `NOT taken back: ${outcome.message}`;
  const undo = { ...status.undo, state: outcome.state, at: toMicroTime(now), message: text };
  return finish(
    { ...status, undo },
    { phase: 'Failed', reason, message: `${message.slice(0, MAX_MESSAGE / 2)}; ${tail}` },
    now,
  );
}

/** After a crash or a lost reply: what the live object says of the last attempt. */
export function classified(
  action: HealingAction,
  seen: {
    readonly outcome: Outcome;
    readonly effect: Effect;
    readonly random: number;
    readonly undo: 'wanted' | 'unwanted';
  },
  now: Instant,
): ActionStatus {
  const { outcome, random, undo } = seen;
  if (outcome === 'done') return carriedOut(action, seen.effect, now);
  if (outcome === 'not done') {
    const message = 'the last attempt was interrupted before it changed anything';
    return attemptFailed(action, { reason: 'Interrupted', message, retry: 'later', executed: 'no', random, undo }, now);
  }
  const { reason, message } =
    outcome === 'superseded'
      ? { reason: 'Superseded', message: 'somebody else changed the target since it was planned' }
      : {
          reason: 'OutcomeUnknown',
          message: `${action.status.reason === UNCLEAR ? (action.status.message ?? '') : 'the answer was lost'}; whether it was carried out cannot be told, so it is not repeated: look before you do it again`,
        };
  // What cannot be told counts as done: limits, cool-downs and the breaker must not be blind to it.
  const done = allOf(action.status);
  return attemptFailed(action, { reason, message, retry: 'never', executed: 'yes', done, random, undo }, now);
}

/**
 * It cannot be done to this target at all: an action that was never claimed is cancelled, and is not proposed again in
 * this episode.
 */
export function planRefused(
  action: HealingAction,
  why: { readonly reason: string; readonly message: string },
  { undo, now }: { readonly undo: 'wanted' | 'unwanted'; readonly now: Instant },
): ActionStatus {
  const executed = action.status.inverses !== undefined || action.status.stageTime !== undefined ? 'yes' : 'no';
  if (action.phase !== 'Approved') return failed(action, { ...why, executed, mark: PLAN_REFUSED }, { undo, now });
  const conditions = withCondition(action.status, { status: 'False', reason: PLAN_REFUSED, message: why.message }, now);
  return finish({ ...action.status, conditions }, { phase: 'Cancelled', ...why }, now);
}

export function finish(
  status: ActionStatus,
  end: { readonly phase: 'Succeeded' | 'Failed' | 'Cancelled'; readonly reason: string; readonly message: string },
  now: Instant,
): ActionStatus {
  const { nextAttemptTime: _due, stageTime: _staged, ...rest } = status;
  const message = end.message.slice(0, MAX_MESSAGE);
  const success = end.phase === 'Succeeded';
  return {
    ...rest,
    phase: end.phase,
    reason: end.reason,
    message,
    completionTime: toMicroTime(now),
    result: { ...rest.result, success, message, ...(!success && { error: message }) },
  };
}

function withCondition(
  status: ActionStatus,
  condition: { readonly status: 'True' | 'False'; readonly reason: string; readonly message: string },
  now: Instant,
) {
  const others = (status.conditions ?? []).filter(({ type }) => type !== EXECUTED);
  return [
    ...others,
    {
      type: EXECUTED,
      ...condition,
      message: condition.message.slice(0, MAX_MESSAGE),
      lastTransitionTime: toMicroTime(now),
    },
  ];
}
