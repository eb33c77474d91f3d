/**
 * Binary operators on vectors: matching of series, filters, set operators.
 * https://prometheus.io/docs/prometheus/latest/querying/operators/
 */
import { assert } from '../std/assert.ts';
import { inPieces, type Sliced } from '../std/slices.ts';
import type { Binary, BinaryOperator, Matching } from './ast.ts';
import { EvaluationError } from './errors.ts';
import { type Labels, SEPARATOR } from './labels.ts';
import { ARITHMETIC, COMPARISON } from './operators.ts';
import { MatrixBuilder, rowsPerPiece, StepMatrix } from './step-matrix.ts';

export function scalarScalar(op: BinaryOperator, left: Float64Array, right: Float64Array): Float64Array {
  const arithmetic = ARITHMETIC.get(op);
  const comparison = COMPARISON.get(op);
  return left.map((value, step) => {
    const other = right[step] as number;
    if (arithmetic) return arithmetic(value, other);
    return comparison?.(value, other) ? 1 : 0;
  });
}

/**
 * One side is a scalar at every step. Comparisons keep the vector's value; `isSwapped` says that the scalar stood on
 * the left.
 */
export function* vectorScalar(
  expr: Binary,
  vector: StepMatrix,
  scalar: { values: Float64Array; isSwapped: boolean },
): Sliced<StepMatrix> {
  const { rows, steps } = vector;
  const values = new Float64Array(rows * steps);
  const present = new Uint8Array(rows * steps);
  const arithmetic = ARITHMETIC.get(expr.op);
  const comparison = COMPARISON.get(expr.op);
  const fill = (from: number, to: number, step: number): void => {
    const other = scalar.values[step] as number;
    for (let cell = from * steps + step; cell < to * steps; cell += steps) {
      if (vector.present[cell] !== 1) continue;
      const value = vector.values[cell] as number;
      if (arithmetic !== undefined) {
        values[cell] = scalar.isSwapped ? arithmetic(other, value) : arithmetic(value, other);
        present[cell] = 1;
        continue;
      }
      const holds = comparison?.(scalar.isSwapped ? other : value, scalar.isSwapped ? value : other) === true;
      if (!holds && !expr.returnsBool) continue;
      values[cell] = expr.returnsBool ? Number(holds) : value;
      present[cell] = 1;
    }
  };
  for (let step = 0; step < steps; step++) yield* inPieces(rows, (from, to) => fill(from, to, step), ROWS_PER_PIECE);
  const result = new StepMatrix({ rows, steps, labels: vector.labels, values, present, distinct: vector.distinct });
  if (arithmetic !== undefined || expr.returnsBool) return yield* result.anonymous();
  return yield* result.compacted();
}

/** One step of a row takes 5 to 50 ns. */
const ROWS_PER_PIECE = 4096;

/** A number for every distinct set of matching labels, the same on both sides. */
class Signatures {
  readonly #known = new Map<string, number>();
  readonly #matching: Matching;
  readonly #names: ReadonlySet<string>;

  constructor(matching: Matching) {
    this.#matching = matching;
    this.#names = new Set(matching.on ? matching.labels : [...matching.labels, '__name__']);
  }

  get size(): number {
    return this.#known.size;
  }

  *of(matrix: StepMatrix): Sliced<Uint32Array> {
    const of = new Uint32Array(matrix.rows);
    const numberOf = (row: number): number => {
      const key = this.#matchingKey(matrix.labels.at(row));
      const known = this.#known.get(key);
      if (known !== undefined) return known;
      this.#known.set(key, this.#known.size);
      return this.#known.size - 1;
    };
    yield* inPieces(matrix.rows, (from, to) => {
      for (let row = from; row < to; row++) of[row] = numberOf(row);
    });
    return of;
  }

