import { afterEach, describe, expect, it } from 'vitest';
import { T0 } from '../../test/kit/core-data.ts';
import { ACTIONS, CONFIG_MAPS, DEPLOYMENTS, EVENTS, NAMESPACES, PODS, POLICIES } from '../../test/kit/resources.ts';
import { sealedStatus, testSeals } from '../../test/kit/seals.ts';
import { deployment, policy, TestCluster } from '../../test/kit/test-cluster.ts';
import { targetRef } from '../core/observation.ts';
import { HEALTHY } from '../core/target/evaluate-target.ts';
import { CacheSet } from '../kube/cache-set.ts';
import { KubeClient } from '../kube/client.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { Prng } from '../std/prng.ts';
import type { OperatorDependencies } from './dependencies.ts';
import { DEFAULT_OPERATOR_CONFIG, type MetricResult } from './ports.ts';
import { openSeeing } from './seeing.ts';
import { PolicyBook } from './target/policy-book.ts';
import { parseTargetKey, targetKey } from './target/target-key.ts';
import { Waker } from './wakes.ts';

const running: { stop(): Promise<unknown> }[] = [];
afterEach(async () => void (await Promise.all(running.splice(0).map((one) => one.stop()))));

const owned = (owner: KubeObject, object: KubeObject): KubeObject => {
  const { apiVersion, kind, metadata } = owner;
  const reference = { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true };
  return { ...object, metadata: { ...object.metadata, ownerReferences: [reference] } };
};
const pod = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: { containers: [{ name: 'main', image: 'registry.example/app:1' }] },
});
const named = (name: string, spec: Record<string, unknown>): KubeObject => {
  const one = policy(spec);
  return { ...one, metadata: { ...one.metadata, name } };
};
const ofPods = named('of-pods', { selector: { resources: [{ apiVersion: 'v1', kind: 'Pod' }] } });
const ofSets = named('of-sets', { selector: { resources: [{ apiVersion: 'apps/v1', kind: 'StatefulSet' }] } });

const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment' };

interface Looked {
  /** `blocked`: it waits for a place. */
  readonly found?: 'well' | 'open' | 'blocked';
  readonly of?: string;
  readonly root?: string | undefined;
}

/** As if a lap had looked at it. */
function look(book: PolicyBook, object: KubeObject, seen: Looked = {}): void {
  const { found = 'well', of = 'crash-loops', root } = seen;
  const triggers = { looping: { state: 'firing', since: T0, detail: '' } } as const;
  const state = found === 'well' ? HEALTHY : { ...HEALTHY, triggers, startedAt: T0 };
  book.get(`default/${of}`)?.set(targetKey(`default/${of}`, object), {
    ref: targetRef(object),
    state,
    standing: found === 'well' ? 'healthy' : 'unhealthy',
    decision: found === 'blocked' ? { kind: 'blocked', reason: 'BudgetExhausted', message: '' } : { kind: 'nothing' },
    rootUid: root ?? object.metadata.uid ?? '',
  });
}

function act(
  cluster: TestCluster['cluster'],
  name: string,
  { target, phase, policyUid = 'gone' }: { target: KubeObject; phase: string; policyUid?: string },
): void {
  cluster.create(ACTIONS, {
    apiVersion: 'kubeskippy.io/v1alpha1',
    kind: 'HealingAction',
    metadata: { name, namespace: 'default' },
    spec: {
      policyRef: { name: 'crash-loops', namespace: 'default', uid: policyUid },
      targetResource: targetRef(target),
      action: { name: 'restart', type: 'restart' },
    },
  });
  cluster.modify(ACTIONS, { namespace: 'default', name }, (draft) => sealedStatus(draft, { phase }), 'status');
}

/** An API server and what an operator sees of it. No lap runs: what is woken is only told. */
async function watching(answer: MetricResult = { type: 'vector', samples: [], warnings: [] }) {
  const cluster = new TestCluster(0, 'off');
  const { clock } = cluster;
  const transport = cluster.sandbox.transport();
  const client = new KubeClient({ transport, clock, fieldManager: 'test' });
  const caches = new CacheSet({ client, prng: new Prng(1) });
  const off = new AbortController();
  running.push({ stop: () => (off.abort(), caches.stop()) });
  const ignore = () => undefined;
  const dependencies: OperatorDependencies = {
    clock,
    prng: new Prng(1),
    secureRandom: () => 0.5,
    transport,
    audit: { record: async () => undefined },
    metrics: {
      check: ignore,
      confine: (query) => ({ query }),
      families: () => undefined,
      absence: () => 'unknown',
      open: () => new Map([['prometheus', { query: async () => answer }]]),
    },
    logger: { info: ignore, warn: ignore, error: ignore },
  };
  const config = DEFAULT_OPERATOR_CONFIG;
  const book = new PolicyBook();
  const { seeing } = openSeeing({
    dependencies,
    config,
    client,
    seals: testSeals(),
    kubeletClient: client,
    caches,
    metricCaches: caches,
    book,
    lookClient: client,
    onLooked: () => undefined,
    onAdvice: () => undefined,
    signal: new AbortController().signal,
    onShared: () => undefined,
    announce: () => undefined,
    onRound: (source) => waker.roundEnded(source),
    leapMs: () => 0,
  });
  const woken: string[] = [];
  const queue = (tell: (key: string) => string) => ({
    add: (key: string) => void woken.push(tell(key)),
    addAt: (key: string, at: number) => void woken.push(`${tell(key)} in ${at - clock.now()} ms`),
  });
  const wakes = {
    targetQueue: queue((key) => {
      const { policy: of, kind, name } = parseTargetKey(key);
      return `${of.split('/')[1]} × ${kind} ${name}`;
    }),
    policyQueue: queue((key) => `policy ${key.split('/')[1]}`),
    actionQueue: queue((key) => `action ${key.split('/')[1]}`),
  };
  const waker = new Waker({ seeing, book, wakes });
  /** What was woken since the last time, each once. */
  const settled = async (ms = 100): Promise<readonly string[]> => {
    await clock.advance(ms);
    return [...new Set(woken.splice(0))].sort();
  };
  await settled(1000);
  waker.subscribe();
  return { cluster: cluster.cluster, book, settled, run: () => void seeing.metrics.run(off.signal).catch(ignore) };
}

