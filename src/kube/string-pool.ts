/**
 * Shares what many objects have in common: strings (namespaces, node names, images, reasons), whole label maps and
 * owner lists.
 *
 * Bounded without reference counts by two generations: when the young one is full it becomes the old one, and what the
 * old one held is forgotten unless asked for again. Forgetting costs a duplicate, never a wrong value.
 */
import type { OwnerReference } from '../shapes/kube.ts';

/**
 * 64 K strings of 50 bytes a generation are about 8 MB: more distinct node names, images, namespaces and reasons than
 * 5,000 nodes have.
 */
const GENERATION = 65_536;
/** Long strings (messages) rarely repeat. */
const MAX_SHARED_LENGTH = 128;

export class StringPool {
  readonly #strings = new Generations<string>(GENERATION);
  // As many as there are ReplicaSets and StatefulSet pods in a cluster of 150,000 pods, about.
  readonly #labels = new Generations<Readonly<Record<string, string>>>(GENERATION);
  readonly #owners = new Generations<readonly OwnerReference[]>(GENERATION);

  string(text: string): string {
    if (text.length > MAX_SHARED_LENGTH) return text;
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    this.#strings.set(text, text);
    return text;
  }

  /** The shared map with the same entries in the same order. */
  labels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    let id = '';
    for (const key in labels) id += `${key}\n${labels[key]}\n`;
    const known = this.#labels.get(id);
    if (known !== undefined) return known;
    const shared: Record<string, string> = {};
    for (const key in labels) shared[this.string(key)] = this.string(labels[key] ?? '');
    this.#labels.set(id, shared);
    return shared;
  }

  owners(owners: readonly OwnerReference[]): readonly OwnerReference[] {
    let id = '';
    for (const { uid, controller, blockOwnerDeletion } of owners)
      id += `${uid}${controller ? 'c' : ''}${blockOwnerDeletion ? 'b' : ''}\n`;
    const known = this.#owners.get(id);
    if (known !== undefined && sameOwners(known, owners)) return known;
    const shared = owners.map((owner) => ({
      ...owner,
      apiVersion: this.string(owner.apiVersion),
      kind: this.string(owner.kind),
      name: this.string(owner.name),
    }));
    this.#owners.set(id, shared);
    return shared;
  }
}

// The UID identifies an owner, but nothing keeps a client from writing nonsense beside it.
function sameOwners(a: readonly OwnerReference[], b: readonly OwnerReference[]): boolean {
  return a.every((one, i) => {
    const other = b[i];
    return (
      other !== undefined &&
      one.name === other.name &&
      one.kind === other.kind &&
      one.apiVersion === other.apiVersion &&
      one.controller === other.controller &&
      one.blockOwnerDeletion === other.blockOwnerDeletion
    );
  });
}

/** A map of at most twice `capacity` entries that forgets what was not asked for lately. */
export class Generations<V> {
  readonly #capacity: number;
  #young = new Map<string, V>();
  #old = new Map<string, V>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: string): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: V): void {
    if (this.#young.size >= this.#capacity) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}
