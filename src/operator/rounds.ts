/** Looks beside the laps: one at a time, so often at most, and for all that were asked for in the same breath. */
import type { Clock, Instant } from '../std/clock.ts';

/** Reads at once: those of the analysis go on beside them. */
const PARALLEL = 5;
const EVERY_MS = 30_000;

export class Rounds {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #look: () => Promise<void>;
  #lookedAt: Instant | undefined;
  #isLooking = false;

  /** `look` rejects with the end of the operator alone; what a server refuses is a gap. */
  constructor(clock: Pick<Clock, 'now'>, look: () => Promise<void>) {
    this.#clock = clock;
    this.#look = look;
  }

  /** Looks soon, unless that was done a moment ago. */
  want(): void {
    const now = this.#clock.now();
    const isFresh = this.#lookedAt !== undefined && now >= this.#lookedAt && now - this.#lookedAt < EVERY_MS;
    if (this.#isLooking || isFresh) return;
    this.#lookedAt = now;
    this.#isLooking = true;
    queueMicrotask(() => {
      this.#look().then(
        () => void (this.#isLooking = false),
        () => undefined,
      );
    });
  }
}

/** Some at a time, with the answers in the order of the items. */
export async function inTurns<A, B>(items: readonly A[], read: (item: A) => Promise<B>): Promise<readonly B[]> {
  const all: B[] = [];
  for (let at = 0; at < items.length; at += PARALLEL)
    all.push(...(await Promise.all(items.slice(at, at + PARALLEL).map(read))));
  return all;
}
