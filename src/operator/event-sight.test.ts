import { describe, expect, it } from 'vitest';
import { HOUR, T0, workload } from '../../test/kit/core-data.ts';
import { Cache } from '../kube/cache.ts';
import type { CacheLease } from '../kube/cache-set.ts';
import { KubeError } from '../kube/errors.ts';
import type { KubeObject } from '../shapes/kube.ts';
import type { EventObject } from '../shapes/workloads.ts';
import { toTimestamp } from '../std/clock.ts';
import { EventSight } from './event-sight.ts';

const web = workload('Deployment');
const { namespace = '', name } = web.metadata;

const said = (version: number, count: number): EventObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'e', namespace, uid: 'e-uid', resourceVersion: String(version) },
  involvedObject: { kind: web.kind, namespace, name, uid: web.metadata.uid ?? '' },
  reason: 'FailedCreate',
  type: 'Warning',
  message: 'quota',
  count,
  firstTimestamp: toTimestamp(T0),
  lastTimestamp: toTimestamp(T0),
});

let versions = 0;
const policy = (key: string, ...types: readonly unknown[]): KubeObject => ({
  apiVersion: 'kubeskippy.io/v1alpha1',
  kind: 'HealingPolicy',
  metadata: { name: key, namespace: 'shop', uid: key, resourceVersion: String(++versions) },
  spec: { triggers: types.map((type) => ({ type })) },
});

function sight() {
  const policies = new Cache();
  const watches: Cache<EventObject>[] = [];
  const heard: EventObject[] = [];
  const standing = { released: 0, refusal: undefined as KubeError | undefined };
  const events = new EventSight({
    caches: {
      acquire: <T extends KubeObject>() => {
        const cache = new Cache<EventObject>();
        watches.push(cache);
        const release = () => void standing.released++;
        return { cache, refusal: () => standing.refusal, release } as unknown as CacheLease<T>;
      },
    },
    policies,
    clock: { now: () => T0 + HOUR },
  });
  events.subscribe((event) => heard.push(event));
  return { events, policies, watches, heard, standing };
}

describe('Events', () => {
  it('are watched from the first policy on that counts them, until the last one is gone', () => {
    const { policies, watches, standing } = sight();
    policies.event('ADDED', policy('a', 'condition', 'metric'));
    expect(watches).toHaveLength(0);
    policies.event('ADDED', policy('b', 'condition', 'event'));
    policies.event('ADDED', policy('c', 'event'));
    expect([watches.length, standing.released]).toEqual([1, 0]);
    policies.event('MODIFIED', policy('b', 'condition'));
    expect(standing.released).toBe(0);
    policies.event('DELETED', policy('c', 'event'));
    expect([watches.length, standing.released]).toEqual([1, 1]);
    policies.event('MODIFIED', policy('a', 'event'));
    expect([watches.length, standing.released]).toEqual([2, 1]);
  });

  it.each([
    ['no spec', {}],
    ['no triggers', { spec: {} }],
    ['triggers that are no list', { spec: { triggers: { type: 'event' } } }],
    ['a trigger that is nothing', { spec: { triggers: [null, 7] } }],
  ])('are not watched for a policy with %s', (_title, fields) => {
    const { policies, watches } = sight();
    const { spec: _spec, ...bare } = policy('odd');
    policies.event('ADDED', { ...bare, ...fields });
    expect(watches).toHaveLength(0);
  });

  it('are told with their growth, to those who listen too', () => {
    const { events, policies, watches, heard } = sight();
    policies.event('ADDED', policy('a', 'event'));
    watches[0]?.complete('0');
    watches[0]?.event('ADDED', said(1, 1));
    watches[0]?.event('MODIFIED', said(2, 4));
    expect(heard.map(({ count }) => count)).toEqual([1, 4]);
    expect(events.about([web])).toMatchObject([{ reason: 'FailedCreate', points: [{ count: 1 }, { count: 4 }] }]);
    expect(events.about([workload('StatefulSet')])).toEqual([]);
    expect(events.naming([{ kind: web.kind, namespace, name }])).toMatchObject([{ count: 4 }]);
  });

  it('are unknown until they were read, and of no use when they cannot be', () => {
    const { events, policies, watches, standing } = sight();
    const names = [{ kind: web.kind, namespace, name }];
    expect([events.unread, events.isReading, events.about([web])]).toEqual(['Events are not watched yet', false, []]);
    policies.event('ADDED', policy('a', 'event'));
    expect([events.unread, events.isReading]).toEqual(['the cache of events has not synced', true]);
    expect(events.naming(names)).toBeUndefined();
    standing.refusal = new KubeError('events is forbidden', { code: 'Forbidden', delivered: 'yes', status: 403 });
    expect([events.unread, events.isReading]).toEqual(['Events cannot be read: events is forbidden', false]);
    standing.refusal = undefined;
    watches[0]?.complete('0');
    expect([events.unread, events.staleness, events.isReading]).toEqual([undefined, undefined, false]);
    expect(events.naming(names)).toEqual([]);
  });

  it('that were read once and can be read no more are told as they were, and said to be old', () => {
    const { events, policies, watches, standing } = sight();
    policies.event('ADDED', policy('a', 'event'));
    watches[0]?.complete('0');
    watches[0]?.event('ADDED', said(1, 1));
    standing.refusal = new KubeError('events is forbidden', { code: 'Forbidden', delivered: 'yes', status: 403 });
    expect(events.about([web])).toHaveLength(1);
    expect([events.unread, events.staleness]).toEqual([
      undefined,
      'Events cannot be read any more: events is forbidden',
    ]);
    expect(events.naming([{ kind: web.kind, namespace, name }])).toBeUndefined();
  });

  it('are counted anew after a time in which no policy counted them', () => {
    const { events, policies, watches } = sight();
    policies.event('ADDED', policy('a', 'event'));
    watches[0]?.complete('0');
    watches[0]?.event('ADDED', said(1, 1));
    policies.event('MODIFIED', policy('a', 'condition'));
    expect(events.about([web])).toEqual([]);
    policies.event('MODIFIED', policy('a', 'event'));
    watches[1]?.event('ADDED', said(2, 9));
    watches[1]?.complete('2');
    // By the time of its writer: its growth was not seen.
    expect(events.about([web])).toMatchObject([{ points: [{ at: T0, count: 9 }] }]);
  });
});
