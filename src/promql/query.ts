/** The ways in: a checked expression, a source, a time. */
import { unreachable } from '../std/assert.ts';
import { type Clock, type Instant, systemClock } from '../std/clock.ts';
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

/** Evaluates at one instant. Throws `EvaluationError`. */
export function evaluateInstant(
  expr: Expr,
  source: SeriesSource,
  at: { readonly atMs: Instant } & EvaluationOptions,
): InstantResult {
  const query = queryOf(source, { startMs: at.atMs, endMs: at.atMs, stepMs: 1 }, at);
  const evaluator = new Evaluator(query, { startMs: at.atMs, endMs: at.atMs, stepMs: 1 });
  const warnings = (): readonly string[] => [...query.warnings];
  const type = typeOf(expr);
  switch (type) {
    case 'scalar':
      return { type: 'scalar', value: evaluator.scalar(expr)[0] ?? Number.NaN, warnings: warnings() };
    case 'string':
      return { type: 'string', value: evaluator.string(expr), warnings: warnings() };
    case 'matrix': {
      const range = unwrapParens(expr);
      const series = range.kind === 'matrix' || range.kind === 'subquery' ? evaluator.samples(range) : [];
      return { type: 'matrix', series, warnings: warnings() };
    }
    case 'vector': {
      const matrix = evaluator.vector(expr);
      const samples: Sample[] = [];
      for (let row = 0; row < matrix.rows; row++) {
        if (matrix.present[row] === 1)
          samples.push({ labels: matrix.labels.at(row), value: matrix.values[row] as number });
      }
      return { type: 'vector', samples, warnings: warnings() };
    }
    default:
      return unreachable(type);
  }
}

/** Evaluates a scalar or vector expression at every step. Throws `EvaluationError`. */
export function evaluateRange(expr: Expr, source: SeriesSource, at: Steps & EvaluationOptions): RangeResult {
  const query = queryOf(source, at, at);
  const evaluator = new Evaluator(query, at);
  if (typeOf(expr) === 'scalar') {
    const series = [{ labels: Labels.EMPTY, times: evaluator.times, values: evaluator.scalar(expr) }];
    return { series, warnings: [...query.warnings] };
  }
  const matrix = assertDistinct(evaluator.vector(expr));
  const series = Array.from({ length: matrix.rows }, (_, row) => seriesOf(matrix, evaluator.times, row)).filter(
    ({ times }) => times.length > 0,
  );
  series.sort((a, b) => compareLabels(a.labels, b.labels));
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
