// The faults of watches in protobuf, over sockets: resets, half-open connections and cut frames are real ones.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeObject, encodeWatchEvent } from '../sandbox/index.ts';
import { scaledClock, systemClock } from '../std/clock.ts';
import { Prng } from '../std/prng.ts';
import type { CacheView } from './cache.ts';
import { CacheSet } from './cache-set.ts';
import { KubeClient } from './client.ts';
import { projection } from './projection.ts';
import type { WatchEvent } from '../shapes/transport.ts';
import { type AnswerForm, ScriptedApi, statusBody, type WatchFault } from './test-kit/scripted-api.ts';
import { createAgent, createHttpTransport } from './transport/http.ts';
import { PODS, SERVICES } from './well-known.ts';

const PROTOBUF = { encodeObject, encodeWatchEvent };
/** Back-off of 0.8 s is 16 ms, and a watch that says nothing for 15 s is given up after 0.3. */
const SPEED = 50;
const SILENCE_MS = 15_000;
const KEPT = projection('phase', ['status.phase']);
const NAMES = ['a', 'b', 'c', 'd'];

const closers: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  await Promise.all(closers.map((close) => close()));
});

async function serve(api: ScriptedApi): Promise<{ readonly url: string; readonly types: Set<string> }> {
  const types = new Set<string>();
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const headers = { accept: request.headers.accept ?? '' };
    const {
      status,
      headers: answered,
      body,
    } = await api.send({ method: 'GET', path: request.url ?? '', headers }, gone.signal);
    types.add(answered['content-type'] ?? '');
    response.writeHead(status, answered);
    response.flushHeaders();
    if (body.form === 'bytes') for await (const chunk of body.chunks) response.write(chunk);
    response.end();
  };
  // What a script throws is a connection that breaks.
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => server.close().closeAllConnections());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, types };
}

async function connected(form: AnswerForm = PROTOBUF) {
  const api = new ScriptedApi(form);
  const { url, types } = await serve(api);
  const clock = scaledClock(systemClock, SPEED);
  const agent = createAgent(url, {});
  const connection = {
    server: url,
    namespace: undefined,
    credentials: () => Promise.resolve({ headers: {}, agent }),
    invalidate: () => undefined,
  };
  const client = new KubeClient({
    transport: createHttpTransport({ clock, connection }),
    clock,
    rateLimit: { qps: 1000, burst: 1000 },
  });
  const errors: unknown[] = [];
  const caches = new CacheSet({
    client,
    prng: new Prng(1),
    silenceMs: SILENCE_MS,
    onCrash: (error) => errors.push(error),
  });
  closers.push(async () => {
    await caches.stop();
    agent.destroy();
    expect(errors).toEqual([]);
  });
  return { api, caches, types };
}

const pod = (name: string, phase: string) => ({ metadata: { name, namespace: 'n' }, status: { phase } });
const shown = (objects: Iterable<{ readonly metadata: object; readonly [field: string]: unknown }>) =>
  Object.fromEntries(
    [...objects].map(({ metadata, status }) => {
      const { name, uid, resourceVersion } = metadata as { name: string; uid: string; resourceVersion: string };
      return [name, [uid, resourceVersion, (status as { phase: string }).phase]];
    }),
  );
/** Not `expect.poll`, which does not know whose it is among tests that run at once. */
async function agrees(api: ScriptedApi, cache: CacheView): Promise<void> {
  const seen = () => shown(cache.values());
  const there = () => shown(api.collection('pods').values());
  await eventually(() => isDeepStrictEqual(seen(), there()));
  expect(seen()).toEqual(there());
}

