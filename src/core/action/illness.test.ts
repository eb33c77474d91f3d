import { describe, expect, it } from 'vitest';
import { policyOf, pod, SECOND, T0 } from '../../../test/kit/core-data.ts';
import type { ContainerStatus, Pod } from '../../shapes/workloads.ts';
import { toTimestamp } from '../../std/clock.ts';
import type { EventSeen } from '../observation.ts';
import { isFlickering, recurrenceOf } from './illness.ts';

/** Its last run lasted so many seconds, and it runs again since so many. */
const crashing = (lived: number, runsFor: number, change: Partial<ContainerStatus> = {}): Pod => {
  const startedAt = T0 - runsFor * SECOND;
  const terminated = {
    exitCode: 1,
    startedAt: toTimestamp(startedAt - (lived + 20) * SECOND),
    finishedAt: toTimestamp(startedAt - 20 * SECOND),
  };
  const main = {
    name: 'main',
    restartCount: 3,
    state: { running: { startedAt: toTimestamp(startedAt) } },
    lastState: { terminated },
  };
  return pod({
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [{ ...main, ...change }],
    },
  });
};
const waiting = (message: string): Partial<ContainerStatus> => ({
  state: { waiting: { reason: 'CrashLoopBackOff', message } },
});
const seconds = (pods: readonly Pod[]): number | undefined => {
  const ms = recurrenceOf({ pods, events: [], trigger: undefined }, T0);
  return ms === undefined ? undefined : ms / SECOND;
};

describe('a crash loop comes back', () => {
  it.each<[string, Pod, number | undefined]>([
    ['after its life and the back-off of the kubelet', crashing(12, 5), 1.25 * (12 + 40)],
    [
      'after the back-off that the kubelet says',
      crashing(12, 0, waiting('back-off 1s restarting failed container=main')),
      16.25,
    ],
    ['after five minutes at most', crashing(12, 0, { restartCount: 60, ...waiting('') }), 1.25 * 312],
    ['not, when it has lived for far longer than before', crashing(12, 600), undefined],
    ['not, when it crashed once', crashing(12, 5, { restartCount: 1 }), undefined],
    ['not, when it never crashed', pod(), undefined],
  ])('%s', (_title, one, expected) => {
    expect(seconds([one])).toBe(expected);
  });

  it('as late as the slowest of its pods', () => {
    expect(seconds([crashing(2, 1), crashing(40, 1)])).toBe(1.25 * 80);
  });
});

it('its readiness between two crashes is no readiness', () => {
  expect([isFlickering(crashing(3, 1), T0), isFlickering(crashing(3, 600), T0), isFlickering(pod(), T0)]).toEqual([
    true,
    false,
    false,
  ]);
});

describe('an Event comes back', () => {
  const [trigger] = policyOf({
    triggers: [{ name: 't', type: 'event', eventTrigger: { reason: 'Unhealthy', count: 3, window: '10m' } }],
  }).triggers;
  const event = (reason: string, ...points: EventSeen['points']): EventSeen => ({
    uid: 'e',
    about: { uid: 'pod-1', kind: 'Pod', name: 'web-1' },
    reason,
    type: 'Warning',
    message: 'probe failed',
    firstAt: T0,
    points,
  });
  const within = (one: EventSeen) => recurrenceOf({ pods: [], events: [one], trigger }, T0 + 60 * SECOND);

  it('as soon as the trigger has counted enough of them again', () => {
    const points = [
      { at: T0, count: 1 },
      { at: T0 + 40 * SECOND, count: 2 },
    ];
    expect(within(event('Unhealthy', ...points))).toBe(1.25 * 120 * SECOND);
    expect(within(event('Pulled', ...points))).toBeUndefined();
  });

  it('unknown when, as long as it came once', () => {
    expect(within(event('Unhealthy', { at: T0, count: 1 }))).toBeUndefined();
  });
});
