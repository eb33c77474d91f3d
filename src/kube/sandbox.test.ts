// The whole stack against the embedded cluster, in process and without a socket.
import { afterEach, describe, expect, it } from 'vitest';
import { createSandbox, type Sandbox } from '../sandbox/index.ts';
import { VirtualClock } from '../std/clock.ts';
import { Prng } from '../std/prng.ts';
import { CacheSet } from './cache-set.ts';
import { KubeClient } from './client.ts';
import { Discovery } from './discovery.ts';
import { EventRecorder } from './event-recorder.ts';
import { LeaderElection } from './lease.ts';
import { OwnWrites } from './own-writes.ts';
import { EVERYTHING, projection } from './projection.ts';
import { CONFIG_MAPS, DEPLOYMENTS, EVENTS, PODS } from './well-known.ts';

const open: { readonly sandbox: Sandbox; readonly caches: CacheSet }[] = [];
afterEach(async () => {
  for (const { sandbox, caches } of open.splice(0)) {
    await caches.stop();
    await sandbox.close();
  }
});

async function setUp() {
  const clock = new VirtualClock();
  const sandbox = createSandbox({ clock });
  const client = new KubeClient({ transport: sandbox.transport(), clock, fieldManager: 'test' });
  const caches = new CacheSet({ client, prng: new Prng(1) });
  open.push({ sandbox, caches });
  await clock.advance(1000);
  /** Time has to pass while a request is under way. */
  const done = async <T>(promise: Promise<T>): Promise<T> => {
    let over = false;
    const mark = promise.then(
      () => (over = true),
      () => (over = true),
    );
    await clock.advanceUntil(() => over, 60_000);
    await mark;
    return promise;
  };
  return { clock, sandbox, client, caches, done };
}

const deployment = (name: string, replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'default' },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image: 'app:1' }] } },
  },
});
const configMap = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  data: { a: '1' },
});
const key = { namespace: 'default', name: 'c' };

describe('against the embedded cluster', () => {
  it('a cache follows the pods of a Deployment as it grows, shrinks and goes', async () => {
    const { clock, client, caches, done, sandbox } = await setUp();
    const { cache } = caches.acquire({ type: PODS, projection: projection('phase', ['status.phase']) });
    await done(client.create(DEPLOYMENTS, deployment('web', 3)));
    await clock.advance(10_000);
    expect(cache.withLabel('app', 'web').map((pod) => pod['status'])).toEqual([
      { phase: 'Running' },
      { phase: 'Running' },
      { phase: 'Running' },
    ]);
    await done(
      client.patch(
        DEPLOYMENTS,
        { namespace: 'default', name: 'web' },
        { type: 'merge', body: { spec: { replicas: 1 } } },
      ),
    );
    await clock.advance(60_000);
    expect(cache.withLabel('app', 'web')).toHaveLength(1);
    await done(client.delete(DEPLOYMENTS, { namespace: 'default', name: 'web' }, { propagationPolicy: 'Background' }));
    await clock.advance(60_000);
    expect(cache.size).toBe(sandbox.cluster.list({ group: '', version: 'v1', resource: 'pods' }).length);
  });

  it('writes, conflicts and preconditions end as the API says', async () => {
    const { client, done } = await setUp();
    const created = await done(client.create(CONFIG_MAPS, configMap('c')));
    await expect(done(client.create(CONFIG_MAPS, configMap('c')))).rejects.toMatchObject({
      code: 'AlreadyExists',
      delivered: 'no',
    });
    await done(
      client.patch(CONFIG_MAPS, key, { type: 'json', body: [{ op: 'replace', path: '/data/a', value: '2' }] }),
    );
    await expect(done(client.update(CONFIG_MAPS, created))).rejects.toMatchObject({ code: 'Conflict' });
    await expect(done(client.delete(CONFIG_MAPS, key, { uid: 'another' }))).rejects.toMatchObject({ code: 'Conflict' });
    await done(client.delete(CONFIG_MAPS, key, { uid: created.metadata.uid, dryRun: 'All' }));
    expect((await done(client.get(CONFIG_MAPS, key)))['data']).toEqual({ a: '2' });
    await done(client.delete(CONFIG_MAPS, key, { uid: created.metadata.uid }));
    expect(await done(client.find(CONFIG_MAPS, key))).toBeUndefined();
  });

  it('lists page by page what a single page would hold', async () => {
    const { client, done } = await setUp();
    for (let i = 0; i < 7; i++) await done(client.create(CONFIG_MAPS, configMap(`c${i}`)));
    const names = (list: { readonly items: readonly { readonly metadata: { readonly name: string } }[] }) =>
      list.items.map((item) => item.metadata.name);
    const paged = await done(client.list(CONFIG_MAPS, { namespace: 'default', limit: 2 }));
    expect(names(paged)).toEqual(names(await done(client.list(CONFIG_MAPS, { namespace: 'default', limit: 0 }))));
    expect(paged.items[0]).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1' });
  });

  it('discovery finds built-in kinds and their subresources', async () => {
    const { client, done } = await setUp();
    const discovery = new Discovery(client);
    expect(await done(discovery.resolve('apps/v1', 'Deployment'))).toMatchObject({
      resource: 'deployments',
      namespaced: true,
    });
    expect((await done(discovery.resolveName('po')))?.subresources).toContain('eviction');
    expect(await done(discovery.resolve('v1', 'Nothing'))).toBeUndefined();
  });

  it('own writes become visible, one leader is elected, repeated events are counted', async () => {
    const { clock, client, caches, done } = await setUp();
    const { cache } = caches.acquire({ type: CONFIG_MAPS, projection: EVERYTHING });
    await clock.advance(1000);
    const writes = new OwnWrites(cache);
    writes.wrote(await done(client.create(CONFIG_MAPS, configMap('c'))));
    await clock.advance(100);
    expect([writes.visible(key), cache.get(key)?.['data']]).toEqual([true, { a: '1' }]);
    const stop = new AbortController();
    const elect = (identity: string) =>
      new LeaderElection({ client, key: { namespace: 'default', name: 'leader' }, identity, random: () => 0.5 });
    const [a, b] = [elect('a'), elect('b')];
    const runs = [a.run(stop.signal), b.run(stop.signal)];
    await clock.advance(60_000);
    expect([a.isLeader(), b.isLeader()].filter(Boolean)).toHaveLength(1);
    stop.abort();
    await done(Promise.all(runs));
    const recorder = new EventRecorder({ client, component: 'test' });
    const notice = {
      about: { apiVersion: 'v1', kind: 'ConfigMap', name: 'c', namespace: 'default' },
      type: 'Normal',
      reason: 'Seen',
      message: 'seen',
    } as const;
    recorder.record(notice);
    recorder.record(notice);
    await done(recorder.drain());
    const events = await done(client.list(EVENTS, { namespace: 'default', fieldSelector: 'reason=Seen' }));
    expect(events.items.map((event) => event['count'])).toEqual([2]);
  });
});
