/**
 * Which unfinished actions of a namespace are older than another one. So many of a namespace are worked on; an action
 * that has none of these places is not looked at any further, whoever made it.
 */
import type { NoPlace } from '../core/action/step-action.ts';
import { isFinished } from '../core/history.ts';
import { type Placed, Places } from '../core/places.ts';
import type { CacheView } from '../kube/cache.ts';
import type { History } from './history.ts';

export class ActionPlaces {
  readonly #places: Places;
  /** The unfinished ones. */
  readonly #placed = new Map<string, Placed>();
  readonly #whenMoved: ((key: string) => void)[] = [];

  /** `history` follows the same cache already: it knows each change before it is placed here. */
  constructor(cache: CacheView, history: Pick<History, 'past'>, max: number) {
    this.#places = new Places(max);
    cache.subscribe(({ key }) => {
      const past = history.past(key);
      const now =
        past === undefined || isFinished(past)
          ? undefined
          : { key, namespace: past.namespace, createdAt: past.createdAt };
      const known = this.#placed.get(key);
      if (known?.createdAt === now?.createdAt) return;
      if (known !== undefined) this.#remove(known);
      if (now !== undefined) this.#add(now);
    });
  }

  /** Tells of actions that have got a place, or lost it, by a change of another one. */
  onMoved(listener: (key: string) => void): void {
    this.#whenMoved.push(listener);
  }

  /** Undefined of an action that has a place. */
  without(key: string): NoPlace | undefined {
    const one = this.#placed.get(key);
    if (one === undefined || this.#places.has(one)) return undefined;
    return { places: this.#places.max, before: this.#places.before(one) };
  }

  #add(one: Placed): void {
    this.#placed.set(one.key, one);
    this.#tell(this.#places.add(one));
  }

  #remove(one: Placed): void {
    this.#placed.delete(one.key);
    this.#tell(this.#places.delete(one));
  }

  #tell(key: string | undefined): void {
    if (key !== undefined) for (const listener of this.#whenMoved) listener(key);
  }
}
