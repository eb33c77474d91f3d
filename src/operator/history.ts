/**
 * The list of HealingActions, as decisions read it: from the cache, or live when two leaders may be at work. Those that
 * are gone, and still count, come from the ledger.
 */
import { isTerminal } from '../api/action-status.ts';
import type { KubeObject } from '../shapes/kube.ts';
import type { HealingAction } from '../api/parse-action.ts';
import { isActive, type PastAction } from '../core/history.ts';
import { pastAction } from '../core/action/past-action.ts';
import type { CacheView } from '../kube/cache.ts';
import { keyOf } from '../kube/resource.ts';
import type { Instant } from '../std/clock.ts';
import { withLedger } from '../core/ledger.ts';
import type { ActionStore } from './action-store.ts';
import type { LedgerStore } from './ledger-store.ts';

export class History {
  readonly #byKey = new Map<string, { readonly resourceVersion: string | undefined; readonly past: PastAction }>();
  /** Keys of those that have not ended: the only ones that a change of the world can concern. */
  readonly #unfinished = new Set<string>();
  /** Keys by the target's UID: a question about one object must not cost a look at the actions of all others. */
  readonly #byTarget = new Map<string, Set<string>>();
  /** Proposals that are being created: they count from the moment they are decided (law 3). */
  readonly #reserved = new Map<string, PastAction>();
  #all: readonly PastAction[] | undefined;

  /** Keys of reservations whose action was made: they end when the cache has seen that version. */
  readonly #made = new Set<string>();
  readonly #lost = new Set<(past: PastAction) => void>();

  readonly #actions: Pick<ActionStore, 'parse' | 'visible'>;
  readonly #gone: Pick<LedgerStore, 'entries' | 'subscribe'>;

  constructor(
    cache: CacheView,
    actions: Pick<ActionStore, 'parse' | 'visible'>,
    gone: Pick<LedgerStore, 'entries' | 'subscribe'>,
  ) {
    this.#actions = actions;
    this.#gone = gone;
    gone.subscribe(() => {
      this.#all = undefined;
    });
    cache.subscribe(({ key, new: object }) => {
      this.#all = undefined;
      const parsed = object === undefined ? undefined : actions.parse(object).action;
      this.#forget(key);
      if (parsed !== undefined) this.#learn(key, parsed);
    });
  }

  #forget(key: string): void {
    const uid = this.#byKey.get(key)?.past.targetUid ?? '';
    const keys = this.#byTarget.get(uid);
    keys?.delete(key);
    if (keys?.size === 0) this.#byTarget.delete(uid);
    this.#unfinished.delete(key);
    this.#byKey.delete(key);
  }

  #learn(key: string, action: HealingAction): void {
    const past = pastAction(action);
    this.#byKey.set(key, { resourceVersion: action.metadata.resourceVersion, past });
    if (!isTerminal(action.phase)) this.#unfinished.add(key);
    const keys = this.#byTarget.get(past.targetUid);
    if (keys === undefined) this.#byTarget.set(past.targetUid, new Set([key]));
    else keys.add(key);
    this.#unreserve(key);
  }

  all(): readonly PastAction[] {
    this.#endLost();
    this.#all ??= withLedger(
      [...[...this.#byKey.values()].map(({ past }) => past), ...this.#reserved.values()],
      this.#gone.entries(),
    );
    return this.#all;
  }

  past(key: string): PastAction | undefined {
    return this.#byKey.get(key)?.past;
  }

  unfinished(): readonly PastAction[] {
    return [...this.#unfinished].flatMap((key) => this.#byKey.get(key)?.past ?? []);
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
    this.#reserved.set(key, past);
    this.#all = undefined;
  }

  cancel(key: string): void {
    this.#unreserve(key);
    this.#all = undefined;
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
    this.#reserved.delete(key);
    this.#made.delete(key);
  }

  /** When the newest executed action on the target ended: what happened before was answered by it. */
  lastEffectOn(targetUid: string): Instant | undefined {
    const ends = [...(this.#byTarget.get(targetUid) ?? [])].flatMap((key) => {
      const past = this.#byKey.get(key)?.past;
      return past?.executed && past.completedAt !== undefined ? [past.completedAt] : [];
    });
    const gone = this.#gone.entries().flatMap((past) => (past.targetUid === targetUid ? (past.completedAt ?? []) : []));
    const all = [...ends, ...gone];
    return all.length === 0 ? undefined : Math.max(...all);
  }

  /** The newest action of the policy on the target. */
  newestOf(policyUid: string, targetUid: string): PastAction | undefined {
    let newest: PastAction | undefined;
    for (const key of this.#byTarget.get(targetUid) ?? []) {
      const past = this.#byKey.get(key)?.past;
      if (past?.policyUid === policyUid && past.createdAt >= (newest?.createdAt ?? 0)) newest = past;
    }
    return newest;
  }

  /** UIDs of the targets of a policy's actions in flight. */
  healing(policyUid: string): ReadonlySet<string> {
    this.#endLost();
    return new Set(
      [...this.unfinished(), ...this.#reserved.values()]
        .filter((action) => action.policyUid === policyUid && isActive(action))
        .map((action) => action.targetUid),
    );
  }
}
