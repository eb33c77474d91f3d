/**
 * Evaluates a syntax tree at a row of steps: every expression once, for all series and steps together. Functions of
 * single samples, of windows, aggregations and operators have their own files; here is what connects them to selectors,
 * subqueries and time.
 */
import { AssertionError, assert } from '../std/assert.ts';
import type { Instant } from '../std/clock.ts';
import { inPieces, type Sliced } from '../std/slices.ts';
import { aggregate, countValues } from './aggregations.ts';
import {
  type Aggregate,
  type Binary,
  type Call,
  type Expr,
  type MatrixSelector,
  type Subquery,
  type TimeShift,
  typeOf,
  unwrapParens,
  type VectorSelector,
} from './ast.ts';
import { scalarScalar, vectorScalar, vectorVector } from './binary.ts';
import type { Evaluation, Query } from './evaluation.ts';
import { absence } from './functions/absence.ts';
import { callVector } from './functions/calls.ts';
import type { RangeCall } from './functions/range-call.ts';
import { RANGE_FUNCTIONS } from './functions/range.ts';
import type { Labels } from './labels.ts';
import { formatFloat } from './literals.ts';
import { type Selection, Window } from './source.ts';
import { assertDistinct, SelectedLabels, StepMatrix } from './step-matrix.ts';
import { SubquerySelection } from './subquery.ts';

/** How far back a selector looks for the newest sample. */
export const LOOKBACK_MS = 300_000;
/** The step of a subquery that names none: Prometheus' default evaluation interval. */
export const DEFAULT_SUBQUERY_STEP_MS = 60_000;

export interface Steps {
  readonly startMs: Instant;
  readonly endMs: Instant;
  /** Above zero. */
  readonly stepMs: number;
}

/** Where the samples of a range argument lie, relative to the step. */
interface RangeOf {
  readonly selection: Selection;
  readonly rangeMs: number;
  readonly shift: TimeShift;
}

export class Evaluator implements Evaluation {
  readonly query: Query;
  readonly times: Float64Array;
  readonly #window = new Window();
  readonly #onMatch = (): void => this.query.budget.checkTime();

  constructor(query: Query, { startMs, endMs, stepMs }: Steps) {
    this.query = query;
    const count = endMs < startMs ? 0 : Math.floor((endMs - startMs) / stepMs) + 1;
    query.budget.steps(count);
    this.times = Float64Array.from({ length: count }, (_, step) => startMs + step * stepMs);
  }

  get steps(): number {
    return this.times.length;
  }

  *scalar(expr: Expr): Sliced<Float64Array> {
    switch (expr.kind) {
      case 'number':
        return new Float64Array(this.steps).fill(expr.value);
      case 'paren':
        return yield* this.scalar(expr.expr);
      case 'unary':
        return expr.op === '-' ? (yield* this.scalar(expr.expr)).map((value) => -value) : yield* this.scalar(expr.expr);
      case 'binary':
        return scalarScalar(expr.op, yield* this.scalar(expr.lhs), yield* this.scalar(expr.rhs));
      case 'call':
        return yield* this.#scalarCall(expr);
      default:
        throw new AssertionError(`${expr.kind} is no scalar`);
    }
  }

