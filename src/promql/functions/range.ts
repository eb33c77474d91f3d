/** Functions of the samples in a window: `*_over_time`, `changes`, `resets`. */
import type { Window } from '../source.ts';
import { Mean, quantile, Sum } from './kahan.ts';
import type { RangeCall } from './range-call.ts';
import { counterChange, derivative, instantChange, prediction } from './rates.ts';

export interface RangeFunction {
  /** With fewer samples there is no result. */
  readonly minSamples: number;
  compute(window: Window, call: RangeCall): number;
}

const overTime = (compute: (window: Window, call: RangeCall) => number): RangeFunction => ({ minSamples: 1, compute });
const between = (compute: (window: Window, call: RangeCall) => number): RangeFunction => ({ minSamples: 2, compute });

export const RANGE_FUNCTIONS: Readonly<Record<string, RangeFunction>> = {
  sum_over_time: overTime(({ values, length }) => {
    const sum = new Sum();
    for (let at = 0; at < length; at++) sum.add(values[at] as number);
    return sum.value;
  }),
  avg_over_time: overTime(({ values, length }) => {
    const mean = new Mean();
    for (let at = 0; at < length; at++) mean.add(values[at] as number);
    return mean.value;
  }),
  min_over_time: overTime(({ values, length }) => {
    let least = values[0] as number;
    for (let at = 1; at < length; at++)
      if ((values[at] as number) < least || Number.isNaN(least)) least = values[at] as number;
    return least;
  }),
  max_over_time: overTime(({ values, length }) => {
    let most = values[0] as number;
    for (let at = 1; at < length; at++)
      if ((values[at] as number) > most || Number.isNaN(most)) most = values[at] as number;
    return most;
  }),
  count_over_time: overTime(({ length }) => length),
  last_over_time: overTime(({ values, length }) => values[length - 1] as number),
  present_over_time: overTime(() => 1),
  stdvar_over_time: overTime(variance),
  stddev_over_time: overTime((window) => Math.sqrt(variance(window))),
  quantile_over_time: overTime(({ values, length }, { param }) => quantile(param, values.slice(0, length))),
  changes: overTime(({ values, length }) => {
    let changes = 0;
    for (let at = 1; at < length; at++) {
      const [before, after] = [values[at - 1] as number, values[at] as number];
      if (before !== after && !(Number.isNaN(before) && Number.isNaN(after))) changes++;
    }
    return changes;
  }),
  resets: overTime(({ values, length }) => {
    let resets = 0;
    for (let at = 1; at < length; at++) if ((values[at] as number) < (values[at - 1] as number)) resets++;
    return resets;
  }),
  rate: between((window, call) => counterChange(window, call, 'rate')),
  increase: between((window, call) => counterChange(window, call, 'increase')),
  delta: between((window, call) => counterChange(window, call, 'delta')),
  irate: between((window) => instantChange(window, 'irate')),
  idelta: between((window) => instantChange(window, 'idelta')),
  deriv: between(derivative),
  predict_linear: between(prediction),
};

/** Welford's running variance, compensated. */
function variance({ values, length }: Window): number {
  const mean = new Sum();
  const squares = new Sum();
  for (let at = 0; at < length; at++) {
    const value = values[at] as number;
    const delta = value - (mean.total + mean.compensation);
    mean.add(delta / (at + 1));
    squares.add(delta * (value - (mean.total + mean.compensation)));
  }
  return (squares.total + squares.compensation) / length;
}