  #matchingKey(labels: Labels): string {
    if (this.#matching.on) return this.#matching.labels.map((name) => labels.get(name)).join(SEPARATOR);
    return labels.without(this.#names).key;
  }
}

const NONE = -1;

export function* vectorVector(expr: Binary, left: StepMatrix, right: StepMatrix): Sliced<StepMatrix> {
  const matching = expr.matching;
  assert(matching !== undefined, 'vectors are matched');
  const signatures = new Signatures(matching);
  const leftOf = yield* signatures.of(left);
  const rightOf = yield* signatures.of(right);
  const sides = { left, right, leftOf, rightOf, groups: signatures.size };
  if (expr.op === 'and' || expr.op === 'unless') return yield* intersect(expr.op, sides);
  if (expr.op === 'or') return yield* union(sides);
  return yield* new Join(expr, matching, sides).run();
}

interface Sides {
  readonly left: StepMatrix;
  readonly right: StepMatrix;
  readonly leftOf: Uint32Array;
  readonly rightOf: Uint32Array;
  readonly groups: number;
}

/** Which groups have a value at a step. */
function* groupsAt(matrix: StepMatrix, of: Uint32Array, at: { step: number; groups: number }): Sliced<Uint8Array> {
  const seen = new Uint8Array(at.groups);
  const piece = (from: number, to: number): void => {
    for (let row = from; row < to; row++)
      if (matrix.present[row * matrix.steps + at.step] === 1) seen[of[row] as number] = 1;
  };
  yield* inPieces(matrix.rows, piece, ROWS_PER_PIECE);
  return seen;
}

function* intersect(op: 'and' | 'unless', { left, right, leftOf, rightOf, groups }: Sides): Sliced<StepMatrix> {
  const { rows, steps, labels, values, distinct } = left;
  const present = new Uint8Array(rows * steps);
  const wanted = op === 'and' ? 1 : 0;
  for (let step = 0; step < steps; step++) {
    const seen = yield* groupsAt(right, rightOf, { step, groups });
    const piece = (from: number, to: number): void => {
      for (let row = from; row < to; row++) {
        const cell = row * steps + step;
        if (left.present[cell] === 1 && seen[leftOf[row] as number] === wanted) present[cell] = 1;
      }
    };
    yield* inPieces(rows, piece, ROWS_PER_PIECE);
  }
  return yield* new StepMatrix({ rows, steps, labels, values, present, distinct }).compacted();
}

function* union({ left, right, leftOf, rightOf, groups }: Sides): Sliced<StepMatrix> {
  const { steps } = left;
  const builder = new MatrixBuilder(steps);
  const copy = (matrix: StepMatrix, of: Uint32Array, seenAt: readonly Uint8Array[] | undefined): Sliced<void> => {
    const copyRow = (row: number): void => {
      if (!matrix.hasRow(row)) return;
      let target: number | undefined;
      for (let step = 0; step < steps; step++) {
        const cell = row * steps + step;
        if (matrix.present[cell] !== 1 || seenAt?.[step]?.[of[row] as number] === 1) continue;
        target ??= builder.row(matrix.labels.at(row));
        builder.put(target, step, matrix.values[cell] as number);
      }
    };
    const piece = (from: number, to: number): void => {
      for (let row = from; row < to; row++) copyRow(row);
    };
    return inPieces(matrix.rows, piece, rowsPerPiece(steps));
  };
  yield* copy(left, leftOf, undefined);
  const seenAt: Uint8Array[] = [];
  for (let step = 0; step < steps; step++) seenAt.push(yield* groupsAt(left, leftOf, { step, groups }));
  yield* copy(right, rightOf, seenAt);
  return yield* builder.build(false);
}

/**
 * Arithmetic and comparison between two vectors. The side called `one` has at most one series a group; `many` may have
 * more with group_left/right.
 */
class Join {
  readonly #expr: Binary;
  readonly #matching: Matching;
  readonly #one: { matrix: StepMatrix; of: Uint32Array };
  readonly #many: { matrix: StepMatrix; of: Uint32Array };
  readonly #groups: number;
  readonly #isSwapped: boolean;
  readonly #kept: ReadonlySet<string>;
  readonly #rowOf = new Map<string, number>();
  readonly #builder: MatrixBuilder;

  constructor(expr: Binary, matching: Matching, sides: Sides) {
    this.#expr = expr;
    this.#matching = matching;
    const left = { matrix: sides.left, of: sides.leftOf };
    const right = { matrix: sides.right, of: sides.rightOf };
    this.#isSwapped = matching.card === 'one-to-many';
    this.#one = this.#isSwapped ? left : right;
    this.#many = this.#isSwapped ? right : left;
    this.#groups = sides.groups;
    this.#kept = new Set(matching.labels);
    this.#builder = new MatrixBuilder(sides.left.steps);
  }

