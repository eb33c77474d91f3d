/**
 * Operators, conversions and functions of the language itself.
 * https://github.com/google/cel-spec/blob/master/doc/langdef.md#list-of-standard-definitions
 */
import type { RE2JS } from 're2js';
import { re2js } from '../std/late-packages.ts';
import { CelError } from './errors.ts';
import { compare, equal } from './equality.ts';
import {
  bool,
  bytes,
  type Declaration,
  declare,
  instant,
  int,
  list,
  mapping,
  num,
  opt,
  span,
  str,
  uint,
} from './functions.ts';
import {
  civilTime,
  type CivilTime,
  formatDurationSeconds,
  formatInstant,
  parseGoDuration,
  parseRfc3339,
  zoneOffset,
} from './time.ts';
import {
  codePointLength,
  display,
  Duration,
  Mapping,
  Optional,
  Timestamp,
  TypeValue,
  typeName,
  Uint,
  type Value,
} from './values.ts';

const INT_MAX = 2n ** 63n - 1n;
const INT_MIN = -(2n ** 63n);
const UINT_MAX = 2n ** 64n - 1n;
// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z, the range of a timestamp.
const INSTANT_MIN = -62_135_596_800_000_000_000n;
const INSTANT_MAX = 253_402_300_799_999_999_999n;

const int64 = (value: bigint): bigint => {
  if (value > INT_MAX || value < INT_MIN) throw new CelError('integer overflow');
  return value;
};
const uint64 = (value: bigint): Uint => {
  if (value > UINT_MAX || value < 0n) throw new CelError('unsigned integer overflow');
  return new Uint(value);
};
const timestamp = (nanos: bigint): Timestamp => {
  if (nanos < INSTANT_MIN || nanos > INSTANT_MAX) throw new CelError('timestamp overflow');
  return new Timestamp(nanos);
};
const duration = (nanos: bigint): Duration => {
  if (nanos > INT_MAX || nanos < INT_MIN) throw new CelError('duration overflow');
  return new Duration(nanos);
};
const nonZero = (value: bigint, message: string): bigint => {
  if (value === 0n) throw new CelError(message);
  return value;
};

const ARITHMETIC: readonly Declaration[] = [
  declare('_+_(bytes, bytes): bytes', ([a, b]) => Uint8Array.from([...bytes(a), ...bytes(b)])),
  declare('_+_(double, double): double', ([a, b]) => num(a) + num(b)),
  declare('_+_(duration, duration): duration', ([a, b]) => duration(span(a) + span(b))),
  declare('_+_(duration, timestamp): timestamp', ([a, b]) => timestamp(span(a) + instant(b))),
  declare('_+_(timestamp, duration): timestamp', ([a, b]) => timestamp(instant(a) + span(b))),
  declare('_+_(int, int): int', ([a, b]) => int64(int(a) + int(b))),
  declare('_+_(list<A>, list<A>): list<A>', ([a, b]) => [...list(a), ...list(b)]),
  declare('_+_(string, string): string', ([a, b]) => str(a) + str(b)),
  declare('_+_(uint, uint): uint', ([a, b]) => uint64(uint(a) + uint(b))),
  declare('_-_(double, double): double', ([a, b]) => num(a) - num(b)),
  declare('_-_(duration, duration): duration', ([a, b]) => duration(span(a) - span(b))),
  declare('_-_(int, int): int', ([a, b]) => int64(int(a) - int(b))),
  declare('_-_(timestamp, duration): timestamp', ([a, b]) => timestamp(instant(a) - span(b))),
  declare('_-_(timestamp, timestamp): duration', ([a, b]) => duration(instant(a) - instant(b))),
  declare('_-_(uint, uint): uint', ([a, b]) => uint64(uint(a) - uint(b))),
  declare('_*_(double, double): double', ([a, b]) => num(a) * num(b)),
  declare('_*_(int, int): int', ([a, b]) => int64(int(a) * int(b))),
  declare('_*_(uint, uint): uint', ([a, b]) => uint64(uint(a) * uint(b))),
  declare('_/_(double, double): double', ([a, b]) => num(a) / num(b)),
  declare('_/_(int, int): int', ([a, b]) => int64(int(a) / nonZero(int(b), 'division by zero'))),
  declare('_/_(uint, uint): uint', ([a, b]) => new Uint(uint(a) / nonZero(uint(b), 'division by zero'))),
  declare('_%_(int, int): int', ([a, b]) => int(a) % nonZero(int(b), 'modulus by zero')),
  declare('_%_(uint, uint): uint', ([a, b]) => new Uint(uint(a) % nonZero(uint(b), 'modulus by zero'))),
  declare('-_(double): double', ([a]) => -num(a)),
  declare('-_(int): int', ([a]) => int64(-int(a))),
  declare('!_(bool): bool', ([a]) => !bool(a)),
];

