/**
 * Time as a dependency. Nothing outside this file (and `main.ts`) reads the wall clock or sets a timer; a test keeps
 * that.
 */

/** Milliseconds since the Unix epoch. */
export type Instant = number;

export interface Clock {
  /** Wall-clock time. May jump when the machine's clock is set. */
  now(): Instant;
  /** Milliseconds that never go backwards, from an arbitrary origin. For time-outs and lease deadlines. */
  monotonic(): number;
  /** Resolves once `now() >= at`; rejects with `signal.reason` when aborted first. Leaves no timer behind. */
  until(at: Instant, signal?: AbortSignal): Promise<void>;
  /** The same once `monotonic()` is that much later, however the wall clock was set meanwhile. */
  after(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Most instants that are written lie in the second of the one before. */
function ofSecond(write: (date: Date) => string): (at: Instant) => string {
  let [second, text] = [Number.NaN, ''];
  return (at) => {
    const its = Math.floor(at / 1000);
    if (its !== second) [text, second] = [write(new Date(at)), its];
    return text;
  };
}

/** RFC 3339 with seconds, as `metadata.creationTimestamp` has it. */
export const toTimestamp = ofSecond((date) => `${date.toISOString().slice(0, 19)}Z`);

/** RFC 3339 with six decimals, as `Lease.spec.renewTime` and `Event.eventTime` have it. */
export const toMicroTime = (at: Instant): string => `${new Date(at).toISOString().slice(0, 23)}000Z`;

/** Undefined for anything that is not an RFC 3339 instant. */
export function fromTimestamp(text: string | undefined | null): Instant | undefined {
  if (!text) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** As the header `Date` of an answer has it (RFC 9110, 5.6.7); seconds, cut off. */
export const toHttpDate = ofSecond((date) => date.toUTCString());

/** Undefined for what is none. */
export const fromHttpDate = (text: string | undefined): Instant | undefined => fromTimestamp(text);

/** Lets everything run that waits for the event loop: timers that are due, requests, probes. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Longest delay that Node's timers keep (2^31-1 ms); longer waits are taken in steps. */
const MAX_TIMER_MS = 2_147_483_647;

/** Resolves once nothing is left. */
const sleep = (leftMs: () => number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    let timer: NodeJS.Timeout | undefined;
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const arm = () => {
      const wait = leftMs();
      if (wait > 0) {
        timer = setTimeout(arm, Math.min(wait, MAX_TIMER_MS));
        return;
      }
      signal?.removeEventListener('abort', abort);
      resolve();
    };
    signal?.addEventListener('abort', abort, { once: true });
    arm();
  });

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  until: (at, signal) => sleep(() => at - Date.now(), signal),
  after: (ms, signal) => {
    const end = performance.now() + ms;
    return sleep(() => end - performance.now(), signal);
  },
};

/**
 * A clock that runs at `speed` times the pace of another from now on: back-off and grace periods of minutes pass in
 * seconds. `speed` must be above 0; below 1 the clock is slower than the real one.
 */
export function scaledClock(real: Clock, speed: number): Clock {
  if (!(speed > 0)) throw new RangeError(`the speed of a clock must be above 0, not ${speed}`);
  const [start, origin] = [real.now(), real.monotonic()];
  const monotonic = (): number => (real.monotonic() - origin) * speed;
  // From monotonic time: a jump of the machine's clock would be a jump of `speed` times its size.
  // Whole milliseconds, as the machine's clock has them: an instant that went through a timestamp must come back as it
  // was.
  const now = (): Instant => Math.floor(start + monotonic());
  return {
    now,
    monotonic,
    async until(at, signal) {
      signal?.throwIfAborted();
      // The real clock's timer may end a fraction early in scaled time, which the contract of `until` does not allow.
      while (now() < at) await real.until(real.now() + (at - now()) / speed, signal);
    },
    after: (ms, signal) => real.after(ms / speed, signal),
  };
}

interface Waiter {
  /** By the wall clock. */
  at: Instant;
  readonly by: 'wall clock' | 'monotonic time';
  readonly order: number;
  readonly wake: () => void;
}

/**
 * A clock that moves only when told to. Timers fire in order of their instant, then of registration; after each instant
 * all promise chains that it woke run to their next wait, so that a run is a function of its inputs alone.
 */
export class VirtualClock implements Clock {
  #now: Instant;
  #elapsed = 0;
  #order = 0;
  readonly #heap: Waiter[] = [];

