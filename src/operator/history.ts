/** The list of HealingActions, as decisions read it: from the cache, or live when two leaders may be at work. */
import type { KubeObject } from '../api/kube.ts';
import { type HealingAction, parseAction } from '../api/parse-action.ts';
import { isActive, type PastAction } from '../core/history.ts';
import { pastAction } from '../core/past-action.ts';
import type { CacheView } from '../kube/cache.ts';

export class History {
  readonly #byKey = new Map<string, { readonly action: HealingAction; readonly past: PastAction }>();
  /** Proposals that are being created: they count from the moment they are decided (law 3). */
  readonly #reserved = new Map<string, PastAction>();
  #all: readonly PastAction[] | undefined;

  constructor(cache: CacheView) {
    cache.subscribe(({ key, new: object }) => {
      this.#all = undefined;
      const parsed = object === undefined ? undefined : parseAction(object).action;
      if (parsed === undefined) this.#byKey.delete(key);
      else {
        this.#byKey.set(key, { action: parsed, past: pastAction(parsed) });
        this.#reserved.delete(key);
      }
    });
  }

  get(key: string): HealingAction | undefined {
    return this.#byKey.get(key)?.action;
  }

  all(): readonly PastAction[] {
    this.#all ??= [...[...this.#byKey.values()].map(({ past }) => past), ...this.#reserved.values()];
    return this.#all;
  }

  actions(): readonly HealingAction[] {
    return [...this.#byKey.values()].map(({ action }) => action);
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

  /** UIDs of the targets of a policy's actions in flight. */
  healing(policyUid: string): ReadonlySet<string> {
    return new Set(
      this.all()
        .filter((action) => action.policyUid === policyUid && isActive(action))
        .map((action) => action.targetUid),
    );
  }
}

export function pastOf(objects: readonly KubeObject[]): readonly PastAction[] {
  return objects.flatMap((object) => {
    const { action } = parseAction(object);
    return action === undefined ? [] : [pastAction(action)];
  });
}
