/** Instants and durations in nanoseconds, as the expression language counts them. */
import { fromTimestamp } from '../std/clock.ts';

const UNIT_NANOS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 6e10,
  h: 3.6e12,
};
const NANOS_PER_SECOND = 1_000_000_000n;

/**
 * Nanoseconds of a Go duration (`1h30m`, `-1.5s`); undefined when it is none or does not fit in 64 bits.
 * https://pkg.go.dev/time#ParseDuration
 */
export function parseGoDuration(text: string): bigint | undefined {
  const match = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/.exec(text);
  if (!match) return undefined;
  let total = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of (match[2] ?? '').matchAll(
    /(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g,
  )) {
    const scale = UNIT_NANOS[unit] ?? 0;
    total += BigInt(whole || '0') * BigInt(scale);
    if (fraction) total += (BigInt(fraction) * BigInt(scale)) / 10n ** BigInt(fraction.length);
  }
  if (total > 2n ** 63n - 1n) return undefined;
  return match[1] === '-' ? -total : total;
}

/** Nanoseconds since the epoch; undefined when the text is not RFC 3339 with a zone. */
export function parseRfc3339(text: string): bigint | undefined {
  const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9})\d*)?(Z|[+-]\d{2}:\d{2})$/.exec(text);
  if (!match) return undefined;
  const [, seconds = '', fraction = '', zone = ''] = match;
  const at = fromTimestamp(`${seconds}${zone}`);
  if (at === undefined) return undefined;
  return BigInt(at) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** `90s`, `1.5s`: the form `string(duration)` has. */
export function formatDurationSeconds(nanos: bigint): string {
  return `${decimal(nanos)}s`;
}

function decimal(nanos: bigint): string {
  const sign = nanos < 0n ? '-' : '';
  const positive = nanos < 0n ? -nanos : nanos;
  const fraction = (positive % NANOS_PER_SECOND).toString().padStart(9, '0').replace(/0+$/, '');
  return `${sign}${positive / NANOS_PER_SECOND}${fraction ? `.${fraction}` : ''}`;
}

export interface CivilTime {
  readonly year: number;
  /** 0 to 11. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
  readonly milliseconds: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** 0 is the first of January. */
  readonly yearday: number;
}

const NANOS_PER_DAY = 86_400n * NANOS_PER_SECOND;

const floorDiv = (a: bigint, b: bigint): bigint => (a % b < 0n ? a / b - 1n : a / b);

/**
 * Calendar fields of an instant shifted by an offset from UTC. Howard Hinnant's days-to-civil arithmetic: no dependence
 * on the machine's zone.
 */
export function civilTime(nanos: bigint, offsetMinutes: number): CivilTime {
  const local = nanos + BigInt(offsetMinutes) * 60n * NANOS_PER_SECOND;
  const days = Number(floorDiv(local, NANOS_PER_DAY));
  const ofDay = local - BigInt(days) * NANOS_PER_DAY;
  const shifted = days + 719_468; // days since 0000-03-01
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 2 : shiftedMonth - 10;
  const year = yearOfEra + era * 400 + (month < 2 ? 1 : 0);
  const seconds = Number(ofDay / NANOS_PER_SECOND);
  return {
    year,
    month,
    day,
    hours: Math.floor(seconds / 3600),
    minutes: Math.floor(seconds / 60) % 60,
    seconds: seconds % 60,
    milliseconds: Number((ofDay % NANOS_PER_SECOND) / 1_000_000n),
    weekday: (((days + 4) % 7) + 7) % 7,
    yearday: days - firstDayOf(year),
  };
}

function firstDayOf(year: number): number {
  const y = year - 1;
  return 365 * (year - 1970) + (Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400)) - 477;
}

/** RFC 3339 in UTC with as many decimals as needed, the form `string(timestamp)` has. */
export function formatInstant(nanos: bigint): string {
  const civil = civilTime(nanos, 0);
  const pad = (value: number, width = 2) => String(value).padStart(width, '0');
  const fraction = (((nanos % NANOS_PER_SECOND) + NANOS_PER_SECOND) % NANOS_PER_SECOND)
    .toString()
    .padStart(9, '0')
    .replace(/0+$/, '');
  const date = `${pad(civil.year, 4)}-${pad(civil.month + 1)}-${pad(civil.day)}`;
  return `${date}T${pad(civil.hours)}:${pad(civil.minutes)}:${pad(civil.seconds)}${fraction ? `.${fraction}` : ''}Z`;
}

/** Minutes east of UTC at an instant, of `+02:00`, `-08:00` or a zone by its name; undefined where there is no such. */
export function zoneOffset(zone: string, nanos: bigint): number | undefined {
  const match = /^([+-]?)(\d{1,2}):(\d{2})$/.exec(zone);
  if (match) {
    const minutes = Number(match[2]) * 60 + Number(match[3]);
    return match[1] === '-' ? -minutes : minutes;
  }
  return zone === '' || zone === 'UTC' ? 0 : namedOffset(zone, Number(floorDiv(nanos, 1_000_000n)));
}

function namedOffset(zone: string, at: number): number | undefined {
  // The platform takes offsets for names, too.
  if (!/^[A-Za-z]/.test(zone)) return undefined;
  try {
    const parts = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(at);
    const shown = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours = '0', minutes = '0'] = /GMT(?:([+-])(\d{2}):(\d{2}))?/.exec(shown) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
