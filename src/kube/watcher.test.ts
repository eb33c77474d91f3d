import { afterEach, describe, expect, it } from 'vitest';
import { encodeObject, encodeWatchEvent } from '../sandbox/index.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { TransportError } from '../shapes/transport.ts';
import { Prng } from '../std/prng.ts';
import { CacheSet } from './cache-set.ts';
import type { CacheChange } from './cache.ts';
import { type ScriptedApi, statusBody, type WatchFault } from './test-kit/scripted-api.ts';
import {
  KEPT,
  MINUTE,
  lists,
  once,
  pod,
  seen,
  setUp,
  stopAll,
  stored,
  synced,
  watches,
} from './test-kit/watched-pods.ts';
import { PODS } from './well-known.ts';

afterEach(stopAll);

const FORMS = { bytes: 'bytes', objects: 'objects', protobuf: { encodeObject, encodeWatchEvent } } as const;
const FED = (['bytes', 'objects', 'protobuf'] as const).flatMap((form) =>
  (['paged', 'streamed'] as const).map((listed) => [form, listed] as const),
);

describe.each(FED)('a watcher fed with %s, lists %s,', (form, listed) => {
  it('lists in pages, then follows additions, changes and deletions', async () => {
    const { api, clock, cache, changes } = await synced(FORMS[form], { pageLimit: 2, lists: listed });
    expect(lists(api)).toBe(listed === 'paged' ? 3 : 1);
    expect(seen(cache)).toEqual(stored(api));
    api.put('pods', pod('a', 'Failed'));
    api.put('pods', pod('f', 'Pending'));
    api.remove('pods', 'b', 'n');
    await clock.advance(10);
    expect(seen(cache)).toEqual(stored(api));
    expect(changes.slice(5).map(({ key, old, new: now }) => [key, old !== undefined, now !== undefined])).toEqual([
      ['n/a', true, true],
      ['n/f', false, true],
      ['n/b', true, false],
    ]);
    expect(cache.isAtLeast(String(api.version))).toBe(true);
    expect(cache.isAtLeast(String(api.version + 1))).toBe(false);
  });

  const faults: readonly { readonly title: string; readonly fault: WatchFault; readonly relists: boolean }[] = [
    { title: 'is dropped by a reset', fault: () => ['reset'], relists: false },
    { title: 'is closed at once', fault: () => ['end'], relists: false },
    { title: 'repeats every event', fault: (event) => [event, event], relists: false },
    { title: 'ends in the middle of a frame', fault: (event) => [event, 'truncate'], relists: false },
    { title: 'falls silent, half open', fault: () => ['hang'], relists: false },
    {
      title: 'sends 410 in mid-stream',
      fault: (event) => [event, { type: 'ERROR', object: statusBody(410, 'Expired') }],
      relists: true,
    },
    {
      title: 'sends an internal error',
      fault: () => [{ type: 'ERROR', object: statusBody(500, 'InternalError') }],
      relists: false,
    },
    {
      title: 'sends an object without a name',
      fault: () => [{ type: 'ADDED', object: { apiVersion: 'v1', kind: 'Pod', metadata: {} } }],
      relists: true,
    },
    {
      title: 'sends an event of an unknown type',
      fault: (event) => [{ ...event, type: 'RENAMED' as 'ADDED' }],
      relists: true,
    },
  ];
  it('that is told of an object of another namespace does not keep it, and goes on', async () => {
    const { api, clock, caches } = setUp(FORMS[form], { lists: listed });
    api.put('pods', pod('a', 'Running'));
    const elsewhere = ({ metadata }: KubeObject) => ({
      ...pod('x', 'Running'),
      metadata: { ...metadata, name: 'x', namespace: 'other', uid: 'x' },
    });
    api.watchFault = once((event) => [{ type: 'ADDED', object: elsewhere(event.object as KubeObject) }, event]);
    const { cache } = caches.acquire({ type: PODS, projection: KEPT, namespace: 'n' });
    await clock.advance(1000);
    api.put('pods', pod('b', 'Running'));
    await clock.advance(5 * MINUTE);
    expect([...cache.values()].map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).toSorted()).toEqual([
      'n/a',
      'n/b',
    ]);
  });

  it.each(faults)('recovers when the watch $title', async ({ fault, relists }) => {
    const { api, clock, caches } = setUp(FORMS[form], { lists: listed });
    for (const name of ['a', 'b', 'c']) api.put('pods', pod(name, 'Running'));
    api.watchFault = once(fault);
    const { cache } = caches.acquire({ type: PODS, projection: KEPT });
    await clock.advance(1000);
    api.put('pods', pod('a', 'Failed'));
    api.remove('pods', 'b', 'n');
    api.put('pods', pod('b', 'Pending'));
    api.put('pods', pod('d', 'Pending'));
    await clock.advance(5 * MINUTE);
    expect(seen(cache)).toEqual(stored(api));
    expect(lists(api) > 1).toBe(relists);
  });

  it('says that an object went and another came when the deletion between them was missed', async () => {
    const world = setUp(FORMS[form], { lists: listed });
    const { api, clock, caches } = world;
    const first = api.put('pods', pod('a', 'Running'));
    api.watchFault = () => (event) => (event.type === 'DELETED' ? [] : [event]);
    const { cache } = caches.acquire({ type: PODS, projection: KEPT });
    await clock.advance(1000);
    const changes: CacheChange<{ metadata: { uid?: string } }>[] = [];
    cache.subscribe((change) => changes.push(change));
    api.remove('pods', 'a', 'n');
    const second = api.put('pods', pod('a', 'Pending'));
    await clock.advance(1000);
    expect(changes.slice(1).map((change) => [change.old?.metadata.uid, change.new?.metadata.uid])).toEqual([
      [first.metadata.uid, undefined],
      [undefined, second.metadata.uid],
    ]);
    expect(cache.byUid(first.metadata.uid ?? '')).toBeUndefined();
  });

  it('learns from the next list what was deleted while the history was compacted away', async () => {
    const { api, clock, cache } = await synced(FORMS[form], { lists: listed });
    api.watchFault = () => () => ['end'];
    api.put('pods', pod('a', 'Failed'));
    await clock.advance(10);
    api.remove('pods', 'b', 'n');
    api.remove('pods', 'c', 'n');
    api.put('pods', pod('c', 'Pending'));
    api.compact();
    api.watchFault = () => undefined;
    await clock.advance(5 * MINUTE);
    expect(seen(cache)).toEqual(stored(api));
  });

  it('starts the list again when its continue token has expired', async () => {
    const { api, clock, caches } = setUp(FORMS[form], { pageLimit: 2 });
    for (const name of ['a', 'b', 'c', 'd', 'e']) api.put('pods', pod(name, 'Running'));
    let expire = 2;
    api.before = ({ path }) => (path.includes('continue=') && expire-- > 0 ? api.refuse(410, 'Expired') : undefined);
    const { cache } = caches.acquire({ type: PODS, projection: KEPT });
    await clock.advance(MINUTE);
    expect(cache.hasSynced).toBe(true);
    expect(seen(cache)).toEqual(stored(api));
  });

  it('resumes from a bookmark after the history before it is gone', async () => {
    const { api, clock } = await synced(FORMS[form], { lists: listed });
    api.put('services', { metadata: { name: 's', namespace: 'n' } });
    api.bookmark();
    await clock.advance(10);
    api.watchFault = once(() => ['reset']);
    await clock.advance(160_000);
    api.compact();
    await clock.advance(5 * MINUTE);
    expect(lists(api)).toBe(1);
  });
});

