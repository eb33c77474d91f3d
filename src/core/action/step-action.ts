/**
 * The phase machine of one HealingAction. Each call looks at the action and the facts and says what to do next; the
 * shell does it and calls again. A crash between any two steps leaves an action from which the same machine goes on.
 *
 *   Pending ──approved, or needs none──▶ Approved ──claim (plan committed)──▶ InProgress ──verified──▶ Succeeded
 *    │    ▲────the plan has changed───────┘  │ a gate says no for good             │ effect, then verification
 *    │ rejected, expired                     │                                     └──▶ Failed (undone when it can be)
 *    └──────────────▶ Cancelled ◀────────────┘
 *
 * An action that needs approval asks first: its plan is made, and stands in the status while a person decides.
 *
 * InProgress in small. The status names the state: it is the first of these that the status holds.
 *
 *   state                    step                        leads to
 *   undo.state InProgress    undo, one request a lap     Failed, when all is taken back or cannot be
 *   effectTime               verify                      Succeeded when it was stable; undo or Failed at the deadline
 *   nextAttemptTime          claim, when it is due       plan, of the next attempt
 *   stageTime                claim                       plan, of the next stage; undo or Failed when its time is over
 *   plan                     send, in the lap that       effectTime or stageTime when all is answered;
 *                            claimed it                  nextAttemptTime, undo or Failed when something is refused
 *                            after a crash: classify,    the same three, as if the answer had come
 *                            by a live read (I3)
 */
import { type ActionStatus, isTerminal } from '../../api/action-status.ts';
import { MAX_MESSAGE } from '../../api/fields.ts';
import type { Doubt, HealingAction } from '../../api/parse-action.ts';
import { fromTimestamp, type Instant } from '../../std/clock.ts';
import { type ApprovalScene, judgeApprovals } from '../authority/approval.ts';
import { type AuthorScene, handMadeRefusal } from '../authority/hand-made.ts';
import type { ScopeRules } from '../target/scope.ts';
import type { Announcement } from '../announcement.ts';
import { mayGo } from './departure.ts';
import { finish } from './ending.ts';
import { failed } from './failure.ts';
import { given } from '../../std/given.ts';
import { noPlaceNews } from './news.ts';
import { endOf, hasRecovered } from './last-moment.ts';
import { lacksUid } from './pinned-target.ts';
import { ALLOW, type Refusal, type Verdict } from '../gates/proposal.ts';
import type { VerdictReason } from '../reasons/index.ts';
import { type GateScene, judgeAction, recoveryOf } from './action-gates.ts';

/**
 * How long a claim without a recorded answer is left to the process that made it: the client's request time-out (30 s)
 * and some. Before that a request may be on its way from a process that is slow, or that has lost its lease and does
 * not know it.
 */
export const CLAIM_MS = 35_000;

export type ActionStep =
  /** Commit this status; terminal ones carry the event to be written. */
  | { readonly do: 'commit'; readonly status: ActionStatus; readonly news?: Announcement }
  | { readonly do: 'claim' }
  /** Look up which object is meant, of an action that names no UID. */
  | { readonly do: 'pin' }
  /** Make the plan that a person is asked about. */
  | { readonly do: 'ask' }
  | { readonly do: 'classify' }
  | { readonly do: 'undo' }
  /** Healing is paused in the middle of something: it stands still, and says so. */
  | { readonly do: 'hold'; readonly message: string }
  /** `refused`: by the gate of this name. */
  | { readonly do: 'wait'; readonly until?: Instant; readonly refused?: VerdictReason }
  | { readonly do: 'verify' }
  /** It is deleted, and nothing of it is midway: what limits need is remembered, and it goes. */
  | { readonly do: 'release' };

/** Refusals that waiting cannot cure: the decision has to be made anew. */
const FINAL: ReadonlySet<VerdictReason> = new Set([
  'Suspended',
  'Protected',
  'OutOfScope',
  'PolicyChanged',
  'ApprovalUnproven',
  'ApprovalVoid',
  'AuthorUnproven',
  'Rejected',
]);

const isFinal = (refusal: Refusal): boolean => FINAL.has(refusal.reason) || hasRecovered(refusal);

/** More unfinished actions of its namespace are older than are worked on. */
export interface NoPlace {
  /** So many are worked on. */
  readonly places: number;
  /** So many are older. */
  readonly before: number;
}

