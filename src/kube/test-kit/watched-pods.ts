/** Pods of a scripted API server, watched into a cache that keeps their phase. */
import { settle, VirtualClock } from '../../std/clock.ts';
import { Prng } from '../../std/prng.ts';
import type { Cache, CacheChange, CacheView } from '../cache.ts';
import { CacheSet } from '../cache-set.ts';
import { KubeClient } from '../client.ts';
import { projection } from '../projection.ts';
import type { ListForm } from '../watcher.ts';
import { PODS } from '../well-known.ts';
import { type AnswerForm, ScriptedApi, type WatchFault } from './scripted-api.ts';

export const KEPT = projection('phase', ['status.phase']);
export const MINUTE = 60_000;

const worlds: CacheSet[] = [];
/** To be called after each test. */
export async function stopAll(): Promise<void> {
  for (const caches of worlds.splice(0)) await caches.stop();
}

export function setUp(
  form: AnswerForm,
  { pageLimit = 500, lists = 'paged' }: { pageLimit?: number; lists?: ListForm } = {},
) {
  const api = new ScriptedApi(form);
  const clock = new VirtualClock();
  const client = new KubeClient({ transport: api, clock, rateLimit: { qps: 1000, burst: 1000 } });
  const caches = new CacheSet({ client, prng: new Prng(1), lists, pageLimit });
  worlds.push(caches);
  return { api, clock, client, caches };
}
export async function synced(form: AnswerForm, options?: Parameters<typeof setUp>[1]) {
  const world = setUp(form, options);
  for (const name of ['a', 'b', 'c', 'd', 'e']) world.api.put('pods', pod(name, 'Running'));
  const { cache } = world.caches.acquire({ type: PODS, projection: KEPT });
  const changes: CacheChange<unknown>[] = [];
  (cache as unknown as Cache).subscribe((change) => changes.push(change));
  await world.clock.advanceUntil(() => cache.hasSynced, MINUTE);
  await settle();
  return { ...world, cache, changes };
}

export const pod = (name: string, phase: string) => ({
  metadata: { name, namespace: 'n' },
  spec: { big: 'x'.repeat(50) },
  status: { phase },
});
export const seen = (cache: CacheView) =>
  Object.fromEntries(
    [...cache.values()].map((object) => [
      object.metadata.name,
      [object.metadata.uid, object.metadata.resourceVersion, (object['status'] as { phase: string }).phase],
    ]),
  );
export const stored = (api: ScriptedApi) =>
  Object.fromEntries(
    [...api.collection('pods').values()].map((object) => [
      object.metadata.name,
      [object.metadata.uid, object.metadata.resourceVersion, (object['status'] as { phase: string }).phase],
    ]),
  );
/** A fault of the first watch only. */
export const once = (fault: WatchFault) => {
  let used = false;
  return () => (used ? undefined : ((used = true), fault));
};
export const lists = (api: ScriptedApi) =>
  api.requests.filter(({ path }) => /limit=|sendInitialEvents/.test(path)).length;
export const watches = (api: ScriptedApi) => api.requests.filter(({ path }) => path.includes('watch=true')).length;
