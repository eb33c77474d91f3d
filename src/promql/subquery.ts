/** The result of a subquery's inner expression, read as if it were stored series. */
import type { Labels } from './labels.ts';
import type { Selection, Window } from './source.ts';
import type { StepMatrix } from './step-matrix.ts';

export class SubquerySelection implements Selection {
  readonly #matrix: StepMatrix;
  readonly #times: Float64Array;

  constructor(matrix: StepMatrix, times: Float64Array) {
    this.#matrix = matrix;
    this.#times = times;
  }

  get size(): number {
    return this.#matrix.rows;
  }

  get distinctWithoutName(): boolean {
    return this.#matrix.distinct;
  }

  labels(index: number): Labels {
    return this.#matrix.labels.at(index);
  }

  read(into: Window, index: number): void {
    const times = this.#times;
    const { values, present, steps } = this.#matrix;
    const low = firstAfter(times, into.fromMs);
    const high = firstAfter(times, into.toMs);
    into.clear();
    into.reserveOwn(Math.max(0, high - low));
    let length = 0;
    for (let step = low; step < high; step++) {
      if (present[index * steps + step] !== 1) continue;
      into.ownTimes[length] = times[step] as number;
      into.values[length++] = values[index * steps + step] as number;
    }
    into.length = length;
  }

  latest(into: Window, index: number): void {
    this.read(into, index);
    if (into.length === 0) return;
    into.ownTimes[0] = into.ownTimes[into.length - 1] as number;
    into.values[0] = into.values[into.length - 1] as number;
    into.length = 1;
  }
}

/** The index of the first of the ascending times after an instant. */
function firstAfter(times: Float64Array, at: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}
