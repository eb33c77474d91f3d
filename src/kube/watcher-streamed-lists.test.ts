import { afterEach, describe, expect, it } from 'vitest';
import type { ScriptedApi } from './test-kit/scripted-api.ts';
import { KEPT, MINUTE, once, pod, seen, setUp, stopAll, stored } from './test-kit/watched-pods.ts';
import { PODS } from './well-known.ts';

afterEach(stopAll);

describe('a watcher that asks for streamed lists', () => {
  const streamed = async (form: 'bytes' | 'objects', prepare: (api: ScriptedApi) => void) => {
    const world = setUp(form, { lists: 'streamed' });
    for (const name of ['a', 'b', 'c']) world.api.put('pods', pod(name, 'Running'));
    prepare(world.api);
    const { cache } = world.caches.acquire({ type: PODS, projection: KEPT });
    await world.clock.advance(2 * MINUTE);
    expect(seen(cache)).toEqual(stored(world.api));
    expect(world.caches.health()[0]).toMatchObject({ synced: true, state: 'watching' });
    return world;
  };
  const paths = (api: ScriptedApi) =>
    api.requests.map(({ path }) => /limit=|sendInitialEvents|resourceVersion=\d+/.exec(path)?.[0]);

  it('takes pages from a server that refuses them, and does not ask again', async () => {
    const { api, clock } = await streamed('bytes', (api) => {
      api.streamedLists = 'refused';
    });
    api.compact();
    api.watchFault = once(() => ['end']);
    api.put('pods', pod('a', 'Failed'));
    api.compact();
    await clock.advance(5 * MINUTE);
    expect(paths(api).filter((part) => part === 'sendInitialEvents')).toHaveLength(1);
    expect(paths(api).filter((part) => part === 'limit=').length).toBeGreaterThan(1);
  });

  it('takes pages from a server that never says where the list ends', async () => {
    const { api } = await streamed('objects', (api) => {
      api.initialFault = () => (event) => (event.type === 'BOOKMARK' ? ['hang'] : [event]);
    });
    expect(paths(api)).toEqual(['sendInitialEvents', 'limit=', 'resourceVersion=103']);
  });

  it('takes pages when the stream breaks off twice', async () => {
    let breaks = 2;
    const { api } = await streamed('bytes', (api) => {
      api.initialFault = () => (event, index) => (index === 2 && breaks-- > 0 ? ['reset'] : [event]);
    });
    expect(paths(api)).toEqual(['sendInitialEvents', 'sendInitialEvents', 'limit=', 'resourceVersion=103']);
  });

  it('shows no version before the list is complete', async () => {
    const { api, clock, caches } = setUp('objects', { lists: 'streamed' });
    for (const name of ['a', 'b']) api.put('pods', pod(name, 'Running'));
    const [last] = [...api.collection('pods').values()].slice(-1);
    const gone = {
      type: 'DELETED',
      object: { ...last, metadata: { ...last?.metadata, resourceVersion: '900' } },
    } as const;
    api.initialFault = () => (event) => (event.type === 'BOOKMARK' ? [gone, 'hang'] : [event]);
    const { cache } = caches.acquire({ type: PODS, projection: KEPT });
    await clock.advance(1000);
    expect([cache.size, cache.hasSynced, cache.resourceVersion]).toEqual([1, false, '']);
  });
});
