/** Where the evaluator finds series. Implemented by the storage and by the results of subqueries. */
import type { Matcher } from './ast.ts';
import type { Labels } from './labels.ts';

/**
 * Samples of one series in a stretch of time, oldest first; reused from call to call. Sample `i` is at `times[timeOffset + i]` (milliseconds)
 * with `values[i]`; the times may be shared with other series and are read only.
 */
export class Window {
  times: Float64Array = new Float64Array(64);
  timeOffset = 0;
  values: Float64Array = new Float64Array(64);
  length = 0;
  /** Owned by this window, for samples whose times are not those of a shared line of instants. */
  ownTimes: Float64Array = new Float64Array(64);

  clear(): void {
    this.length = 0;
  }

  reserve(capacity: number): void {
    if (this.values.length >= capacity) return;
    this.values = new Float64Array(Math.max(capacity, this.values.length * 2));
  }

  /** Room for `capacity` samples with times of their own. What was in them is lost. */
  reserveOwn(capacity: number): void {
    this.reserve(capacity);
    if (this.ownTimes.length < capacity) this.ownTimes = new Float64Array(Math.max(capacity, this.ownTimes.length * 2));
    this.times = this.ownTimes;
    this.timeOffset = 0;
  }
}

export interface Selection {
  readonly size: number;
  /** Whether the series stay distinct when their metric name is dropped. False when unknown. */
  readonly distinctWithoutName: boolean;
  labels(index: number): Labels;
  /** The samples in (fromMs, toMs], staleness markers left out. */
  window(index: number, fromMs: number, toMs: number, into: Window): void;
  /** The newest sample in (fromMs, toMs] as a window of length 1, or 0 when there is none or it is a staleness marker. */
  latest(index: number, fromMs: number, toMs: number, into: Window): void;
}

export interface SeriesSource {
  select(matchers: readonly Matcher[]): Selection;
}
