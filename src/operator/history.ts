/** The list of HealingActions, as decisions read it: from the cache, or live when two leaders may be at work. */
import { isTerminal } from '../api/action-status.ts';
import type { KubeObject } from '../shapes/kube.ts';
import type { HealingAction } from '../api/parse-action.ts';
import { isActive, type PastAction } from '../core/history.ts';
import { pastAction } from '../core/action/past-action.ts';
import type { CacheView } from '../kube/cache.ts';
import { keyOf } from '../kube/resource.ts';
import type { Instant } from '../std/clock.ts';
import type { ActionStore } from './action-store.ts';

export class History {
  readonly #byKey = new Map<string, { readonly resourceVersion: string | undefined; readonly past: PastAction }>();
  /** Keys of those that have not ended: the only ones that a change of the world can concern. */
  readonly #unfinished = new Set<string>();
  /** Keys by the target's UID: a question about one object must not cost a look at the actions of all others. */
  readonly #byTarget = new Map<string, Set<string>>();
  /** Proposals that are being created: they count from the moment they are decided (law 3). */
  readonly #reserved = new Map<string, PastAction>();
  #all: readonly PastAction[] | undefined;

  readonly #actions: Pick<ActionStore, 'parse'>;

  constructor(cache: CacheView, actions: Pick<ActionStore, 'parse'>) {
    this.#actions = actions;
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
    this.#reserved.delete(key);
  }

  all(): readonly PastAction[] {
    this.#all ??= [...[...this.#byKey.values()].map(({ past }) => past), ...this.#reserved.values()];
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
    this.#reserved.delete(key);
    this.#all = undefined;
  }

  /** When the newest executed action on the target ended: what happened before was answered by it. */
  lastEffectOn(targetUid: string): Instant | undefined {
    const ends = [...(this.#byTarget.get(targetUid) ?? [])].flatMap((key) => {
      const past = this.#byKey.get(key)?.past;
      return past?.executed && past.completedAt !== undefined ? [past.completedAt] : [];
    });
    return ends.length === 0 ? undefined : Math.max(...ends);
  }

  /** UIDs of the targets of a policy's actions in flight. */
  healing(policyUid: string): ReadonlySet<string> {
    return new Set(
      [...this.unfinished(), ...this.#reserved.values()]
        .filter((action) => action.policyUid === policyUid && isActive(action))
        .map((action) => action.targetUid),
    );
  }
}
