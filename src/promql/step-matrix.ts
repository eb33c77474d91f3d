/** What expressions evaluate to: for every series (row) a value, or none, at every step. */
import { inPieces, type Sliced } from '../std/slices.ts';
import { EvaluationError } from './errors.ts';
import type { Labels } from './labels.ts';
import type { Selection } from './source.ts';

/** Some 500 to 16,000 cells, a nanosecond or two each; the labels of up to 512 rows, a microsecond or two each. */
export const rowsPerPiece = (steps: number): number =>
  Math.max(1, Math.min(512, Math.floor(16_384 / Math.max(1, steps))));

/** The label sets of rows, made only when somebody looks: a filter that drops 199,990 of 200,000 rows makes ten. */
export interface LabelColumn {
  at(row: number): Labels;
}

export class StepMatrix {
  readonly rows: number;
  readonly steps: number;
  readonly labels: LabelColumn;
  /** Row by row. */
  readonly values: Float64Array;
  /** 1 where there is a value. NaN is a value. */
  readonly present: Uint8Array;
  /** Whether rows are known to stay distinct without their metric name. */
  readonly distinct: boolean;

  constructor(shape: {
    rows: number;
    steps: number;
    labels: LabelColumn;
    distinct: boolean;
    values?: Float64Array;
    present?: Uint8Array;
  }) {
    this.rows = shape.rows;
    this.steps = shape.steps;
    this.labels = shape.labels;
    this.distinct = shape.distinct;
    this.values = shape.values ?? new Float64Array(shape.rows * shape.steps);
    this.present = shape.present ?? new Uint8Array(shape.rows * shape.steps);
  }

  hasRow(row: number): boolean {
    for (let at = row * this.steps; at < (row + 1) * this.steps; at++) if (this.present[at] === 1) return true;
    return false;
  }

  /** Without the rows that have no value at all. */
  *compacted(): Sliced<StepMatrix> {
    const { rows, steps } = this;
    const kept = new Uint32Array(rows);
    let count = 0;
    yield* inPieces(
      rows,
      (from, to) => {
        for (let row = from; row < to; row++) if (this.hasRow(row)) kept[count++] = row;
      },
      rowsPerPiece(steps),
    );
    return count === rows ? this : yield* this.picked(kept.slice(0, count), steps);
  }

  *picked(picks: Uint32Array, steps: number): Sliced<StepMatrix> {
    const result = new StepMatrix({
      rows: picks.length,
      steps,
      labels: new PickedLabels(this.labels, picks),
      distinct: this.distinct,
    });
    const copy = (first: number, end: number): void => {
      for (let at = first; at < end; at++) {
        const from = (picks[at] as number) * steps;
        for (let step = 0; step < steps; step++) {
          result.values[at * steps + step] = this.values[from + step] as number;
          result.present[at * steps + step] = this.present[from + step] as number;
        }
      }
    };
    yield* inPieces(picks.length, copy, rowsPerPiece(steps));
    return result;
  }

  /** The same values under other labels. */
  relabelled(labels: LabelColumn, distinct: boolean = this.distinct): StepMatrix {
    const { rows, steps, values, present } = this;
    return new StepMatrix({ rows, steps, labels, distinct, values, present });
  }

  /**
   * Without metric names. Rows that become equal are an error where both have a value; elsewhere they are merged, as
   * Prometheus does.
   */
  *anonymous(): Sliced<StepMatrix> {
    const nameless = this.relabelled(new AnonymousLabels(this.labels));
    return this.distinct ? nameless : yield* merged(nameless);
  }
}

export class SelectedLabels implements LabelColumn {
  readonly #selection: Selection;

  constructor(selection: Selection) {
    this.#selection = selection;
  }

  at(row: number): Labels {
    return this.#selection.labels(row);
  }
}

export class ListedLabels implements LabelColumn {
  readonly #list: readonly Labels[];

  constructor(list: readonly Labels[]) {
    this.#list = list;
  }

  at(row: number): Labels {
    return this.#list[row] as Labels;
  }
}

class PickedLabels implements LabelColumn {
  readonly #labels: LabelColumn;
  readonly #picks: Uint32Array;

  constructor(labels: LabelColumn, picks: Uint32Array) {
    this.#labels = labels;
    this.#picks = picks;
  }

  at(row: number): Labels {
    return this.#labels.at(this.#picks[row] as number);
  }
}

class AnonymousLabels implements LabelColumn {
  readonly #labels: LabelColumn;

  constructor(labels: LabelColumn) {
    this.#labels = labels;
  }

  at(row: number): Labels {
    return this.#labels.at(row).anonymous();
  }
}

export const sameLabels = (): EvaluationError =>
  new EvaluationError('vector cannot contain metrics with the same labelset');

/** Collects rows by label set, step by step. */
export class MatrixBuilder {
  readonly #steps: number;
  readonly #rows = new Map<string, number>();
  readonly #labels: Labels[] = [];
  readonly #values: Float64Array[] = [];
  readonly #present: Uint8Array[] = [];

  constructor(steps: number) {
    this.#steps = steps;
  }

  row(labels: Labels): number {
    const known = this.#rows.get(labels.key);
    if (known !== undefined) return known;
    const row = this.#labels.length;
    this.#rows.set(labels.key, row);
    this.#labels.push(labels);
    this.#values.push(new Float64Array(this.#steps));
    this.#present.push(new Uint8Array(this.#steps));
    return row;
  }

  /** A second value for one row and step is an error. */
  put(row: number, step: number, value: number): void {
    const present = this.#present[row] as Uint8Array;
    if (present[step] === 1) throw sameLabels();
    present[step] = 1;
    (this.#values[row] as Float64Array)[step] = value;
  }

  /** `distinct` false: rows differ, but may not without their names. */
  *build(distinct: boolean): Sliced<StepMatrix> {
    const rows = this.#labels.length;
    const matrix = new StepMatrix({ rows, steps: this.#steps, labels: new ListedLabels(this.#labels), distinct });
    const copy = (from: number, to: number): void => {
      for (let row = from; row < to; row++) {
        matrix.values.set(this.#values[row] as Float64Array, row * this.#steps);
        matrix.present.set(this.#present[row] as Uint8Array, row * this.#steps);
      }
    };
    yield* inPieces(rows, copy, rowsPerPiece(this.#steps));
    return matrix;
  }
}

/** Rows with equal labels become one; an error where two of them have a value at the same step. */
export function* merged(matrix: StepMatrix): Sliced<StepMatrix> {
  const { steps } = matrix;
  const builder = new MatrixBuilder(steps);
  const add = (row: number): void => {
    if (!matrix.hasRow(row)) return;
    const target = builder.row(matrix.labels.at(row));
    for (let step = 0; step < steps; step++) {
      if (matrix.present[row * steps + step] === 1)
        builder.put(target, step, matrix.values[row * steps + step] as number);
    }
  };
  const piece = (from: number, to: number): void => {
    for (let row = from; row < to; row++) add(row);
  };
  yield* inPieces(matrix.rows, piece, rowsPerPiece(steps));
  return yield* builder.build(false);
}

/** An error when two rows have equal labels, at whatever steps. */
export function* assertDistinct(matrix: StepMatrix): Sliced<StepMatrix> {
  const seen = new Set<string>();
  const piece = (from: number, to: number): void => {
    for (let row = from; row < to; row++) {
      if (!matrix.hasRow(row)) continue;
      const { key } = matrix.labels.at(row);
      if (seen.has(key)) throw sameLabels();
      seen.add(key);
    }
  };
  yield* inPieces(matrix.rows, piece, rowsPerPiece(matrix.steps));
  return matrix;
}
