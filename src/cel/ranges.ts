/** Ranges of costs and sizes. Sums and products saturate. */

/** Costs and sizes are 64-bit there and saturate; doubles are exact enough for comparing with a budget. */
export const UNBOUNDED = 2 ** 64 - 1;

export interface Range {
  readonly min: number;
  readonly max: number;
}

export const range = (min: number, max: number): Range => ({
  min: Math.min(min, UNBOUNDED),
  max: Math.min(max, UNBOUNDED),
});
export const fixed = (value: number): Range => range(value, value);
export const add = (a: Range, b: Range): Range => range(a.min + b.min, a.max + b.max);
export const times = (a: Range, b: Range): Range => range(a.min * b.min, a.max * b.max);
export const scaled = (a: Range, factor: number): Range => range(Math.ceil(a.min * factor), Math.ceil(a.max * factor));
export const union = (a: Range, b: Range): Range => range(Math.min(a.min, b.min), Math.max(a.max, b.max));

export const ZERO = fixed(0);
export const UNKNOWN = range(0, UNBOUNDED);
