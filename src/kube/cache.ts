/**
 * The local copy of one collection, kept by a `Watcher`.
 *
 * Guarantees
 * - Before `synced` it is empty to readers' knowledge (`hasSynced` false); from then on it always is the state of some version of the server, a little late.
 * - It never goes back: an event at or below the version held of the same object is dropped. The same name with a new UID is a deletion and an addition.
 * - Subscribers hear every change of what the cache holds, in order, synchronously, each with the object before and after. A new subscriber first hears all that is there.
 * Caveats
 * - After a restore of etcd from a backup versions run backwards: restart, as Kubernetes asks of every component then.
 * - Objects are trimmed to the projection and shared: read only.
 */
import type { KubeObject } from '../api/kube.ts';
import { CacheIndexes, type IndexFunction } from './cache-indexes.ts';
import { compareResourceVersions, keyOf, type ObjectKey, keyText } from './resource.ts';
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
  /** In no order. Of one namespace when named. */
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
  /** Whether the cache has seen what was written at this version (I11): false while it may still show an older state. */
  isAtLeast(resourceVersion: string): boolean;
  /** Returns the function that ends it. */
  subscribe(handler: (change: CacheChange<T>) => void): () => void;
}

export class Cache<T extends KubeObject = KubeObject> implements CacheView<T>, WatchSink {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new CacheIndexes<T>();
  readonly #handlers = new Set<(change: CacheChange<T>) => void>();
  readonly synced: Promise<void>;
  #resolveSynced: () => void = () => undefined;
  /** Keys of the list in hand; what is missing at its end is gone. */
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
    return this.#objects.get(typeof key === 'string' ? key : keyText(key));
  }

  list(namespace?: string): readonly T[] {
    return namespace === undefined ? [...this.#objects.values()] : this.#indexes.inNamespace(namespace);
  }

  values(): IterableIterator<T> {
    return this.#objects.values();
  }

  ownedBy(uid: string): readonly T[] {
    return this.#indexes.ownedBy(uid);
  }

  byUid(uid: string): T | undefined {
    return this.#indexes.byUid(uid);
  }

  withLabel(key: string, value: string): readonly T[] {
    return this.#indexes.withLabel(key, value, this.#objects.values());
  }

  byIndex(name: string, value: string): readonly T[] {
    return this.#indexes.byIndex(name, value);
  }

  addIndex(name: string, values: IndexFunction<T>): void {
    this.#indexes.addIndex(name, values, this.#objects.values());
  }

  isAtLeast(resourceVersion: string): boolean {
    const order = compareResourceVersions(this.#resourceVersion, resourceVersion);
    return order !== undefined && order >= 0;
  }

  subscribe(handler: (change: CacheChange<T>) => void): () => void {
    // An arrow of its own: the same function subscribed twice is two subscriptions.
    const own = (change: CacheChange<T>) => handler(change);
    for (const [key, object] of this.#objects) own({ key, new: object });
    this.#handlers.add(own);
    return () => this.#handlers.delete(own);
  }

  begin(): void {
    this.#listed = new Set();
  }

  page(items: readonly KubeObject[]): void {
    for (const item of items) {
      const key = keyOf(item);
      this.#listed?.add(key);
      this.#put(key, item as T);
    }
  }

  complete(resourceVersion: string): void {
    const listed = this.#listed;
    this.#listed = undefined;
    if (listed !== undefined && listed.size < this.#objects.size) {
      for (const [key, object] of this.#objects) {
        // A list from the past (a lagging replica) says nothing about what came after it.
        const newer = compareResourceVersions(object.metadata.resourceVersion, resourceVersion) === 1;
        if (!newer && !listed.has(key)) this.#remove(key);
      }
    }
    this.bookmark(resourceVersion);
    if (this.#hasSynced) return;
    this.#hasSynced = true;
    this.#resolveSynced();
  }

  event(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject): void {
    const key = keyOf(object);
    if (type === 'DELETED') this.#deleted(key, object as T);
    else this.#put(key, object as T);
    // While a list is under way, what it has not shown yet may be older than this event.
    if (this.#listed === undefined) this.bookmark(object.metadata.resourceVersion ?? '');
  }

  bookmark(resourceVersion: string): void {
    // A repeated event must not turn the view's version back.
    if (compareResourceVersions(resourceVersion, this.#resourceVersion) !== -1) this.#resourceVersion = resourceVersion;
  }

  #put(key: string, object: T): void {
    const old = this.#objects.get(key);
    if (old === undefined) {
      this.#objects.set(key, object);
      this.#indexes.add(object);
      this.#notify({ key, new: object });
      return;
    }
    const order = compareResourceVersions(object.metadata.resourceVersion, old.metadata.resourceVersion);
    if (order === -1 || order === 0) return;
    if (old.metadata.uid !== object.metadata.uid) {
      // The deletion in between was missed: say so, or somebody takes the new object for the old one.
      this.#remove(key);
      this.#put(key, object);
      return;
    }
    this.#objects.set(key, object);
    this.#indexes.replace(old, object);
    this.#notify({ key, old, new: object });
  }

  #deleted(key: string, last: T): void {
    const old = this.#objects.get(key);
    if (old === undefined) return;
    // A late deletion: of an older version, or of a predecessor of the same name.
    const order = compareResourceVersions(last.metadata.resourceVersion, old.metadata.resourceVersion);
    if (order === -1 || (order === undefined && old.metadata.uid !== last.metadata.uid)) return;
    this.#remove(key);
  }

  #remove(key: string): void {
    const old = this.#objects.get(key);
    if (old === undefined) return;
    this.#objects.delete(key);
    this.#indexes.remove(old);
    this.#notify({ key, old });
  }

  #notify(change: CacheChange<T>): void {
    for (const handler of this.#handlers) handler(change);
  }
}
