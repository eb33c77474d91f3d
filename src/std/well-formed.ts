/**
 * Text that is cut at a number of characters may end in half of one: JavaScript counts most emoji as two. Half a
 * character is no Unicode. Go reads it as U+FFFD, so that what an API server keeps is not what was sent, and a digest
 * over it does not fit any more.
 * https://pkg.go.dev/encoding/json#Unmarshal
 */
const HALF = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

export const wellFormedText = (text: string): string => text.replaceAll(HALF, '\ufffd');

/** All texts in it as Go would read them. Plain data. */
export function wellFormed<T>(value: T): T;
export function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return wellFormedText(value);
  if (Array.isArray(value)) return value.map((one: unknown) => wellFormed(one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [wellFormedText(key), wellFormed(member)]));
}
