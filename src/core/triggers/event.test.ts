import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINUTE, policyOf, SECOND, T0, workload } from '../../../test/kit/core-data.ts';
import type { EventTrigger } from '../../api/policy.ts';
import type { EventPoint, EventSeen, Firing } from '../observation.ts';
import { evaluateEvent } from './event.ts';

const NOW = T0 + 60 * MINUTE;

function trigger(eventTrigger: Record<string, unknown> = {}): EventTrigger {
  const [compiled] = policyOf({
    triggers: [{ name: 't', type: 'event', eventTrigger: { reason: 'BackOff', ...eventTrigger } }],
  }).triggers;
  if (compiled?.type !== 'event') throw new Error('not an event trigger');
  return compiled;
}

/** Points are [minutes before NOW, count]. */
const event = (points: readonly (readonly [number, number])[], change: Partial<EventSeen> = {}): EventSeen => {
  const seen: readonly EventPoint[] = points.map(([ago, count]) => ({ at: NOW - ago * MINUTE, count }));
  return {
    uid: 'e-1',
    about: { uid: 'pod-1', kind: 'Pod', name: 'web-1' },
    reason: 'BackOff',
    type: 'Warning',
    message: 'Back-off restarting failed container',
    firstAt: seen[0]?.at ?? NOW,
    points: seen,
    ...change,
  };
};
const ask = (spec: EventTrigger, events: readonly EventSeen[], eventsAfter?: number): Firing =>
  evaluateEvent(
    spec,
    { target: workload('Deployment'), pods: [], events, ...(eventsAfter !== undefined && { eventsAfter }) },
    NOW,
  );

it('is unknown while Events are not read, whatever was seen of them', () => {
  const seen = { target: workload('Deployment'), pods: [], events: [event([[1, 9]])], eventsUnread: 'not read' };
  expect(evaluateEvent(trigger(), seen, NOW)).toEqual({ holds: 'unknown', noEvidence: true, detail: 'not read' });
});

describe('occurrences inside the window of five minutes', () => {
  it.each<[string, readonly EventSeen[], number]>([
    ['none', [], 0],
    ['one just now', [event([[0, 1]])], 1],
    ['one on the edge is outside', [event([[5, 1]])], 0],
    [
      'an Event that began inside counts with all it says',
      [
        event([
          [4, 1],
          [1, 7],
        ]),
      ],
      7,
    ],
    [
      'one that began before counts by the growth that was watched',
      [
        event([
          [9, 3],
          [4, 4],
          [1, 5],
        ]),
      ],
      2,
    ],
    [
      'of growth by several at once only the last is known to lie inside',
      [
        event([
          [9, 3],
          [4, 8],
        ]),
      ],
      1,
    ],
    [
      'one that began before anybody watched vouches for its last occurrence alone',
      [event([[1, 40]], { firstAt: T0 })],
      1,
    ],
    ['one that has not grown since counts no more', [event([[30, 40]])], 0],
    ['a stamp in the future is not believed', [event([[-3, 9]])], 0],
    ['several Events add up', [event([[1, 2]]), event([[2, 3]], { uid: 'e-2' })], 5],
    ['another reason does not count', [event([[1, 2]], { reason: 'Pulled' })], 0],
  ])('%s', (_title, events, value) => {
    const { detail, holds } = ask(trigger({ count: 3 }), events);
    expect(detail).toMatch(new RegExp(`^${value} of 3 `));
    expect(holds === 'true').toBe(value >= 3);
  });

  const grown = (...points: readonly (readonly [number, number])[]) => event(points, { firstAt: T0 });
  it.each<[string, EventSeen, Firing['holds']]>([
    ['as many occurrences as are wanted may have been counted before anybody watched', grown([1, 40]), 'unknown'],
    ['fewer were counted at all', grown([1, 3]), 'false'],
    ['growth in a hole of the watch may reach it', grown([9, 3], [4, 8]), 'unknown'],
    ['growth in a hole of the watch cannot reach it', grown([9, 3], [4, 5]), 'false'],
    ['the growth that was watched reaches it, whatever was before', grown([4, 40], [3, 41], [2, 42]), 'true'],
    ['nothing lies in the window', grown([30, 40]), 'false'],
  ])('%s: three are wanted, and the answer is %3$s', (_title, seen, holds) => {
    expect(ask(trigger({ count: 3 }), [seen])).toMatchObject({ holds });
  });

  it.each<[string, Record<string, unknown>, boolean]>([
    ['the reason as a pattern', { reason: 'Back.*' }, true],
    ['a pattern of the whole reason, not of a part', { reason: 'ack' }, false],
    ['the type', { type: 'Normal' }, false],
    ['text of the message', { message: 'failed' }, true],
    ['text that the message lacks', { message: 'succeeded' }, false],
  ])('are chosen by %s', (_title, spec, chosen) => {
    expect(ask(trigger(spec), [event([[1, 1]])]).value).toBe(chosen ? 1 : 0);
  });

  it('were answered when they lie before the last action', () => {
    const grown = event([
      [4, 1],
      [3, 2],
      [1, 3],
    ]);
    expect(ask(trigger(), [grown], NOW - 2 * MINUTE).value).toBe(1);
    expect(ask(trigger(), [grown], NOW).value).toBe(0);
  });

  it('are looked at again when the oldest leaves the window', () => {
    const { recheckAt } = ask(trigger(), [
      event([
        [4, 1],
        [1, 2],
      ]),
    ]);
    expect(recheckAt).toBe(NOW + MINUTE + 1);
    expect(ask(trigger(), []).recheckAt).toBeUndefined();
  });

  it('are never overcounted, however rarely the growing Event was seen', () => {
    const history = fc.array(fc.record({ gap: fc.integer({ min: 1, max: 120 }), seen: fc.boolean() }), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(history, (occurrences) => {
        let at = NOW;
        // Backwards from now, so that the newest lie inside.
        const times = occurrences.map(({ gap, seen }) => ({ at: (at -= gap * SECOND), seen })).toReversed();
        const points = times
          .map((one, i) => ({ ...one, count: i + 1 }))
          .filter(({ seen }, i, all) => seen || i === all.length - 1);
        const aggregated = event([], {
          firstAt: times[0]?.at ?? NOW,
          points: points.map(({ at: when, count }) => ({ at: when, count })),
        });
        const truth = times.filter((one) => one.at > NOW - 5 * MINUTE).length;
        expect(ask(trigger(), [aggregated]).value).toBeLessThanOrEqual(truth);
        expect(ask(trigger(), [aggregated]).value).toBeGreaterThanOrEqual(Math.min(1, truth));
      }),
    );
  });
});