  constructor(start: Instant = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): Instant {
    return this.#now;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  until(at: Instant, signal?: AbortSignal): Promise<void> {
    return this.#wait({ at, by: 'wall clock' }, signal);
  }

  after(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#wait({ at: this.#now + ms, by: 'monotonic time' }, signal);
  }

  #wait({ at, by }: Pick<Waiter, 'at' | 'by'>, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      if (at <= this.#now) return resolve();
      const abort = () => {
        this.#remove(waiter);
        reject(signal?.reason as Error);
      };
      const waiter: Waiter = {
        // Whole milliseconds, as above.
        at: Math.ceil(at),
        by,
        order: this.#order++,
        wake: () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#push(waiter);
    });
  }

  /** The instant of the next timer, if any. */
  next(): Instant | undefined {
    return this.#heap[0]?.at;
  }

  /** Moves time forward, waking every timer on the way. */
  async advance(byMs: number): Promise<void> {
    const end = this.#now + byMs;
    await settle();
    for (let head = this.#heap[0]; head !== undefined && head.at <= end; head = this.#heap[0]) {
      this.#moveTo(Math.max(head.at, this.#now));
      while (this.#heap[0] !== undefined && this.#heap[0].at <= this.#now) this.#pop().wake();
      await settle();
    }
    this.#moveTo(end);
    await settle();
  }

  /** Advances, timer by timer, until `done()` holds. Returns whether it did within `limitMs`. */
  async advanceUntil(done: () => boolean, limitMs: number): Promise<boolean> {
    const end = this.#now + limitMs;
    await settle();
    while (!done()) {
      const at = this.next();
      if (at === undefined || at > end) {
        this.#moveTo(end);
        await settle();
        return done();
      }
      await this.advance(Math.max(0, at - this.#now));
    }
    return true;
  }

  /**
   * The wall clock jumps (NTP, an operator's `date -s`); monotonic time does not. Timers that are now due fire at the
   * next advance.
   */
  jump(byMs: number): void {
    this.#now += byMs;
    const waiting = this.#heap.splice(0);
    for (const waiter of waiting) {
      if (waiter.by === 'monotonic time') waiter.at += byMs;
      this.#push(waiter);
    }
  }

  #moveTo(at: Instant): void {
    this.#elapsed += Math.max(0, at - this.#now);
    this.#now = at;
  }

  // A binary heap: 100,000 timers of simulated kubelets are ordinary.
  #push(waiter: Waiter): void {
    this.#heap.push(waiter);
    this.#up(this.#heap.length - 1);
  }

  #pop(): Waiter {
    const head = this.#heap[0] as Waiter;
    this.#removeAt(0);
    return head;
  }

  #remove(waiter: Waiter): void {
    const index = this.#heap.indexOf(waiter);
    if (index >= 0) this.#removeAt(index);
  }

  #removeAt(index: number): void {
    const last = this.#heap.pop() as Waiter;
    if (index >= this.#heap.length) return;
    this.#heap[index] = last;
    this.#down(index);
    this.#up(index);
  }

  #up(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#before(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #down(start: number): void {
    let index = start;
    for (;;) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < this.#heap.length && this.#before(child, least)) least = child;
      }
      if (least === index) return;
      this.#swap(index, least);
      index = least;
    }
  }

  #before(a: number, b: number): boolean {
    const [x, y] = [this.#heap[a] as Waiter, this.#heap[b] as Waiter];
    return x.at < y.at || (x.at === y.at && x.order < y.order);
  }

  #swap(a: number, b: number): void {
    const [x, y] = [this.#heap[a] as Waiter, this.#heap[b] as Waiter];
    this.#heap[a] = y;
    this.#heap[b] = x;
  }
}

/**
 * Lets every runnable promise chain run to its next wait. Two turns: one for chains that yield to the event loop once.
 */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 2; turns++) await turn();
}
