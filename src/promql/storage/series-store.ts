/**
 * The embedded time-series storage: a bounded window of the past of a bounded number of series. Sampling is by ticks
 * (`tick`), between which the owner tells only what changed (`set`, `end`). Reading is `SeriesSource`.
 */
import type { Instant } from '../../std/clock.ts';
import { type Sliced, toEnd } from '../../std/slices.ts';
import { type Matcher, METRIC_NAME } from '../ast.ts';
import { EvaluationError } from '../errors.ts';
import type { Labels } from '../labels.ts';
import { compileMatch } from '../regex.ts';
import type { Selection, SeriesSource } from '../source.ts';
import { SampleStore } from './sample-store.ts';
import { selectSeries } from './select-series.ts';
import { SeriesIndex } from './series-index.ts';
import { Timeline } from './timeline.ts';

export interface StoreLimits {
  /** How long samples are kept. The longest window of any query plus the five minutes of look-back must fit. */
  readonly retentionMs: number;
  /** Series beyond this are not taken; queries that could have seen them fail. */
  readonly maxSeries: number;
  /** Changes of value that are kept, over all series; beyond it the store refuses new series as above. */
  readonly maxRuns: number;
}

/**
 * One hour of history. A million series take about 150 MB of labels and postings; forty million runs 520 MB: what a
 * large operator pod has.
 */
export const DEFAULT_STORE_LIMITS: StoreLimits = { retentionMs: 3_900_000, maxSeries: 1_000_000, maxRuns: 40_000_000 };

const RUNS_PER_BLOCK = 4;

export class SeriesStore implements SeriesSource {
  readonly #limits: StoreLimits;
  readonly #timeline: Timeline;
  readonly #samples: SampleStore;
  readonly #index = new SeriesIndex();
  /** Series that ended, in order of their end. */
  #ended: number[] = [];
  readonly #refused = new Set<string>();

  constructor(limits: StoreLimits = DEFAULT_STORE_LIMITS) {
    this.#limits = limits;
    this.#timeline = new Timeline(limits.retentionMs);
    this.#samples = new SampleStore(this.#timeline);
  }

  get size(): number {
    return this.#index.living;
  }

  /** Bytes reserved for samples (labels not counted). */
  get sampleBytes(): number {
    return this.#samples.bytes;
  }

  /** The instants of the oldest and the newest tick; undefined before the first. */
  get covered(): { from: Instant; to: Instant } | undefined {
    const { first, last } = this.#timeline;
    return last < first ? undefined : { from: this.#timeline.timeOf(first), to: this.#timeline.timeOf(last) };
  }

  /** Metric names of which some series were not taken for want of room. */
  get refusedNames(): ReadonlySet<string> {
    return this.#refused;
  }

  /** Begins a sampling instant, later than the last. Every living series has a sample there. */
  tick(at: Instant): void {
    toEnd(this.tickInPieces(at));
  }

  /** The same in pieces, between which nothing else uses the store. */
  *tickInPieces(at: Instant): Sliced<void> {
    this.#timeline.push(at);
    yield* this.#forget();
  }

  /** The number of a series, made when there is none. Undefined when the store is full. Needs a tick. */
  resolve(labels: Labels): number | undefined {
    const isFull =
      this.#index.living >= this.#limits.maxSeries || this.#samples.blocks * RUNS_PER_BLOCK >= this.#limits.maxRuns;
    if (isFull && this.#index.find(labels) === undefined) {
      this.#refused.add(labels.get(METRIC_NAME));
      return undefined;
    }
    const { ref, isNew } = this.#index.resolve(labels);
    if (isNew) this.#samples.open(ref);
    return ref;
  }

  /** The value from the current tick on. */
  set(ref: number, value: number): void {
    this.#samples.set(ref, value);
  }

  /**
   * The series is gone: a staleness marker at the current tick. Its past stays readable for the retention; `resolve`
   * again to revive it.
   */
  end(ref: number): void {
    this.#samples.end(ref);
    this.#ended.push(ref);
  }

  /** No sample at the current tick and after, until set again, and no marker either: the source did not answer. */
  pause(ref: number): void {
    this.#samples.pause(ref);
  }

  labels(ref: number): Labels {
    return this.#index.labels(ref);
  }

  *select(matchers: readonly Matcher[], onMatch?: () => void): Sliced<Selection> {
    this.#checkRefused(matchers);
    const refs = yield* selectSeries(this.#index, matchers, onMatch);
    const index = this.#index;
    const samples = this.#samples;
    const isNamed = matchers.some(({ name, type, value }) => name === METRIC_NAME && type === '=' && value !== '');
    return {
      size: refs.length,
      distinctWithoutName: isNamed && index.idOf('__type__') === undefined && index.idOf('__unit__') === undefined,
      labels: (at) => index.labels(refs[at] as number),
      read: (window, at) => samples.read(window, refs[at] as number),
      latest: (window, at) => samples.latest(window, refs[at] as number),
    };
  }

  #checkRefused(matchers: readonly Matcher[]): void {
    if (this.#refused.size === 0) return;
    const onName = matchers.filter(({ name }) => name === METRIC_NAME).map(compileMatch);
    for (const name of this.#refused) {
      if (onName.every((match) => 'value' in match && match.value.matches(name))) {
        throw new EvaluationError(`series of ${name} are missing: the storage is full`, 'Limit');
      }
    }
  }

  *#forget(): Sliced<void> {
    let passed = 0;
    for (const ref of this.#ended) {
      // One that came back is no longer ours to forget; it is listed again when it ends again.
      const isBack = this.#samples.isLive(ref) || !this.#index.isAlive(ref);
      if (!isBack && !this.#samples.isForgotten(ref)) break;
      if (++passed % 1000 === 0) yield;
      if (isBack) continue;
      this.#index.remove(ref);
      this.#samples.open(ref);
    }
    if (passed > 0) this.#ended = this.#ended.slice(passed);
    // A quarter of the index: each removal then pays for the examination of four series.
    if (this.#index.removed > 1000 && this.#index.removed * 4 > this.#index.capacity) {
      yield* this.#index.compact();
      if (this.#index.living < this.#limits.maxSeries / 2) this.#refused.clear();
    }
  }
}
