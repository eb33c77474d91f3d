/** The ways in: a checked expression, a source, a time. */
import { unreachable } from '../std/assert.ts';
import { type Clock, type Instant, systemClock } from '../std/clock.ts';
import { inPieces, type Sliced, sortInPieces, toEnd } from '../std/slices.ts';
import { type Expr, typeOf, unwrapParens } from './ast.ts';
import type { Query } from './evaluation.ts';
import { Evaluator, type Steps } from './evaluator.ts';
import { Labels } from './labels.ts';
import { Budget, DEFAULT_LIMITS, type EvaluationLimits } from './limits.ts';
import type { SeriesSource } from './source.ts';
import { assertDistinct, type StepMatrix } from './step-matrix.ts';

export interface EvaluationOptions {
  readonly limits?: EvaluationLimits;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
}

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

export interface SampleSeries {
  readonly labels: Labels;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

export type InstantResult = { readonly warnings: readonly string[] } & (
  | { readonly type: 'vector'; readonly samples: readonly Sample[] }
  | { readonly type: 'scalar'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'matrix'; readonly series: readonly SampleSeries[] }
);

export interface RangeResult {
  readonly warnings: readonly string[];
  /** By label set. */
  readonly series: readonly SampleSeries[];
}

type InstantOptions = { readonly atMs: Instant } & EvaluationOptions;

/** Evaluates at one instant. Throws `EvaluationError`. */
export const evaluateInstant = (expr: Expr, source: SeriesSource, at: InstantOptions): InstantResult =>
  toEnd(instantInSlices(expr, source, at));

/** The same in slices, between which the source must not change. */
export function* instantInSlices(expr: Expr, source: SeriesSource, at: InstantOptions): Sliced<InstantResult> {
  const query = queryOf(source, { startMs: at.atMs, endMs: at.atMs, stepMs: 1 }, at);
  const evaluator = new Evaluator(query, { startMs: at.atMs, endMs: at.atMs, stepMs: 1 });
  return yield* counted(resultOf(evaluator, expr), query);
}

/** Ends with an error when a budget is used up. */
function* counted<T>(work: Sliced<T>, { budget }: Query): Sliced<T> {
  for (;;) {
    const next = work.next();
    if (next.done === true) return next.value;
    budget.piece();
    yield;
  }
}

function* resultOf(evaluator: Evaluator, expr: Expr): Sliced<InstantResult> {
  const { query } = evaluator;
  const warnings = (): readonly string[] => [...query.warnings];
  const type = typeOf(expr);
  switch (type) {
    case 'scalar':
      return { type: 'scalar', value: (yield* evaluator.scalar(expr))[0] ?? Number.NaN, warnings: warnings() };
    case 'string':
      return { type: 'string', value: evaluator.string(expr), warnings: warnings() };
    case 'matrix': {
      const range = unwrapParens(expr);
      const series = range.kind === 'matrix' || range.kind === 'subquery' ? yield* evaluator.samples(range) : [];
      return { type: 'matrix', series, warnings: warnings() };
    }
    case 'vector': {
      const matrix = yield* evaluator.vector(expr);
      const samples: Sample[] = [];
      yield* inPieces(matrix.rows, (from, to) => {
        for (let row = from; row < to; row++) {
          if (matrix.present[row] === 1)
            samples.push({ labels: matrix.labels.at(row), value: matrix.values[row] as number });
        }
      });
      return { type: 'vector', samples, warnings: warnings() };
    }
    default:
      return unreachable(type);
  }
}

/** Evaluates a scalar or vector expression at every step. Throws `EvaluationError`. */
export function evaluateRange(expr: Expr, source: SeriesSource, at: Steps & EvaluationOptions): RangeResult {
  const query = queryOf(source, at, at);
  return toEnd(counted(seriesIn(new Evaluator(query, at), expr), query));
}

function* seriesIn(evaluator: Evaluator, expr: Expr): Sliced<RangeResult> {
  const { query } = evaluator;
  if (typeOf(expr) === 'scalar') {
    const series = [{ labels: Labels.EMPTY, times: evaluator.times, values: yield* evaluator.scalar(expr) }];
    return { series, warnings: [...query.warnings] };
  }
  const matrix = yield* assertDistinct(yield* evaluator.vector(expr));
  const series = Array.from({ length: matrix.rows }, (_, row) => seriesOf(matrix, evaluator.times, row)).filter(
    ({ times }) => times.length > 0,
  );
  yield* sortInPieces(series, (a, b) => compareLabels(a.labels, b.labels));
  return { series, warnings: [...query.warnings] };
}

function queryOf(
  source: SeriesSource,
  { startMs, endMs }: Steps,
  { limits = DEFAULT_LIMITS, clock = systemClock, signal }: EvaluationOptions,
): Query {
  return { source, budget: new Budget(limits, clock, signal), start: startMs, end: endMs, warnings: new Set() };
}

function seriesOf(matrix: StepMatrix, allTimes: Float64Array, row: number): SampleSeries {
  const from = row * matrix.steps;
  const here = (step: number): boolean => matrix.present[from + step] === 1;
  const values = matrix.values.subarray(from, from + matrix.steps).filter((_, step) => here(step));
  return { labels: matrix.labels.at(row), times: allTimes.filter((_, step) => here(step)), values };
}

/** Name by name, then value by value, as Prometheus orders results. */
function compareLabels(a: Labels, b: Labels): number {
  const length = Math.min(a.pairs.length, b.pairs.length);
  for (let at = 0; at < length; at++) {
    const [x, y] = [a.pairs[at] as string, b.pairs[at] as string];
    if (x !== y) return x < y ? -1 : 1;
  }
  return a.pairs.length - b.pairs.length;
}
