/**
 * A value, or in words why there is none: of functions that people are told about when they cannot answer.
 *
 *     const pods = ownedPods(target, answers);
 *     if ('whyNot' in pods) return refused('PodsUnknown', `the pods of ${what} cannot be read: ${pods.whyNot}`);
 *     return pods.value.length;
 */
export type Result<T> = { readonly value: T } | NoResult;

export interface NoResult {
  /** Ends a sentence: it begins small and has no full stop. */
  readonly whyNot: string;
}

export const whyNot = (text: string): NoResult => ({ whyNot: text });

export const mapped = <T, U>(result: Result<T>, change: (value: T) => U): Result<U> =>
  'whyNot' in result ? result : { value: change(result.value) };
