/**
 * What the server remembers of tokens that it has taken: k8s.io/apiserver pkg/authentication/token/cache, as
 * pkg/kubeapiserver/options sets it up. A token goes on to be taken for a while after what it depends on is gone.
 */
import type { Instant } from '../../std/clock.ts';

/** `TokenSuccessCacheTTL`. Tokens that are refused are not remembered. */
const KEPT_MS = 10_000;
/** Each entry is about a kilobyte; the cache of a real server has no bound but its time. */
const MAX_KEPT = 10_000;

export class TokenMemory<T> {
  readonly #known = new Map<string, { readonly value: T; readonly until: Instant }>();

  /** What is known of the token, or what `find` finds: that is kept where `keeps` says so. */
  recall(key: string, now: Instant, { find, keeps }: { find: () => T; keeps: (value: T) => boolean }): T {
    const known = this.#known.get(key);
    if (known !== undefined && now < known.until) return known.value;
    this.#known.delete(key);
    const value = find();
    if (keeps(value)) this.#keep(key, { value, until: now + KEPT_MS });
    return value;
  }

  #keep(key: string, entry: { readonly value: T; readonly until: Instant }): void {
    this.#known.set(key, entry);
    if (this.#known.size <= MAX_KEPT) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      return;
    }
  }
}
