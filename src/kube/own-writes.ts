/**
 * What this process wrote and a cache has not shown yet (I11): a decision about a key waits while its own last write is not visible, otherwise it would be
 * taken on the state before that write, and written twice.
 *
 * An entry ends when the cache has seen the version, shows the object at or past it, or (for deletions) no longer shows that UID. Bounded by the writes in flight:
 * a cache that lags for ever stops decisions, not this map: each key has at most one entry.
 */
import type { KubeObject } from '../api/kube.ts';
import type { CacheView } from './cache.ts';
import { compareResourceVersions, keyOf, type ObjectKey, keyText } from './resource.ts';

type Expected = { readonly resourceVersion: string } | { readonly goneUid: string };

export class OwnWrites {
  readonly #cache: CacheView;
  readonly #expected = new Map<string, Expected>();

  constructor(cache: CacheView) {
    this.#cache = cache;
  }

  /** After a create, update or patch: the object as the server answered it. */
  wrote(object: KubeObject): void {
    const { resourceVersion } = object.metadata;
    if (resourceVersion !== undefined) this.#expected.set(keyOf(object), { resourceVersion });
  }

  /** After a deletion that removed the object at once. */
  removed(key: ObjectKey, uid: string): void {
    this.#expected.set(keyText(key), { goneUid: uid });
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
    for (const [key, expected] of this.#expected) if (this.#isVisible(key, expected)) this.#expected.delete(key);
    return this.#expected.size;
  }

  #isVisible(key: string, expected: Expected): boolean {
    const object = this.#cache.get(key);
    if ('goneUid' in expected) return object?.metadata.uid !== expected.goneUid;
    if (this.#cache.isAtLeast(expected.resourceVersion)) return true;
    const order = compareResourceVersions(object?.metadata.resourceVersion, expected.resourceVersion);
    return order !== undefined && order >= 0;
  }
}