const ORDERED = ['bool', 'int', 'uint', 'double', 'string', 'bytes', 'timestamp', 'duration'];
const NUMBERS = ['int', 'uint', 'double'];
const PAIRS = [
  ...ORDERED.map((type) => [type, type] as const),
  ...NUMBERS.flatMap((a) => NUMBERS.filter((b) => b !== a).map((b) => [a, b] as const)),
];
const RELATIONS: Readonly<Record<string, (order: number) => boolean>> = {
  '_<_': (order) => order < 0,
  '_<=_': (order) => order <= 0,
  '_>_': (order) => order > 0,
  '_>=_': (order) => order >= 0,
};
const COMPARISON: readonly Declaration[] = [
  ...Object.entries(RELATIONS).flatMap(([name, holds]) =>
    PAIRS.map(([a, b]) =>
      declare(`${name}(${a}, ${b}): bool`, ([x = null, y = null]) => {
        const order = compare(x, y);
        if (order === undefined) throw new CelError('NaN values cannot be ordered');
        return holds(order);
      }),
    ),
  ),
  declare('_==_(A, A): bool', ([a = null, b = null]) => equal(a, b)),
  declare('_!=_(A, A): bool', ([a = null, b = null]) => !equal(a, b)),
];

function elementAt(items: readonly Value[], index: bigint): Value {
  const item = index < 0n ? undefined : items[Number(index)];
  if (item === undefined) throw new CelError(`index out of bounds: ${index}`);
  return item;
}

/** A field or key that must be there. */
export function required(map: Mapping, key: Value): Value {
  const value = map.get(key);
  if (value === undefined) throw new CelError(`no such key: ${display(key)}`);
  return value;
}

const unwrap = (value: Value | undefined): Value | undefined => {
  if (!(value instanceof Optional)) return value;
  return value.present ? value.get() : undefined;
};

function optionalIndex(target: Value | undefined, key: Value | undefined): Value {
  const container = unwrap(target);
  if (container === undefined || key === undefined) return Optional.none;
  if (container instanceof Mapping) {
    const value = container.get(key);
    return value === undefined ? Optional.none : Optional.of(value);
  }
  const item = typeof key === 'bigint' && key >= 0n ? list(container)[Number(key)] : undefined;
  return item === undefined ? Optional.none : Optional.of(item);
}

const CONTAINERS: readonly Declaration[] = [
  declare('_[_](list<A>, int): A', ([a, i]) => elementAt(list(a), int(i))),
  declare('_[_](map<A, B>, A): B', ([m, key = null]) => required(mapping(m), key)),
  declare('_[_](optional<list<V>>, int): optional<V>', ([o, key]) => optionalIndex(o, key)),
  declare('_[_](optional<map<K, V>>, K): optional<V>', ([o, key]) => optionalIndex(o, key)),
  declare('_[?_](list<V>, int): optional<V>', ([o, key]) => optionalIndex(o, key)),
  declare('_[?_](optional<list<V>>, int): optional<V>', ([o, key]) => optionalIndex(o, key)),
  declare('_[?_](map<K, V>, K): optional<V>', ([o, key]) => optionalIndex(o, key)),
  declare('_[?_](optional<map<K, V>>, K): optional<V>', ([o, key]) => optionalIndex(o, key)),
  declare('@in(A, list<A>): bool', ([a = null, items]) => list(items).some((item) => equal(a, item))),
  declare('@in(A, map<A, B>): bool', ([a = null, m]) => mapping(m).get(a) !== undefined),
  ...['size(T): int', 'T->size(): int'].flatMap((form) => [
    declare(form.replace('T', 'bytes'), ([a]) => BigInt(bytes(a).length)),
    declare(form.replace('T', 'list<A>'), ([a]) => BigInt(list(a).length)),
    declare(form.replace('T', 'map<A, B>'), ([a]) => BigInt(mapping(a).size)),
    declare(form.replace('T', 'string'), ([a]) => BigInt(codePointLength(str(a)))),
  ]),
  declare('cel.@mapInsert(map<K, V>, K, V): map<K, V>', ([m]) => mapping(m)),
  declare('cel.@mapInsert(map<K, V>, map<K, V>): map<K, V>', ([m]) => mapping(m)),
];

