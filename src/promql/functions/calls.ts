/** Functions of instant vectors. */
import { assert } from '../../std/assert.ts';
import { inPieces, type Sliced, sortInPieces } from '../../std/slices.ts';
import { compare } from '../aggregations.ts';
import { type Call, type Expr, unwrapParens } from '../ast.ts';
import type { Evaluation } from '../evaluation.ts';
import { Labels } from '../labels.ts';
import { ListedLabels, StepMatrix } from '../step-matrix.ts';
import { absence } from './absence.ts';
import { CALENDAR_FUNCTIONS } from './calendar.ts';
import { histogramCall } from './histograms.ts';
import { joinLabels, replaceLabels } from './label-calls.ts';
import { MATH_FUNCTIONS } from './math.ts';
import { NATIVE_ONLY } from './signatures.ts';

type Implementation = (on: Evaluation, call: Call) => Sliced<StepMatrix>;

const argument = (call: Call, index: number): Expr => {
  const arg = call.args[index];
  assert(arg !== undefined, `${call.func.name} has argument ${index}`);
  return arg;
};

const SPECIAL: Readonly<Record<string, Implementation>> = {
  *absent(on, call) {
    const matrix = yield* on.vector(argument(call, 0));
    const isAbsent = new Float64Array(on.steps).fill(1);
    yield* inPieces(matrix.present.length, (from, to) => {
      for (let cell = from; cell < to; cell++) if (matrix.present[cell] === 1) isAbsent[cell % on.steps] = 0;
    });
    return yield* absence(isAbsent, unwrapParens(argument(call, 0)));
  },
  *vector(on, call) {
    return one(on, yield* on.scalar(argument(call, 0)));
  },
  *timestamp(on, call) {
    return yield* mapped(on, yield* on.vector(argument(call, 0)), (_, step) => (on.times[step] as number) / 1000);
  },
  *sort(on, call) {
    return yield* sorted(yield* on.vector(argument(call, 0)), 1);
  },
  *sort_desc(on, call) {
    return yield* sorted(yield* on.vector(argument(call, 0)), -1);
  },
  label_replace: replaceLabels,
  label_join: joinLabels,
  histogram_quantile: histogramCall,
  histogram_fraction: histogramCall,
};

export function* callVector(on: Evaluation, call: Call): Sliced<StepMatrix> {
  const { name } = call.func;
  const special = SPECIAL[name];
  if (special !== undefined) return yield* special(on, call);
  const calendar = CALENDAR_FUNCTIONS[name];
  if (calendar !== undefined) {
    const matrix =
      call.args.length === 0
        ? one(
            on,
            on.times.map((at) => at / 1000),
          )
        : yield* on.vector(argument(call, 0));
    return yield* mapped(on, matrix, calendar);
  }
  if (NATIVE_ONLY.has(name)) {
    yield* on.vector(argument(call, 0));
    return new StepMatrix({ rows: 0, steps: on.steps, labels: new ListedLabels([]), distinct: true });
  }
  return yield* mathCall(on, call);
}

function* mathCall(on: Evaluation, call: Call): Sliced<StepMatrix> {
  const compute = MATH_FUNCTIONS[call.func.name];
  assert(compute !== undefined, `${call.func.name} has no implementation`);
  const matrix = yield* on.vector(argument(call, 0));
  const scalars: Float64Array[] = [];
  for (const arg of call.args.slice(1)) scalars.push(yield* on.scalar(arg));
  if (scalars.length === 0) return yield* mapped(on, matrix, (value) => compute(value));
  const result = yield* mapped(on, matrix, (value, step) =>
    compute(value, ...scalars.map((scalar) => scalar[step] as number)),
  );
  if (call.func.name === 'clamp') yield* clearEmptyRanges(result, scalars);
  return result;
}

/** `clamp` between bounds that leave nothing between them has no result. */
function* clearEmptyRanges(matrix: StepMatrix, [least, most]: readonly Float64Array[]): Sliced<void> {
  const piece = (from: number, to: number): void => {
    for (let cell = from; cell < to; cell++) {
      const step = cell % matrix.steps;
      if ((least?.[step] ?? 0) > (most?.[step] ?? 0)) matrix.present[cell] = 0;
    }
  };
  yield* inPieces(matrix.present.length, piece, CELLS_PER_PIECE);
}

/** At 10 to 100 ns a cell. */
const CELLS_PER_PIECE = 4096;

function* mapped(
  on: Evaluation,
  matrix: StepMatrix,
  compute: (value: number, step: number) => number,
): Sliced<StepMatrix> {
  const { rows, steps, labels, present, distinct } = matrix;
  on.query.budget.samples(rows * steps);
  const values = new Float64Array(rows * steps);
  const piece = (from: number, to: number): void => {
    for (let cell = from; cell < to; cell++)
      if (present[cell] === 1) values[cell] = compute(matrix.values[cell] as number, cell % steps);
  };
  yield* inPieces(values.length, piece, CELLS_PER_PIECE);
  return yield* new StepMatrix({ rows, steps, labels, values, present: present.slice(), distinct }).anonymous();
}

function one(on: Evaluation, values: Float64Array): StepMatrix {
  const present = new Uint8Array(on.steps).fill(1);
  return new StepMatrix({
    rows: 1,
    steps: on.steps,
    labels: new ListedLabels([Labels.EMPTY]),
    values,
    present,
    distinct: true,
  });
}

/** By value, NaN last. Only an instant has an order. */
function* sorted(matrix: StepMatrix, sign: 1 | -1): Sliced<StepMatrix> {
  if (matrix.steps !== 1) return matrix;
  const order = Array.from({ length: matrix.rows }, (_, row) => row);
  yield* sortInPieces(order, (a, b) => compare(matrix.values[a] as number, matrix.values[b] as number, sign));
  return yield* (yield* matrix.picked(Uint32Array.from(order), 1)).compacted();
}
