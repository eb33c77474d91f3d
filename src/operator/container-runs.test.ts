import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND, T0 } from '../../test/kit/core-data.ts';
import { Cache } from '../kube/cache.ts';
import type { Pod } from '../shapes/workloads.ts';
import { fromTimestamp, toTimestamp } from '../std/clock.ts';
import { ContainerRuns } from './container-runs.ts';

const CREATED = T0 - 5 * MINUTE;
const pod = (
  version: number,
  { restarts, startedAt }: { readonly restarts: number; readonly startedAt?: number },
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'p',
    namespace: 'shop',
    uid: 'p-uid',
    resourceVersion: String(version),
    creationTimestamp: toTimestamp(CREATED),
  },
  status: {
    phase: 'Running',
    containerStatuses: [
      {
        name: 'main',
        restartCount: restarts,
        state: startedAt === undefined ? { waiting: {} } : { running: { startedAt: toTimestamp(startedAt) } },
        ...(restarts > 0 && { lastState: { terminated: { exitCode: 1 } } }),
      },
    ],
  },
});

function watching({ synced = true }: { readonly synced?: boolean } = {}) {
  const cache = new Cache<Pod>();
  const time = { now: T0 };
  const runs = new ContainerRuns(cache, { now: () => time.now });
  if (synced) cache.complete('0');
  const since = (of: Pod) =>
    fromTimestamp(runs.inOwnTime(of).status?.containerStatuses?.[0]?.state?.running?.startedAt);
  return { cache, time, since, runs };
}

describe.each([
  ['behind', -10 * MINUTE],
  ['ahead', 10 * MINUTE],
])('a container whose kubelet has a clock that is ten minutes %s', (_title, offMs) => {
  it('runs since it was seen to begin', () => {
    const { cache, time, since } = watching();
    cache.event('ADDED', pod(1, { restarts: 2 }));
    time.now += 30 * SECOND;
    const began = pod(2, { restarts: 2, startedAt: time.now + offMs });
    cache.event('MODIFIED', began);
    time.now += 20 * SECOND;
    cache.event('MODIFIED', { ...began, metadata: { ...began.metadata, resourceVersion: '3' } });
    expect(since(began)).toBe(T0 + 30 * SECOND);
  });

  it('begins anew with each run', () => {
    const { cache, time, since } = watching();
    cache.event('ADDED', pod(1, { restarts: 2, startedAt: T0 + offMs }));
    time.now += MINUTE;
    const again = pod(2, { restarts: 3, startedAt: time.now + offMs });
    cache.event('MODIFIED', again);
    time.now += SECOND;
    expect(since(again)).toBe(T0 + MINUTE);
  });

  it('began just now, where a live read is ahead of the watch', () => {
    const { cache, time, since } = watching();
    cache.event('ADDED', pod(1, { restarts: 2 }));
    time.now += MINUTE;
    expect(since(pod(2, { restarts: 2, startedAt: time.now + offMs }))).toBe(T0 + MINUTE);
  });

  it('that began before this process looked, began between the creation of its pod and now', () => {
    const { cache, time, since } = watching({ synced: false });
    const there = pod(1, { restarts: 2, startedAt: T0 + offMs });
    cache.event('ADDED', there);
    cache.complete('1');
    time.now += SECOND;
    const at = since(there) ?? 0;
    expect(at).toBeGreaterThanOrEqual(CREATED);
    expect(at).toBeLessThanOrEqual(time.now);
  });
});

describe('the pod', () => {
  it('is as it was while nothing of it has crashed', () => {
    const { cache, runs } = watching();
    const well = pod(1, { restarts: 0, startedAt: T0 - MINUTE });
    cache.event('ADDED', well);
    expect(runs.inOwnTime(well)).toBe(well);
  });

  it('is believed about what began before this process looked', () => {
    const { cache, since } = watching({ synced: false });
    const there = pod(1, { restarts: 2, startedAt: T0 - MINUTE });
    cache.event('ADDED', there);
    cache.complete('1');
    expect(since(there)).toBe(T0 - MINUTE);
  });
});
