/**
 * What past actions say. History *is* the list of HealingActions: rate limit, cool-down, breaker and ladder are folds
 * over it, and mean the same after a restart and on another leader. What people delete of it is read from the ledger.
 */
import type { Phase } from '../api/action-status.ts';
import type { ActionType } from '../api/action-template.ts';
import type { Instant } from '../std/clock.ts';

/** A HealingAction as decisions see it. */
export interface PastAction {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Absent when a person created it without a policy. */
  readonly policyUid?: string;
  /** Namespace and name of the policy: limits belong to the name, so that they outlive the object. */
  readonly policy?: string;
  readonly targetUid: string;
  /** Absent of a cluster-scoped target. */
  readonly targetNamespace?: string;
  /** The outermost controller of the target, or the target itself: the unit that is disrupted once at a time. */
  readonly rootUid: string;
  readonly targetKind: string;
  readonly template: string;
  /** Absent of what older versions have remembered. */
  readonly type?: ActionType;
  readonly triggers: readonly string[];
  readonly dryRun: boolean;
  readonly phase: Phase;
  /** The reason with which it ended. */
  readonly ended?: string;
  readonly createdAt: Instant;
  /** What it waits for, when nothing but a person can bring that. */
  readonly awaits?: 'approval';
  /** Whether a request may have left for the cluster. Dry runs never count as executed. */
  readonly executed: boolean;
  /** Of one that ended with nothing sent: it was not tried. */
  readonly unsent?: Unsent;
  readonly lastAttemptAt?: Instant;
  readonly completedAt?: Instant;
  readonly episodeStart?: Instant;
}

/** Why an action ended with nothing sent. */
export interface Unsent {
  /**
   * `rejected`: by a person, whose word holds for the episode. `withdrawn`: the world had changed, or the process was
   * interrupted; the decision is made anew. `hindered`: it could not be done to this target, or was refused, or not
   * approved in time; other actions of the ladder go first.
   */
  readonly how: 'rejected' | 'withdrawn' | 'hindered';
  /** The sentence with which it ended. */
  readonly why: string;
}

export const HOUR_MS = 3_600_000;

/**
 * How long limits look at what has ended: the rate limit an hour back, breaker and cool-downs less than a day. What is
 * kept for a shorter time would blind them.
 */
export const NEEDED_MS = 24 * HOUR_MS;

/** Begins the UID of a proposal whose action no cache shows yet. */
export const RESERVED = 'reserved/';

/** Whether it counts in the limits of the policy: of that object, or of one of the same name before it. */
export const isOfPolicy = (
  action: PastAction,
  policy: { readonly uid: string; readonly namespace: string; readonly name: string },
): boolean => action.policyUid === policy.uid || action.policy === `${policy.namespace}/${policy.name}`;

export const isFinished = (action: PastAction): boolean =>
  action.phase === 'Succeeded' || action.phase === 'Failed' || action.phase === 'Cancelled';

/** In flight and real: what budgets and one-at-a-time count. An accepted proposal counts from its creation. */
export const isActive = (action: PastAction): boolean => !action.dryRun && !isFinished(action);

/** Its plan is committed, and its first request may leave at any time. */
export const isClaimed = (action: PastAction): boolean => action.phase === 'InProgress';

/**
 * From proposal to claim it takes a lap, seconds at most. What is not claimed after this long waits for something: for
 * a person, a window, another action, an object that does not exist.
 */
export const RESERVED_MS = 60_000;

/**
 * Takes a place of those that all namespaces share. What is claimed does, and what is just proposed, so that proposals
 * of one moment are counted at once. What waits takes none: it is counted when it is claimed, and judged again then.
 */
export const takesPlace = (action: PastAction, now: Instant): boolean =>
  isActive(action) && (isClaimed(action) || (action.awaits === undefined && now < placeFreeAt(action)));

/** When the place is free again even if nothing happens; never, of what is claimed. */
export const placeFreeAt = (action: PastAction): Instant =>
  isClaimed(action) ? Number.POSITIVE_INFINITY : action.createdAt + RESERVED_MS;

/**
 * Whether `a` goes first: the older one does. Of two made in the same second the UID decides, so that every leader
 * decides alike.
 */
export const precedes = (a: Pick<PastAction, 'uid' | 'createdAt'>, b: Pick<PastAction, 'uid' | 'createdAt'>): boolean =>
  a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.uid < b.uid);

/**
 * The last instant at which the action may have changed something; an action that has not finished may do so at any
 * time.
 */
