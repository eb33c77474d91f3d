/**
 * Work queues of the sandbox's controllers. A change only marks keys; the marks of one instant are worked off together,
 * first marked first served, in a microtask. A key that is marked twice before its turn is handled once.
 */
import type { Clock } from '../../std/clock.ts';
import { ApiError } from '../machinery/errors.ts';
import { Suspended } from '../machinery/suspension.ts';
import type { Timer, Timers } from './timers.ts';

/** After this many keys others get the event loop: at 0.1 to 0.2 ms a key a turn stays below a fifth of a second. */
const KEYS_PER_TURN = 1000;

/**
 * As client-go's item back-off: 5 ms, doubled to at most 1,000 s. https://pkg.go.dev/k8s.io/client-go/util/workqueue
 */
const RETRY_BASE_MS = 5;
const RETRY_MAX_MS = 1_000_000;

export interface WorkQueue {
  add(key: string): void;
  /** At the latest at this instant; an earlier one that was asked for before stands. */
  addAt(key: string, at: number): void;
}

interface Item {
  readonly queue: Queue;
  readonly key: string;
}

export class Loop {
  readonly #clock: Clock;
  readonly #timers: Timers;
  #items: Item[] = [];
  #scheduled = false;
  #closed = false;

  constructor(clock: Clock, timers: Timers) {
    this.#clock = clock;
    this.#timers = timers;
  }

  /**
   * `handle` brings one key to its desired state. A refusal of the API server is tried again later, and what waits for
   * a webhook once that has answered; any other error is a bug and surfaces.
   */
  queue(handle: (key: string) => void): WorkQueue {
    return new Queue({ handle, clock: this.#clock, timers: this.#timers, push: (item) => this.#push(item) });
  }

  close(): void {
    this.#closed = true;
    this.#items = [];
  }

  #push(item: Item): void {
    if (this.#closed) return;
    this.#items.push(item);
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#drain());
  }

  #drain(): void {
    for (let done = 0; done < KEYS_PER_TURN; ) {
      const batch = this.#items;
      if (batch.length === 0) {
        this.#scheduled = false;
        return;
      }
      this.#items = [];
      const turn = Math.min(batch.length, KEYS_PER_TURN - done);
      for (let i = 0; i < turn; i++) {
        const item = batch[i] as Item;
        item.queue.work(item.key);
      }
      done += turn;
      if (turn < batch.length) this.#items = [...batch.slice(turn), ...this.#items];
    }
    setImmediate(() => this.#drain());
  }
}

interface QueueParts {
  readonly handle: (key: string) => void;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly push: (item: Item) => void;
}

class Queue implements WorkQueue {
  readonly #waiting = new Set<string>();
  readonly #delayed = new Map<string, Timer>();
  readonly #failures = new Map<string, number>();
  readonly #handle: (key: string) => void;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #push: (item: Item) => void;

  constructor(parts: QueueParts) {
    this.#handle = parts.handle;
    this.#clock = parts.clock;
    this.#timers = parts.timers;
    this.#push = parts.push;
  }

  add(key: string): void {
    if (this.#waiting.has(key)) return;
    this.#waiting.add(key);
    this.#push({ queue: this, key });
  }

  addAt(key: string, at: number): void {
    const earlier = this.#delayed.get(key);
    if (earlier !== undefined && earlier.at <= at) return;
    earlier?.cancel();
    this.#delayed.set(
      key,
      this.#timers.at(at, () => {
        this.#delayed.delete(key);
        this.add(key);
      }),
    );
  }

  work(key: string): void {
    this.#waiting.delete(key);
    try {
      this.#handle(key);
      this.#failures.delete(key);
    } catch (cause) {
      if (cause instanceof Suspended) {
        void cause.ready.then(() => this.add(key));
        return;
      }
      if (!(cause instanceof ApiError)) throw cause;
      const failures = this.#failures.get(key) ?? 0;
      this.#failures.set(key, failures + 1);
      this.addAt(key, this.#clock.now() + Math.min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** failures));
    }
  }
}
