import { describe, expect, it } from 'vitest';
import type { Transport } from '../shapes/transport.ts';
import { toHttpDate, VirtualClock } from '../std/clock.ts';
import { type ClockNews, ServerClock } from './server-clock.ts';

const HOUR = 3_600_000;

/** A machine whose clock is `aheadMs` ahead of the server's. */
function clocks(aheadMs = 0) {
  const own = new VirtualClock();
  let server = own.now() - own.monotonic() - aheadMs;
  const news: ClockNews[] = [];
  const clock = new ServerClock(own, (one) => void news.push(one));
  const serverNow = () => server + own.monotonic();
  const transport: Transport = clock.reading({
    send: () =>
      Promise.resolve({
        status: 200,
        headers: { date: toHttpDate(serverNow()) },
        body: { form: 'object', value: {} },
      }),
  });
  const ask = () => transport.send({ method: 'GET', path: '/version' });
  const setServer = (byMs: number) => {
    server += byMs;
  };
  return { own, clock, news, ask, serverNow, setServer };
}

describe('the clock of the operator', () => {
  it.each([HOUR, -HOUR])(
    'goes on as it went when that of the machine is set by %i ms, and tells it once',
    async (by) => {
      const { own, clock, news, ask } = clocks();
      await ask();
      const before = clock.now();
      own.jump(by);
      await ask();
      await ask();
      await own.advance(1000);
      expect(clock.now() - before).toBe(1000);
      expect(news).toEqual([{ clock: 'operator', byMs: by }]);
    },
  );

  it('wakes in time when the machine was set back while it waited', async () => {
    const { own, clock, ask } = clocks();
    await ask();
    let woken = false;
    const waiting = clock.until(clock.now() + 5000).then(() => {
      woken = true;
    });
    await own.advance(1000);
    own.jump(-HOUR);
    await own.advance(4000);
    expect(woken).toBe(true);
    await waiting;
  });

  it('wakes within a minute when the server was set forward beyond the instant that was waited for', async () => {
    const { own, clock, ask, setServer } = clocks();
    await ask();
    let woken = false;
    void clock.until(clock.now() + 2 * HOUR).then(() => {
      woken = true;
    });
    setServer(3 * HOUR);
    await ask();
    await own.advance(61_000);
    await ask();
    await own.advance(60_000);
    expect(woken).toBe(true);
  });

  it.each([HOUR, -HOUR])(
    'is that of the server from the first answer on, where the machine is %i ms ahead',
    async (by) => {
      const { clock, news, ask, serverNow } = clocks(by);
      await ask();
      expect(Math.abs(clock.now() - serverNow())).toBeLessThan(1000);
      expect(news).toMatchObject([{ clock: 'apart' }]);
    },
  );

  it('has limits look back further for an hour when the server was set forward', async () => {
    const { own, clock, news, ask, setServer } = clocks();
    await ask();
    setServer(HOUR);
    await ask();
    expect(clock.leapMs()).toBe(0);
    await own.advance(61_000);
    await ask();
    expect([Math.round(clock.leapMs() / 10_000), news.at(-1)?.clock]).toEqual([HOUR / 10_000, 'server']);
    await own.advance(HOUR);
    expect(clock.leapMs()).toBe(0);
  });
});
