/** What an action's status becomes when an attempt did not work: another attempt, the way back, or the end. */
import type { ActionStatus } from '../../api/action-status.ts';
import { MAX_MESSAGE } from '../../api/fields.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { backoffDelay } from '../../std/backoff.ts';
import { type Instant, toMicroTime } from '../../std/clock.ts';
import { formatDuration } from '../../std/duration.ts';
import { withDelivered, withInverses, withoutUndone, withQuote } from './carried-out.ts';
import { finish, isExecuted, withExecuted, withSent } from './ending.ts';
import { PLAN_REFUSED } from './past-action.ts';
import { given } from '../../std/given.ts';
import type { ActionReason, ExecutedReason, ForeignReason, PlanReason } from '../reasons/index.ts';

/** No wait between attempts is longer. */
const MAX_BACKOFF_MS = 600_000;
/** Conflicts with one change, and with the controller's answer to it, are two. */
const AT_ONCE = 2;
/** Spreads the retries of many actions. */
const JITTER = 0.1;

export interface Failure {
  readonly reason: ActionReason;
  readonly message: string;
  /** Whether something of the action may have reached the cluster. */
  readonly executed: 'yes' | 'no';
  /** Reason of the condition `Executed` when it is not the failure's own. */
  readonly mark?: ExecutedReason;
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
  // With `yes` it is not known which of them were.
  const carriedOut = action.spec.dryRun || failure.executed === 'yes' ? 0 : done.length;
  const kept = failure.executed === 'yes' ? action.status : withoutUndone(action.status, done);
  const status = withSent(withDelivered(withInverses(kept, done), done), carriedOut, now);
  if (failure.retry === 'later' && attempts < action.retry.maxAttempts) {
    const { backoffDelayMs, backoffMultiplier } = action.retry;
    const delay = backoffDelay(
      { baseMs: backoffDelayMs, multiplier: backoffMultiplier, maxMs: MAX_BACKOFF_MS, jitter: JITTER },
      attempts,
      failure.random,
    );
    // What was changed meanwhile is read again at once. The last attempt waits, for those who write again and again.
    const again =
      failure.reason === 'Conflict' &&
      attempts <= AT_ONCE &&
      attempts + 1 < action.retry.maxAttempts &&
      !failure.retryAfterMs;
    const due = now + (again ? 0 : Math.max(delay, failure.retryAfterMs ?? 0));
    const next = again ? 'at once' : `in ${formatDuration(Math.round((due - now) / 1000) * 1000)}`;
    const message = `attempt ${attempts} failed (${failure.message}); next ${next}`;
    const { stageTime: _staged, ...rest } = status;
    return { ...rest, reason: 'Retrying', message: message.slice(0, MAX_MESSAGE), nextAttemptTime: toMicroTime(due) };
  }
  const begun = isExecuted(status) || status.delivered !== undefined || status.inverses !== undefined;
  const executed = begun ? 'yes' : failure.executed;
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
      ? withExecuted(status, { status: 'False', reason: failure.mark ?? reason, message }, now)
      : status.conditions;
  const known = { ...status, ...given({ conditions }) };
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

/**
 * It cannot be done to this target at all: an action that was never claimed is cancelled, and is not proposed again in
 * this episode.
 */
export function planRefused(
  action: HealingAction,
  why: { readonly reason: PlanReason | ForeignReason; readonly message: string },
  { undo, now }: { readonly undo: 'wanted' | 'unwanted'; readonly now: Instant },
): ActionStatus {
  const { inverses, stageTime } = action.status;
  const executed = isExecuted(action.status) || inverses !== undefined || stageTime !== undefined ? 'yes' : 'no';
  const said = { ...why, message: withQuote(why.message, action.status) };
  if (action.phase !== 'Approved' && action.phase !== 'Pending')
    return failed(action, { ...said, executed, mark: PLAN_REFUSED }, { undo, now });
  const conditions = withExecuted(action.status, { status: 'False', reason: PLAN_REFUSED, message: why.message }, now);
  return finish({ ...action.status, conditions }, { phase: 'Cancelled', ...why }, now);
}
