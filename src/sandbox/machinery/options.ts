/** Options of a query as Go reads them: k8s.io/apimachinery/pkg/runtime/converter.go and /conversion.go. */
import { badRequest, quote } from './errors.ts';
import type { Query } from './route.ts';

/** The first value of an option; undefined where it is absent. Throws 400 with Go's words. */
export function integerOption(query: Query, key: string): number | undefined {
  const text = query.get(key);
  return text === undefined ? undefined : parseInt64(text);
}

const LIMIT = 2n ** 63n;

export function parseInt64(text: string): number {
  const parse = `strconv.ParseInt: parsing ${quote(text)}`;
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`${parse}: invalid syntax`);
  const value = BigInt(text.replace('+', ''));
  if (value >= LIMIT || value < -LIMIT) throw badRequest(`${parse}: value out of range`);
  return Number(value);
}