describe('a watcher', () => {
  it.each([
    ['429', (api: ScriptedApi) => api.refuse(429, 'TooManyRequests', { 'retry-after': '20' })],
    ['500', (api: ScriptedApi) => api.refuse(500, 'InternalError')],
    ['503', (api: ScriptedApi) => api.refuse(503, 'ServiceUnavailable')],
    ['403', (api: ScriptedApi) => api.refuse(403, 'Forbidden')],
    ['404', (api: ScriptedApi) => api.refuse(404, 'NotFound')],
    ['a reset', () => new TransportError('ConnectionReset', 'reset', { delivered: 'maybe' })],
    ['an answer that never comes', () => new Promise<never>(() => undefined)],
    ['a body that is no list', (api: ScriptedApi) => api.value({ kind: 'Secret' })],
  ])('never gives up on %s, and asks at most every 0.8 to 60 s', async (_, failure) => {
    const { api, clock, caches } = setUp('bytes');
    api.put('pods', pod('a', 'Running'));
    api.before = () => failure(api);
    const { cache } = caches.acquire({ type: PODS, projection: KEPT });
    await clock.advance(60 * MINUTE);
    expect(cache.hasSynced).toBe(false);
    expect(caches.health()[0]).toMatchObject({ resource: 'pods', synced: false });
    expect(api.requests.length).toBeGreaterThan(20);
    expect(api.requests.length).toBeLessThan(250);
    api.before = () => undefined;
    await clock.advance(3 * MINUTE);
    expect(seen(cache)).toEqual(stored(api));
    expect(caches.health()[0]).toMatchObject({ synced: true, objects: 1, state: 'watching', error: undefined });
  });

  it('lists anew when a watch breaks again and again at the same version', async () => {
    const { api, clock, caches } = setUp('objects');
    api.watchFault = () => () => [{ type: 'ERROR', object: statusBody(500, 'InternalError') }];
    const { cache } = caches.acquire({ type: PODS, projection: KEPT });
    await clock.advance(1000);
    api.put('pods', pod('a', 'Failed'));
    await clock.advance(10 * MINUTE);
    expect(lists(api)).toBeGreaterThan(1);
    expect(seen(cache)).toEqual(stored(api));
  });

  it('replaces a silent watch after 150 s and not before', async () => {
    const { api, clock } = await synced('objects');
    expect(watches(api)).toBe(1);
    await clock.advance(149_000);
    expect(watches(api)).toBe(1);
    await clock.advance(5000);
    expect(watches(api)).toBe(2);
  });

  it('crashes with what a subscriber throws instead of retrying it', async () => {
    const { api, clock, client } = setUp('objects');
    const crashes: unknown[] = [];
    const caches = new CacheSet({ client, prng: new Prng(1), onCrash: (error) => crashes.push(error) });
    api.put('pods', pod('a', 'Running'));
    const { cache } = caches.acquire({ type: PODS, projection: KEPT });
    cache.subscribe(() => {
      throw new Error('a bug');
    });
    await clock.advance(MINUTE);
    expect(crashes).toEqual([new Error('a bug')]);
  });

  it('is shared by all who ask for the same, and stops with the last', async () => {
    const { api, clock, caches } = setUp('objects');
    const one = caches.acquire({ type: PODS, projection: KEPT });
    const two = caches.acquire({ type: PODS, projection: KEPT });
    expect(one.cache).toBe(two.cache);
    await clock.advance(MINUTE);
    expect(watches(api)).toBe(1);
    one.release();
    one.release();
    api.put('pods', pod('a', 'Running'));
    await clock.advance(10);
    expect(two.cache.size).toBe(1);
    two.release();
    expect(caches.health()).toEqual([]);
    await clock.advance(10 * MINUTE);
    expect(watches(api)).toBe(1);
  });
});

