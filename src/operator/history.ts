/**
 * The list of HealingActions, as decisions read it: from the cache, or live when two leaders may be at work. Those that
 * are gone, and still count, come from the ledger.
 */
import type { KubeObject } from '../shapes/kube.ts';
import type { HealingAction } from '../api/parse-action.ts';
import { aboutBoth, ActionIndex, type Concern } from '../core/action-index.ts';
import { isActive, type PastAction, RESERVED } from '../core/history.ts';
import { pastAction } from '../core/action/past-action.ts';
import type { CacheView } from '../kube/cache.ts';
import { keyOf } from '../kube/resource.ts';
import type { Instant } from '../std/clock.ts';
import { withLedger } from '../core/ledger.ts';
import type { ActionStore } from './action-store.ts';
import type { LedgerStore } from './ledger-store.ts';

export class History {
  readonly #byKey = new Map<string, { readonly resourceVersion: string | undefined; readonly past: PastAction }>();
  /** Of the cache, with the proposals that are being created. */
  readonly #there = new ActionIndex();
  /** Of the ledger; made anew when it has changed. */
  #gone: ActionIndex | undefined;
  /** Proposals that are being created: they count from the moment they are decided (law 3). */
  readonly #reserved = new Map<string, PastAction>();

  /** Keys of reservations whose action was made: they end when the cache has seen that version. */
  readonly #made = new Set<string>();
  readonly #lost = new Set<(past: PastAction) => void>();

  readonly #actions: Pick<ActionStore, 'parse' | 'visible'>;
  readonly #ledger: Pick<LedgerStore, 'entries' | 'subscribe'>;

  constructor(
    cache: CacheView,
    actions: Pick<ActionStore, 'parse' | 'visible'>,
    ledger: Pick<LedgerStore, 'entries' | 'subscribe'>,
  ) {
    this.#actions = actions;
    this.#ledger = ledger;
    ledger.subscribe(() => {
      this.#gone = undefined;
    });
    cache.subscribe(({ key, new: object }) => {
      const parsed = object === undefined ? undefined : actions.parse(object).action;
      this.#forget(key);
      if (parsed !== undefined) this.#learn(key, parsed);
    });
  }

