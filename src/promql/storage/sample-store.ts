/**
 * The samples of all series, by change: a series has a sample at every tick from its first on, with the value it last
 * took, until it ends or pauses. Ticks at which nothing changed cost nothing, and a series that never changed takes
 * twenty bytes.
 */
import type { Instant } from '../../std/clock.ts';
import type { Window } from '../source.ts';
import { grownTo } from './columns.ts';
import { NO_BLOCK, RUNS_PER_BLOCK, RunHistory } from './run-history.ts';
import type { Timeline } from './timeline.ts';

/** What a run holds, in the upper two bits of its start: samples, one staleness marker and then nothing, or nothing. */
const VALUE = 0;
const STALE = 1;
const ABSENT = 2;
const KIND_SHIFT = 30;
const TICK_MASK = 0x3fffffff;

export class SampleStore {
  readonly #timeline: Timeline;
  readonly #history = new RunHistory();
  // The newest run of each series; the ones before are in its chain of blocks.
  #values = new Float64Array(0);
  #starts = new Uint32Array(0);
  #firstBlocks = new Uint32Array(0);
  #lastBlocks = new Uint32Array(0);
  #lastCounts = new Uint8Array(0);
  // Ticks of the window asked for last: the same for every series of a step.
  #fromMs = Number.NaN;
  #toMs = Number.NaN;
  #atLength = -1;
  #low = 0;
  #high = -1;
  /** The run at hand, reused. */
  readonly #run = { start: 0, end: 0, value: 0 };

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /** Bytes reserved for samples. */
  get bytes(): number {
    return this.#history.bytes + this.#values.length * 21;
  }

  get blocks(): number {
    return this.#history.blocks;
  }

