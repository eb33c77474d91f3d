import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND, T0 } from '../../test/kit/core-data.ts';
import { Cache } from '../kube/cache.ts';
import type { EventObject } from '../shapes/workloads.ts';
import { toMicroTime, toTimestamp } from '../std/clock.ts';
import { EventGrowth } from './event-growth.ts';

const event = (version: number, change: Partial<EventObject> = {}): EventObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'e', namespace: 'shop', uid: 'e-uid', resourceVersion: String(version) },
  involvedObject: { uid: 'pod-1', kind: 'Pod', name: 'web-1' },
  reason: 'BackOff',
  type: 'Warning',
  message: 'back-off',
  firstTimestamp: toTimestamp(T0),
  lastTimestamp: toTimestamp(T0 + version * SECOND),
  ...change,
});

/** The first list is complete; our own clock stands at an hour after T0. */
function growing({ synced = true }: { readonly synced?: boolean } = {}) {
  const cache = new Cache<EventObject>();
  const time = { now: T0 + HOUR };
  const growth = new EventGrowth(cache, { now: () => time.now });
  if (synced) cache.complete('0');
  return { cache, growth, time };
}

describe('an Event', () => {
  it('shows each growth of its count, with the instant at which it was seen', () => {
    const { cache, growth, time } = growing();
    cache.event('ADDED', event(1, { count: 3 }));
    time.now += MINUTE;
    cache.event('MODIFIED', event(60, { count: 4 }));
    cache.event('MODIFIED', event(61, { count: 4, message: 'the same again' }));
    time.now += MINUTE;
    cache.event('MODIFIED', event(120, { count: 7 }));
    expect(growth.seen(event(120, { count: 7 }))).toEqual({
      uid: 'e-uid',
      about: { uid: 'pod-1', kind: 'Pod', name: 'web-1' },
      reason: 'BackOff',
      type: 'Warning',
      message: 'back-off',
      firstAt: T0 + HOUR - SECOND,
      points: [
        { at: T0 + HOUR, count: 3 },
        { at: T0 + HOUR + MINUTE, count: 4 },
        { at: T0 + HOUR + 2 * MINUTE, count: 7 },
      ],
    });
  });

  it.each([
    ['ten minutes behind', -10],
    ['ten minutes ahead', 10],
  ])('of a writer whose clock is %s is counted when it is seen', (_title, minutes) => {
    const { cache, growth, time } = growing();
    const wrong = (version: number) => ({
      firstTimestamp: toTimestamp(T0 + HOUR + minutes * MINUTE),
      lastTimestamp: toTimestamp(T0 + HOUR + minutes * MINUTE + (version - 1) * SECOND),
      count: version,
    });
    for (const version of [1, 2, 3]) {
      cache.event(version === 1 ? 'ADDED' : 'MODIFIED', event(version, wrong(version)));
      time.now += SECOND;
    }
    const { firstAt, points } = growth.seen(event(3, wrong(3)));
    expect([firstAt, ...points.map(({ at }) => at)].map((at) => (at - T0 - HOUR) / SECOND)).toEqual([0, 0, 1, 2]);
  });

  it('of the first list counts by the times that are in it', () => {
    const { cache, growth } = growing({ synced: false });
    cache.event('ADDED', event(5, { count: 9 }));
    expect(growth.seen(event(5, { count: 9 }))).toMatchObject({
      firstAt: T0,
      points: [{ at: T0 + 5 * SECOND, count: 9 }],
    });
  });

  it('that was there before this process counts from its newest time on', () => {
    const { growth } = growing();
    expect(growth.seen(event(5, { count: 9 })).points).toEqual([{ at: T0 + 5 * SECOND, count: 9 }]);
  });

  it('of the newer kind counts its series', () => {
    const { firstTimestamp: _first, lastTimestamp: _last, ...bare } = event(1);
    const eventTime = toMicroTime(T0 + SECOND);
    const series = { count: 2, lastObservedTime: toMicroTime(T0 + MINUTE) };
    const { growth } = growing();
    expect(growth.seen({ ...bare, eventTime })).toMatchObject({
      firstAt: T0 + SECOND,
      points: [{ at: T0 + SECOND, count: 1 }],
    });
    expect(growth.seen({ ...bare, eventTime, series }).points).toEqual([{ at: T0 + MINUTE, count: 2 }]);
  });

  it('is remembered at 32 points, the newest ones', () => {
    const { cache, growth } = growing();
    for (let count = 1; count <= 40; count++) cache.event('ADDED', event(count, { count }));
    const { points } = growth.seen(event(40, { count: 40 }));
    expect(points.map(({ count }) => count)).toEqual(Array.from({ length: 32 }, (_, i) => i + 9));
  });

  it('is forgotten with the object', () => {
    const { cache, growth } = growing();
    cache.event('ADDED', event(1, { count: 3 }));
    cache.event('DELETED', event(2, { count: 3 }));
    expect(growth.seen(event(3, { count: 5 })).points).toEqual([{ at: T0 + 3 * SECOND, count: 5 }]);
  });
});
