/**
 * A queue of keys to work on, with the contract of client-go's workqueue
 * (https://pkg.go.dev/k8s.io/client-go/util/workqueue) in words first:
 *
 * - A key waits at most once: adding a waiting key changes nothing.
 * - A key is worked on by at most one worker: added while it is being processed it waits until `done`, and then goes to
 *   the end.
 * - Fair: first come, first served; a key that keeps coming back stands behind the others each time.
 * - `addAt` makes a key wait for an absolute instant; the earliest instant wins, and `add` brings the key in at once.
 * - `retry` is `addAt` after the key's own back-off, which grows with every call and ends with `forget`.
 * - After `shutDown` nothing is added; what waits and what is being processed is finished, then `take` answers
 *   undefined to everybody.
 *
 * `#dirty` (must be processed) and `#processing` (is being processed) are the algorithm: the line holds exactly the
 * dirty keys that are not being processed.
 */
import { assert } from '../std/assert.ts';
import { type Backoff, backoffDelay } from '../std/backoff.ts';
import type { Clock, Instant } from '../std/clock.ts';
import { sleepUntil } from './deadline.ts';
import { WakeTimes } from './wake-times.ts';

export interface WorkQueueConfig {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Per key; default 1 s doubling to 5 min, half as much again at random. */
  readonly backoff?: Backoff;
}

/**
 * Keys are names of objects: 150,000 pods, their owners and policies stay below half of this. More is a leak of ours,
 * and dropping work silently would be worse than ending.
 */
const MAX_KEYS = 1_000_000;

/** A reason made once: one of the runtime's own, with a stack, would be made for every instant that comes first. */
const EARLIER = new Error('another instant comes first');

const BACKOFF: Backoff = { baseMs: 1000, multiplier: 2, maxMs: 300_000, jitter: 0.5 };

export class WorkQueue {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #backoff: Backoff;
  /** With the monotonic time since when, the oldest first. */
  readonly #dirty = new Map<string, number>();
  readonly #processing = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #delayed = new WakeTimes();
  readonly #line = new Fifo<string>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #timer: { readonly at: Instant; readonly off: AbortController } | undefined;
  #closing = false;
  #drained: (() => void)[] = [];

  constructor(config: WorkQueueConfig) {
    this.#clock = config.clock;
    this.#random = config.random;
    this.#backoff = config.backoff ?? BACKOFF;
  }

  /** Keys that wait for a worker. */
  get length(): number {
    return this.#line.length;
  }

  /** For how long the key that has waited longest has waited for a worker. */
  get oldestMs(): number {
    const [since] = this.#dirty.values();
    return since === undefined ? 0 : this.#clock.monotonic() - since;
  }

  get processing(): number {
    return this.#processing.size;
  }

  /** Keys that wait for their instant. */
  get delayed(): number {
    return this.#delayed.size;
  }

  add(key: string): void {
    if (this.#closing) return;
    this.#delayed.delete(key);
    this.#enqueue(key);
  }

  /**
   * At the instant, or at once when it has passed. A key that waits for a worker already, or for an earlier instant,
   * stays as it is.
   */
  addAt(key: string, at: Instant): void {
    if (this.#closing) return;
    if (at <= this.#clock.now()) return this.add(key);
    if (this.#dirty.has(key) && !this.#processing.has(key)) return;
    this.#delayed.set(key, at);
    assert(this.#delayed.size <= MAX_KEYS, 'more delayed keys than there can be objects');
    this.#arm();
  }

  /** After the key's back-off. Returns the instant. */
  retry(key: string): Instant {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    assert(this.#failures.size <= MAX_KEYS, 'more failing keys than there can be objects');
    const at = this.#clock.now() + backoffDelay(this.#backoff, failures, this.#random());
    this.addAt(key, at);
    return at;
  }

  /** The key's next failure is its first. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The next key; call `done` with it afterwards. Undefined after shut-down. */
  take(): Promise<string | undefined> {
    const key = this.#line.shift();
    if (key === undefined) {
      if (this.#closing) return Promise.resolve(undefined);
      return new Promise((resolve) => this.#takers.push(resolve));
    }
    return Promise.resolve(this.#begin(key));
  }

  done(key: string): void {
    assert(this.#processing.delete(key), `done without take: ${key}`);
    if (this.#dirty.has(key)) this.#offer(key);
    this.#checkDrained();
  }

  /**
   * Resolves when all that waited has been processed. Keys that wait for an instant are dropped: they are due in the
   * next life.
   */
  shutDown(): Promise<void> {
    this.#closing = true;
    this.#delayed.clear();
    this.#timer?.off.abort(EARLIER);
    this.#timer = undefined;
    if (this.#line.length === 0) for (const taker of this.#takers.splice(0)) taker(undefined);
    return new Promise((resolve) => {
      this.#drained.push(resolve);
      this.#checkDrained();
    });
  }

  #enqueue(key: string): void {
    if (this.#dirty.has(key)) return;
    this.#dirty.set(key, this.#clock.monotonic());
    assert(this.#dirty.size <= MAX_KEYS, 'more keys than there can be objects');
    if (!this.#processing.has(key)) this.#offer(key);
  }

  #offer(key: string): void {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#line.push(key);
    else taker(this.#begin(key));
  }

  #begin(key: string): string {
    this.#dirty.delete(key);
    this.#processing.add(key);
    return key;
  }

  #checkDrained(): void {
    if (!this.#closing || this.#line.length > 0 || this.#processing.size > 0) return;
    for (const taker of this.#takers.splice(0)) taker(undefined);
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  /** One timer, for the earliest instant. */
  #arm(): void {
    const at = this.#delayed.next();
    if (at === undefined || (this.#timer !== undefined && this.#timer.at <= at)) return;
    this.#timer?.off.abort(EARLIER);
    const timer = { at, off: new AbortController() };
    this.#timer = timer;
    void sleepUntil(this.#clock, at, timer.off.signal).then((due) => {
      if (!due || this.#timer !== timer) return;
      this.#timer = undefined;
      for (const key of this.#delayed.due(this.#clock.now())) this.#enqueue(key);
      this.#arm();
    });
  }
}

/** Constant time at both ends: Array.shift of 100,000 keys is not. */
class Fifo<T> {
  #items: T[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#head++];
    // Lets go of what was taken once that is more than half.
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
