/**
 * The phase machine of one HealingAction. Each call looks at the action and the facts and says what to do next; the shell does it and
 * calls again. A crash between any two steps leaves an action from which the same machine goes on.
 *
 *   Pending ──approved, or no approval needed──▶ Approved ──claim (plan committed)──▶ InProgress ──verified──▶ Succeeded
 *      │ rejected, expired                           │ a gate says no for good            │ effect, then verification
 *      └──────────────▶ Cancelled ◀──────────────────┘                                    └──▶ Failed
 *
 * InProgress, by what status holds:
 *   plan, no effectTime, no nextAttemptTime   an attempt was claimed and its answer is not recorded → classify by a live read (I3)
 *   nextAttemptTime                           the last attempt is known not to have worked → claim again when due
 *   effectTime                                done → verify until stable, or until the deadline
 */
import type { ActionStatus, Plan } from '../api/action-status.ts';
import { MAX_MESSAGE } from '../api/fields.ts';
import type { HealingAction } from '../api/parse-action.ts';
import { backoffDelay } from '../std/backoff.ts';
import { formatDuration } from '../std/duration.ts';
import { fromTimestamp, type Instant, toMicroTime } from '../std/clock.ts';
import type { Outcome, PlanResult } from './actions/action-kind.ts';
import type { Health } from './health.ts';
import { EXECUTED, PLAN_REFUSED } from './past-action.ts';
import type { Verdict } from './proposal.ts';

/** Healthy must be seen for this long without a break (I6). */
export const STABLE_MS = 10_000;
/** No wait between attempts is longer. */
const MAX_BACKOFF_MS = 600_000;
/**
 * How long a claim without a recorded answer is left to whoever made it: the client's request time-out (30 s) and some. Before that a request
 * may be on its way from a process that is slow, or that has lost its lease and does not know.
 */
export const CLAIM_MS = 35_000;
/** Spreads the retries of many actions. */
const JITTER = 0.1;

export type ActionStep =
  /** Commit this status; terminal ones carry the event to be written. */
  | { readonly do: 'commit'; readonly status: ActionStatus }
  | { readonly do: 'claim' }
  | { readonly do: 'classify' }
  | { readonly do: 'wait'; readonly until?: Instant }
  | { readonly do: 'verify' };

/** Refusals that waiting cannot cure: the decision has to be made anew. */
const FINAL = new Set(['Suspended', 'Protected', 'OutOfScope', 'PolicyChanged']);

export interface ActionView {
  readonly action: HealingAction;
  /** The gates on cached data, for an action that is not yet claimed. */
  readonly verdict: Verdict;
  readonly approvalTimeoutMs: number;
}

export function stepAction({ action, verdict, approvalTimeoutMs }: ActionView, now: Instant): ActionStep {
  switch (action.phase) {
    case 'Pending':
      return stepPending(action, approvalTimeoutMs, now);
    case 'Approved':
      return stepApproved(action, verdict, now);
    case 'InProgress':
      return stepInProgress(action.status, now);
    case 'Succeeded':
    case 'Failed':
    case 'Cancelled':
      return { do: 'wait' };
  }
}

function stepPending(action: HealingAction, approvalTimeoutMs: number, now: Instant): ActionStep {
  const { spec, status } = action;
  if (!spec.approvalRequired) {
    return { do: 'commit', status: { ...status, phase: 'Approved', reason: 'NoApprovalNeeded', message: 'no approval is needed' } };
  }
  const approval = status.approval;
  const expiresAt = fromTimestamp(approval?.expiresAt);
  if (approval === undefined || expiresAt === undefined) {
    const expires = toMicroTime(now + approvalTimeoutMs);
    return {
      do: 'commit',
      status: {
        ...status,
        phase: 'Pending',
        reason: 'AwaitingApproval',
        message: `waits for approval until ${expires}`,
        approval: { approved: false, ...approval, required: true, requestedAt: toMicroTime(now), expiresAt: expires },
      },
    };
  }
  // An approval given too late is none (I28), however late it is noticed.
  const approvedAt = fromTimestamp(approval.approvedAt) ?? now;
  if (approval.approved && approvedAt < expiresAt) {
    return {
      do: 'commit',
      status: { ...status, phase: 'Approved', reason: 'Approved', message: `approved by ${approval.approvedBy ?? 'somebody'}` },
    };
  }
  if (!approval.approved && approval.reason !== undefined && approval.reason !== '') {
    return {
      do: 'commit',
      status: finish(
        status,
        { phase: 'Cancelled', reason: 'Rejected', message: `rejected by ${approval.approvedBy ?? 'somebody'}: ${approval.reason}` },
        now,
      ),
    };
  }
  if (now >= expiresAt)
    return {
      do: 'commit',
      status: finish(status, { phase: 'Cancelled', reason: 'ApprovalExpired', message: 'nobody approved it in time' }, now),
    };
  return { do: 'wait', until: expiresAt };
}

