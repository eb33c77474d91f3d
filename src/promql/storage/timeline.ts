/**
 * The instants at which everything was sampled, numbered by ticks that never repeat. Old instants fall off the near
 * end.
 */
import { assert } from '../../std/assert.ts';
import type { Instant } from '../../std/clock.ts';
import { grownTo } from './columns.ts';

/** Two bits of a stored tick are flags, so this many ticks fit: one a second for 34 years. */
export const MAX_TICK = 2 ** 30 - 1;

export class Timeline {
  #times = new Float64Array(64);
  #head = 0;
  #count = 0;
  #firstTick = 0;
  readonly #retentionMs: number;

  constructor(retentionMs: number) {
    this.#retentionMs = retentionMs;
  }

  /** The oldest tick that is still known. */
  get first(): number {
    return this.#firstTick;
  }

  /** The newest tick, or one less than `first` when there is none. */
  get last(): number {
    return this.#firstTick + this.#count - 1;
  }

  get length(): number {
    return this.#count;
  }

  /** `times[offsetOf(tick)]` is the instant of a tick. */
  get times(): Float64Array {
    return this.#times;
  }

  offsetOf(tick: number): number {
    return this.#head + tick - this.#firstTick;
  }

  timeOf(tick: number): Instant {
    return this.#times[this.offsetOf(tick)] as number;
  }

  /** Appends an instant, later than all before, and drops those out of retention. */
  push(at: Instant): void {
    assert(this.#count === 0 || at > this.timeOf(this.last), `sampling instant ${at} is not after the last`);
    assert(this.last < MAX_TICK, 'out of ticks');
    if (this.#head + this.#count === this.#times.length) this.#makeRoom();
    this.#times[this.#head + this.#count++] = at;
    while (this.timeOf(this.#firstTick) < at - this.#retentionMs) {
      this.#firstTick++;
      this.#head++;
      this.#count--;
    }
  }

  /** The first tick after an instant; `last + 1` when there is none. */
  firstAfter(at: Instant): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#times[this.#head + middle] as number) > at) high = middle;
      else low = middle + 1;
    }
    return this.#firstTick + low;
  }

  #makeRoom(): void {
    if (this.#head > this.#count) {
      this.#times.copyWithin(0, this.#head, this.#head + this.#count);
      this.#head = 0;
    } else {
      this.#times = grownTo(this.#times, this.#times.length * 2);
    }
  }
}