export interface ActionView {
  readonly action: HealingAction;
  /** Of an action for which nothing was done yet, and which has to wait for older ones. */
  readonly noPlace?: NoPlace;
  /** The gates on cached data, for an action that is not yet claimed. */
  readonly verdict: Verdict;
  /** How the target of an action that waits for a person is known to be well by itself. */
  readonly recovered?: string;
  /** Of an action that has asked for approval. */
  readonly approval?: ApprovalScene;
  /** Of an action made by hand that was not looked at yet. */
  readonly handMade?: { readonly scope: ScopeRules; readonly author: AuthorScene };
  readonly undo: 'wanted' | 'unwanted';
  /** Text of the kill switch when it is thrown. */
  readonly paused?: string;
  /** When somebody has deleted the action. */
  readonly deletedAt?: Instant;
}

/** Everything that a step is decided on, as data. */
export interface StepInput extends Omit<ActionView, 'verdict' | 'recovered'> {
  /** What the gates judge, of an action that waits for a person or to be claimed. */
  readonly gates?: GateScene;
}

export function decideStep({ gates, ...view }: StepInput, now: Instant): ActionStep {
  if (gates === undefined) return stepAction({ ...view, verdict: ALLOW }, now);
  return view.action.phase === 'Pending'
    ? stepAction({ ...view, verdict: ALLOW, ...given({ recovered: recoveryOf(gates, now) }) }, now)
    : stepAction({ ...view, verdict: judgeAction(gates, 'begins', now) }, now);
}

export function stepAction(view: ActionView, now: Instant): ActionStep {
  const { action, verdict, deletedAt } = view;
  if (deletedAt !== undefined && mayGo(action, deletedAt, now)) return { do: 'release' };
  if (view.noPlace !== undefined) return stepWithoutPlace(action, view.noPlace, now);
  if (action.doubt !== undefined) return stepDoubted(action, action.doubt, now);
  switch (action.phase) {
    case 'Pending':
      return stepPending(view, now);
    case 'Approved':
      return stepApproved(action, verdict, now);
    case 'InProgress':
      return stepInProgress(view, now);
    case 'Succeeded':
    case 'Failed':
    case 'Cancelled':
      return { do: 'wait' };
  }
}

const commit = (status: ActionStatus): ActionStep => ({ do: 'commit', status });

/** Nothing of it is carried out; one that has ended stays as it is. */
function stepDoubted({ phase }: HealingAction, doubt: Doubt, now: Instant): ActionStep {
  if (isTerminal(phase)) return { do: 'wait' };
  return commit(finish({}, { phase: doubt.reason === 'Forged' ? 'Cancelled' : 'Failed', ...doubt }, now));
}

/**
 * Whether nothing was done for it, not even a question. A forged action waits like any other; one with a status that
 * others have written may have begun.
 */
export const isUntouched = ({ phase, status, doubt }: HealingAction): boolean =>
  phase === 'Pending' && status.approval === undefined && doubt?.reason !== 'StatusTampered';

/** Of those that wait as many have it in their status as have a place. Each word is a write, which others wait for. */
const isFarBehind = ({ places, before }: NoPlace): boolean => before >= 2 * places;
/** Those far behind are looked at again so much later: each look costs no request. */
const FAR_BEHIND_MS = 60_000;

function stepWithoutPlace(
  { namespace, status, createdAt, timeoutMs }: HealingAction,
  of: NoPlace,
  now: Instant,
): ActionStep {
  if (isFarBehind(of)) return { do: 'wait', until: now + FAR_BEHIND_MS };
  const reason = 'TooManyActions';
  const until = (createdAt ?? now) + timeoutMs;
  const message = `${of.places} older HealingActions of namespace ${namespace} are unfinished, and no more than that are worked on; it waits for one of them to end`;
  if (now >= until) return commit(finish(status, { phase: 'Cancelled', reason, message }, now));
  if (status.reason === reason) return { do: 'wait', until };
  // The first of them tells of all in an Event.
  const news = of.before === of.places ? noPlaceNews(message) : undefined;
  return { do: 'commit', status: { ...status, phase: 'Pending', reason, message }, ...given({ news }) };
}

