/** A clock that runs at `speed` times the pace of another from now on: back-off and grace periods of minutes pass in seconds. */
import type { Clock, Instant } from './clock.ts';

/** `speed` must be above 0. Below 1 the clock is slower than the real one. */
export function scaledClock(real: Clock, speed: number): Clock {
  if (!(speed > 0)) throw new RangeError(`the speed of a clock must be above 0, not ${speed}`);
  const [start, origin] = [real.now(), real.monotonic()];
  const monotonic = (): number => (real.monotonic() - origin) * speed;
  // From monotonic time: a jump of the machine's clock would be a jump of `speed` times its size.
  const now = (): Instant => start + monotonic();
  return {
    now,
    monotonic,
    async until(at, signal) {
      signal?.throwIfAborted();
      // The real clock's timer may end a fraction early in scaled time, which the contract of `until` does not allow.
      while (now() < at) await real.until(real.now() + (at - now()) / speed, signal);
    },
  };
}