const toInt = (value: number): bigint => {
  if (!Number.isFinite(value) || value >= 2 ** 63 || value <= -(2 ** 63)) throw new CelError('integer overflow');
  return BigInt(Math.trunc(value));
};
const toUint = (value: number): Uint => {
  if (!Number.isFinite(value) || value < 0 || value >= 2 ** 64) throw new CelError('unsigned integer overflow');
  return new Uint(BigInt(Math.trunc(value)));
};

const conversionError = (to: string): CelError => new CelError(`type conversion error from 'string' to '${to}'`);

function parseInteger(text: string): bigint {
  if (!/^[+-]?\d+$/.test(text)) throw conversionError('int');
  const value = BigInt(text);
  if (value > INT_MAX || value < INT_MIN) throw conversionError('int');
  return value;
}

function parseDouble(text: string): number {
  const special = /^([+-]?)(?:inf|infinity)$/i.exec(text);
  if (special) return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) throw conversionError('double');
  return Number(text);
}

function parseBool(text: string): boolean {
  if (['1', 't', 'true', 'TRUE', 'True'].includes(text)) return true;
  if (['0', 'f', 'false', 'FALSE', 'False'].includes(text)) return false;
  throw conversionError('bool');
}

/** As Go prints a float64 with %g: shortest digits, exponent from 1e+21 and below 1e-4. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e21)) return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  return Object.is(value, -0) ? '-0' : String(value);
}

function utf8(octets: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch (cause) {
    throw new CelError('invalid UTF-8 in bytes, cannot convert to string', { cause });
  }
}

const parsedDuration = (text: string): Duration => {
  const nanos = parseGoDuration(text);
  if (nanos === undefined) throw new CelError("type conversion error from 'string' to 'google.protobuf.Duration'");
  return new Duration(nanos);
};
const parsedTimestamp = (text: string): Timestamp => {
  const nanos = parseRfc3339(text);
  if (nanos === undefined) throw new CelError("type conversion error from 'string' to 'google.protobuf.Timestamp'");
  return timestamp(nanos);
};

const CONVERSIONS: readonly Declaration[] = [
  declare('type(A): type<A>', ([a = null]) => new TypeValue(typeName(a))),
  declare('dyn(A): dyn', ([a = null]) => a),
  declare('bool(bool): bool', ([a]) => bool(a)),
  declare('bool(string): bool', ([a]) => parseBool(str(a))),
  declare('bytes(bytes): bytes', ([a]) => bytes(a)),
  declare('bytes(string): bytes', ([a]) => new TextEncoder().encode(str(a))),
  declare('double(double): double', ([a]) => num(a)),
  declare('double(int): double', ([a]) => Number(int(a))),
  declare('double(string): double', ([a]) => parseDouble(str(a))),
  declare('double(uint): double', ([a]) => Number(uint(a))),
  declare('duration(duration): duration', ([a = null]) => a),
  declare('duration(int): duration', ([a]) => duration(int(a))),
  declare('duration(string): duration', ([a]) => parsedDuration(str(a))),
  declare('int(int): int', ([a]) => int(a)),
  declare('int(double): int', ([a]) => toInt(num(a))),
  declare('int(duration): int', ([a]) => span(a)),
  declare('int(string): int', ([a]) => parseInteger(str(a))),
  declare('int(timestamp): int', ([a]) => instant(a) / 1_000_000_000n),
  declare('int(uint): int', ([a]) => int64(uint(a))),
  declare('string(string): string', ([a]) => str(a)),
  declare('string(bool): string', ([a]) => String(bool(a))),
  declare('string(bytes): string', ([a]) => utf8(bytes(a))),
  declare('string(double): string', ([a]) => formatDouble(num(a))),
  declare('string(duration): string', ([a]) => formatDurationSeconds(span(a))),
  declare('string(int): string', ([a]) => String(int(a))),
  declare('string(timestamp): string', ([a]) => formatInstant(instant(a))),
  declare('string(uint): string', ([a]) => String(uint(a))),
  declare('timestamp(timestamp): timestamp', ([a = null]) => a),
  declare('timestamp(int): timestamp', ([a]) => timestamp(int(a) * 1_000_000_000n)),
  declare('timestamp(string): timestamp', ([a]) => parsedTimestamp(str(a))),
  declare('uint(uint): uint', ([a = null]) => a),
  declare('uint(double): uint', ([a]) => toUint(num(a))),
  declare('uint(int): uint', ([a]) => uint64(int(a))),
  declare('uint(string): uint', ([a]) => uint64(parseInteger(str(a)))),
];

/**
 * A tenant's pattern, in linear time. Compiled patterns are kept by the compiled expression where they are literals
 * (see evaluate.ts).
 */
