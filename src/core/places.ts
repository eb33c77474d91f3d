/**
 * The objects of each namespace that are worked on: policies, unfinished actions. The oldest have a place, up to a
 * limit; the others wait until one of them goes. A place is kept: no object that comes later takes it away.
 */
import type { Instant } from '../std/clock.ts';

export interface Placed {
  /** `namespace/name`. */
  readonly key: string;
  readonly namespace: string;
  /** By the API server's clock. */
  readonly createdAt: Instant;
}

export class Places {
  readonly max: number;
  /** Oldest first. */
  readonly #byNamespace = new Map<string, Placed[]>();

  constructor(max: number) {
    this.max = max;
  }

  /** Returns the key of the object that has no place from now on: the new one, or one that is younger. */
  add(one: Placed): string | undefined {
    const list = this.#byNamespace.get(one.namespace) ?? [];
    this.#byNamespace.set(one.namespace, list);
    const at = placeOf(list, one);
    if (list[at]?.key === one.key) return undefined;
    list.splice(at, 0, one);
    return list[Math.max(at, this.max)]?.key;
  }

  /** Returns the key of the object that has a place now. */
  delete(one: Placed): string | undefined {
    const list = this.#byNamespace.get(one.namespace) ?? [];
    const at = placeOf(list, one);
    if (list[at]?.key !== one.key) return undefined;
    list.splice(at, 1);
    if (list.length === 0) this.#byNamespace.delete(one.namespace);
    return at < this.max ? list[this.max - 1]?.key : undefined;
  }

  has(one: Placed): boolean {
    return this.before(one) < this.max;
  }

  /** How many of its namespace are older. */
  before(one: Placed): number {
    return placeOf(this.#byNamespace.get(one.namespace) ?? [], one);
  }
}

/** By bisection: the index of the object, or the one at which it belongs. */
function placeOf(list: readonly Placed[], wanted: Placed): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(list[middle], wanted)) low = middle + 1;
    else high = middle;
  }
  return low;
}

const isBefore = (one: Placed | undefined, other: Placed): boolean =>
  one !== undefined && (one.createdAt === other.createdAt ? one.key < other.key : one.createdAt < other.createdAt);