describe('a policy', () => {
  it('wakes itself and all that it selects; a write of its status only itself', async () => {
    const { cluster, settled } = await watching();
    cluster.create(DEPLOYMENTS, deployment('web'));
    cluster.create(DEPLOYMENTS, deployment('api'));
    await settled();
    cluster.create(POLICIES, policy());
    expect(await settled()).toEqual([
      'crash-loops × Deployment api',
      'crash-loops × Deployment web',
      'policy crash-loops',
    ]);
    const key = { namespace: 'default', name: 'crash-loops' };
    cluster.modify(POLICIES, key, (draft) => ({ ...draft, status: { firing: 0 } }), 'status');
    expect(await settled()).toEqual(['policy crash-loops']);
    cluster.modify(POLICIES, key, (draft) => ({ ...draft, spec: { ...draft['spec'], suspend: true } }));
    expect(await settled()).toHaveLength(3);
  });

  it('that is deleted is forgotten', async () => {
    const { cluster, settled, book } = await watching();
    cluster.create(POLICIES, policy());
    await settled();
    cluster.remove(POLICIES, { namespace: 'default', name: 'crash-loops' });
    expect(await settled()).toEqual(['policy crash-loops']);
    cluster.create(DEPLOYMENTS, deployment('web'));
    expect([await settled(), book.get('default/crash-loops')]).toEqual([[], undefined]);
  });
});

describe('a change of an object', () => {
  it('wakes the policies that select it or a controller of it, and no others', async () => {
    const { cluster, settled } = await watching();
    for (const one of [policy(), ofPods, ofSets]) cluster.create(POLICIES, one);
    const web = cluster.create(DEPLOYMENTS, deployment('web'));
    await settled();
    cluster.create(PODS, owned(web, pod('web-1')));
    expect(await settled()).toEqual(['crash-loops × Deployment web', 'of-pods × Pod web-1']);
    cluster.create(PODS, pod('alone'));
    expect(await settled()).toEqual(['of-pods × Pod alone']);
  });

  it('wakes what was a target, so that it is let go of', async () => {
    const { cluster, settled, book } = await watching();
    const labelSelector = { matchLabels: { heal: 'yes' } };
    cluster.create(POLICIES, policy({ selector: { resources: [DEPLOYMENT], labelSelector } }));
    const web = cluster.create(DEPLOYMENTS, deployment('web'));
    expect(await settled()).toEqual(['policy crash-loops']);
    look(book, web);
    cluster.modify(DEPLOYMENTS, { namespace: 'default', name: 'web' }, (draft) => {
      draft.metadata.labels['team'] = 'a';
      return draft;
    });
    expect(await settled()).toEqual(['crash-loops × Deployment web']);
  });

  it('is told by an Event about it as well, to policies that count Events', async () => {
    const { cluster, settled } = await watching();
    const eventTrigger = { reason: 'BackOff', type: 'Warning', count: 3, window: '5m' };
    const counts = named('counts', { triggers: [{ name: 'looping', type: 'event', eventTrigger }] });
    for (const one of [policy(), counts, ofSets]) cluster.create(POLICIES, one);
    const web = cluster.create(DEPLOYMENTS, deployment('web'));
    const one = cluster.create(PODS, owned(web, pod('web-1')));
    await settled();
    const { kind, metadata } = one;
    cluster.create(EVENTS, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'e', namespace: 'default' },
      involvedObject: { kind, name: metadata.name, namespace: 'default', uid: metadata.uid },
      reason: 'BackOff',
    });
    expect(await settled()).toEqual(['counts × Deployment web']);
  });

  it('wakes the actions on its workload that wait for their gates or are verified', async () => {
    const { cluster, settled } = await watching();
    const web = cluster.create(DEPLOYMENTS, deployment('web'));
    const api = cluster.create(DEPLOYMENTS, deployment('api'));
    act(cluster, 'on-web', { target: web, phase: 'InProgress' });
    act(cluster, 'on-api', { target: api, phase: 'InProgress' });
    act(cluster, 'not-approved', { target: web, phase: 'Pending' });
    act(cluster, 'done', { target: web, phase: 'Succeeded' });
    await settled();
    cluster.create(PODS, owned(web, pod('web-1')));
    expect(await settled()).toEqual(['action on-web']);
  });
});

