import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND, T0 } from '../../../test/kit/core-data.ts';
import { toTimestamp } from '../../std/clock.ts';
import { nextStop, type Stop, stoppedUntil } from './mass-failure-stop.ts';

const of = (unhealthy: number) =>
  ({
    failures: { matched: 4, troubled: unhealthy, unhealthy, unknown: 0, healing: 0 },
    maxUnhealthy: { kind: 'percent', percent: 50 },
  }) as const;
const [much, little] = [of(3), of(2)];
const begun: Stop = {
  since: toTimestamp(T0),
  until: toTimestamp(T0 + 5 * MINUTE),
  message: '3 of 4 targets are unhealthy (3), unknown (0) or being healed (0); at most 2 may be',
};
const moved = (at: number): Stop => ({ ...begun, until: toTimestamp(at + 5 * MINUTE) });

describe('the stop of a mass failure', () => {
  it.each<[string, Stop | undefined, ReturnType<typeof of>, number, Stop | undefined]>([
    ['does not begin while the limit holds', undefined, little, T0, undefined],
    ['begins when the limit is exceeded, and lasts for five minutes', undefined, much, T0, begun],
    ['is left as it is for a minute while its cause goes on', begun, much, T0 + 59 * SECOND, begun],
    ['is moved on after a minute, and keeps its beginning', begun, much, T0 + MINUTE, moved(T0 + MINUTE)],
    ['is moved on by a second failure right before its end', begun, much, T0 + 299 * SECOND, moved(T0 + 299 * SECOND)],
    ['outlasts its cause (I16)', begun, little, T0 + 299 * SECOND, begun],
    ['ends when its time has passed and the limit holds', begun, little, T0 + 5 * MINUTE, undefined],
  ])('%s', (_title, held, seen, now, expected) => {
    expect(nextStop(held, seen, now)).toEqual(expected);
  });

  it('that goes on as it was is the same object, so that nothing is written', () => {
    expect(nextStop(begun, little, T0 + MINUTE)).toBe(begun);
    expect(nextStop(begun, much, T0 + SECOND)).toBe(begun);
  });

  it('says until when healing is held back', () => {
    expect([stoppedUntil(begun), stoppedUntil(undefined)]).toEqual([T0 + 5 * MINUTE, undefined]);
  });
});
