/** Bounds of one evaluation. Meeting one fails the query, never the process. */
import type { Clock } from '../std/clock.ts';
import { EvaluationError } from './errors.ts';

export interface EvaluationLimits {
  /** Steps of a range query or subquery; Prometheus' API has the same bound. */
  readonly maxSteps: number;
  /** Values held by results at a time, over all intermediate vectors. */
  readonly maxSamples: number;
  readonly timeoutMs: number;
  /** Pieces of work: what ends a query where no time passes, and where the samples alone say too little. */
  readonly maxPieces?: number;
}

/** A piece takes 10 µs to 1 ms: more than ten seconds of the cheapest, and an end to the others on any clock. */
const MAX_PIECES = 2_000_000;

/** Twenty million values take 180 MB at worst. Ten seconds is less than the evaluation interval of 15 s. */
export const DEFAULT_LIMITS: EvaluationLimits = { maxSteps: 11_000, maxSamples: 20_000_000, timeoutMs: 10_000 };

/** What one evaluation may still use. */
export class Budget {
  readonly #limits: EvaluationLimits;
  readonly #clock: Clock;
  readonly #deadline: number;
  readonly #signal: AbortSignal | undefined;
  #samples = 0;
  #pieces = 0;

  constructor(limits: EvaluationLimits, clock: Clock, signal?: AbortSignal) {
    this.#limits = limits;
    this.#clock = clock;
    this.#deadline = clock.monotonic() + limits.timeoutMs;
    this.#signal = signal;
  }

  steps(count: number): void {
    if (count > this.#limits.maxSteps) {
      throw new EvaluationError(
        `exceeded maximum resolution of ${this.#limits.maxSteps} points per timeseries`,
        'Limit',
      );
    }
  }

  /** To be told before a vector of that many values is made. */
  samples(count: number): void {
    this.#samples += count;
    if (this.#samples > this.#limits.maxSamples) {
      throw new EvaluationError('query processing would load too many samples into memory in query execution', 'Limit');
    }
    this.checkTime();
  }

  /** After every piece of work. */
  piece(): void {
    if (++this.#pieces > (this.#limits.maxPieces ?? MAX_PIECES))
      throw new EvaluationError('query takes too many steps in expression evaluation', 'Limit');
    this.checkTime();
  }

  checkTime(): void {
    if (this.#signal?.aborted) throw new EvaluationError('query was canceled in expression evaluation', 'Cancelled');
    if (this.#clock.monotonic() > this.#deadline)
      throw new EvaluationError('query timed out in expression evaluation', 'Limit');
  }
}
