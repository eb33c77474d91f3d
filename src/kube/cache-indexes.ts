/** The indexes of a cache, kept up object by object: the cost of a change is that object's own namespaces, labels and owners. */
import type { KubeObject } from '../api/kube.ts';
import { assert } from '../std/assert.ts';

/** The values under which an object is found. */
export type IndexFunction<T> = (object: T) => readonly string[];

class Index<T> {
  readonly valuesOf: IndexFunction<T>;
  // A value with one object (a StatefulSet pod's own label) needs no set.
  readonly #entries = new Map<string, T | Set<T>>();

  constructor(valuesOf: IndexFunction<T>) {
    this.valuesOf = valuesOf;
  }

  get(value: string): readonly T[] {
    const found = this.#entries.get(value);
    if (found === undefined) return [];
    return found instanceof Set ? [...found] : [found];
  }

  add(value: string, object: T): void {
    const found = this.#entries.get(value);
    if (found === undefined) this.#entries.set(value, object);
    else if (found instanceof Set) found.add(object);
    else if (found !== object) this.#entries.set(value, new Set([found, object]));
  }

  remove(value: string, object: T): void {
    const found = this.#entries.get(value);
    if (found === object) this.#entries.delete(value);
    else if (found instanceof Set) {
      found.delete(object);
      if (found.size === 0) this.#entries.delete(value);
    }
  }
}

const NAMESPACE = 'namespace';
const OWNER = 'owner';
const UID = 'uid';
/** Label keys are indexed when first asked for; a program asks for the few keys it knows. */
const MAX_LABEL_KEYS = 64;

export class CacheIndexes<T extends KubeObject> {
  readonly #indexes = new Map<string, Index<T>>([
    [NAMESPACE, new Index<T>((object) => (object.metadata.namespace === undefined ? [] : [object.metadata.namespace]))],
    [OWNER, new Index<T>((object) => object.metadata.ownerReferences?.map((owner) => owner.uid) ?? [])],
    [UID, new Index<T>((object) => (object.metadata.uid === undefined ? [] : [object.metadata.uid]))],
  ]);
  #labelKeys = 0;

  inNamespace(namespace: string): readonly T[] {
    return this.byIndex(NAMESPACE, namespace);
  }

  ownedBy(uid: string): readonly T[] {
    return this.byIndex(OWNER, uid);
  }

  byUid(uid: string): T | undefined {
    return this.byIndex(UID, uid)[0];
  }

  /** `all` is read once per label key, to build its index. */
  withLabel(key: string, value: string, all: Iterable<T>): readonly T[] {
    const name = `label:${key}`;
    if (!this.#indexes.has(name)) {
      this.#labelKeys++;
      assert(this.#labelKeys <= MAX_LABEL_KEYS, `more than ${MAX_LABEL_KEYS} label keys indexed`);
      this.addIndex(
        name,
        (object) => {
          const label = object.metadata.labels?.[key];
          return label === undefined ? [] : [label];
        },
        all,
      );
    }
    return this.byIndex(name, value);
  }

  byIndex(name: string, value: string): readonly T[] {
    const index = this.#indexes.get(name);
    assert(index !== undefined, `no index ${name}`);
    return index.get(value);
  }

  addIndex(name: string, valuesOf: IndexFunction<T>, all: Iterable<T>): void {
    assert(!this.#indexes.has(name), `index ${name} exists`);
    const index = new Index(valuesOf);
    this.#indexes.set(name, index);
    for (const object of all) for (const value of valuesOf(object)) index.add(value, object);
  }

  add(object: T): void {
    for (const index of this.#indexes.values()) for (const value of index.valuesOf(object)) index.add(value, object);
  }

  remove(object: T): void {
    for (const index of this.#indexes.values()) for (const value of index.valuesOf(object)) index.remove(value, object);
  }

  replace(old: T, object: T): void {
    this.remove(old);
    this.add(object);
  }
}
