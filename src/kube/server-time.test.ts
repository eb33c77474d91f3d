import { describe, expect, it } from 'vitest';
import { Prng } from '../std/prng.ts';
import { LEAP_MS, PATIENCE_MS, serverTime, type ServerTime, SLEW, TOLERANCE_MS } from './server-time.ts';

const START = Date.UTC(2026, 0, 1, 12);
const HOUR = 3_600_000;

/** Reads an answer that the server dates `serverNow`, at this moment of monotonic time. */
const read = (before: ServerTime | undefined, at: number, serverNow: number, ownOffsetMs = START) =>
  serverTime(before, { date: Math.floor(serverNow / 1000) * 1000, sentAt: at - 20, answeredAt: at }, ownOffsetMs);

describe('the time of the API server, as a process knows it,', () => {
  it('is that of the machine, to the millisecond, where the dates of answers allow it', () => {
    expect(read(undefined, 1234, START + 1234)).toEqual({ offsetMs: START, readAt: 1234 });
  });

  it.each([HOUR, -HOUR, 90_000])('is the date of the first answer where the machine is %i ms ahead', (aheadMs) => {
    const known = read(undefined, 0, START, START + aheadMs);
    expect(Math.abs((known?.offsetMs ?? 0) - START)).toBeLessThan(1020);
  });

  it('follows at once in both directions when no answer has agreed for a minute, and not before', () => {
    for (const byMs of [HOUR, -HOUR]) {
      const first = read(undefined, 0, START);
      const doubted = read(read(first, 1000, START + 1000 + byMs), PATIENCE_MS + 999, START + PATIENCE_MS + 999 + byMs);
      expect(doubted?.offsetMs).toBe(START);
      const followed = read(doubted, PATIENCE_MS + 1000, START + PATIENCE_MS + 1000 + byMs);
      expect(Math.abs((followed?.offsetMs ?? 0) - START - byMs)).toBeLessThan(1020);
      expect((followed?.leap?.byMs ?? 0) > 0).toBe(byMs > 0);
    }
  });

  it('believes no server with a clock of its own while another one agrees', () => {
    let known = read(undefined, 0, START);
    for (let at = 1000; at < 10 * PATIENCE_MS; at += 1000) known = read(known, at, START + at + (at % 7000 ? HOUR : 0));
    expect(known).toMatchObject({ offsetMs: START });
  });

  it('follows a crystal that is off, and takes it for no clock that was set', () => {
    let known = read(undefined, 0, START);
    for (let at = 1000; at < 4 * HOUR; at += 10_000) known = read(known, at, START + at * 1.0005);
    expect(Math.abs((known?.offsetMs ?? 0) - START - 4 * HOUR * 0.0005)).toBeLessThan(1100);
    expect(known).not.toHaveProperty('leap');
  });

  it('learns nothing from an answer that took long', () => {
    const known = read(undefined, 0, START);
    const late = { date: START + HOUR, sentAt: 0, answeredAt: 20_000 };
    expect(serverTime(known, late, START)).toBe(known);
  });

  /** Dates as a server gives them whose crystal is off, and whose clock is set now and then; the machine's is too. */
  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'gives no limit an hour that did not pass, and is never far off for long (I18; seed %i)',
    (seed) => {
      const prng = new Prng(seed);
      const rate = 1 + (prng.float() - 0.5) / 5000;
      let [server, own] = [START + prng.below(2 * HOUR) - HOUR, START + prng.below(2 * HOUR) - HOUR];
      let known: ServerTime | undefined;
      let setAt = 0;
      let farthest = 0;
      const looks: { readonly at: number; readonly time: number; readonly back: number }[] = [];
      for (let at = 0; at < 8 * HOUR; ) {
        const step = 1000 + prng.below(30_000);
        at += step;
        server += step * rate;
        if (prng.below(200) === 0) {
          server += prng.below(2 * HOUR) - HOUR;
          setAt = at;
        }
        if (prng.below(100) === 0) own += prng.below(2 * HOUR) - HOUR;
        known = read(known, at, server, own);
        const offsetMs = known?.offsetMs ?? 0;
        const leapMs = known?.leap !== undefined && at < known.leap.until ? known.leap.byMs : 0;
        looks.push({ at, time: offsetMs + at, back: offsetMs + at - leapMs - HOUR });
        // A minute of patience, and the next answer.
        if (at - setAt > PATIENCE_MS + 32_000) farthest = Math.max(farthest, Math.abs(offsetMs + at - server));
      }
      expect(farthest).toBeLessThan(TOLERANCE_MS + 1100);
      // What was done at one look counts at all others that come less than an hour later.
      const slack = HOUR * SLEW + TOLERANCE_MS;
      const forgotten: object[] = [];
      for (let n = 0; n < looks.length; n += 7) {
        const done = looks[n];
        for (let m = n; m < looks.length; m++) {
          const later = looks[m];
          if (done === undefined || later === undefined || later.at - done.at >= LEAP_MS - slack) break;
          if (later.back >= done.time) forgotten.push({ done, later });
        }
      }
      expect(forgotten).toEqual([]);
    },
  );
});