  *run(): Sliced<StepMatrix> {
    const { steps } = this.#many.matrix;
    for (let step = 0; step < steps; step++) yield* this.#step(step);
    return yield* this.#builder.build(false);
  }

  *#step(step: number): Sliced<void> {
    const oneAt = yield* this.#uniqueRows(step);
    const many = this.#many.matrix;
    const taken = new Uint8Array(this.#matching.card === 'one-to-one' ? this.#groups : 0);
    const results = new Set<number>();
    const joinRow = (row: number): void => {
      const cell = row * many.steps + step;
      if (many.present[cell] !== 1) return;
      const group = this.#many.of[row] as number;
      const oneRow = oneAt[group] as number;
      if (oneRow === NONE) return;
      const one = this.#one.matrix.values[oneRow * many.steps + step] as number;
      const value = this.#combine(many.values[cell] as number, one);
      if (value === undefined) return;
      if (taken[group] === 1) {
        throw new EvaluationError(
          'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
        );
      }
      if (taken.length > 0) taken[group] = 1;
      const target = this.#target(row, oneRow);
      if (taken.length === 0 && results.has(target)) {
        throw new EvaluationError('multiple matches for labels: grouping labels must ensure unique matches');
      }
      results.add(target);
      this.#builder.put(target, step, value);
    };
    yield* inPieces(many.rows, (from, to) => {
      for (let row = from; row < to; row++) joinRow(row);
    });
  }

  /** The one row of each group with a value at the step. */
  *#uniqueRows(step: number): Sliced<Int32Array> {
    const { matrix, of } = this.#one;
    const rows = new Int32Array(this.#groups).fill(NONE);
    const isNeeded = yield* groupsAt(this.#many.matrix, this.#many.of, { step, groups: this.#groups });
    const isIdle = !isNeeded.includes(1);
    const piece = (from: number, to: number): void => {
      for (let row = from; row < to; row++) {
        if (matrix.present[row * matrix.steps + step] !== 1) continue;
        const group = of[row] as number;
        const other = rows[group] as number;
        if (other !== NONE && !isIdle) this.#refuseDuplicate(other, row);
        rows[group] = row;
      }
    };
    yield* inPieces(matrix.rows, piece, ROWS_PER_PIECE);
    return rows;
  }

  #refuseDuplicate(first: number, second: number): never {
    const labels = this.#one.matrix.labels.at(second);
    const group = this.#matching.on ? labels.only(this.#kept) : labels.without(this.#kept).anonymous();
    const side = this.#isSwapped ? 'left' : 'right';
    const both = `[${labels.toString()}, ${this.#one.matrix.labels.at(first).toString()}]`;
    throw new EvaluationError(
      `found duplicate series for the match group ${group.toString()} on the ${side} hand-side of the operation: ${both};many-to-many matching not allowed: matching labels must be unique on one side`,
    );
  }

  /** Undefined when a filter drops the pair. */
  #combine(many: number, one: number): number | undefined {
    const left = this.#isSwapped ? one : many;
    const right = this.#isSwapped ? many : one;
    const arithmetic = ARITHMETIC.get(this.#expr.op);
    if (arithmetic) return arithmetic(left, right);
    const holds = COMPARISON.get(this.#expr.op)?.(left, right) === true;
    if (this.#expr.returnsBool) return Number(holds);
    return holds ? left : undefined;
  }

  #target(manyRow: number, oneRow: number): number {
    const key = `${manyRow}/${oneRow}`;
    let target = this.#rowOf.get(key);
    if (target === undefined) {
      target = this.#builder.row(
        this.#resultLabels(this.#many.matrix.labels.at(manyRow), this.#one.matrix.labels.at(oneRow)),
      );
      this.#rowOf.set(key, target);
    }
    return target;
  }

  #resultLabels(many: Labels, one: Labels): Labels {
    let labels = many;
    if (ARITHMETIC.has(this.#expr.op) || this.#expr.returnsBool) labels = labels.anonymous();
    if (this.#matching.card === 'one-to-one')
      labels = this.#matching.on ? labels.only(this.#kept) : labels.without(this.#kept);
    for (const name of this.#matching.include) labels = labels.with(name, one.get(name));
    return labels;
  }
}
