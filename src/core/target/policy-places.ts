/**
 * The policies of each namespace that are served. The oldest have a place, up to a limit; the others wait until one of
 * them goes. A place is kept: no policy that comes later takes it away.
 */
export interface PlacedPolicy {
  /** `namespace/name`. */
  readonly key: string;
  readonly namespace: string;
  /** RFC 3339, by the API server's clock; compared as text. */
  readonly createdAt: string;
}

export class PolicyPlaces {
  readonly max: number;
  /** Oldest first. */
  readonly #byNamespace = new Map<string, PlacedPolicy[]>();

  constructor(max: number) {
    this.max = max;
  }

  /** Returns the key of the policy that has no place from now on: the new one, or one that is younger. */
  add(policy: PlacedPolicy): string | undefined {
    const list = this.#byNamespace.get(policy.namespace) ?? [];
    this.#byNamespace.set(policy.namespace, list);
    const at = placeOf(list, policy);
    if (list[at]?.key === policy.key) return undefined;
    list.splice(at, 0, policy);
    return list[Math.max(at, this.max)]?.key;
  }

  /** Returns the key of the policy that has a place now. */
  delete(policy: PlacedPolicy): string | undefined {
    const list = this.#byNamespace.get(policy.namespace) ?? [];
    const at = placeOf(list, policy);
    if (list[at]?.key !== policy.key) return undefined;
    list.splice(at, 1);
    if (list.length === 0) this.#byNamespace.delete(policy.namespace);
    return at < this.max ? list[this.max - 1]?.key : undefined;
  }

  has(policy: PlacedPolicy): boolean {
    return placeOf(this.#byNamespace.get(policy.namespace) ?? [], policy) < this.max;
  }
}

/** By bisection: the index of the policy, or the one at which it belongs. */
function placeOf(list: readonly PlacedPolicy[], policy: PlacedPolicy): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(list[middle], policy)) low = middle + 1;
    else high = middle;
  }
  return low;
}

const isBefore = (one: PlacedPolicy | undefined, other: PlacedPolicy): boolean =>
  one !== undefined && (one.createdAt === other.createdAt ? one.key < other.key : one.createdAt < other.createdAt);