  /** Gives a series number an empty life; what it held before is gone. */
  open(ref: number): void {
    if (ref >= this.#values.length) this.#grow(ref + 1);
    else if (this.#firstBlocks[ref] !== NO_BLOCK) this.#history.releaseChain(this.#firstBlocks[ref] as number);
    this.#starts[ref] = ((ABSENT << KIND_SHIFT) | 0) >>> 0;
    this.#firstBlocks[ref] = NO_BLOCK;
    this.#lastBlocks[ref] = NO_BLOCK;
    this.#lastCounts[ref] = 0;
  }

  /** From the current tick on the value is `value`. */
  set(ref: number, value: number): void {
    const start = this.#starts[ref] as number;
    if (start >>> KIND_SHIFT === VALUE && Object.is(this.#values[ref], value)) return;
    this.#change(ref, VALUE);
    this.#values[ref] = value;
  }

  /** A staleness marker at the current tick, nothing after. */
  end(ref: number): void {
    const kind = (this.#starts[ref] as number) >>> KIND_SHIFT;
    // A paused series has samples that the marker must hide; one that never had any has nothing to mark.
    if (kind === VALUE || (kind === ABSENT && this.#firstBlocks[ref] !== NO_BLOCK)) this.#change(ref, STALE);
  }

  /** No sample from the current tick on, and no marker either. */
  pause(ref: number): void {
    if ((this.#starts[ref] as number) >>> KIND_SHIFT === VALUE) this.#change(ref, ABSENT);
  }

  /** Whether the series ended, with its last trace out of retention. */
  isForgotten(ref: number): boolean {
    const start = this.#starts[ref] as number;
    return start >>> KIND_SHIFT !== VALUE && (start & TICK_MASK) < this.#timeline.first;
  }

  /** Whether the series has samples now. */
  isLive(ref: number): boolean {
    return (this.#starts[ref] as number) >>> KIND_SHIFT === VALUE;
  }

  #change(ref: number, kind: number): void {
    const tick = this.#timeline.last;
    const start = this.#starts[ref] as number;
    const isUnborn = start >>> KIND_SHIFT === ABSENT && this.#firstBlocks[ref] === NO_BLOCK;
    if ((start & TICK_MASK) !== tick && !isUnborn) this.#remember(ref, start);
    this.#starts[ref] = ((kind << KIND_SHIFT) | tick) >>> 0;
  }

  /** Moves the newest run into the chain, after dropping blocks that the timeline has passed. */
  #remember(ref: number, start: number): void {
    const history = this.#history;
    this.#prune(ref, start & TICK_MASK);
    let last = this.#lastBlocks[ref] as number;
    let count = this.#lastCounts[ref] as number;
    if (last === NO_BLOCK || count === RUNS_PER_BLOCK) {
      const block = history.allocate();
      if (last === NO_BLOCK) this.#firstBlocks[ref] = block;
      else history.link(last, block);
      last = block;
      count = 0;
      this.#lastBlocks[ref] = block;
    }
    const slot = history.slotOf(last) + count;
    const page = history.page(last);
    page.starts[slot] = start;
    page.values[slot] = this.#values[ref] as number;
    this.#lastCounts[ref] = count + 1;
  }

  #prune(ref: number, currentStart: number): void {
    const history = this.#history;
    for (let block = this.#firstBlocks[ref] as number; block !== NO_BLOCK; ) {
      const next = history.next(block);
      const following =
        next === NO_BLOCK ? currentStart : (history.page(next).starts[history.slotOf(next)] as number) & TICK_MASK;
      if (following > this.#timeline.first) return;
      history.release(block);
      this.#firstBlocks[ref] = next;
      if (next === NO_BLOCK) this.#lastBlocks[ref] = NO_BLOCK;
      block = next;
    }
  }

  /** The samples in the window's stretch. */
  read(into: Window, ref: number): void {
    this.#locate(into.fromMs, into.toMs);
    into.clear();
    if (this.#low > this.#high) return;
    into.reserve(this.#high - this.#low + 1);
    const last = this.#starts[ref] as number;
    const history = this.#history;
    for (let block = this.#firstBlocks[ref] as number; block !== NO_BLOCK; ) {
      const next = history.next(block);
      const isLast = next === NO_BLOCK;
      const nextStart = isLast ? last : (history.page(next).starts[history.slotOf(next)] as number);
      if ((nextStart & TICK_MASK) > this.#low) {
        const page = history.page(block);
        const slot = history.slotOf(block);
        const count = isLast ? (this.#lastCounts[ref] as number) : RUNS_PER_BLOCK;
        for (let at = 0; at < count; at++) {
          const start = page.starts[slot + at] as number;
          if (start >>> KIND_SHIFT !== VALUE) continue;
          const end = at + 1 < count ? (page.starts[slot + at + 1] as number) : nextStart;
          this.#run.start = start;
          this.#run.end = (end & TICK_MASK) - 1;
          this.#run.value = page.values[slot + at] as number;
          this.#append(into);
        }
      }
      block = next;
    }
    if (last >>> KIND_SHIFT !== VALUE) return;
    this.#run.start = last;
    this.#run.end = this.#high;
    this.#run.value = this.#values[ref] as number;
    this.#append(into);
  }

  /**
   * Adds the ticks of the run at hand that lie in the window. Times are shared with the timeline until there is a hole.
   */
  #append(into: Window): void {
    const { start, end, value } = this.#run;
    const low = start < this.#low ? this.#low : start;
    const high = end > this.#high ? this.#high : end;
    if (low > high) return;
    const { times } = this.#timeline;
    const offset = this.#timeline.offsetOf(low);
    const values = into.values;
    let length = into.length;
    if (length === 0) {
      into.times = times;
      into.timeOffset = offset;
    } else if (into.times === into.ownTimes || into.timeOffset + length !== offset) {
      this.#ownTimes(into, high - low + 1);
      into.ownTimes.set(times.subarray(offset, offset + high - low + 1), length);
    }
    for (let tick = low; tick <= high; tick++) values[length++] = value;
    into.length = length;
  }

  #ownTimes(into: Window, more: number): void {
    if (into.times === into.ownTimes) return;
    const shared = into.times.subarray(into.timeOffset, into.timeOffset + into.length);
    if (into.ownTimes.length < this.#high - this.#low + 1 + more)
      into.ownTimes = new Float64Array(this.#high - this.#low + 1 + more);
    into.ownTimes.set(shared);
    into.times = into.ownTimes;
    into.timeOffset = 0;
  }

  /** The newest sample in the window's stretch, unless a staleness marker came after it. */
  latest(into: Window, ref: number): void {
    this.#locate(into.fromMs, into.toMs);
    into.clear();
    const start = this.#starts[ref] as number;
    const tick = start & TICK_MASK;
    if (this.#low > this.#high) return;
    if (tick <= this.#high) {
      const kind = start >>> KIND_SHIFT;
      if (kind === VALUE) return this.#one(this.#high, this.#values[ref] as number, into);
      // A marker in the window ends the search; one before it leaves nothing to find.
      if (kind === STALE) return;
    }
    this.#latestOfHistory(ref, into);
  }

  #latestOfHistory(ref: number, into: Window): void {
    const history = this.#history;
    let found = -1;
    let value = 0;
    for (let block = this.#firstBlocks[ref] as number; block !== NO_BLOCK; block = history.next(block)) {
      const isLast = history.next(block) === NO_BLOCK;
      const page = history.page(block);
      const slot = history.slotOf(block);
      const count = isLast ? (this.#lastCounts[ref] as number) : RUNS_PER_BLOCK;
      for (let at = 0; at < count; at++) {
        const start = page.starts[slot + at] as number;
        if ((start & TICK_MASK) > this.#high) break;
        const kind = start >>> KIND_SHIFT;
        if (kind === STALE) found = -1;
        if (kind !== VALUE) continue;
        const following = at + 1 < count ? (page.starts[slot + at + 1] as number) : this.#startAfter(ref, block);
        found = Math.min(this.#high, (following & TICK_MASK) - 1);
        value = page.values[slot + at] as number;
      }
    }
    if (found >= this.#low) this.#one(found, value, into);
  }

  #startAfter(ref: number, block: number): number {
    const next = this.#history.next(block);
    return next === NO_BLOCK
      ? (this.#starts[ref] as number)
      : (this.#history.page(next).starts[this.#history.slotOf(next)] as number);
  }

  #one(tick: number, value: number, into: Window): void {
    into.times = this.#timeline.times;
    into.timeOffset = this.#timeline.offsetOf(tick);
    into.values[0] = value;
    into.length = 1;
  }

  #locate(fromMs: Instant, toMs: Instant): void {
    const { last } = this.#timeline;
    if (fromMs === this.#fromMs && toMs === this.#toMs && last === this.#atLength) return;
    this.#fromMs = fromMs;
    this.#toMs = toMs;
    this.#atLength = last;
    this.#low = this.#timeline.firstAfter(fromMs);
    this.#high = this.#timeline.firstAfter(toMs) - 1;
  }

  #grow(length: number): void {
    const before = this.#firstBlocks.length;
    this.#values = grownTo(this.#values, length);
    this.#starts = grownTo(this.#starts, length);
    this.#firstBlocks = grownTo(this.#firstBlocks, length).fill(NO_BLOCK, before);
    this.#lastBlocks = grownTo(this.#lastBlocks, length).fill(NO_BLOCK, before);
    this.#lastCounts = grownTo(this.#lastCounts, length);
  }
}
