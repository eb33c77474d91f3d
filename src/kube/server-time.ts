/**
 * The time of the API server, as this process knows it: monotonic time and an offset that is read off the header `Date`
 * of its answers. The machine's own clock has no say in it once the server has answered: that clock may be set by
 * anybody at any time, and differs from one machine to the next.
 *
 *     answers agree with the offset    → it follows what drifts apart, slowly
 *     none has agreed for a minute     → the server's clock was set: the offset follows at once
 *
 * An hour that limits look back must have been an hour. When the server's clock was set forward, limits look back so
 * much further for the hour after that (`leap`).
 */
import type { Instant } from '../std/clock.ts';
import { given } from '../std/given.ts';

/** Monotonic milliseconds of this process. */
type Monotonic = number;

export interface ServerTime {
  /** The server's time is monotonic time and this. */
  readonly offsetMs: number;
  /** Of the answer that was read last. */
  readonly readAt: Monotonic;
  /** Since when no answer has agreed. */
  readonly doubtedSince?: Monotonic;
  /** The server's clock was set forward. */
  readonly leap?: { readonly byMs: number; readonly until: Monotonic };
}

/** An answer with a date, of which the fraction of a second was cut off. */
export interface DatedAnswer {
  readonly date: Instant;
  readonly sentAt: Monotonic;
  readonly answeredAt: Monotonic;
}

/** Servers whose clocks NTP keeps are apart by less. */
export const TOLERANCE_MS = 2000;
/** For so long a server with a clock of its own, or a proxy that answers in its stead, is not believed. */
export const PATIENCE_MS = 60_000;
/** A hundredth of the time that passes: crystals differ by less than a ten thousandth. */
export const SLEW = 0.01;
/** As long as the sliding hour: after it nothing counts that was done before the clock was set. */
export const LEAP_MS = 3_600_000;
/** An answer that took longer says too little about when it was written. */
const MAX_ROUND_TRIP_MS = 10_000;

/** `before`: undefined of the first answer. `ownOffsetMs`: between the machine's clock and monotonic time. */
export function serverTime(
  before: ServerTime | undefined,
  { date, sentAt, answeredAt }: DatedAnswer,
  ownOffsetMs: number,
): ServerTime | undefined {
  if (answeredAt - sentAt > MAX_ROUND_TRIP_MS) return before;
  // The date was written at some moment of these, and up to a second is cut off it.
  const least = date - answeredAt;
  const most = date + 999 - sentAt;
  if (before === undefined) return { offsetMs: clamp(ownOffsetMs, least, most), readAt: answeredAt };
  const { offsetMs, leap: old, doubtedSince = answeredAt } = before;
  const leap = old !== undefined && answeredAt < old.until ? old : undefined;
  const apartMs = clamp(offsetMs, least, most) - offsetMs;
  if (Math.abs(apartMs) <= TOLERANCE_MS) {
    const mayMs = SLEW * Math.max(0, answeredAt - before.readAt);
    return { offsetMs: offsetMs + clamp(apartMs, -mayMs, mayMs), readAt: answeredAt, ...given({ leap }) };
  }
  if (answeredAt - doubtedSince < PATIENCE_MS) return { ...before, doubtedSince };
  return {
    offsetMs: offsetMs + apartMs,
    readAt: answeredAt,
    ...given({ leap: apartMs > 0 ? leapOf(apartMs + (leap?.byMs ?? 0), answeredAt) : leap }),
  };
}

const leapOf = (byMs: number, at: Monotonic): ServerTime['leap'] => ({ byMs, until: at + LEAP_MS });

const clamp = (value: number, least: number, most: number): number => Math.max(least, Math.min(most, value));
