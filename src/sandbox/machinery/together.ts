/** What several checks found. Almost always that is nothing, and no list is made: a write goes through hundreds. */
import type { Draft } from './json.ts';

const NOTHING: readonly never[] = [];

/** All of the lists, one after the other. */
export function together<T>(...lists: readonly (readonly T[])[]): readonly T[] {
  for (const list of lists) if (list.length > 0) return lists.flat();
  return NOTHING;
}

/** What a check finds in each of the items. */
export function ofEach<T, R>(items: readonly T[], check: (item: T, index: number) => readonly R[]): readonly R[] {
  let all: R[] | undefined;
  for (let index = 0; index < items.length; index++)
    for (const found of check(items[index] as T, index)) (all ??= []).push(found);
  return all ?? NOTHING;
}

/** A field that may be missing, and what is looked at where it is not. */
export type FieldCheck<R> = readonly [
  field: string,
  check: (value: unknown, path: string, holder: Draft) => readonly R[],
];

/** What the checks of those fields find that are there, in the order of the checks. */
export const ofGiven = <R>(holder: Draft, path: string, checks: readonly FieldCheck<R>[]): readonly R[] =>
  ofEach(checks, ([field, check]) => {
    const value = holder[field];
    return value === undefined ? NOTHING : check(value, `${path}.${field}`, holder);
  });