function stepApproved(action: HealingAction, verdict: Verdict, now: Instant): ActionStep {
  if (verdict.allow) return { do: 'claim' };
  // Waiting for a person does not use up the time for waiting for the gates.
  const since = fromTimestamp(action.status.approval?.approvedAt) ?? action.createdAt ?? now;
  const deadline = since + action.timeoutMs;
  if (FINAL.has(verdict.reason) || now >= deadline) {
    return { do: 'commit', status: finish(action.status, { phase: 'Cancelled', reason: verdict.reason, message: verdict.message }, now) };
  }
  return { do: 'wait', until: Math.min(deadline, verdict.retryAt ?? deadline) };
}

function stepInProgress(status: ActionStatus, now: Instant): ActionStep {
  if (status.effectTime !== undefined) return { do: 'verify' };
  const due = fromTimestamp(status.nextAttemptTime);
  if (due === undefined) {
    const settledAt = (fromTimestamp(status.lastAttemptTime) ?? 0) + CLAIM_MS;
    return now >= settledAt ? { do: 'classify' } : { do: 'wait', until: settledAt };
  }
  return now >= due ? { do: 'claim' } : { do: 'wait', until: due };
}

/** The status that claims an attempt: the plan is in it before its first request leaves (law 2). */
export function claimed(action: HealingAction, plan: Extract<PlanResult, { readonly requests: unknown }>, now: Instant): ActionStatus {
  const { nextAttemptTime: _due, effectTime: _done, verification: _seen, ...status } = action.status;
  const attempt = (status.attempts ?? 0) + 1;
  const record: Plan = { attempt, plannedAt: toMicroTime(now), summary: plan.summary, requests: [...plan.requests] };
  return {
    ...status,
    phase: 'InProgress',
    reason: 'Executing',
    message: `attempt ${attempt} of ${action.retry.maxAttempts}: ${plan.summary}`.slice(0, MAX_MESSAGE),
    startTime: status.startTime ?? toMicroTime(now),
    attempts: attempt,
    lastAttemptTime: toMicroTime(now),
    plan: record,
    result: { success: false, changes: [...plan.changes] },
  };
}

export const marker = (action: HealingAction, attempt: number): string => `${action.uid}/${attempt}`;

/** The requests of the plan were answered well (or were seen to be done): watching begins. */
export function effected(action: HealingAction, healthCheckTimeoutMs: number, now: Instant): ActionStatus {
  const conditions = withCondition(
    action.status,
    { status: 'True', reason: 'Done', message: 'the planned requests were carried out' },
    now,
  );
  if (action.spec.dryRun) {
    const message = `dry run: ${action.status.plan?.summary ?? 'nothing'}; the server accepted it`.slice(0, MAX_MESSAGE);
    return finish(
      { ...action.status, effectTime: toMicroTime(now), conditions, result: { ...action.status.result, success: true, message } },
      { phase: 'Succeeded', reason: 'DryRun', message },
      now,
    );
  }
  return {
    ...action.status,
    reason: 'Verifying',
    message: `${action.status.plan?.summary ?? 'done'}; watching whether it helps`.slice(0, MAX_MESSAGE),
    effectTime: toMicroTime(now),
    conditions,
    verification: { state: 'Waiting', startedAt: toMicroTime(now), deadline: toMicroTime(now + healthCheckTimeoutMs) },
  };
}

/** An attempt that is known not to have changed anything, or whose request was refused. `retryable` says whether another may. */
export function attemptFailed(
  action: HealingAction,
  failure: {
    readonly reason: string;
    readonly message: string;
    readonly retry: 'later' | 'never';
    readonly executed: 'yes' | 'no';
    readonly retryAfterMs?: number;
    /** Reason of the condition `Executed` when it is not the failure's own. */
    readonly mark?: string;
    readonly random: number;
  },
  now: Instant,
): ActionStatus {
  const attempts = action.status.attempts ?? 0;
  if (failure.retry === 'later' && attempts < action.retry.maxAttempts) {
    const { backoffDelayMs, backoffMultiplier } = action.retry;
    const delay = backoffDelay(
      { baseMs: backoffDelayMs, multiplier: backoffMultiplier, maxMs: MAX_BACKOFF_MS, jitter: JITTER },
      attempts,
      failure.random,
    );
    const due = now + Math.max(delay, failure.retryAfterMs ?? 0);
    const message = `attempt ${attempts} failed (${failure.message}); next in ${formatDuration(Math.round((due - now) / 1000) * 1000)}`;
    return { ...action.status, reason: 'Retrying', message: message.slice(0, MAX_MESSAGE), nextAttemptTime: toMicroTime(due) };
  }
  const conditions =
    failure.executed === 'no'
      ? withCondition(action.status, { status: 'False', reason: failure.mark ?? failure.reason, message: failure.message }, now)
      : action.status.conditions;
  return finish(
    { ...action.status, ...(conditions !== undefined && { conditions }) },
    { phase: 'Failed', reason: failure.reason, message: failure.message },
    now,
  );
}

