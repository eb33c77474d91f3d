/**
 * How fast something changes: extrapolated rates of counters, differences of the last two samples, regression lines.
 */
import type { Window } from '../source.ts';
import { isInfinite, Sum } from './kahan.ts';
import type { RangeCall } from './range-call.ts';

/**
 * The increase over the whole range, estimated from the samples in it: extended to a border that is no further away
 * than 1.1 average distances of samples, else by half a distance, and for counters never to before the counter was
 * zero.
 * https://prometheus.io/docs/prometheus/latest/querying/functions/#rate
 */
export function counterChange(window: Window, call: RangeCall, kind: 'rate' | 'increase' | 'delta'): number {
  const { times, timeOffset, values, length } = window;
  const first = values[0] as number;
  const firstAt = times[timeOffset] as number;
  const lastAt = times[timeOffset + length - 1] as number;
  let change = (values[length - 1] as number) - first;
  const isCounter = kind !== 'delta';
  if (isCounter) {
    let before = first;
    for (let at = 1; at < length; at++) {
      const value = values[at] as number;
      if (value < before) change += before;
      before = value;
    }
  }
  const sampled = (lastAt - firstAt) / 1000;
  const distance = sampled / (length - 1);
  const threshold = distance * 1.1;
  let toStart = (firstAt - call.fromMs) / 1000;
  let toEnd = (call.toMs - lastAt) / 1000;
  if (toStart >= threshold) toStart = distance / 2;
  if (isCounter && change > 0 && first >= 0) {
    const toZero = sampled * (first / change);
    if (toZero < toStart) toStart = toZero;
  }
  if (toEnd >= threshold) toEnd = distance / 2;
  let factor = (sampled + toStart + toEnd) / sampled;
  if (kind === 'rate') factor /= (call.toMs - call.fromMs) / 1000;
  return change * factor;
}

/** From the last two samples alone. A counter that fell was reset to zero in between. */
export function instantChange({ times, timeOffset, values, length }: Window, kind: 'irate' | 'idelta'): number {
  const last = values[length - 1] as number;
  const before = values[length - 2] as number;
  if (kind === 'idelta') return last - before;
  const seconds = ((times[timeOffset + length - 1] as number) - (times[timeOffset + length - 2] as number)) / 1000;
  return (last < before ? last : last - before) / seconds;
}

/** Least squares through the samples; x in seconds from `originMs`. */
function regression(
  { times, timeOffset, values, length }: Window,
  originMs: number,
): { slope: number; intercept: number } {
  const [sumX, sumY, sumXY, sumXX] = [new Sum(), new Sum(), new Sum(), new Sum()];
  const first = values[0] as number;
  let isConstant = true;
  for (let at = 0; at < length; at++) {
    const y = values[at] as number;
    const x = ((times[timeOffset + at] as number) - originMs) / 1000;
    // The first sample is not compared, so that NaN does not differ from itself.
    if (at > 0 && y !== first) isConstant = false;
    sumX.add(x);
    sumY.add(y);
    sumXY.add(x * y);
    sumXX.add(x * x);
  }
  if (isConstant)
    return isInfinite(first) ? { slope: Number.NaN, intercept: Number.NaN } : { slope: 0, intercept: first };
  const [x, y, xy, xx] = [sumX, sumY, sumXY, sumXX].map((sum) => sum.total + sum.compensation) as [
    number,
    number,
    number,
    number,
  ];
  const slope = (xy - (x * y) / length) / (xx - (x * x) / length);
  return { slope, intercept: y / length - (slope * x) / length };
}

export const derivative = (window: Window): number =>
  regression(window, window.times[window.timeOffset] as number).slope;

/** The value `call.param` seconds from the step's instant. */
export function prediction(window: Window, call: RangeCall): number {
  const { slope, intercept } = regression(window, call.atMs);
  return slope * call.param + intercept;
}
