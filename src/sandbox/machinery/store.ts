/**
 * Objects in memory with etcd's semantics: one revision counter over all collections, optimistic writes, ordered keys,
 * a bounded log of changes from which a watch resumes and a past state is read. Objects are frozen on the way in and
 * shared ever after, whole and in parts: nothing is copied.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import type { Clock } from '../../std/clock.ts';
import type { Change } from './cluster.ts';
import { type CommitRequest, CommitLog } from './commits.ts';
import { freezeAfter } from './json.ts';
import { SortedKeys } from './sorted-keys.ts';

export interface LoggedChange extends Change {
  readonly key: string;
  readonly revision: number;
}

export type Subscriber = (change: LoggedChange) => void;

/**
 * Changes kept per collection. etcd keeps five minutes by default; at the 100 writes a second that one collection of a
 * busy cluster sees, that is 30,000.
 */
const LOG_LIMIT = 32_768;
/** The log is cut back to its limit in steps, so that cutting costs nothing per write. */
const LOG_SLACK = 4_096;

/**
 * The counter behind every resourceVersion. Starts above 1, so that watches from 1 are too old, as on any real server.
 */
export class Revisions {
  #current = 100;

  get current(): number {
    return this.#current;
  }

  next(): number {
    return ++this.#current;
  }
}

export const keyText = (namespace: string | undefined, name: string): string =>
  namespace ? `${namespace}/${name}` : name;

export class Collection {
  readonly #revisions: Revisions;
  readonly #commits: CommitLog;
  readonly #objects = new Map<string, KubeObject>();
  readonly #keys = new SortedKeys();
  readonly #owners = new Map<string, Set<string>>();
  readonly #subscribers = new Set<Subscriber>();
  #log: LoggedChange[] = [];
  /** Changes up to and including this revision are gone from the log. */
  #compacted: number;

  constructor(revisions: Revisions, commits: CommitLog) {
    this.#revisions = revisions;
    this.#commits = commits;
    this.#compacted = revisions.current;
  }

  get size(): number {
    return this.#objects.size;
  }

  get revision(): number {
    return this.#revisions.current;
  }

  /** Revisions at or below it can no longer be read exactly or watched from. */
  get compactedAt(): number {
    return this.#compacted;
  }

  get(key: string): KubeObject | undefined {
    return this.#objects.get(key);
  }

