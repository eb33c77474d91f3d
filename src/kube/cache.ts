/**
 * The local copy of one collection, kept by a `Watcher`.
 *
 * Guarantees
 * - Before `synced` it is empty to readers' knowledge (`hasSynced` false); from then on it always is the state of some
 *   version of the server, a little late.
 * - It never goes back: an event at or below the version held of the same object is dropped. The same name with a new
 *   UID is a deletion and an addition.
 * - Subscribers hear every change of what the cache holds, in order, synchronously, each with the object before and
 *   after. A new subscriber first hears all that is there. Caveats
 * - After a restore of etcd from a backup versions run backwards: restart, as Kubernetes asks of every component then.
 * - Objects are trimmed to the projection and shared: read only.
 */
import type { KubeObject } from '../shapes/kube.ts';
import { CacheIndexes, type IndexFunction, type Slot } from './cache-indexes.ts';
import { compareResourceVersions, keyOf, type ObjectKey, parseKey } from './resource.ts';
import { SlotTable } from './slot-table.ts';
import type { WatchSink } from './watcher.ts';

export interface CacheChange<T> {
  readonly key: string;
  /** Absent for an addition. */
  readonly old?: T;
  /** Absent for a deletion. */
  readonly new?: T;
}

/** What readers see. */
export interface CacheView<T extends KubeObject = KubeObject> {
  get(key: string | ObjectKey): T | undefined;
  /** In no order. Of one namespace when named; `''`: of none. */
  list(namespace?: string): readonly T[];
  values(): IterableIterator<T>;
  readonly size: number;
  /** Objects that name this UID in metadata.ownerReferences. */
  ownedBy(uid: string): readonly T[];
  byUid(uid: string): T | undefined;
  withLabel(key: string, value: string): readonly T[];
  /** From an index added by `addIndex`. */
  byIndex(name: string, value: string): readonly T[];
  addIndex(name: string, values: IndexFunction<T>): void;
  readonly hasSynced: boolean;
  /** Resolves at the first complete list. */
  readonly synced: Promise<void>;
  /** Everything up to this version has been seen. Empty before the first list. */
  readonly resourceVersion: string;
  /**
   * Whether the cache has seen what was written at this version (I11): false while it may still show an older state.
   */
  isAtLeast(resourceVersion: string): boolean;
  /** Returns the function that ends it. */
  subscribe(handler: (change: CacheChange<T>) => void): () => void;
}

export class Cache<T extends KubeObject = KubeObject> implements CacheView<T>, WatchSink {
  readonly #objects = new SlotTable<T>();
  readonly #indexes = new CacheIndexes<T>();
  readonly #handlers = new Set<(change: CacheChange<T>) => void>();
  readonly synced: Promise<void>;
  #resolveSynced: () => void = () => undefined;
  #listing = false;
  /**
   * Keys of the list in hand; what is missing at its end is gone. Not kept for a list that begins with an empty cache.
   */
  #listed: Set<string> | undefined;
  #hasSynced = false;
  #resourceVersion = '';

  constructor() {
    this.synced = new Promise((resolve) => {
      this.#resolveSynced = resolve;
    });
  }

