/**
 * Keys and the instants at which they are due; the earliest instant of a key wins. A binary heap with stale entries
 * skipped.
 */
import type { Instant } from '../std/clock.ts';

interface Entry {
  readonly key: string;
  readonly at: Instant;
  readonly order: number;
}

export class WakeTimes {
  readonly #current = new Map<string, Entry>();
  #heap: Entry[] = [];
  #order = 0;

  get size(): number {
    return this.#current.size;
  }

  set(key: string, at: Instant): void {
    const known = this.#current.get(key);
    if (known !== undefined && known.at <= at) return;
    const entry = { key, at, order: this.#order++ };
    this.#current.set(key, entry);
    this.#push(entry);
    // Every earlier instant set for a key leaves a stale entry behind; rebuilt when they outnumber the live ones.
    if (this.#heap.length > 64 && this.#heap.length > 2 * this.#current.size) this.#rebuild();
  }

  delete(key: string): void {
    this.#current.delete(key);
  }

  clear(): void {
    this.#current.clear();
    this.#heap = [];
  }

  /** The earliest instant. */
  next(): Instant | undefined {
    this.#skipStale();
    return this.#heap[0]?.at;
  }

  /** Removes and returns the keys that are due, in order. */
  due(now: Instant): string[] {
    const keys: string[] = [];
    for (let at = this.next(); at !== undefined && at <= now; at = this.next()) {
      const entry = this.#pop();
      if (entry === undefined) break;
      this.#current.delete(entry.key);
      keys.push(entry.key);
    }
    return keys;
  }

  #skipStale(): void {
    for (let head = this.#heap[0]; head !== undefined && this.#current.get(head.key) !== head; head = this.#heap[0])
      this.#pop();
  }

  #rebuild(): void {
    // A sorted array is a heap.
    this.#heap = [...this.#current.values()].sort((a, b) => a.at - b.at || a.order - b.order);
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || before(above, entry)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const head = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return head;
    let index = 0;
    for (;;) {
      const [left, right] = [heap[2 * index + 1], heap[2 * index + 2]];
      if (left === undefined) break;
      const child = right !== undefined && before(right, left) ? right : left;
      if (before(last, child)) break;
      heap[index] = child;
      index = 2 * index + (child === left ? 1 : 2);
    }
    heap[index] = last;
    return head;
  }
}

const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