/** After a crash or a lost reply: what the live object says of the last attempt. */
export function classified(
  action: HealingAction,
  seen: { readonly outcome: Outcome; readonly healthCheckTimeoutMs: number; readonly random: number },
  now: Instant,
): ActionStatus {
  const { outcome } = seen;
  if (outcome === 'done') return effected(action, seen.healthCheckTimeoutMs, now);
  const reason = outcome === 'superseded' ? 'Superseded' : 'Interrupted';
  const message =
    outcome === 'superseded'
      ? 'somebody else changed the target since it was planned'
      : 'the last attempt was interrupted before it changed anything';
  return attemptFailed(
    action,
    // What cannot be told counts as done: limits, cool-downs and the breaker must not be blind to it.
    outcome === 'not done'
      ? { reason, message, retry: 'later', executed: 'no', random: seen.random }
      : { reason, message, retry: 'never', executed: 'yes', random: seen.random },
    now,
  );
}

export interface Verified {
  /** Undefined when there is nothing to write. */
  readonly status?: ActionStatus;
  readonly wakeAt?: Instant;
}

/** Success is seen, not assumed: healthy and not firing, without a break for STABLE_MS, before the deadline. */
export function verify(action: HealingAction, health: Health, now: Instant): Verified {
  const before = action.status.verification;
  const deadline = fromTimestamp(before?.deadline) ?? now;
  const startedAt = before?.startedAt ?? toMicroTime(now);
  if (health.state === 'healthy') {
    const healthySince = fromTimestamp(before?.healthySince) ?? now;
    if (now - healthySince >= STABLE_MS) {
      const message = `healthy for ${formatDuration(STABLE_MS)} after ${action.status.plan?.summary ?? 'the action'}`;
      const verification = { ...before, startedAt, state: 'Healthy' as const, checkedAt: toMicroTime(now) };
      return { status: finish({ ...action.status, verification }, { phase: 'Succeeded', reason: 'Verified', message }, now) };
    }
    if (before?.healthySince !== undefined) return { wakeAt: healthySince + STABLE_MS };
    const verification = {
      ...before,
      startedAt,
      state: 'Stabilising' as const,
      healthySince: toMicroTime(now),
      checkedAt: toMicroTime(now),
    };
    return { status: { ...action.status, verification }, wakeAt: now + STABLE_MS };
  }
  const seen = health.message.slice(0, MAX_MESSAGE);
  if (now >= deadline) {
    const message = `not healthy ${formatDuration(deadline - (fromTimestamp(startedAt) ?? now))} after ${action.status.plan?.summary ?? 'the action'}: ${health.message}`;
    const verification = { ...before, startedAt, state: 'TimedOut' as const, checkedAt: toMicroTime(now), message: seen };
    return { status: finish({ ...action.status, verification }, { phase: 'Failed', reason: 'NotVerified', message }, now) };
  }
  if (before?.state === 'Waiting' || before?.state === 'Unhealthy') return { wakeAt: deadline };
  const { healthySince: _broken, ...rest } = before ?? { startedAt };
  return {
    status: { ...action.status, verification: { ...rest, state: 'Unhealthy', message: seen, checkedAt: toMicroTime(now) } },
    wakeAt: deadline,
  };
}

/** It cannot be done to this target at all: the action ends before it was claimed, and is not proposed again in this episode. */
export function planRefused(action: HealingAction, why: { readonly reason: string; readonly message: string }, now: Instant): ActionStatus {
  const conditions = withCondition(action.status, { status: 'False', reason: PLAN_REFUSED, message: why.message }, now);
  return finish({ ...action.status, conditions }, { phase: action.phase === 'Approved' ? 'Cancelled' : 'Failed', ...why }, now);
}

export function finish(
  status: ActionStatus,
  end: { readonly phase: 'Succeeded' | 'Failed' | 'Cancelled'; readonly reason: string; readonly message: string },
  now: Instant,
): ActionStatus {
  const { nextAttemptTime: _due, ...rest } = status;
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
    { type: EXECUTED, ...condition, message: condition.message.slice(0, MAX_MESSAGE), lastTransitionTime: toMicroTime(now) },
  ];
}