  get size(): number {
    return this.#objects.size;
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  get resourceVersion(): string {
    return this.#resourceVersion;
  }

  get(key: string | ObjectKey): T | undefined {
    return this.#objects.get(typeof key === 'string' ? parseKey(key) : key)?.object;
  }

  list(namespace?: string): readonly T[] {
    return Array.from(
      namespace === undefined ? this.#objects.slots() : this.#objects.inNamespace(namespace),
      ({ object }) => object,
    );
  }

  *values(): IterableIterator<T> {
    for (const { object } of this.#objects.slots()) yield object;
  }

  ownedBy(uid: string): readonly T[] {
    return this.#indexes.ownedBy(uid);
  }

  byUid(uid: string): T | undefined {
    return this.#indexes.byUid(uid);
  }

  withLabel(key: string, value: string): readonly T[] {
    return this.#indexes.withLabel({ key, value }, this.#objects.slots());
  }

  byIndex(name: string, value: string): readonly T[] {
    return this.#indexes.byIndex(name, value);
  }

  addIndex(name: string, values: IndexFunction<T>): void {
    this.#indexes.addIndex(name, values, this.#objects.slots());
  }

  isAtLeast(resourceVersion: string): boolean {
    const order = compareResourceVersions(this.#resourceVersion, resourceVersion);
    return order !== undefined && order >= 0;
  }

  subscribe(handler: (change: CacheChange<T>) => void): () => void {
    // An arrow of its own: the same function subscribed twice is two subscriptions.
    const own = (change: CacheChange<T>) => handler(change);
    for (const { object } of this.#objects.slots()) own({ key: keyOf(object), new: object });
    this.#handlers.add(own);
    return () => this.#handlers.delete(own);
  }

  begin(): void {
    this.#listing = true;
    this.#listed = this.#objects.size === 0 ? undefined : new Set();
  }

  page(items: readonly KubeObject[]): void {
    for (const item of items) {
      this.#listed?.add(keyOf(item));
      this.#put(item as T);
    }
  }

  complete(resourceVersion: string): void {
    const listed = this.#listed;
    this.#listing = false;
    this.#listed = undefined;
    if (listed !== undefined && listed.size < this.#objects.size) {
      for (const slot of this.#objects.slots()) {
        // A list from the past (a lagging replica) says nothing about what came after it.
        const newer = compareResourceVersions(slot.object.metadata.resourceVersion, resourceVersion) === 1;
        if (!newer && !listed.has(keyOf(slot.object))) this.#remove(slot);
      }
    }
    this.bookmark(resourceVersion);
    if (this.#hasSynced) return;
    this.#hasSynced = true;
    this.#resolveSynced();
  }

  event(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject): void {
    if (type === 'DELETED') this.#deleted(object as T);
    else this.#put(object as T);
    // While a list is under way, what it has not shown yet may be older than this event.
    if (!this.#listing) this.bookmark(object.metadata.resourceVersion ?? '');
  }

  bookmark(resourceVersion: string): void {
    // A repeated event must not turn the view's version back.
    if (compareResourceVersions(resourceVersion, this.#resourceVersion) !== -1) this.#resourceVersion = resourceVersion;
  }

  #put(object: T): void {
    const slot = this.#objects.get(object.metadata);
    if (slot === undefined) {
      this.#indexes.add(this.#objects.add(object));
      this.#notify({ key: keyOf(object), new: object });
      return;
    }
    const old = slot.object;
    const order = compareResourceVersions(object.metadata.resourceVersion, old.metadata.resourceVersion);
    if (order === -1 || order === 0) return;
    if (old.metadata.uid !== object.metadata.uid) {
      // The deletion in between was missed: say so, or somebody takes the new object for the old one.
      this.#remove(slot);
      this.#put(object);
      return;
    }
    slot.object = object;
    this.#indexes.replace(old, slot);
    this.#notify({ key: keyOf(object), old, new: object });
  }

  #deleted(last: T): void {
    const slot = this.#objects.get(last.metadata);
    if (slot === undefined) return;
    const old = slot.object;
    // A late deletion: of an older version, or of a predecessor of the same name.
    const order = compareResourceVersions(last.metadata.resourceVersion, old.metadata.resourceVersion);
    if (order === -1 || (order === undefined && old.metadata.uid !== last.metadata.uid)) return;
    this.#remove(slot);
  }

  #remove(slot: Slot<T>): void {
    const { object } = slot;
    this.#objects.delete(object.metadata);
    this.#indexes.remove(slot);
    this.#notify({ key: keyOf(object), old: object });
  }

  #notify(change: CacheChange<T>): void {
    for (const handler of this.#handlers) handler(change);
  }
}
