/** An evaluation as a function sees it, which asks it for its arguments. `Evaluator` is the one there is. */
import type { Instant } from '../std/clock.ts';
import type { Sliced } from '../std/slices.ts';
import type { Expr } from './ast.ts';
import type { Budget } from './limits.ts';
import type { SeriesSource } from './source.ts';
import type { StepMatrix } from './step-matrix.ts';

/** What stays the same in subqueries. */
export interface Query {
  readonly source: SeriesSource;
  readonly budget: Budget;
  /** What `@ start()` and `@ end()` mean. */
  readonly start: Instant;
  readonly end: Instant;
  readonly warnings: Set<string>;
}

/** Values are by step: `steps` of them, at `times`. */
export interface Evaluation {
  readonly query: Query;
  readonly times: Float64Array;
  readonly steps: number;
  scalar(expr: Expr): Sliced<Float64Array>;
  string(expr: Expr): string;
  vector(expr: Expr): Sliced<StepMatrix>;
  /** Adds a warning for each quantile that is none. */
  warnOfQuantiles(quantiles: Float64Array): void;
}
