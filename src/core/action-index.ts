/**
 * Past actions, kept so that a question about one target costs what answers it, however many there are. What it answers
 * is as good as all of history: no gate, and nothing of the ladder, decides otherwise on it.
 */
import type { Instant } from '../std/clock.ts';
import {
  BREAKER_FAILURES,
  BREAKER_OPEN_MS,
  BREAKER_SUCCESSES,
  HOUR_MS,
  isFinished,
  isOutcome,
  lastEffectAt,
  type PastAction,
  type WorkloadRef,
} from './history.ts';

/** A target, and the policy that would act on it. */
export interface Concern extends WorkloadRef {
  /** Absent of an action that a person made. */
  readonly policy?: { readonly uid: string; readonly namespace: string; readonly name: string };
}

/** In order of an instant, then of the UID, so that every leader has the same order. */
class Timeline {
  readonly #at: (action: PastAction) => Instant;
  readonly #kept: PastAction[] = [];
  #inOrder = true;

  constructor(at: (action: PastAction) => Instant) {
    this.#at = at;
  }

  get newestFirst(): Iterable<PastAction> {
    const actions = this.#actions;
    return (function* () {
      for (let n = actions.length - 1; n >= 0; n--) yield actions[n] as PastAction;
    })();
  }

  /** A list of twenty thousand comes in no order: it is put into order once, and not at each of them. */
  get #actions(): PastAction[] {
    if (!this.#inOrder) this.#kept.sort((a, b) => this.#compare(a, b));
    this.#inOrder = true;
    return this.#kept;
  }

  add(action: PastAction): void {
    const last = this.#kept.at(-1);
    if (last !== undefined && this.#compare(last, action) > 0) this.#inOrder = false;
    this.#kept.push(action);
  }

  delete(action: PastAction): void {
    const actions = this.#actions;
    const at = this.#place(this.#at(action), action.uid);
    if (actions[at]?.uid === action.uid) actions.splice(at, 1);
  }

  /** Those later than the instant, oldest first. */
  after(at: Instant): readonly PastAction[] {
    // No UID comes after it.
    return this.#actions.slice(this.#place(at, '\uFFFF'));
  }

  countAfter(at: Instant): number {
    return this.#actions.length - this.#place(at, '\uFFFF');
  }

  newest(): PastAction | undefined {
    return this.#actions.at(-1);
  }

  #compare(a: PastAction, b: PastAction): number {
    return this.#at(a) - this.#at(b) || (a.uid < b.uid ? -1 : 1);
  }

