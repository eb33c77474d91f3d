/** Where the evaluator finds series. Implemented by the storage and by the results of subqueries. */
import type { Sliced } from '../std/slices.ts';
import type { Matcher } from './ast.ts';
import type { Labels } from './labels.ts';

/**
 * Samples of one series in a stretch of time, oldest first; reused from call to call. Sample `i` is at
 * `times[timeOffset + i]` (milliseconds) with `values[i]`; the times may be shared with other series and are read only.
 */
export class Window {
  /** The stretch asked for: (fromMs, toMs]. */
  fromMs = 0;
  toMs = 0;
  times: Float64Array = new Float64Array(64);
  timeOffset = 0;
  values: Float64Array = new Float64Array(64);
  length = 0;
  /** Owned by this window, for samples whose times are not those of a shared line of instants. */
  ownTimes: Float64Array = new Float64Array(64);

  clear(): void {
    this.length = 0;
  }

  over(fromMs: number, toMs: number): void {
    this.fromMs = fromMs;
    this.toMs = toMs;
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
  /** Puts the samples of its stretch into the window, staleness markers left out. */
  read(window: Window, index: number): void;
  /** Leaves the newest sample of the stretch in the window, or none when there is none or it is a staleness marker. */
  latest(window: Window, index: number): void;
}

export interface SeriesSource {
  /** `onMatch`, when given, is called before each match of a pattern, and may throw to end it. */
  select(matchers: readonly Matcher[], onMatch?: () => void): Sliced<Selection>;
}
