/**
 * One heap of timers for everything that waits in the sandbox: controllers, kubelets, time-outs. A single wait on the
 * clock is open at any time, for the earliest of them, so that idle pods cost nothing. Timers of one instant run in the
 * order they were set.
 */
import type { Clock, Instant } from '../../std/clock.ts';
import { eventually } from './eventually.ts';

export interface Timer {
  readonly at: Instant;
  /** Harmless when it has fired already. */
  cancel(): void;
}

interface Entry {
  readonly at: Instant;
  readonly order: number;
  run: (() => void) | undefined;
}

export class Timers {
  readonly #clock: Clock;
  readonly #heap: Entry[] = [];
  readonly #closing = new AbortController();
  #order = 0;
  #cancelled = 0;
  #armed: { readonly at: Instant; readonly abort: AbortController } | undefined;
  #firing = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs `run` once `clock.now() >= at`. Never synchronously, even when `at` has passed. */
  at(at: Instant, run: () => void): Timer {
    const entry: Entry = { at, order: this.#order++, run };
    this.#push(entry);
    this.#arm();
    return { at, cancel: () => this.#cancel(entry) };
  }

  /** As `at`, counted from now. */
  after(delayMs: number, run: () => void): Timer {
    return this.at(this.#clock.now() + delayMs, run);
  }

  close(): void {
    this.#closing.abort(new Error('closed'));
    this.#armed?.abort.abort(new Error('closed'));
    this.#heap.length = 0;
  }

  #cancel(entry: Entry): void {
    if (entry.run === undefined) return;
    entry.run = undefined;
    this.#cancelled++;
    // Cancelled entries are dropped when they surface; when they outnumber the others, all at once, so that memory
    // follows the live ones.
    if (this.#cancelled > 1024 && this.#cancelled * 2 > this.#heap.length) {
      const live = this.#heap.filter((e) => e.run !== undefined).sort(before);
      this.#heap.length = 0;
      for (const e of live) this.#heap.push(e);
      this.#cancelled = 0;
    }
  }

  #arm(): void {
    if (this.#firing || this.#closing.signal.aborted) return;
    const head = this.#heap[0];
    if (head === undefined || (this.#armed !== undefined && this.#armed.at <= head.at)) return;
    this.#armed?.abort.abort(new Error('an earlier timer'));
    const abort = new AbortController();
    const armed = { at: head.at, abort };
    this.#armed = armed;
    this.#clock.until(head.at, abort.signal).then(
      () => {
        if (this.#armed !== armed) return;
        this.#armed = undefined;
        this.#fire();
      },
      (cause: unknown) => {
        if (!abort.signal.aborted) throw cause;
      },
    );
  }

  #fire(): void {
    this.#firing = true;
    try {
      for (let head = this.#heap[0]; head !== undefined && head.at <= this.#clock.now(); head = this.#heap[0]) {
        this.#pop();
        const run = head.run;
        head.run = undefined;
        if (run === undefined) this.#cancelled--;
        else eventually(run);
      }
    } finally {
      this.#firing = false;
    }
    this.#arm();
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Entry;
      if (before(above, entry) <= 0) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Entry, heap[child] as Entry) < 0) child++;
      const below = heap[child] as Entry;
      if (before(last, below) <= 0) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
  }
}

const before = (a: Entry, b: Entry): number => a.at - b.at || a.order - b.order;
