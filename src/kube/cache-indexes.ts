/**
 * The indexes of a cache, kept up object by object: the cost of a change is that object's own labels and owners. They
 * hold slots, which outlive the object's versions: a change that leaves the indexed values as they were touches no
 * index.
 */
import type { KubeObject } from '../shapes/kube.ts';
import { assert } from '../std/assert.ts';

/** Where a cache keeps the version of an object that it holds now. */
export interface Slot<T> {
  object: T;
}

/** The values under which an object is found. */
export type IndexFunction<T> = (object: T) => readonly string[];

class Index<T> {
  readonly valuesOf: IndexFunction<T>;
  // A value with one object (a UID, a StatefulSet pod's own label) needs no set.
  readonly #entries = new Map<string, Slot<T> | Set<Slot<T>>>();

  constructor(valuesOf: IndexFunction<T>) {
    this.valuesOf = valuesOf;
  }

  get(value: string): readonly T[] {
    const found = this.#entries.get(value);
    if (found === undefined) return [];
    return found instanceof Set ? Array.from(found, ({ object }) => object) : [found.object];
  }

  add(value: string, slot: Slot<T>): void {
    const found = this.#entries.get(value);
    if (found === undefined) this.#entries.set(value, slot);
    else if (found instanceof Set) found.add(slot);
    else if (found !== slot) this.#entries.set(value, new Set([found, slot]));
  }

  remove(value: string, slot: Slot<T>): void {
    const found = this.#entries.get(value);
    if (found === slot) this.#entries.delete(value);
    else if (found instanceof Set) {
      found.delete(slot);
      if (found.size === 0) this.#entries.delete(value);
    }
  }

  replace(old: T, slot: Slot<T>): void {
    const before = this.valuesOf(old);
    const after = this.valuesOf(slot.object);
    if (before.length === after.length && before.every((value, i) => value === after[i])) return;
    for (const value of before) this.remove(value, slot);
    for (const value of after) this.add(value, slot);
  }
}

const OWNER = 'owner';
const UID = 'uid';
const NONE: readonly string[] = [];
/** Label keys are indexed when first asked for; a program asks for the few keys it knows. */
const MAX_LABEL_KEYS = 64;

export class CacheIndexes<T extends KubeObject> {
  readonly #indexes = new Map<string, Index<T>>([
    [OWNER, new Index<T>((object) => object.metadata.ownerReferences?.map((owner) => owner.uid) ?? NONE)],
    [UID, new Index<T>((object) => (object.metadata.uid === undefined ? NONE : [object.metadata.uid]))],
  ]);
  #labelKeys = 0;

  ownedBy(uid: string): readonly T[] {
    return this.byIndex(OWNER, uid);
  }

  byUid(uid: string): T | undefined {
    return this.byIndex(UID, uid)[0];
  }

  /** `all` is read once per label key, to build its index. */
  withLabel(label: { readonly key: string; readonly value: string }, all: Iterable<Slot<T>>): readonly T[] {
    const name = `label:${label.key}`;
    if (!this.#indexes.has(name)) {
      this.#labelKeys++;
      assert(this.#labelKeys <= MAX_LABEL_KEYS, `more than ${MAX_LABEL_KEYS} label keys indexed`);
      this.addIndex(
        name,
        (object) => {
          const value = object.metadata.labels?.[label.key];
          return value === undefined ? NONE : [value];
        },
        all,
      );
    }
    return this.byIndex(name, label.value);
  }

  byIndex(name: string, value: string): readonly T[] {
    const index = this.#indexes.get(name);
    assert(index !== undefined, `no index ${name}`);
    return index.get(value);
  }

  addIndex(name: string, valuesOf: IndexFunction<T>, all: Iterable<Slot<T>>): void {
    assert(!this.#indexes.has(name), `index ${name} exists`);
    const index = new Index(valuesOf);
    this.#indexes.set(name, index);
    for (const slot of all) for (const value of valuesOf(slot.object)) index.add(value, slot);
  }

  add(slot: Slot<T>): void {
    for (const index of this.#indexes.values()) for (const value of index.valuesOf(slot.object)) index.add(value, slot);
  }

  remove(slot: Slot<T>): void {
    for (const index of this.#indexes.values())
      for (const value of index.valuesOf(slot.object)) index.remove(value, slot);
  }

  /** The slot holds another version of the same object now. */
  replace(old: T, slot: Slot<T>): void {
    for (const index of this.#indexes.values()) index.replace(old, slot);
  }
}