  #forget(key: string): void {
    const known = this.#byKey.get(key);
    if (known !== undefined) this.#there.delete(known.past.uid);
    this.#byKey.delete(key);
  }

  #learn(key: string, action: HealingAction): void {
    const past = pastAction(action);
    this.#byKey.set(key, { resourceVersion: action.metadata.resourceVersion, past });
    this.#there.put(past);
    this.#unreserve(key);
  }

  #indexOfGone(): ActionIndex {
    if (this.#gone !== undefined) return this.#gone;
    this.#gone = new ActionIndex();
    for (const past of this.#ledger.entries()) this.#gone.put(past);
    return this.#gone;
  }

  /** All that a decision about the target can depend on, whatever else has been done in the cluster. */
  about(of: Concern, at: { readonly now: Instant; readonly leapMs: number }): readonly PastAction[] {
    this.#endLost();
    return aboutBoth({ there: this.#there, gone: this.#indexOfGone() }, of, at);
  }

  all(): readonly PastAction[] {
    this.#endLost();
    return withLedger([...this.#there.values()], this.#ledger.entries());
  }

  /** Those of the policy of this UID. */
  ofPolicy(policyUid: string | undefined): readonly PastAction[] {
    if (policyUid === undefined) return this.all().filter((past) => past.policyUid === undefined);
    return [...this.#there.ofPolicy(policyUid), ...this.#onlyGone(this.#indexOfGone().ofPolicy(policyUid))];
  }

  /** How many of a policy's actions since then may have changed something, and when the newest of all was made. */
  taken(policyUid: string, since: Instant): { readonly count: number; readonly lastAt: Instant | undefined } {
    const { count, newest } = this.#there.taken(policyUid, since);
    const gone = this.#onlyGone(this.#indexOfGone().ofPolicy(policyUid)).map(({ createdAt }) => createdAt);
    const lastAt = Math.max(newest?.createdAt ?? 0, ...gone);
    return { count: count + gone.filter((at) => at > since).length, lastAt: lastAt === 0 ? undefined : lastAt };
  }

  /** As many outcomes of the policy as tell the state of its breaker. */
  outcomesOf(policy: NonNullable<Concern['policy']>): readonly PastAction[] {
    const known = new Set(this.#there.outcomesOf(policy));
    return [...known, ...this.#onlyGone(new Set(this.#indexOfGone().outcomesOf(policy)))];
  }

  #onlyGone(entries: Iterable<PastAction>): readonly PastAction[] {
    return [...entries].filter(({ uid }) => !this.#there.has(uid));
  }

  past(key: string): PastAction | undefined {
    return this.#byKey.get(key)?.past;
  }

  unfinished(): readonly PastAction[] {
    return [...this.#there.unfinished()].filter(({ uid }) => !isReserved(uid));
  }

  /** Those on the object of this UID, or on what belongs to it. */
  unfinishedOn(uid: string): readonly PastAction[] {
    return [...this.#there.unfinishedOn(uid)].filter((past) => !isReserved(past.uid));
  }

  /** Actions as they were just read live. One that has not changed since the cache saw it is not parsed again. */
  read(objects: readonly KubeObject[]): readonly PastAction[] {
    return objects.flatMap((object) => {
      const known = this.#byKey.get(keyOf(object));
      const { uid, resourceVersion } = object.metadata;
      if (known !== undefined && known.past.uid === uid && known.resourceVersion === resourceVersion)
        return [known.past];
      const { action } = this.#actions.parse(object);
      return action === undefined ? [] : [pastAction(action)];
    });
  }

  reserve(key: string, past: PastAction): void {
    if (this.#byKey.has(key)) return;
    this.#unreserve(key);
    this.#reserved.set(key, past);
    this.#there.put(past);
  }

  cancel(key: string): void {
    this.#unreserve(key);
  }

  /** The API server has the reserved action: the cache is about to show it. */
  made(key: string): void {
    if (this.#reserved.has(key)) this.#made.add(key);
  }

  /** Told of a reservation whose action was deleted before the cache could show it. */
  onLost(handler: (past: PastAction) => void): void {
    this.#lost.add(handler);
  }

  /** The cache has seen the version with which an action was made, and does not have it: it is gone already. */
  #endLost(): void {
    for (const key of this.#made) {
      const past = this.#reserved.get(key);
      if (!this.#actions.visible(key)) continue;
      this.cancel(key);
      if (past !== undefined) for (const handler of this.#lost) handler(past);
    }
  }

  #unreserve(key: string): void {
    const past = this.#reserved.get(key);
    if (past !== undefined) this.#there.delete(past.uid);
    this.#reserved.delete(key);
    this.#made.delete(key);
  }

  /** Those on the object of this UID. */
  onTarget(uid: string): readonly PastAction[] {
    return [...this.#there.onTarget(uid), ...this.#onlyGone(this.#indexOfGone().onTarget(uid))];
  }

  /** When the newest executed action on the target ended: what happened before was answered by it. */
  lastEffectOn(targetUid: string): Instant | undefined {
    let last: Instant | undefined;
    const see = ({ executed, completedAt }: PastAction): void => {
      if (executed && completedAt !== undefined) last = Math.max(last ?? completedAt, completedAt);
    };
    for (const past of this.#there.onTarget(targetUid)) see(past);
    for (const past of this.#indexOfGone().onTarget(targetUid)) see(past);
    return last;
  }

  /** The newest action of the policy on the target. */
  newestOf(policyUid: string, targetUid: string): PastAction | undefined {
    let newest: PastAction | undefined;
    for (const past of this.#there.onTarget(targetUid))
      if (past.policyUid === policyUid && !isReserved(past.uid) && past.createdAt >= (newest?.createdAt ?? 0))
        newest = past;
    return newest;
  }

  /** UIDs of the targets of a policy's actions in flight. */
  healing(policyUid: string): ReadonlySet<string> {
    this.#endLost();
    const uids = new Set<string>();
    for (const action of this.#there.unfinished())
      if (action.policyUid === policyUid && isActive(action)) uids.add(action.targetUid);
    return uids;
  }
}

const isReserved = (uid: string): boolean => uid.startsWith(RESERVED);
