/** Where and when a function of ranges looks at its window. Reused from call to call. */
export interface RangeCall {
  /** Milliseconds; the samples lie in (fromMs, toMs]. */
  fromMs: number;
  toMs: number;
  /** The step's instant, which `offset` and `@` do not move. */
  atMs: number;
  /** The scalar argument, where there is one. */
  param: number;
}
