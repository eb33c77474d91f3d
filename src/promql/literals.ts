/**
 * Numbers, durations and strings as PromQL writes them. Each reader answers undefined or a reason when the text is not
 * one.
 */
import { type Result, whyNot } from '../std/result.ts';

/**
 * Go's rules: `0x1f`, a leading zero with octal digits is octal, single underscores between digits, exponents, `Inf`
 * and `NaN` in any case. Undefined when the text is no number or does not fit a float64.
 */
export function parseNumber(text: string): number | undefined {
  const lower = text.toLowerCase();
  if (lower === 'inf') return Number.POSITIVE_INFINITY;
  if (lower === 'nan') return Number.NaN;
  const plain = lower.replaceAll('_', '');
  if (/^0x[0-9a-f]+$/.test(plain)) return fitsInt64(BigInt(plain));
  if (/^0[0-7]+$/.test(plain)) return fitsInt64(BigInt(`0o${plain.slice(1)}`));
  if (!/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(plain)) return undefined;
  const value = Number(plain);
  return Number.isFinite(value) ? value : undefined;
}

function fitsInt64(value: bigint): number | undefined {
  return value < 1n << 63n ? Number(value) : undefined;
}

const UNITS: readonly (readonly [string, number])[] = [
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];
const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** A time.Duration holds this many milliseconds: int64 nanoseconds. */
export const MAX_DURATION_MS = 2 ** 63 / 1e6;

/** `1h30m`, units from large to small and each at most once: milliseconds, or why not. */
export function parsePromDuration(text: string): Result<number> {
  const match = DURATION.exec(text);
  if (match === null || text === '') return whyNot(`not a valid duration string: ${JSON.stringify(text)}`);
  let total = 0;
  UNITS.forEach(([, unitMs], index) => {
    total += Number(match[index + 1] ?? 0) * unitMs;
  });
  return total < MAX_DURATION_MS ? { value: total } : whyNot('duration out of range');
}

/** Prometheus' own form of a duration: the largest units that divide it, `90000` → `1m30s`. */
export function formatPromDuration(ms: number): string {
  if (ms === 0) return '0s';
  let rest = Math.abs(ms);
  let text = ms < 0 ? '-' : '';
  for (const [unit, unitMs] of UNITS) {
    // Years and weeks only when nothing is left over, so that 400 days do not read as a year and some.
    const exact = unit === 'y' || unit === 'w';
    if (rest < unitMs || (exact && rest % unitMs !== 0)) continue;
    text += `${Math.floor(rest / unitMs)}${unit}`;
    rest %= unitMs;
  }
  return text;
}

/** The value of a quoted literal that the lexer accepted. Bytes that are not UTF-8 (`"\xff"`) become U+FFFD. */
export function unquote(literal: string): string {
  const body = literal.slice(1, -1);
  if (literal.startsWith('`')) return body.replaceAll('\r', '');
  if (!body.includes('\\')) return body;
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  const escape = /\\(?:([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([^]))|([^\\]+)/g;
  for (const [, octal, hex, short, long, simple, plain] of body.matchAll(escape)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
    else if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
    else bytes.push(...encoder.encode(plain ?? decode(short ?? long, simple)));
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

const SIMPLE: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

function decode(code: string | undefined, simple: string | undefined): string {
  if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
  return SIMPLE[simple ?? ''] ?? simple ?? '';
}

/** Prometheus 3 accepts any non-empty UTF-8. A replacement character stands for bytes that were not (see `unquote`). */
export const isLabelName = (name: string): boolean => name !== '' && !name.includes('\ufffd');

/** Go's `strconv.FormatFloat(value, 'f', -1, 64)`: never an exponent. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  const text = String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign, whole, fraction = '', exponent] = match;
  const shift = Number(exponent);
  const digits = `${whole}${fraction}`;
  if (shift < 0) return `${sign}0.${'0'.repeat(-shift - 1)}${digits}`;
  return `${sign}${digits.padEnd(shift + 1, '0')}`;
}