async function eventually(holds: () => boolean): Promise<void> {
  for (const start = performance.now(); !holds() && performance.now() - start < 15_000; )
    await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Each change as the cache told it must follow from the one before. */
function follow(cache: CacheView): void {
  const view = new Map<string, string>();
  const versionOf = (object: { metadata: { uid?: string; resourceVersion?: string } }) =>
    `${object.metadata.uid}@${object.metadata.resourceVersion}`;
  cache.subscribe(({ key, old, new: now }) => {
    expect(old === undefined ? undefined : versionOf(old)).toBe(view.get(key));
    if (now === undefined) view.delete(key);
    else view.set(key, versionOf(now));
  });
}

const perWatch = (make: () => WatchFault) => () => make();
/** Of the first watch only. */
const once = (fault: WatchFault) => {
  let used = false;
  return () => (used ? undefined : ((used = true), fault));
};
/** An event is sent together with the one after it. */
const delayed = (): WatchFault => {
  const held: WatchEvent<unknown>[] = [];
  return (event) => (held.push(event) > 1 ? held.splice(0) : []);
};
/** Of events in a row of one object only the last is sent. */
const coalesced = (): WatchFault => {
  let held: WatchEvent<unknown> | undefined;
  const nameOf = (event: WatchEvent<unknown>) => (event.object as { metadata: { name?: string } }).metadata.name;
  return (event) => {
    const before = held;
    held = event;
    return before === undefined || nameOf(before) === nameOf(event) ? [] : [before];
  };
};
const FAULTS: readonly (readonly [title: string, fault: () => WatchFault | undefined])[] = [
  ['is dropped', once(() => ['reset'])],
  ['is delayed', perWatch(delayed)],
  ['repeats events', perWatch(() => (event) => [event, event])],
  ['leaves out what was overtaken', perWatch(coalesced)],
  ['is closed at once', once(() => ['end'])],
  ['is half open and silent', once(() => ['hang'])],
  ['says 410 in mid-stream', once((event) => [event, { type: 'ERROR', object: statusBody(410, 'Expired') }])],
  ['says an internal error', once(() => [{ type: 'ERROR', object: statusBody(500, 'InternalError') }])],
  ['has no bookmarks', perWatch(() => (event) => (event.type === 'BOOKMARK' ? [] : [event]))],
  ['misses deletions', once((event) => (event.type === 'DELETED' ? ['end'] : [event]))],
  ['ends within a frame', once((event) => [event, 'truncate'])],
  [
    'sends an object without a name',
    once(() => [{ type: 'ADDED', object: { apiVersion: 'v1', kind: 'Pod', metadata: {} } }]),
  ],
  [
    'sends an object of another kind',
    once(() => [{ type: 'ADDED', object: { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a' } } }]),
  ],
  ['sends what is no frame', once(() => [{ type: 'ADDED', object: { apiVersion: 'no/v1', kind: 'Nothing' } }])],
];

describe.concurrent('a protobuf watch over HTTP that', () => {
  it.each(FAULTS)('%s comes to show the truth', async (_, fault) => {
    const { api, caches, types } = await connected();
    for (const name of NAMES) api.put('pods', pod(name, 'Running'));
    api.watchFault = fault;
    const { cache } = caches.acquire({ type: PODS, projection: KEPT });
    follow(cache);
    await cache.synced;
    const draw = new Prng(5);
    for (let step = 0; step < 20; step++) {
      const name = draw.pick(NAMES);
      if (draw.chance(0.3)) api.remove('pods', name, 'n');
      else api.put('pods', pod(name, draw.pick(['Pending', 'Running', 'Failed'])));
      if (draw.chance(0.2)) api.bookmark();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    // Held back or left out by some of the faults until something follows.
    api.watchFault = () => undefined;
    api.put('pods', pod('last', 'Running'));
    api.put('pods', pod('after', 'Running'));
    api.put('pods', pod('after', 'Failed'));
    await agrees(api, cache);
    expect([...types].filter((type) => !type.startsWith('application/vnd.kubernetes.protobuf'))).toEqual([]);
  });

  it('lost its history learns from a list what was deleted and made anew', async () => {
    const { api, caches } = await connected();
    for (const name of NAMES) api.put('pods', pod(name, 'Running'));
    const { cache } = caches.acquire({ type: PODS, projection: KEPT });
    follow(cache);
    await cache.synced;
    api.watchFault = () => () => ['reset'];
    api.put('pods', pod('a', 'Failed'));
    api.remove('pods', 'b', 'n');
    api.remove('pods', 'c', 'n');
    api.put('pods', pod('c', 'Pending'));
    api.compact();
    api.watchFault = () => undefined;
    await agrees(api, cache);
  });

  it('stands still does not hold up another kind', async () => {
    const { api, caches } = await connected();
    api.put('pods', pod('a', 'Running'));
    api.put('services', { apiVersion: 'v1', kind: 'Service', metadata: { name: 's', namespace: 'n' } });
    let pods = 0;
    api.watchFault = () => (event) =>
      (event.object as { kind: string }).kind === 'Pod' && pods++ === 0 ? ['hang'] : [event];
    const one = caches.acquire({ type: PODS, projection: KEPT });
    const two = caches.acquire({ type: SERVICES, projection: projection('nothing', []) });
    await Promise.all([one.cache.synced, two.cache.synced]);
    api.put('pods', pod('a', 'Failed'));
    const service = api.put('services', { apiVersion: 'v1', kind: 'Service', metadata: { name: 't', namespace: 'n' } });
    await eventually(() => two.cache.get('n/t') !== undefined);
    expect(two.cache.isAtLeast(service.metadata.resourceVersion ?? '')).toBe(true);
    expect(one.cache.get('n/a')?.metadata.resourceVersion).not.toBe(
      api.collection('pods').get('n/a')?.metadata.resourceVersion,
    );
    await agrees(api, one.cache);
  });

  it('is answered in JSON all the same shows the truth', async () => {
    const { api, caches, types } = await connected('bytes');
    for (const name of NAMES) api.put('pods', pod(name, 'Running'));
    const { cache } = caches.acquire({ type: PODS, projection: KEPT });
    await cache.synced;
    api.put('pods', pod('a', 'Failed'));
    await agrees(api, cache);
    expect([...types]).toEqual(['application/json']);
    expect(
      api.requests.every(({ headers }) => headers?.['accept']?.startsWith('application/vnd.kubernetes.protobuf')),
    ).toBe(true);
  });
});