function stepPending({ action, approval, handMade, recovered }: ActionView, now: Instant): ActionStep {
  const { spec, status } = action;
  const refusal = handMade === undefined ? undefined : handMadeRefusal(action, handMade);
  if (refusal !== undefined) return commit(finish(status, { phase: 'Cancelled', ...refusal }, now));
  if (lacksUid(action)) return { do: 'pin' };
  if (!spec.approvalRequired)
    return commit({ ...status, phase: 'Approved', reason: 'NoApprovalNeeded', message: 'no approval is needed' });
  if (recovered !== undefined)
    return commit(finish(status, { phase: 'Cancelled', reason: 'Resolved', message: recovered }, now));
  const until = fromTimestamp(status.approval?.expiresAt);
  if (approval === undefined || until === undefined) return { do: 'ask' };
  // An approval given in time counts, however late it is noticed.
  const judged = judgeApprovals(approval, now);
  const message = 'message' in judged ? judged.message.slice(0, MAX_MESSAGE) : '';
  switch (judged.kind) {
    case 'approved': {
      const record = { ...status.approval, ...judged.record };
      return commit({ ...status, phase: 'Approved', reason: 'Approved', message, approval: record });
    }
    case 'rejected': {
      const known = { ...status, approval: { ...status.approval, ...judged.record } };
      return commit(finish(known, { phase: 'Cancelled', reason: 'Rejected', message }, now));
    }
    case 'refused':
      if (now >= until) return expired(status, now);
      if (status.message === message) return { do: 'wait', until };
      return commit({ ...status, reason: judged.reason, message });
    case 'none':
      return now >= until ? expired(status, now) : { do: 'wait', until };
  }
}

const expired = (status: ActionStatus, now: Instant): ActionStep =>
  commit(
    finish(status, { phase: 'Cancelled', reason: 'ApprovalExpired', message: 'it was not approved in time' }, now),
  );

/** No change tells that caches are up to date again. They are within seconds, or their server is away. */
const STALE_RECHECK_MS = 5000;

function stepApproved(action: HealingAction, verdict: Verdict, now: Instant): ActionStep {
  if (verdict.allow) return { do: 'claim' };
  // Waiting for a person does not use up the time for waiting for the gates.
  const since = fromTimestamp(action.status.approval?.approvedAt) ?? action.createdAt ?? now;
  const deadline = since + action.timeoutMs;
  const { status } = action;
  if (isFinal(verdict) || now >= deadline) {
    return {
      do: 'commit',
      status: finish(status, { phase: 'Cancelled', ...endOf(verdict) }, now),
    };
  }
  // Its figures change all the time, and each write is a request: it is said once for each reason.
  if (verdict.reason !== 'StaleObservation' && status.reason !== verdict.reason)
    return commit({ ...status, reason: verdict.reason, message: `waits: ${verdict.message}`.slice(0, MAX_MESSAGE) });
  const again = verdict.reason === 'StaleObservation' ? now + STALE_RECHECK_MS : deadline;
  return { do: 'wait', until: Math.min(deadline, verdict.retryAt ?? again), refused: verdict.reason };
}

function stepInProgress({ action, undo, paused }: ActionView, now: Instant): ActionStep {
  const { status } = action;
  const midway =
    status.undo?.state === 'InProgress' || (status.stageTime !== undefined && status.effectTime === undefined);
  if (midway && paused !== undefined)
    return { do: 'hold', message: `${status.plan?.summary ?? 'unfinished'}: left midway; ${paused}` };
  if (status.undo?.state === 'InProgress') return { do: 'undo' };
  if (status.effectTime !== undefined) return { do: 'verify' };
  const due = fromTimestamp(status.nextAttemptTime);
  if (due !== undefined) return now >= due ? { do: 'claim' } : { do: 'wait', until: due };
  if (status.stageTime !== undefined) {
    if (now < stagesDeadline(action)) return { do: 'claim' };
    const message = `not done after ${action.spec.timeout}: ${status.message ?? 'a stage is unfinished'}`;
    return { do: 'commit', status: failed(action, { reason: 'TimedOut', message, executed: 'yes' }, { undo, now }) };
  }
  const settledAt = (fromTimestamp(status.lastAttemptTime) ?? 0) + CLAIM_MS;
  return now >= settledAt ? { do: 'classify' } : { do: 'wait', until: settledAt };
}

/** All stages of all attempts lie inside the action's time. */
export const stagesDeadline = ({ status, timeoutMs }: HealingAction): Instant =>
  (fromTimestamp(status.startTime) ?? 0) + timeoutMs;
