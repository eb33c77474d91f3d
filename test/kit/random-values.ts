/** How random inputs are put together: like what JSON.parse makes, never with `undefined`. */
import * as fc from 'fast-check';
import { SECOND, T0 } from './core-data.ts';

/** Mostly the first, else one of the others: what would stand in the way of everything is rare. */
export const mostly = <T>(usual: T, ...rare: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...rare) });

export const sometimes = <K extends string, T>(
  key: K,
  value: fc.Arbitrary<T>,
  weight = 1,
): fc.Arbitrary<{ [k in K]?: T }> =>
  fc.oneof(
    { weight: 10 - weight, arbitrary: fc.constant({}) },
    { weight, arbitrary: value.map((one) => ({ [key]: one }) as { [k in K]?: T }) },
  );

/** Fields that are there or not, each by itself: never `undefined`. */
export const merged = <T extends object>(...parts: readonly fc.Arbitrary<object>[]): fc.Arbitrary<T> =>
  fc.tuple(...parts).map((all) => Object.assign({}, ...all) as T);

/** Like what JSON.parse makes: with the prototype of objects. */
export const record = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(fields, { noNullPrototype: true });

/** In whole seconds around T0. */
export const instant = (fromMs: number, toMs: number): fc.Arbitrary<number> =>
  fc
    .integer({ min: Math.round(fromMs / SECOND), max: Math.round(toMs / SECOND) })
    .map((seconds) => T0 + seconds * SECOND);
