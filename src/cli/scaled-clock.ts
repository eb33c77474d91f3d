/** The sandbox's time at `--speed` times the real one: back-off and grace periods of minutes pass in seconds. */
import type { Clock } from '../std/clock.ts';

export function scaledClock(real: Clock, speed: number): Clock {
  if (speed === 1) return real;
  const [start, origin] = [real.now(), real.monotonic()];
  return {
    now: () => start + (real.monotonic() - origin) * speed,
    monotonic: () => (real.monotonic() - origin) * speed,
    until(at, signal) {
      const elapsed = real.monotonic() - origin;
      return real.until(real.now() + Math.max(0, (at - start) / speed - elapsed), signal);
    },
  };
}
