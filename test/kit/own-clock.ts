/** The clock of one machine, which somebody may set: it runs as fast as the cluster's, and is another's by so much. */
import type { Clock, Instant } from '../../src/std/clock.ts';

/** Waits by the wall clock look again so often: it may have been set. */
const LOOK_AGAIN_MS = 1000;

export class OwnClock implements Clock {
  readonly #base: Clock;
  #aheadMs: number;

  constructor(base: Clock, aheadMs = 0) {
    this.#base = base;
    this.#aheadMs = aheadMs;
  }

  now(): Instant {
    return this.#base.now() + this.#aheadMs;
  }

  monotonic(): number {
    return this.#base.monotonic();
  }

  async until(at: Instant, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    for (let left = at - this.now(); left > 0; left = at - this.now())
      await this.#base.after(Math.min(left, LOOK_AGAIN_MS), signal);
  }

  after(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#base.after(ms, signal);
  }

  /** As `date -s` does. */
  set(byMs: number): void {
    this.#aheadMs += byMs;
  }
}
