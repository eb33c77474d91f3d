import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../std/clock.ts';
import { playClock } from './play-clock.ts';

const LIMIT = 60_000;

describe('the clock of a play', () => {
  it('is never ahead of the real one, so that no age is of the future', async () => {
    const real = new VirtualClock();
    const { clock, over } = playClock(real, { speed: 6, limitMs: LIMIT });
    const begun = clock.now();
    await real.advance(LIMIT);
    expect([clock.now() - begun, clock.now() <= real.now()]).toEqual([6 * LIMIT, true]);
    over();
    await real.advance(3_600_000);
    expect([clock.now() - begun, clock.now() <= real.now()]).toEqual([6 * LIMIT + 3_600_000, true]);
  });

  it('ends a wait that began during the play at the pace after it', async () => {
    const real = new VirtualClock();
    const { clock, over } = playClock(real, { speed: 10, limitMs: LIMIT });
    const ended: string[] = [];
    void clock.after(20_000).then(() => ended.push('after'));
    void clock.until(clock.now() + 30_000).then(() => ended.push('until'));
    await real.advance(1000);
    over();
    await real.advance(9000);
    expect(ended).toEqual([]);
    await real.advance(1000);
    expect(ended).toEqual(['after']);
    await real.advance(10_000);
    expect(ended).toEqual(['after', 'until']);
  });

  it('begins now where it is slower than the real one', () => {
    const real = new VirtualClock();
    expect(playClock(real, { speed: 0.5, limitMs: LIMIT }).clock.now()).toBe(real.now());
  });

  it('ends a wait when it is told to', async () => {
    const stop = new AbortController();
    const waiting = playClock(new VirtualClock(), { speed: 2, limitMs: LIMIT }).clock.after(1000, stop.signal);
    stop.abort(new Error('over'));
    await expect(waiting).rejects.toThrow('over');
  });
});