  /** By bisection: where it is, or belongs. */
  #place(at: Instant, uid: string): number {
    const actions = this.#actions;
    let [low, high] = [0, actions.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = actions[middle] as PastAction;
      const before = this.#at(other) - at || (other.uid < uid ? -1 : 0);
      if (before < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const endOf = ({ completedAt = 0 }: PastAction): Instant => completedAt;

/** The actions of one policy. */
class OfPolicy {
  readonly all = new Map<string, PastAction>();
  readonly outcomes = new Timeline(endOf);
  /** Those that may have changed something. */
  readonly taken = new Timeline(({ createdAt }) => createdAt);
}

export class ActionIndex {
  readonly #all = new Map<string, PastAction>();
  readonly #unfinished = new Map<string, PastAction>();
  /** The same, by the UID of the target and of what it belongs to. */
  readonly #unfinishedOn = new Map<string, Map<string, PastAction>>();
  readonly #byTarget = new Map<string, Map<string, PastAction>>();
  readonly #byRoot = new Map<string, Map<string, PastAction>>();
  /** By UID, and by namespace and name: limits belong to both. */
  readonly #byPolicy = new Map<string, OfPolicy>();
  /** Finished ones that may have changed something, by when they last did. */
  readonly #effects = new Timeline((action) => lastEffectAt(action) ?? 0);

  has(uid: string): boolean {
    return this.#all.has(uid);
  }

  values(): Iterable<PastAction> {
    return this.#all.values();
  }

  unfinished(): Iterable<PastAction> {
    return this.#unfinished.values();
  }

  /** Unfinished ones on the object of this UID, or on what belongs to it. */
  unfinishedOn(uid: string): Iterable<PastAction> {
    return this.#unfinishedOn.get(uid)?.values() ?? [];
  }

  onTarget(uid: string): Iterable<PastAction> {
    return this.#byTarget.get(uid)?.values() ?? [];
  }

  ofPolicy(uid: string): Iterable<PastAction> {
    return this.#byPolicy.get(uid)?.all.values() ?? [];
  }

  /** How many of a policy's actions since then may have changed something, and the newest of all of these. */
  taken(policyUid: string, since: Instant): { readonly count: number; readonly newest: PastAction | undefined } {
    const { taken } = this.#byPolicy.get(policyUid) ?? {};
    return { count: taken?.countAfter(since) ?? 0, newest: taken?.newest() };
  }

  put(action: PastAction): void {
    this.delete(action.uid);
    this.#all.set(action.uid, action);
    if (!isFinished(action)) {
      this.#unfinished.set(action.uid, action);
      for (const uid of workloadUids(action)) into(this.#unfinishedOn, uid, action);
    } else if (lastEffectAt(action) !== undefined) this.#effects.add(action);
    into(this.#byTarget, action.targetUid, action);
    into(this.#byRoot, rootKey(action.targetNamespace, action.rootUid), action);
    for (const key of policyKeys(action)) {
      const of = this.#byPolicy.get(key) ?? new OfPolicy();
      this.#byPolicy.set(key, of);
      of.all.set(action.uid, action);
      if (isOutcome(action)) of.outcomes.add(action);
      if (isTaken(action)) of.taken.add(action);
    }
  }

  delete(uid: string): void {
    const action = this.#all.get(uid);
    if (action === undefined) return;
    this.#all.delete(uid);
    if (this.#unfinished.delete(uid)) for (const one of workloadUids(action)) outOf(this.#unfinishedOn, one, uid);
    this.#effects.delete(action);
    outOf(this.#byTarget, action.targetUid, uid);
    outOf(this.#byRoot, rootKey(action.targetNamespace, action.rootUid), uid);
    for (const key of policyKeys(action)) {
      const of = this.#byPolicy.get(key);
      of?.all.delete(uid);
      of?.outcomes.delete(action);
      of?.taken.delete(action);
      if (of?.all.size === 0) this.#byPolicy.delete(key);
    }
  }

  /**
   * All that a decision about the target can depend on: what is in flight, what counts in the sliding hour, what was
   * done to its workload, and as many outcomes of the policy as tell the state of its breaker. `leapMs`: limits look
   * back so much further.
   */
  about({ policy, ...workload }: Concern, now: Instant, leapMs = 0): ReadonlySet<PastAction> {
    const found = new Set(this.#effects.after(now - HOUR_MS - leapMs));
    const there = [
      ...this.#unfinished.values(),
      ...this.onTarget(workload.targetUid),
      ...(this.#byRoot.get(rootKey(workload.namespace, workload.rootUid))?.values() ?? []),
    ];
    for (const action of there.toSorted(inOrder)) found.add(action);
    if (policy !== undefined) for (const action of this.outcomesOf(policy)) found.add(action);
    return found;
  }

  /** As many outcomes of the policy as tell the state of its breaker. */
  outcomesOf({ uid, namespace, name }: NonNullable<Concern['policy']>): readonly PastAction[] {
    const keys = [uid, `${namespace}/${name}`];
    return keys.flatMap((key) => deciding(this.#byPolicy.get(key)?.outcomes.newestFirst ?? []));
  }
}

const inOrder = (a: PastAction, b: PastAction): number => a.createdAt - b.createdAt || (a.uid < b.uid ? -1 : 1);

const isTaken = (action: PastAction): boolean => action.executed || !isFinished(action);

/** A UID has no slash, and the name of a policy has one. */
const policyKeys = ({ policyUid, policy }: PastAction): readonly string[] =>
  [policyUid, policy].filter((key) => key !== undefined);

const workloadUids = ({ targetUid, rootUid }: PastAction): ReadonlySet<string> => new Set([targetUid, rootUid]);

const rootKey = (namespace: string | undefined, rootUid: string): string => `${namespace ?? ''}/${rootUid}`;

function into(map: Map<string, Map<string, PastAction>>, key: string, action: PastAction): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, new Map([[action.uid, action]]));
  else known.set(action.uid, action);
}

function outOf(map: Map<string, Map<string, PastAction>>, key: string, uid: string): void {
  const known = map.get(key);
  known?.delete(uid);
  if (known?.size === 0) map.delete(key);
}

/**
 * The newest outcomes, as far back as the breaker's state does not depend on what was before: to a row of failures that
 * opens it from any state, or to a row of successes of which two came when it could not be open any more.
 */
function deciding(newestFirst: Iterable<PastAction>): readonly PastAction[] {
  const outcomes: PastAction[] = [];
  let [failures, successes] = [0, 0];
  /** Of the row of successes that is gone through: the end of the last but one. */
  let closedAt = Number.NEGATIVE_INFINITY;
  for (const outcome of newestFirst) {
    if (endOf(outcome) + BREAKER_OPEN_MS <= closedAt) break;
    outcomes.push(outcome);
    if (outcome.phase === 'Failed') {
      failures++;
      successes = 0;
      closedAt = Number.NEGATIVE_INFINITY;
      if (failures === BREAKER_FAILURES) break;
    } else {
      failures = 0;
      successes++;
      if (successes === BREAKER_SUCCESSES) closedAt = endOf(outcome);
    }
  }
  return outcomes;
}

/** Of both, where an action that is there speaks for itself. */
export function aboutBoth(
  { there, gone }: { readonly there: ActionIndex; readonly gone: ActionIndex },
  of: Concern,
  at: { readonly now: Instant; readonly leapMs: number },
): readonly PastAction[] {
  const found = [...there.about(of, at.now, at.leapMs)];
  for (const action of gone.about(of, at.now, at.leapMs)) if (!there.has(action.uid)) found.push(action);
  return found;
}
