/**
 * Equality over all types (never an error: different types differ, numbers compare by value) and order within a type.
 */
import { noSuchOverload } from './errors.ts';
import {
  Duration,
  Mapping,
  MessageValue,
  Opaque,
  Optional,
  Timestamp,
  typeName,
  TypeValue,
  Uint,
  type Value,
} from './values.ts';

const isNumber = (value: Value): value is bigint | number | Uint =>
  typeof value === 'bigint' || typeof value === 'number' || value instanceof Uint;
const numeric = (value: bigint | number | Uint): bigint | number => (value instanceof Uint ? value.value : value);

export function equal(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  // oxlint-disable-next-line eqeqeq -- == compares a BigInt and a number by value, which is what is wanted
  if (isNumber(a) && isNumber(b)) return numeric(a) == numeric(b);
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => equal(item as Value, b[index] as Value));
  if (a instanceof Mapping && b instanceof Mapping) return sameMapping(a, b);
  if (a instanceof Timestamp && b instanceof Timestamp) return a.nanos === b.nanos;
  if (a instanceof Duration && b instanceof Duration) return a.nanos === b.nanos;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  if (a instanceof Optional && b instanceof Optional)
    return a.present === b.present && (!a.present || equal(a.get(), b.get()));
  if (a instanceof TypeValue && b instanceof TypeValue) return a.type === b.type;
  if (a instanceof Opaque && b instanceof Opaque) return a.typeName === b.typeName && a.equals(b);
  return false;
}

function sameMapping(a: Mapping, b: Mapping): boolean {
  if (a instanceof MessageValue || b instanceof MessageValue) {
    if (typeName(a) !== typeName(b)) return false;
  }
  if (a.size !== b.size) return false;
  return a.keys().every((key) => {
    const [x, y] = [a.get(key), b.get(key)];
    return x !== undefined && y !== undefined && equal(x, y);
  });
}

/** Negative, zero or positive. NaN is neither: then undefined. Throws for types without an order. */
export function compare(a: Value, b: Value): number | undefined {
  if (isNumber(a) && isNumber(b)) {
    const [x, y] = [numeric(a), numeric(b)];
    return x < y ? -1 : x > y ? 1 : Number.isNaN(x) || Number.isNaN(y) ? undefined : 0;
  }
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a instanceof Timestamp && b instanceof Timestamp) return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;
  if (a instanceof Duration && b instanceof Duration) return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  throw noSuchOverload();
}

/** By UTF-8 bytes, which is the order of code points; UTF-16 order differs beyond the basic plane. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  for (let i = 0; i < a.length && i < b.length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x === y) continue;
    const surrogates = (x >= 0xd800 && x <= 0xdfff) !== (y >= 0xd800 && y <= 0xdfff);
    if (surrogates) return x >= 0xd800 && x <= 0xdfff ? 1 : -1;
    return x < y ? -1 : 1;
  }
  return a.length < b.length ? -1 : 1;
}
