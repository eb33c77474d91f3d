import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND, T0 } from '../../test/kit/core-data.ts';
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

function growing() {
  const cache = new Cache<EventObject>();
  return { cache, growth: new EventGrowth(cache) };
}

describe('an Event', () => {
  it('shows each growth of its count, with its instant', () => {
    const { cache, growth } = growing();
    cache.event('ADDED', event(1, { count: 3 }));
    cache.event('MODIFIED', event(60, { count: 4 }));
    cache.event('MODIFIED', event(61, { count: 4, message: 'the same again' }));
    cache.event('MODIFIED', event(120, { count: 7 }));
    expect(growth.seen(event(120, { count: 7 }))).toEqual({
      uid: 'e-uid',
      about: { uid: 'pod-1', kind: 'Pod', name: 'web-1' },
      reason: 'BackOff',
      type: 'Warning',
      message: 'back-off',
      firstAt: T0,
      points: [
        { at: T0 + SECOND, count: 3 },
        { at: T0 + MINUTE, count: 4 },
        { at: T0 + 2 * MINUTE, count: 7 },
      ],
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
