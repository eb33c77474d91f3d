/**
 * Remembers what a pure function of a text answered. The texts are data, for example a pattern in a policy; what they
 * compile to is not data, and is made where it is used.
 */

/**
 * The oldest answer gives way when `limit` answers are remembered: a text that is asked for after that is computed
 * again.
 */
export function memoised<T extends object>(limit: number, compute: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const computed = compute(text);
    if (known.size >= limit) known.delete(known.keys().next().value ?? '');
    known.set(text, computed);
    return computed;
  };
}
