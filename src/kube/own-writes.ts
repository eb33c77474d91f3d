/**
 * What this process wrote and a cache has not shown yet (I11): a decision about a key waits while its own last write is
 * not visible, otherwise it would be taken on the state before that write, and written twice.
 *
 * An entry ends when the cache has seen the version, shows the object at or past it, or (for deletions) no longer shows
 * that UID. One entry a key; what has become visible is swept out when the map has doubled.
 */
import type { KubeObject } from '../shapes/kube.ts';
import type { CacheView } from './cache.ts';
import { compareResourceVersions, keyOf, type ObjectKey, keyText } from './resource.ts';

type Expected = { readonly resourceVersion: string } | { readonly goneUid: string };

/** Writes of several seconds at the client's rate limit: what is in flight at any time is less. */
const PRUNE_AT = 256;

export class OwnWrites {
  readonly #cache: CacheView;
  readonly #expected = new Map<string, Expected>();
  #pruneAt = PRUNE_AT;

  constructor(cache: CacheView) {
    this.#cache = cache;
  }

  /** After a create, update or patch: the object as the server answered it. */
  wrote(object: KubeObject): void {
    const { resourceVersion } = object.metadata;
    if (resourceVersion !== undefined) this.#expect(keyOf(object), { resourceVersion });
  }

  /** After a deletion that removed the object at once. */
  removed(key: ObjectKey, uid: string): void {
    this.#expect(keyText(key), { goneUid: uid });
  }

  /** Whether the cache shows everything that this process wrote about the key. */
  visible(key: string | ObjectKey): boolean {
    const text = typeof key === 'string' ? key : keyText(key);
    const expected = this.#expected.get(text);
    if (expected === undefined) return true;
    if (!this.#isVisible(text, expected)) return false;
    this.#expected.delete(text);
    return true;
  }

  /** Keys whose writes are not visible yet. */
  get pending(): number {
    this.#prune();
    return this.#expected.size;
  }

  #expect(key: string, expected: Expected): void {
    this.#expected.set(key, expected);
    if (this.#expected.size > this.#pruneAt) {
      this.#prune();
      this.#pruneAt = Math.max(PRUNE_AT, 2 * this.#expected.size);
    }
  }

  /** Keys that nobody asks about again. */
  #prune(): void {
    for (const [key, expected] of this.#expected) if (this.#isVisible(key, expected)) this.#expected.delete(key);
  }

  #isVisible(key: string, expected: Expected): boolean {
    const object = this.#cache.get(key);
    if ('goneUid' in expected) return object?.metadata.uid !== expected.goneUid;
    if (this.#cache.isAtLeast(expected.resourceVersion)) return true;
    const order = compareResourceVersions(object?.metadata.resourceVersion, expected.resourceVersion);
    return order !== undefined && order >= 0;
  }
}
