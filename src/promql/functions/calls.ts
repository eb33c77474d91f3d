/** Functions of instant vectors. */
import { assert } from '../../std/assert.ts';
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

type Implementation = (on: Evaluation, call: Call) => StepMatrix;

const argument = (call: Call, index: number): Expr => {
  const arg = call.args[index];
  assert(arg !== undefined, `${call.func.name} has argument ${index}`);
  return arg;
};

const SPECIAL: Readonly<Record<string, Implementation>> = {
  absent: (on, call) => {
    const matrix = on.vector(argument(call, 0));
    const isAbsent = on.times.map((_, step) => {
      for (let cell = step; cell < matrix.present.length; cell += on.steps) if (matrix.present[cell] === 1) return 0;
      return 1;
    });
    return absence(isAbsent, unwrapParens(argument(call, 0)));
  },
  vector: (on, call) => one(on, on.scalar(argument(call, 0))),
  timestamp: (on, call) => mapped(on, on.vector(argument(call, 0)), (_, step) => (on.times[step] as number) / 1000),
  sort: (on, call) => sorted(on.vector(argument(call, 0)), 1),
  sort_desc: (on, call) => sorted(on.vector(argument(call, 0)), -1),
  label_replace: replaceLabels,
  label_join: joinLabels,
  histogram_quantile: histogramCall,
  histogram_fraction: histogramCall,
};

export function callVector(on: Evaluation, call: Call): StepMatrix {
  const { name } = call.func;
  const special = SPECIAL[name];
  if (special !== undefined) return special(on, call);
  const calendar = CALENDAR_FUNCTIONS[name];
  if (calendar !== undefined) {
    const matrix =
      call.args.length === 0
        ? one(
            on,
            on.times.map((at) => at / 1000),
          )
        : on.vector(argument(call, 0));
    return mapped(on, matrix, calendar);
  }
  if (NATIVE_ONLY.has(name)) {
    on.vector(argument(call, 0));
    return new StepMatrix({ rows: 0, steps: on.steps, labels: new ListedLabels([]), distinct: true });
  }
  return mathCall(on, call);
}

function mathCall(on: Evaluation, call: Call): StepMatrix {
  const compute = MATH_FUNCTIONS[call.func.name];
  assert(compute !== undefined, `${call.func.name} has no implementation`);
  const matrix = on.vector(argument(call, 0));
  const scalars = call.args.slice(1).map((arg) => on.scalar(arg));
  if (scalars.length === 0) return mapped(on, matrix, (value) => compute(value));
  const result = mapped(on, matrix, (value, step) =>
    compute(value, ...scalars.map((scalar) => scalar[step] as number)),
  );
  if (call.func.name === 'clamp') clearEmptyRanges(result, scalars);
  return result;
}

/** `clamp` between bounds that leave nothing between them has no result. */
function clearEmptyRanges(matrix: StepMatrix, [least, most]: readonly Float64Array[]): void {
  for (let cell = 0; cell < matrix.present.length; cell++) {
    const step = cell % matrix.steps;
    if ((least?.[step] ?? 0) > (most?.[step] ?? 0)) matrix.present[cell] = 0;
  }
}

function mapped(on: Evaluation, matrix: StepMatrix, compute: (value: number, step: number) => number): StepMatrix {
  const { rows, steps, labels, present, distinct } = matrix;
  on.query.budget.samples(rows * steps);
  const values = new Float64Array(rows * steps);
  for (let cell = 0; cell < values.length; cell++) {
    if (present[cell] === 1) values[cell] = compute(matrix.values[cell] as number, cell % steps);
  }
  return new StepMatrix({ rows, steps, labels, values, present: present.slice(), distinct }).anonymous();
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
function sorted(matrix: StepMatrix, sign: 1 | -1): StepMatrix {
  if (matrix.steps !== 1) return matrix;
  const order = Uint32Array.from({ length: matrix.rows }, (_, row) => row);
  order.sort((a, b) => compare(matrix.values[a] as number, matrix.values[b] as number, sign));
  return matrix.picked(order, 1).compacted();
}