export function lastEffectAt(action: PastAction): Instant | undefined {
  if (action.dryRun) return undefined;
  if (!isFinished(action)) return Number.POSITIVE_INFINITY;
  if (!action.executed) return undefined;
  return Math.max(action.createdAt, action.lastAttemptAt ?? action.completedAt ?? action.createdAt);
}

/** Actions inside the sliding hour, and when the oldest of them leaves it; never, while nothing in it has an end. */
export function countInLastHour(
  actions: readonly PastAction[],
  now: Instant,
): { readonly count: number; readonly freeAt: Instant } {
  let count = 0;
  let oldest = Number.POSITIVE_INFINITY;
  for (const action of actions) {
    const at = lastEffectAt(action);
    if (at === undefined || at <= now - HOUR_MS) continue;
    count++;
    oldest = Math.min(oldest, at);
  }
  return { count, freeAt: oldest + HOUR_MS };
}

/** A target, with the outermost of its controllers. */
export interface WorkloadRef {
  readonly targetUid: string;
  readonly namespace: string | undefined;
  readonly rootUid: string;
}

/**
 * Whether the action was on this target, or on another part of its workload. The parts of a workload lie in one
 * namespace. The writer of a pod can name any UID as its owner: an action elsewhere on such a pod says nothing of this
 * workload (I39).
 */
export const isOnWorkload = (action: PastAction, of: WorkloadRef): boolean =>
  action.targetUid === of.targetUid || (action.rootUid === of.rootUid && action.targetNamespace === of.namespace);

/** The newest finished, executed action on this root or target, whosever policy it was. */
export function lastFinishedOn(actions: readonly PastAction[], of: WorkloadRef): PastAction | undefined {
  let newest: PastAction | undefined;
  for (const action of actions) {
    if (!isFinished(action) || !action.executed || action.completedAt === undefined) continue;
    if (!isOnWorkload(action, of)) continue;
    if (newest === undefined || action.completedAt > (newest.completedAt ?? 0)) newest = action;
  }
  return newest;
}

export type Breaker =
  | { readonly state: 'closed'; readonly failures: number }
  | { readonly state: 'open'; readonly until: Instant; readonly failures: number }
  /** One action may try; two successes in a row close it. */
  | { readonly state: 'half-open'; readonly successes: number };

export const BREAKER_FAILURES = 5;
export const BREAKER_OPEN_MS = 300_000;
export const BREAKER_SUCCESSES = 2;

/** It was carried out, and it is known whether it helped. */
export const isOutcome = (action: PastAction): boolean =>
  action.executed &&
  !action.dryRun &&
  (action.phase === 'Succeeded' || action.phase === 'Failed') &&
  action.completedAt !== undefined;

/** Folds a policy's executed outcomes, oldest first. Actions of one policy only. */
export function breakerOf(actions: readonly PastAction[], now: Instant): Breaker {
  const outcomes = actions
    .filter(isOutcome)
    // Of what ended in the same instant the UID decides, so that every leader folds alike.
    .toSorted((a, b) => (a.completedAt ?? 0) - (b.completedAt ?? 0) || (a.uid < b.uid ? -1 : 1));
  let breaker: Breaker = { state: 'closed', failures: 0 };
  for (const outcome of outcomes) breaker = afterOutcome(settleBreaker(breaker, outcome.completedAt ?? 0), outcome);
  return settleBreaker(breaker, now);
}

function afterOutcome(breaker: Breaker, outcome: PastAction): Breaker {
  const at = outcome.completedAt ?? 0;
  if (outcome.phase === 'Failed') {
    // More in a row say nothing new.
    const failures =
      breaker.state === 'half-open' ? BREAKER_FAILURES : Math.min(BREAKER_FAILURES, breaker.failures + 1);
    return failures >= BREAKER_FAILURES
      ? { state: 'open', until: at + BREAKER_OPEN_MS, failures }
      : { state: 'closed', failures };
  }
  if (breaker.state !== 'half-open') return breaker.state === 'open' ? breaker : { state: 'closed', failures: 0 };
  return breaker.successes + 1 >= BREAKER_SUCCESSES
    ? { state: 'closed', failures: 0 }
    : { state: 'half-open', successes: breaker.successes + 1 };
}

const settleBreaker = (breaker: Breaker, at: Instant): Breaker =>
  breaker.state === 'open' && at >= breaker.until ? { state: 'half-open', successes: 0 } : breaker;