describe('what concerns many', () => {
  it('a namespace wakes the targets in it, of the policies that reach into it', async () => {
    const { cluster, settled } = await watching();
    for (const one of [policy(), ofSets]) cluster.create(POLICIES, one);
    cluster.create(DEPLOYMENTS, deployment('web'));
    await settled();
    cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'elsewhere' } });
    expect(await settled()).toEqual([]);
    cluster.modify(NAMESPACES, { name: 'default' }, (draft) => {
      draft.metadata.annotations = { 'kubeskippy.io/protected': 'true' };
      return draft;
    });
    expect(await settled()).toEqual(['crash-loops × Deployment web']);
  });

  it('the kill switch wakes all targets and policies, when it is thrown and when it is lifted', async () => {
    const { cluster, settled } = await watching();
    const metadata = { namespace: DEFAULT_OPERATOR_CONFIG.namespace, name: 'kubeskippy-pause' };
    cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: metadata.namespace } });
    cluster.create(POLICIES, policy());
    cluster.create(DEPLOYMENTS, deployment('web'));
    await settled();
    cluster.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
    expect(await settled()).toEqual(['crash-loops × Deployment web', 'policy crash-loops']);
    cluster.remove(CONFIG_MAPS, metadata);
    expect(await settled()).toEqual(['crash-loops × Deployment web', 'policy crash-loops']);
  });

  it('a round of metrics wakes targets for which a trigger holds or held, and actions in verification', async () => {
    const labels = { namespace: 'default', deployment: 'web' };
    const { cluster, settled, book, run } = await watching({
      type: 'vector',
      samples: [{ labels, value: 5 }],
      warnings: [],
    });
    const [web, api, quiet] = ['web', 'api', 'quiet'].map((name) => cluster.create(DEPLOYMENTS, deployment(name)));
    if (web === undefined || api === undefined || quiet === undefined) throw new Error('three were created');
    const metricTrigger = { query: 'errors', operator: '>', threshold: 1 };
    cluster.create(POLICIES, policy({ triggers: [{ name: 'looping', type: 'metric', metricTrigger }] }));
    cluster.create(POLICIES, ofSets);
    act(cluster, 'verified', { target: quiet, phase: 'InProgress' });
    act(cluster, 'waiting', { target: quiet, phase: 'Approved' });
    await settled();
    look(book, api, { found: 'open' });
    look(book, quiet);
    run();
    expect(await settled()).toEqual([
      'action verified',
      'crash-loops × Deployment api',
      'crash-loops × Deployment web',
      'policy crash-loops',
    ]);
    // Another round with the same data is no news for the policy's status.
    expect(await settled(15_000)).not.toContain('policy crash-loops');
  });
});

describe('an action', () => {
  it('wakes itself, its policy, and the open targets of its workload while it goes along', async () => {
    const { cluster, settled, book } = await watching();
    const of = cluster.create(POLICIES, policy());
    cluster.create(POLICIES, ofPods);
    const web = cluster.create(DEPLOYMENTS, deployment('web'));
    const api = cluster.create(DEPLOYMENTS, deployment('api'));
    const one = cluster.create(PODS, owned(web, pod('web-1')));
    await settled();
    for (const object of [web, api]) look(book, object, { found: 'open' });
    look(book, one, { found: 'open', of: 'of-pods', root: web.metadata.uid });
    act(cluster, 'a', { target: web, phase: 'InProgress', policyUid: of.metadata.uid ?? '' });
    expect(await settled()).toEqual([
      'action a',
      'crash-loops × Deployment web',
      'of-pods × Pod web-1',
      'policy crash-loops',
    ]);
  });

  it.each<[string, 'Succeeded' | 'deleted']>([
    ['ended', 'Succeeded'],
    ['was deleted', 'deleted'],
  ])('that %s frees a place: targets and actions that wait for one look again', async (_title, how) => {
    const { cluster, settled, book } = await watching();
    cluster.create(POLICIES, policy());
    const web = cluster.create(DEPLOYMENTS, deployment('web'));
    const api = cluster.create(DEPLOYMENTS, deployment('api'));
    act(cluster, 'a', { target: web, phase: 'InProgress' });
    act(cluster, 'waiting', { target: api, phase: 'Approved' });
    act(cluster, 'begun', { target: api, phase: 'InProgress' });
    await settled();
    look(book, web, { found: 'open' });
    look(book, api, { found: 'blocked' });
    const key = { namespace: 'default', name: 'a' };
    if (how === 'deleted') cluster.remove(ACTIONS, key);
    else cluster.modify(ACTIONS, key, (draft) => ({ ...draft, status: { phase: how } }), 'status');
    expect(await settled()).toEqual([
      'action a',
      'action waiting',
      'crash-loops × Deployment api',
      'crash-loops × Deployment web',
    ]);
  });
});