  /**
   * Writes a new object or a new state; the caller has checked what there was. Answers what is stored: frozen, with its
   * resourceVersion. `by` is the request that asked for it.
   */
  put(key: string, object: KubeObject, by?: CommitRequest): KubeObject {
    const old = this.#objects.get(key);
    const revision = this.#revisions.next();
    const stored = stamped(object, old, revision);
    this.#objects.set(key, stored);
    if (!old) this.#keys.add(key);
    if (old) this.#unlinkOwners(key, old);
    this.#linkOwners(key, stored);
    this.#commit(
      old ? { type: 'MODIFIED', object: stored, old, key, revision } : { type: 'ADDED', object: stored, key, revision },
      by,
    );
    return stored;
  }

  /** Answers the last state with the deletion's resourceVersion. */
  delete(key: string, by?: CommitRequest): KubeObject | undefined {
    const old = this.#objects.get(key);
    if (!old) return undefined;
    const revision = this.#revisions.next();
    const gone = stamped(old, old, revision);
    this.#objects.delete(key);
    this.#keys.delete(key);
    this.#unlinkOwners(key, old);
    this.#commit({ type: 'DELETED', object: gone, old, key, revision }, by);
    return gone;
  }

  /** Present objects whose key begins with `prefix`, from `from` on, in key order. */
  *scan(prefix = '', from = prefix): Generator<readonly [key: string, object: KubeObject]> {
    for (const key of this.#keys.range(prefix, from)) yield [key, this.#objects.get(key) as KubeObject];
  }

  /** The same as of `revision`, which must be above `compactedAt`. Costs what changed since. */
  *scanAt(revision: number, prefix = '', from = prefix): Generator<readonly [key: string, object: KubeObject]> {
    const then = new Map<string, KubeObject | undefined>();
    for (let index = this.#log.length - 1; index >= 0; index--) {
      const change = this.#log[index] as LoggedChange;
      if (change.revision <= revision) break;
      then.set(change.key, change.old);
    }
    const gone = [...then].filter(
      ([key, object]) => object !== undefined && !this.#objects.has(key) && key.startsWith(prefix) && key >= from,
    );
    gone.sort(([a], [b]) => (a < b ? -1 : 1));
    let next = 0;
    for (const key of this.#keys.range(prefix, from)) {
      for (; next < gone.length && (gone[next]?.[0] as string) < key; next++) yield gone[next] as [string, KubeObject];
      const object = then.has(key) ? then.get(key) : this.#objects.get(key);
      if (object) yield [key, object];
    }
    for (; next < gone.length; next++) yield gone[next] as [string, KubeObject];
  }

  count(prefix: string): number {
    if (prefix === '') return this.#objects.size;
    let count = 0;
    for (const _ of this.#keys.range(prefix)) count++;
    return count;
  }

  ownedBy(uid: string): readonly KubeObject[] {
    return [...(this.#owners.get(uid) ?? [])].sort().map((key) => this.#objects.get(key) as KubeObject);
  }

  /** Changes after `revision`, oldest first; undefined when some of them are gone. */
  since(revision: number): readonly LoggedChange[] | undefined {
    if (revision < this.#compacted) return undefined;
    let low = 0;
    let high = this.#log.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#log[middle] as LoggedChange).revision <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#log.slice(low);
  }

  /** Called synchronously after each commit, in commit order. */
  subscribe(subscriber: Subscriber): () => void {
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  /** Forgets the past: older revisions answer 410 from now on. */
  compact(): void {
    this.#compacted = this.#revisions.current;
    this.#log = [];
  }

  #commit(change: LoggedChange, by: CommitRequest | undefined): void {
    this.#commits.record(change, by);
    this.#log.push(change);
    if (this.#log.length > LOG_LIMIT + LOG_SLACK) {
      const cut = this.#log.length - LOG_LIMIT;
      this.#compacted = (this.#log[cut - 1] as LoggedChange).revision;
      this.#log = this.#log.slice(cut);
    }
    this.#pending.push(change);
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) {
        // Who subscribes meanwhile sees the next change first.
        const subscribers = [...this.#subscribers];
        for (const subscriber of subscribers) subscriber(next);
      }
    } finally {
      this.#delivering = false;
    }
  }

  // A subscriber may write to the collection it hears from; the change it makes is delivered after the one in hand, to
  // everybody alike.
  readonly #pending: LoggedChange[] = [];
  #delivering = false;

  #linkOwners(key: string, object: KubeObject): void {
    for (const owner of object.metadata.ownerReferences ?? []) {
      const keys = this.#owners.get(owner.uid);
      if (keys) keys.add(key);
      else this.#owners.set(owner.uid, new Set([key]));
    }
  }

  #unlinkOwners(key: string, object: KubeObject): void {
    for (const owner of object.metadata.ownerReferences ?? []) {
      const keys = this.#owners.get(owner.uid);
      keys?.delete(key);
      if (keys?.size === 0) this.#owners.delete(owner.uid);
    }
  }
}

function stamped(object: KubeObject, old: KubeObject | undefined, revision: number): KubeObject {
  const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
  return freezeAfter(stored, old);
}

/** All collections, made when first asked for. */
export class Store {
  readonly revisions = new Revisions();
  readonly commits: CommitLog;
  readonly #collections = new Map<string, Collection>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.commits = new CommitLog(() => clock.now());
  }

  collection(storageKey: string): Collection {
    const present = this.#collections.get(storageKey);
    if (present) return present;
    const made = new Collection(this.revisions, this.commits);
    this.#collections.set(storageKey, made);
    return made;
  }

  compact(): void {
    for (const collection of this.#collections.values()) collection.compact();
  }
}
