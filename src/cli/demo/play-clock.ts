/**
 * The clock of a play: `speed` times as fast as the real one until the play is over, and then as fast as that. It
 * begins so far in the past that it is never ahead of the real one. So the ages that kubectl shows, which are counted
 * by the real clock, are times that have passed.
 */
import type { Clock, Instant } from '../../std/clock.ts';

export interface PlayClock {
  readonly clock: Clock;
  /** From now on it keeps pace with the real one. */
  readonly over: () => void;
}

/** `limitMs`: of real time, by which the play is over. */
export function playClock(
  real: Clock,
  { speed, limitMs }: { readonly speed: number; readonly limitMs: number },
): PlayClock {
  const startAt = real.now() - Math.max(0, speed - 1) * limitMs;
  let pace = { speed, elapsed: 0, since: real.monotonic() };
  const monotonic = (): number => pace.elapsed + (real.monotonic() - pace.since) * pace.speed;
  // Whole milliseconds, as the machine's clock has them: an instant that went through a timestamp comes back as it was.
  const now = (): Instant => Math.floor(startAt + monotonic());
  /** What is waited for at one pace may take longer at the next. */
  const wait = async (leftMs: () => number, signal: AbortSignal | undefined): Promise<void> => {
    signal?.throwIfAborted();
    for (let left = leftMs(); left > 0; left = leftMs()) await real.after(left / pace.speed, signal);
  };
  return {
    clock: {
      now,
      monotonic,
      until: (at, signal) => wait(() => at - now(), signal),
      after: (ms, signal) => {
        const end = monotonic() + ms;
        return wait(() => end - monotonic(), signal);
      },
    },
    over: () => {
      pace = { speed: 1, elapsed: monotonic(), since: real.monotonic() };
    },
  };
}
