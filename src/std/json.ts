/** JSON values: compared, addressed by pointer, and written so that equal values are equal texts. */
import { createHash } from 'node:crypto';

/** Keys in order, so that equal values read the same. Undefined members are left out, as JSON does. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((one) => canonicalJson(one ?? null)).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value ?? null);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

/** As `canonicalJson` of both would be, without making it: an undefined member is none. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((one, place) => equalJson(one, b[place]))
    );
  const [left, right] = [a, b] as readonly Readonly<Record<string, unknown>>[];
  for (const key in left) if (!equalJson(left[key], memberOf(right, key))) return false;
  for (const key in right) if (right[key] !== undefined && memberOf(left, key) === undefined) return false;
  return true;
}

const memberOf = (map: Readonly<Record<string, unknown>> = {}, key: string): unknown =>
  Object.hasOwn(map, key) ? map[key] : undefined;

/** Below this a value is kept as it is; it then reads well. Longer ones are kept as their hash. */
const MAX_INLINE = 256;

/**
 * What stands for a value where it is only to be compared again: its canonical JSON, or the hash of that. `null` for an
 * absent one.
 */
export function fingerprint(value: unknown): string {
  const text = canonicalJson(value);
  return text.length <= MAX_INLINE ? text : `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** RFC 6901. */
export const pointerOf = (segments: readonly string[]): string =>
  segments.map((segment) => `/${segment.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

export const segmentsOf = (pointer: string): readonly string[] =>
  pointer === ''
    ? []
    : pointer
        .slice(1)
        .split('/')
        .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));

/** The value at the path; undefined when there is none. */
export function valueAt(object: unknown, segments: readonly string[]): unknown {
  let value = object;
  for (const segment of segments) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Readonly<Record<string, unknown>>)[segment];
  }
  return value;
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Maps become one, key by key; anything else is replaced by the later value. */
export function mergedJson(earlier: unknown, later: unknown): unknown {
  if (!isMap(earlier) || !isMap(later)) return later;
  const keys = new Set([...Object.keys(earlier), ...Object.keys(later)]);
  return Object.fromEntries(
    [...keys].map((key) => [
      key,
      Object.hasOwn(later, key)
        ? mergedJson(Object.hasOwn(earlier, key) ? earlier[key] : undefined, later[key])
        : earlier[key],
    ]),
  );
}
