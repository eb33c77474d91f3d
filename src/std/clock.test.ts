import { expect, test } from 'vitest';
import { scaledClock, systemClock, VirtualClock } from './clock.ts';

test('a clock of speed 10 passes ten seconds in one, from the same start', async () => {
  const real = new VirtualClock();
  const start = real.now();
  const fast = scaledClock(real, 10);
  expect(fast.now()).toBe(start);
  await real.advance(1000);
  expect([fast.now() - start, fast.monotonic()]).toEqual([10_000, 10_000]);
});

test('waits end when the scaled instant is reached, not before', async () => {
  const real = new VirtualClock();
  const fast = scaledClock(real, 10);
  let done = 'no';
  void fast.until(fast.now() + 10_000).then(() => {
    done = 'yes';
  });
  await real.advance(999);
  expect(done).toBe('no');
  await real.advance(1);
  expect(done).toBe('yes');
});

test('on the machine clock no wait ends early', async () => {
  const fast = scaledClock(systemClock, 20);
  for (let round = 0; round < 10; round++) {
    const at = fast.now() + 37;
    await fast.until(at);
    expect(fast.now()).toBeGreaterThanOrEqual(at);
    expect(Number.isInteger(fast.now())).toBe(true);
  }
});

test('a jump of the wall clock is not a jump of the scaled one', async () => {
  const real = new VirtualClock();
  const fast = scaledClock(real, 10);
  const before = fast.now();
  real.jump(3_600_000);
  expect(fast.now()).toBe(before);
});

test('an abort ends the wait with its reason, also before it begins', async () => {
  const fast = scaledClock(new VirtualClock(), 10);
  const stop = new AbortController();
  const waiting = fast.until(fast.now() + 1000, stop.signal);
  stop.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
  await expect(fast.until(fast.now(), stop.signal)).rejects.toThrow('stopped');
});

test.each([0, -1, Number.NaN])('a speed of %d is refused', (speed) => {
  expect(() => scaledClock(systemClock, speed)).toThrow(RangeError);
});

test('a virtual clock stands at whole milliseconds, as the machine clock does', async () => {
  const clock = new VirtualClock();
  const start = clock.now();
  void clock.until(start + 0.5);
  await clock.advanceUntil(() => clock.now() > start, 1000);
  expect(clock.now()).toBe(start + 1);
});