// The whole list of watch faults at once, drawn at random; the seed is in the title of a failure.
describe.each(FED)('under random faults, fed with %s, lists %s,', (form, listed) => {
  it.each(Array.from({ length: 12 }, (_, seed) => seed + 1))(
    'never shows a wrong object and ends with the truth (seed %i)',
    async (seed) => {
      const draw = new Prng(seed);
      const { api, clock, caches } = setUp(FORMS[form], { pageLimit: 3, lists: listed });
      let faulty = true;
      api.before = ({ path }) => {
        if (!faulty || !draw.chance(0.25)) return undefined;
        if (path.includes('continue=') && draw.chance(0.5)) return api.refuse(410, 'Expired');
        return draw.pick([
          () => api.refuse(429, 'TooManyRequests', { 'retry-after': '2' }),
          () => api.refuse(500, 'InternalError'),
          () => api.refuse(410, 'Expired'),
          () => api.refuse(503, 'ServiceUnavailable'),
          () => new TransportError('ConnectionReset', 'reset', { delivered: 'maybe' }),
          () => new Promise<never>(() => undefined),
        ])();
      };
      api.watchFault = api.initialFault = () => (event) => {
        if (!faulty || !draw.chance(0.2)) return [event];
        const outcomes: (() => ReturnType<WatchFault>)[] = [
          () => ['end'],
          () => ['reset'],
          () => ['hang'],
          () => ['truncate'],
          () => [event, event],
          () => [event, 'end'],
          () => [{ type: 'ERROR', object: statusBody(410, 'Expired') }],
          () => (event.type === 'BOOKMARK' ? [] : [event]),
        ];
        return draw.pick(outcomes)();
      };
      const { cache } = caches.acquire({ type: PODS, projection: KEPT });
      const view = new Map<string, string>();
      const versionOf = (object: { metadata: { uid?: string; resourceVersion?: string } }) =>
        `${object.metadata.uid}@${object.metadata.resourceVersion}`;
      cache.subscribe(({ key, old, new: now }) => {
        expect(old === undefined ? undefined : versionOf(old)).toBe(view.get(key));
        if (now === undefined) view.delete(key);
        else view.set(key, versionOf(now));
      });
      for (let step = 0; step < 150; step++) {
        const name = draw.pick(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
        if (draw.chance(0.3)) api.remove('pods', name, 'n');
        else if (draw.chance(0.1)) api.bookmark();
        else api.put('pods', pod(name, draw.pick(['Pending', 'Running', 'Failed'])));
        if (draw.chance(0.05)) api.compact();
        await clock.advance(draw.below(8000));
      }
      const written = new Set(api.log.map(({ object }) => versionOf(object)));
      for (const version of view.values()) expect(written).toContain(version);
      faulty = false;
      await clock.advance(10 * MINUTE);
      expect(seen(cache)).toEqual(stored(api));
      expect([...view.keys()].sort()).toEqual([...cache.values()].map((object) => `n/${object.metadata.name}`).sort());
    },
  );
});
