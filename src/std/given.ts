/** The members that are there: what may be undefined in `T` may be missing here, and is never undefined. */
export type Given<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/**
 * Leaves out the members that are undefined, so that what is absent is absent in the object too:
 * `{ name, ...given({ namespace }) }` has no `namespace` when there is none. The order of the members is kept, as it is
 * part of what is written as JSON. It costs an object of its own, so not for what is done for each byte or each event.
 */
export function given<const T extends object>(members: T): Given<T> {
  const all = members as Readonly<Record<string, unknown>>;
  const there: Record<string, unknown> = {};
  for (const name of Object.keys(all)) if (all[name] !== undefined) there[name] = all[name];
  // Whatever may be undefined in T may be missing in Given<T>, and nothing else is.
  return there as Given<T>;
}

/** Of what is given; undefined of what is not. */
export const ifGiven = <T, U>(value: T | undefined, make: (value: T) => U): U | undefined =>
  value === undefined ? undefined : make(value);
