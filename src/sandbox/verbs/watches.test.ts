import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../shapes/kube.ts';
import { VirtualClock } from '../../std/clock.ts';
import { Prng } from '../../std/prng.ts';
import { BUILTIN_RESOURCES } from '../apiserver/builtin-resources.ts';
import type { ListOptions } from './lists.ts';
import { collectionOf, type Machinery } from '../machinery/machinery.ts';
import { Registry, type ResourceType } from '../machinery/registry.ts';
import { Store } from '../machinery/store.ts';
import { ApiServer } from '../apiserver/server.ts';
import { watchObjects } from './watches.ts';

const [builtin] = new Registry(BUILTIN_RESOURCES).all();
const BUILTIN = builtin as ResourceType;
const CUSTOM = {
  ...BUILTIN,
  custom: { version: {}, prune: () => [], read: (stored: unknown) => stored },
} as unknown as ResourceType;

describe('bookmarks before the end of a watch', () => {
  test.each<[string, ResourceType, 'changed' | 'idle', readonly string[]]>([
    ['a built-in kind always has one', BUILTIN, 'idle', ['BOOKMARK']],
    ['a custom kind has none while nothing changes', CUSTOM, 'idle', []],
    ['a custom kind has one after a change', CUSTOM, 'changed', ['ADDED', 'BOOKMARK']],
  ])('%s', async (_, type, activity, expected) => {
    const clock = new VirtualClock();
    const machinery = { clock, prng: new Prng(1), store: new Store(clock) } as unknown as Machinery;
    const collection = collectionOf(machinery, type);
    const put = (name: string) => collection.put(name, { apiVersion: 'v1', kind: 'Thing', metadata: { name } });
    const { metadata } = put('a');
    const options = {
      labels: [],
      fields: [],
      resourceVersion: metadata.resourceVersion,
      timeoutSeconds: 8,
      allowBookmarks: true,
    } as unknown as ListOptions;
    const events = watchObjects(machinery, {
      type,
      namespace: '',
      options,
      signal: undefined,
      render: (object) => object,
    });
    if (activity === 'changed') put('b');
    await clock.advance(9_000);
    const seen: string[] = [];
    for await (const event of events) seen.push(event.type);
    expect(seen).toEqual(expected);
  });
});

test('deleting a pod at once shows it marked, then gone, and answers with the latter', async () => {
  const server = new ApiServer({ clock: new VirtualClock(), prng: new Prng(7) });
  const pods = { group: '', version: 'v1', resource: 'pods' } as const;
  const pod: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default' },
    spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] },
  };
  const { metadata } = server.cluster.create(pods, pod);
  const stop = new AbortController();
  const watch = await server.handle(
    { method: 'GET', path: `/api/v1/pods?watch=1&resourceVersion=${metadata.resourceVersion ?? ''}` },
    stop.signal,
  );
  const answer = await server.handle({
    method: 'DELETE',
    path: '/api/v1/namespaces/default/pods/p?gracePeriodSeconds=0',
  });
  const seen: KubeObject[] = [];
  if (watch.body.form === 'events') {
    for await (const event of watch.body.events) {
      seen.push(event.object as KubeObject);
      if (event.type === 'DELETED') stop.abort();
    }
  }
  const [marked, gone] = seen.map((object) => object.metadata.resourceVersion);
  const answered = answer.body.form === 'object' ? (answer.body.value as KubeObject).metadata : undefined;
  expect(seen).toHaveLength(2);
  expect(marked).not.toBe(gone);
  expect(answered).toMatchObject({ resourceVersion: gone, deletionGracePeriodSeconds: 0 });
});

describe('a watcher that does not read', () => {
  const MAPS = { group: '', version: 'v1', resource: 'configmaps' } as const;
  const PATH = '/api/v1/namespaces/default/configmaps?watch=true&resourceVersion=0';

  async function afterUnread(changes: number): Promise<readonly string[]> {
    const server = new ApiServer({ clock: new VirtualClock(), prng: new Prng(1) });
    const answer = await server.handle({ method: 'GET', path: PATH });
    const key = { namespace: 'default', name: 'a' };
    server.cluster.create(MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: key });
    for (let n = 1; n < changes; n++)
      server.cluster.modify(MAPS, key, (draft) => ({ ...draft, data: { n: String(n) } }));
    const seen: string[] = [];
    if (answer.body.form !== 'events') throw new Error('no watch');
    const events = answer.body.events[Symbol.asyncIterator]();
    while (seen.length < changes) {
      const next = await events.next();
      if (next.done === true) return [...seen, 'ended'];
      seen.push(next.value.type);
    }
    return seen;
  }

  test('gets all of it while it is not too much', async () => {
    const seen = await afterUnread(10_000);
    expect(seen.filter((type) => type === 'MODIFIED')).toHaveLength(9_999);
  });

  test('is dropped, with what waited for it, when more than 10,000 events wait', async () => {
    expect(await afterUnread(10_001)).toEqual(['ended']);
  });

  test('is not dropped for the state that it asked to begin with, however much that is', async () => {
    const server = new ApiServer({ clock: new VirtualClock(), prng: new Prng(1) });
    for (let n = 0; n <= 10_000; n++)
      server.cluster.create(MAPS, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { namespace: 'default', name: `m${n}` },
      });
    const path = `${PATH.replace('resourceVersion=0', 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan')}&allowWatchBookmarks=true`;
    const { body } = await server.handle({ method: 'GET', path });
    if (body.form !== 'events') throw new Error('no watch');
    const seen: string[] = [];
    for await (const { type } of body.events) {
      seen.push(type);
      if (type === 'BOOKMARK') break;
    }
    expect(seen.length).toBeGreaterThan(10_000);
  });
});