export function compilePattern(pattern: string): RE2JS {
  const engine = re2js().RE2JS;
  try {
    return engine.compile(pattern);
  } catch (cause) {
    throw new CelError(
      `error parsing regexp: ${cause instanceof Error ? cause.message.replace(/^error parsing regexp: /, '') : String(cause)}`,
      { cause },
    );
  }
}

const STRINGS: readonly Declaration[] = [
  declare('string->contains(string): bool', ([a, b]) => str(a).includes(str(b))),
  declare('string->endsWith(string): bool', ([a, b]) => str(a).endsWith(str(b))),
  declare('string->startsWith(string): bool', ([a, b]) => str(a).startsWith(str(b))),
  ...['string->matches(string): bool', 'matches(string, string): bool'].map((form) =>
    declare(form, ([a, pattern]) => compilePattern(str(pattern)).matcher(str(a)).find()),
  ),
];

const PARTS: Readonly<Record<string, (civil: CivilTime) => number>> = {
  getFullYear: (civil) => civil.year,
  getMonth: (civil) => civil.month,
  getDayOfYear: (civil) => civil.yearday,
  getDate: (civil) => civil.day,
  getDayOfMonth: (civil) => civil.day - 1,
  getDayOfWeek: (civil) => civil.weekday,
  getHours: (civil) => civil.hours,
  getMinutes: (civil) => civil.minutes,
  getSeconds: (civil) => civil.seconds,
  getMilliseconds: (civil) => civil.milliseconds,
};

const zone = (text: string, at: bigint): number => {
  const minutes = zoneOffset(text, at);
  if (minutes === undefined) throw new CelError(`unknown time zone ${text}`);
  return minutes;
};
const TIME: readonly Declaration[] = [
  ...Object.entries(PARTS).flatMap(([name, part]) => [
    declare(`timestamp->${name}(): int`, ([a]) => BigInt(part(civilTime(instant(a), 0)))),
    declare(`timestamp->${name}(string): int`, ([a, tz]) =>
      BigInt(part(civilTime(instant(a), zone(str(tz), instant(a))))),
    ),
  ]),
  declare('duration->getHours(): int', ([a]) => span(a) / 3_600_000_000_000n),
  declare('duration->getMinutes(): int', ([a]) => span(a) / 60_000_000_000n),
  declare('duration->getSeconds(): int', ([a]) => span(a) / 1_000_000_000n),
  declare('duration->getMilliseconds(): int', ([a]) => (span(a) / 1_000_000n) % 1000n),
];

const isZero = (value: Value): boolean =>
  value === null ||
  value === false ||
  value === 0n ||
  value === 0 ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (value instanceof Mapping && value.size === 0) ||
  (value instanceof Duration && value.nanos === 0n);

const OPTIONALS: readonly Declaration[] = [
  declare('optional.of(V): optional<V>', ([a = null]) => Optional.of(a)),
  declare('optional.ofNonZeroValue(V): optional<V>', ([a = null]) => (isZero(a) ? Optional.none : Optional.of(a))),
  declare('optional.none(): optional<V>', () => Optional.none),
  declare('optional<V>->hasValue(): bool', ([a]) => opt(a).present),
  declare('optional<V>->value(): V', ([a]) => opt(a).get()),
  declare('optional<V>->or(optional<V>): optional<V>', ([a, b = null]) => (opt(a).present ? opt(a) : b)),
  declare('optional<V>->orValue(V): V', ([a, b = null]) => opt(a).orElse(b)),
];

/**
 * The logical operators, the conditional and optional selection are here for the checker; the evaluator treats them
 * itself, because they don't evaluate all their arguments.
 */
const never = (): Value => {
  throw new CelError('evaluated by its own rule');
};
const SPECIAL: readonly Declaration[] = [
  declare('_&&_(bool, bool): bool', never),
  declare('_||_(bool, bool): bool', never),
  declare('_?_:_(bool, A, A): A', never),
  declare('@not_strictly_false(bool): bool', never),
];

export const STANDARD: readonly Declaration[] = [
  ...ARITHMETIC,
  ...COMPARISON,
  ...CONTAINERS,
  ...CONVERSIONS,
  ...STRINGS,
  ...TIME,
  ...OPTIONALS,
  ...SPECIAL,
];
