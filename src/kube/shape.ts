/**
 * How kept objects lie in memory. V8 gives `{}` room for four fields and, beyond these, a second block that grows by
 * three; a constructor's objects it sizes by what the first of them came to hold. A cache of a million small objects is
 * made of such differences.
 */

export type Fields = Record<string, unknown>;
/** Makes empty plain objects. */
export type Shape = new () => Fields;

/** Of objects that have the same fields, more or less: one for each message of a projection. */
export function newShape(): Shape {
  function PlainObject(): void {}
  PlainObject.prototype = Object.prototype;
  return PlainObject as unknown as Shape;
}

/** In the place of every object of which nothing is kept. */
export const NOTHING: Fields = Object.freeze({});