  *#scalarCall(call: Call): Sliced<Float64Array> {
    if (call.func.name === 'time') return this.times.map((at) => at / 1000);
    if (call.func.name === 'pi') return new Float64Array(this.steps).fill(Math.PI);
    assert(call.func.name === 'scalar', `${call.func.name} is no scalar function`);
    const matrix = yield* this.vector(call.args[0] as Expr);
    const only = (step: number): number => {
      let found = Number.NaN;
      let count = 0;
      for (let cell = step; cell < matrix.values.length; cell += this.steps) {
        if (matrix.present[cell] !== 1) continue;
        count++;
        found = matrix.values[cell] as number;
      }
      return count === 1 ? found : Number.NaN;
    };
    const values = new Float64Array(this.steps);
    for (let step = 0; step < this.steps; step++) {
      values[step] = only(step);
      yield;
    }
    return values;
  }

  string(expr: Expr): string {
    const literal = unwrapParens(expr);
    assert(literal.kind === 'string', 'only literals are strings');
    return literal.value;
  }

  *vector(expr: Expr): Sliced<StepMatrix> {
    switch (expr.kind) {
      case 'selector':
        return yield* this.#instant(expr, 'value');
      case 'paren':
        return yield* this.vector(expr.expr);
      case 'unary':
        return yield* this.#unary(expr.op, yield* this.vector(expr.expr));
      case 'aggregate':
        return yield* this.#aggregate(expr);
      case 'binary':
        return yield* this.#binary(expr);
      case 'call':
        return yield* this.#call(expr);
      default:
        throw new AssertionError(`${expr.kind} is no vector`);
    }
  }

  *#unary(op: '+' | '-', matrix: StepMatrix): Sliced<StepMatrix> {
    if (op === '+') return matrix;
    const { rows, steps, present, distinct, labels } = matrix;
    this.query.budget.samples(rows * steps);
    const negated = new StepMatrix({
      rows,
      steps,
      labels,
      distinct,
      present,
      values: matrix.values.map((value) => -value),
    });
    return distinct
      ? yield* negated.anonymous()
      : yield* assertDistinct(negated.relabelled({ at: (row) => labels.at(row).anonymous() }));
  }

  *#aggregate(expr: Aggregate): Sliced<StepMatrix> {
    const input = yield* this.vector(expr.expr);
    if (expr.op === 'count_values') return yield* countValues(expr, input, this.string(expr.param as Expr));
    const param = expr.param === undefined ? undefined : yield* this.scalar(expr.param);
    if (expr.op === 'quantile') this.warnOfQuantiles(param ?? new Float64Array());
    return yield* aggregate(expr, input, param);
  }

  warnOfQuantiles(quantiles: Float64Array): void {
    for (const phi of quantiles) {
      if (!(phi >= 0 && phi <= 1))
        this.query.warnings.add(`PromQL warning: quantile value should be between 0 and 1, got ${formatFloat(phi)}`);
    }
  }

  *#binary(expr: Binary): Sliced<StepMatrix> {
    const left = typeOf(expr.lhs);
    const right = typeOf(expr.rhs);
    if (left === 'scalar')
      return yield* this.#withScalar(expr, expr.rhs, { values: yield* this.scalar(expr.lhs), isSwapped: true });
    if (right === 'scalar')
      return yield* this.#withScalar(expr, expr.lhs, { values: yield* this.scalar(expr.rhs), isSwapped: false });
    const both = { left: yield* this.vector(expr.lhs), right: yield* this.vector(expr.rhs) };
    this.query.budget.samples(both.left.values.length);
    return yield* vectorVector(expr, both.left, both.right);
  }

  *#withScalar(expr: Binary, operand: Expr, scalar: { values: Float64Array; isSwapped: boolean }): Sliced<StepMatrix> {
    const vector = yield* this.vector(operand);
    this.query.budget.samples(vector.values.length);
    return yield* vectorScalar(expr, vector, scalar);
  }

  *#call(call: Call): Sliced<StepMatrix> {
    const range = RANGE_FUNCTIONS[call.func.name];
    const name = call.func.name;
    if (range !== undefined) return yield* this.#overRange(call);
    if (name === 'absent_over_time') return yield* this.#absentOverTime(call);
    if (name === 'timestamp') {
      const arg = unwrapParens(call.args[0] as Expr);
      if (arg.kind === 'selector') return yield* (yield* this.#instant(arg, 'time')).anonymous();
    }
    return yield* callVector(this, call);
  }

  /** The instant a selector looks at for a step. */
  #lookAt(shift: TimeShift, step: number): Instant {
    return this.anchored(shift, this.times[step] as number) - shift.offsetMs;
  }

  anchored(shift: TimeShift, at: Instant): Instant {
    if (shift.atMs !== undefined) return shift.atMs;
    if (shift.anchor === 'start') return this.query.start;
    return shift.anchor === 'end' ? this.query.end : at;
  }

  /** The newest sample of every series at every step: its value, or its time in seconds. */
  *#instant(selector: VectorSelector, what: 'value' | 'time'): Sliced<StepMatrix> {
    const selection = yield* this.query.source.select(selector.matchers, this.#onMatch);
    const { size: rows } = selection;
    const { steps } = this;
    this.query.budget.samples(rows * steps);
    const result = new StepMatrix({
      rows,
      steps,
      labels: new SelectedLabels(selection),
      distinct: selection.distinctWithoutName,
    });
    const window = this.#window;
    for (let step = 0; step < steps; step++) {
      const at = this.#lookAt(selector.shift, step);
      window.over(at - LOOKBACK_MS, at);
      const piece = (from: number, to: number): void => {
        for (let row = from; row < to; row++) {
          selection.latest(window, row);
          if (window.length === 0) continue;
          const cell = row * steps + step;
          result.values[cell] =
            what === 'value' ? (window.values[0] as number) : (window.times[window.timeOffset] as number) / 1000;
          result.present[cell] = 1;
        }
      };
      yield* inPieces(rows, piece);
    }
    return yield* result.compacted();
  }

  *#rangeOf(expr: Expr): Sliced<RangeOf> {
    const arg = unwrapParens(expr);
    if (arg.kind === 'subquery')
      return { selection: yield* this.#subquery(arg), rangeMs: arg.rangeMs, shift: arg.shift };
    assert(arg.kind === 'matrix', `${arg.kind} is no range`);
    return {
      selection: yield* this.query.source.select(arg.selector.matchers, this.#onMatch),
      rangeMs: arg.rangeMs,
      shift: arg.selector.shift,
    };
  }

  /** The inner expression at all steps that any outer step needs, aligned to multiples of the inner step. */
  *#subquery(expr: Subquery): Sliced<Selection> {
    const stepMs = expr.stepMs || DEFAULT_SUBQUERY_STEP_MS;
    const first = this.#lookAt(expr.shift, 0) - expr.rangeMs;
    const startMs = (Math.floor(first / stepMs) + 1) * stepMs;
    const inner = new Evaluator(this.query, { startMs, endMs: this.#lookAt(expr.shift, this.steps - 1), stepMs });
    return new SubquerySelection(yield* inner.vector(expr.expr), inner.times);
  }

  /** Every series at every step through one function of windows. */
  *#overRange(call: Call): Sliced<StepMatrix> {
    const { name } = call.func;
    const compute = RANGE_FUNCTIONS[name];
    assert(compute !== undefined, `${name} is a function of ranges`);
    const isFirst = call.func.args[0] === 'matrix';
    const { selection, rangeMs, shift } = yield* this.#rangeOf(call.args[isFirst ? 0 : 1] as Expr);
    const paramExpr = call.args[isFirst ? 1 : 0];
    const params = call.func.args.length === 2 && paramExpr ? yield* this.scalar(paramExpr) : undefined;
    if (name === 'quantile_over_time') this.warnOfQuantiles(params ?? new Float64Array());
    const { size: rows } = selection;
    const { steps } = this;
    this.query.budget.samples(rows * steps);
    const result = new StepMatrix({
      rows,
      steps,
      labels: new SelectedLabels(selection),
      distinct: selection.distinctWithoutName,
    });
    const window = this.#window;
    const place: RangeCall = { fromMs: 0, toMs: 0, atMs: 0, param: 0 };
    for (let step = 0; step < steps; step++) {
      place.toMs = this.#lookAt(shift, step);
      place.fromMs = place.toMs - rangeMs;
      place.atMs = this.times[step] as number;
      place.param = params?.[step] ?? 0;
      window.over(place.fromMs, place.toMs);
      const piece = (from: number, to: number): void => {
        for (let row = from; row < to; row++) {
          selection.read(window, row);
          if (window.length < compute.minSamples) continue;
          const cell = row * steps + step;
          result.values[cell] = compute.compute(window, place);
          result.present[cell] = 1;
        }
      };
      yield* inPieces(rows, piece);
    }
    const kept = yield* result.compacted();
    if (name === 'last_over_time') return kept;
    if (kept.distinct) return yield* kept.anonymous();
    return yield* assertDistinct(kept.relabelled({ at: (row) => kept.labels.at(row).anonymous() }));
  }

  *#absentOverTime(call: Call): Sliced<StepMatrix> {
    const arg = call.args[0] as Expr;
    const { selection, rangeMs, shift } = yield* this.#rangeOf(arg);
    const window = this.#window;
    const isAbsent = new Float64Array(this.steps).fill(1);
    for (let step = 0; step < this.steps; step++) {
      const to = this.#lookAt(shift, step);
      window.over(to - rangeMs, to);
      const piece = (first: number, end: number): void => {
        for (let row = first; row < end && isAbsent[step] === 1; row++) {
          selection.read(window, row);
          if (window.length > 0) isAbsent[step] = 0;
        }
      };
      yield* inPieces(selection.size, piece);
    }
    return yield* absence(isAbsent, unwrapParens(arg));
  }

  /** The samples of a range selector or subquery itself, at the first step. */
  *samples(expr: MatrixSelector | Subquery): Sliced<{ labels: Labels; times: Float64Array; values: Float64Array }[]> {
    const { selection, rangeMs, shift } = yield* this.#rangeOf(expr);
    const to = this.#lookAt(shift, 0);
    const window = this.#window;
    window.over(to - rangeMs, to);
    const found: { labels: Labels; times: Float64Array; values: Float64Array }[] = [];
    for (let row = 0; row < selection.size; row++) {
      selection.read(window, row);
      if (window.length === 0) continue;
      this.query.budget.samples(window.length);
      const times = window.times.slice(window.timeOffset, window.timeOffset + window.length);
      found.push({ labels: selection.labels(row), times, values: window.values.slice(0, window.length) });
      yield;
    }
    return found;
  }
}
