import { describe, expect, it } from 'vitest';
import { seeingOn } from '../../../test/kit/seeing.ts';
import { deployment, policy, TestCluster } from '../../../test/kit/test-cluster.ts';
import { parseAction } from '../../api/parse-action.ts';
import { pastAction } from '../../core/action/past-action.ts';
import { judgeAction } from '../../core/action/action-gates.ts';
import { HEALTHY } from '../../core/target/evaluate-target.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { toTimestamp } from '../../std/clock.ts';
import { cachedGates, lastLook, liveGates } from './gate-scenes.ts';
import { sealedStatus } from '../../../test/kit/seals.ts';
import {
  ACTIONS,
  CONFIG_MAPS,
  DEPLOYMENTS,
  EVENTS,
  NAMESPACES,
  POLICIES,
  REPLICA_SETS,
} from '../../../test/kit/resources.ts';

const ROLLED_OUT = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
const FAILING = { ...ROLLED_OUT, conditions: [{ type: 'Available', status: 'False' }] };
const unavailable = { name: 'looping', type: 'condition', conditionTrigger: { type: 'Available', status: 'False' } };

/** An API server alone, with a policy, its target, and an action of the one on the other. */
async function playing(target: KubeObject = deployment('web'), kind = DEPLOYMENTS, spec: Record<string, unknown> = {}) {
  const world = new TestCluster(0, 'off');
  const { cluster } = world;
  cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kubeskippy-system' } });
  const made = cluster.create(POLICIES, policy({ triggers: [unavailable], ...spec }));
  const { apiVersion, metadata } = cluster.create(kind, target);
  const { name, namespace = '', uid = '' } = metadata;
  if (kind === DEPLOYMENTS) cluster.modify(kind, { namespace, name }, (one) => ({ ...one, status: FAILING }), 'status');
  const create = (of: string) =>
    cluster.create(ACTIONS, {
      apiVersion: 'kubeskippy.io/v1alpha1',
      kind: 'HealingAction',
      metadata: { name: of, namespace: 'default' },
      spec: {
        policyRef: { name: 'crash-loops', namespace: 'default', uid: made.metadata.uid },
        policyGeneration: 1,
        targetResource: { apiVersion, kind: target.kind, name, namespace, uid },
        action: { name: 'restart', type: 'restart' },
        trigger: 'looping',
      },
    });
  const { action } = parseAction(create('heal'));
  if (action === undefined) throw new Error('the action cannot be read');
  const sight = await seeingOn(world);
  const { seeing, live, stores } = sight;
  const now = () => world.clock.now();
  const words = (verdict: ReturnType<typeof judgeAction>) => (verdict.allow ? 'goes' : verdict.reason);
  const stored = () => {
    const found = seeing.policies.get('default/crash-loops');
    if (found === undefined) throw new Error('the policy is in no cache');
    return found;
  };
  return {
    ...sight,
    clock: world.clock,
    reading: live,
    now,
    stored,
    cluster,
    action,
    create,
    cached: async () => words(judgeAction(await cachedGates(seeing, live, action), 'begins', now())),
    live: async () =>
      words(judgeAction(await liveGates(seeing, { live, stores, how: 'begins' }, action), 'begins', now())),
    scene: () => liveGates(seeing, { live, stores, how: 'begins' }, action),
  };
}

type Playing = Awaited<ReturnType<typeof playing>>;
const named = (name: string) => ({ namespace: 'default', name });
const marked = (object: KubeObject): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, labels: { ...object.metadata.labels, 'kubeskippy.io/protected': 'true' } },
});
const withStatus = (status: object) => (object: KubeObject) => ({ ...object, status });
const pause = { name: 'kubeskippy-pause', namespace: 'kubeskippy-system' };

describe('live gates see what the caches do not show yet (I9)', () => {
  it.each<[string, (world: Playing) => unknown, string]>([
    [
      'that the policy was edited (I26)',
      ({ cluster }) =>
        cluster.modify(POLICIES, named('crash-loops'), (one) => ({ ...one, spec: policy({ suspend: true })['spec'] })),
      'PolicyChanged',
    ],
    ['that the policy is gone', ({ cluster }) => cluster.remove(POLICIES, named('crash-loops')), 'PolicyChanged'],
    [
      'the kill switch',
      ({ cluster }) => cluster.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: pause }),
      'Suspended',
    ],
    [
      'that the namespace is protected (I24)',
      ({ cluster }) => cluster.modify(NAMESPACES, { name: 'default' }, marked),
      'Protected',
    ],
    [
      'that the target is protected (I24)',
      ({ cluster }) => cluster.modify(DEPLOYMENTS, named('web'), marked),
      'Protected',
    ],
    [
      'that nothing tells any more whether its trigger holds (I13)',
      ({ cluster }) => cluster.modify(DEPLOYMENTS, named('web'), withStatus(ROLLED_OUT), 'status'),
      'StaleObservation',
    ],
    [
      'that its trigger does not hold any more (I42)',
      ({ cluster }) =>
        cluster.modify(
          DEPLOYMENTS,
          named('web'),
          withStatus({ ...ROLLED_OUT, conditions: [{ type: 'Available', status: 'True' }] }),
          'status',
        ),
      'NotFiring',
    ],
    [
      'that another process has changed the action',
      ({ cluster }) => cluster.modify(ACTIONS, named('heal'), withStatus({ phase: 'Approved' }), 'status'),
      'ClaimLost',
    ],
  ])('%s', async (_title, change, reason) => {
    const world = await playing();
    await world.caughtUp();
    expect([await world.cached(), await world.live()]).toEqual(['goes', 'goes']);
    await world.lag();
    change(world);
    expect([await world.cached(), await world.live()]).toEqual(['goes', reason]);
  });
});

describe('of two actions on one target the one that was claimed last sees the other (I20)', () => {
  const running = (one: KubeObject) => sealedStatus(one, { phase: 'InProgress', attempts: 1 });
  const LIST = '/apis/kubeskippy.io/v1alpha1/healingactions';

  /** The other is claimed first, then ours; the gates of ours are asked. */
  async function second(watch: 'shows both' | 'lags' | 'is late') {
    const world = await playing();
    const { cluster, create, seeing, reading: live, stores, clock } = world;
    await world.caughtUp();
    if (watch === 'lags') await world.lag();
    cluster.modify(ACTIONS, named(create('another').metadata.name), running, 'status');
    cluster.modify(ACTIONS, named('heal'), running, 'status');
    const { action } = parseAction(cluster.get(ACTIONS, named('heal')) ?? deployment('none'));
    if (action === undefined) throw new Error('the action cannot be read');
    if (watch === 'shows both') await world.caughtUp();
    world.reads.length = 0;
    const scene = liveGates(seeing, { live, stores, how: 'begins' }, action);
    // The caches of `is late` show both while the gates wait for them.
    await clock.advance(1000);
    const { facts, claim } = await scene;
    const others = facts.history.filter(({ phase, name }) => phase === 'InProgress' && name === 'another');
    return { claim, others: others.length, lists: world.reads.filter((path) => path === LIST).length };
  }

  it.each([
    ['the watch has shown the claim: nothing is listed', 'shows both', 0],
    ['the watch shows it a moment later', 'is late', 0],
    ['the watch does not show it within a second: all are listed', 'lags', 1],
  ] as const)('%s', async (_title, watch, lists) => {
    expect(await second(watch)).toEqual({ claim: 'ours', others: 1, lists });
  });

  it('and one that is gone, by the ledger, also where the watch lags (I18)', async () => {
    const world = await playing();
    const { cluster, create, seeing, reading: live, stores, clock } = world;
    await world.caughtUp();
    await world.lag();
    const { action: other } = parseAction(create('another'));
    if (other === undefined) throw new Error('the action cannot be read');
    await stores.ledger.remember({ ...pastAction(other), executed: true, completedAt: clock.now() });
    cluster.remove(ACTIONS, named('another'));
    cluster.modify(ACTIONS, named('heal'), running, 'status');
    const { action } = parseAction(cluster.get(ACTIONS, named('heal')) ?? deployment('none'));
    if (action === undefined) throw new Error('the action cannot be read');
    const scene = liveGates(seeing, { live, stores, how: 'begins' }, action);
    await clock.advance(1000);
    const { facts } = await scene;
    expect(facts.history.map(({ name, executed }) => [name, executed])).toEqual(
      expect.arrayContaining([['another', true]]),
    );
  });

  it('and goes on as it was decided without asking for others', async () => {
    const world = await playing();
    await world.caughtUp();
    world.reads.length = 0;
    await liveGates(world.seeing, { live: world.reading, stores: world.stores, how: 'continues' }, world.action);
    expect(world.reads.filter((path) => path.startsWith(LIST.replace(/healingactions$/, '')))).toEqual([
      '/apis/kubeskippy.io/v1alpha1/namespaces/default/healingpolicies/crash-loops',
      '/apis/kubeskippy.io/v1alpha1/namespaces/default/healingactions/heal',
    ]);
  });
});

describe('right before a request the target is read again, but where the server itself holds it to its version', () => {
  it.each([
    ['of that version', undefined, 0],
    ['of an older one (I8, I24)', '1', 1],
  ] as const)('%s', async (_title, version, times) => {
    const world = await playing();
    const scene = await world.scene();
    const { uid = '', resourceVersion = '' } = scene.facts.object?.metadata ?? {};
    const path = '/apis/apps/v1/namespaces/default/deployments/web';
    const precondition = { uid, resourceVersion: version ?? resourceVersion };
    world.reads.length = 0;
    const request = { method: 'PATCH', path, description: 'restart', precondition } as const;
    const { config } = world.seeing;
    const now = await lastLook({ config, live: world.reading, stores: world.stores }, { scene, request });
    expect(now.facts.object).toEqual(scene.facts.object);
    expect(world.reads.filter((one) => one === path)).toHaveLength(times);
  });

  it('and where the request goes to another object (I37)', async () => {
    const world = await playing();
    const scene = await world.scene();
    const { uid = '', resourceVersion = '' } = scene.facts.object?.metadata ?? {};
    const path = '/api/v1/namespaces/default/pods/web-1/eviction';
    const request = { method: 'POST', path, description: 'evict', precondition: { uid, resourceVersion } } as const;
    world.reads.length = 0;
    const { config } = world.seeing;
    await lastLook({ config, live: world.reading, stores: world.stores }, { scene, request });
    expect(world.reads).toContain('/apis/apps/v1/namespaces/default/deployments/web');
  });
});

describe('both gatherers know the cause of a policy that lets it hold actions back', () => {
  const refused = (cluster: Playing['cluster']) =>
    cluster.create(EVENTS, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'web.1', namespace: 'default' },
      involvedObject: { kind: 'ReplicaSet', name: 'web-1', namespace: 'default' },
      type: 'Warning',
      reason: 'FailedCreate',
      message: 'pods "web-1-" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1',
      lastTimestamp: '2026-01-01T00:00:00Z',
    });
  const set = (owner: KubeObject | undefined): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: 'web-1',
      namespace: 'default',
      labels: { app: 'web' },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: owner?.metadata.uid ?? '', controller: true },
      ],
    },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'web' } },
      template: (deployment('web')['spec'] as { readonly template: object }).template,
    },
  });

  it('and wait for it, while it is looked for', async () => {
    const world = await playing(undefined, undefined, { analysis: { mode: 'veto' } });
    const { cluster } = world;
    cluster.create(REPLICA_SETS, set(cluster.get(DEPLOYMENTS, named('web'))));
    refused(cluster);
    await world.caughtUp();
    const waiting = await world.scene();
    expect(waiting.facts.analysis).toMatchObject({ causes: [], awaitedUntil: world.now() + 10_000 });
    await world.caughtUp();
    expect((await world.scene()).facts.analysis?.causes).toMatchObject([{ cause: 'PodQuotaExceeded' }]);
    expect([await world.cached(), await world.live()]).toEqual(['AnalysisVeto', 'AnalysisVeto']);
  });

  it('and others are not kept by it', async () => {
    const world = await playing();
    expect((await world.scene()).facts).not.toHaveProperty('analysis');
  });
});

describe('both gatherers are told of the policy as a whole', () => {
  const failing = (world: Playing, ill: number) => {
    const entry = world.book.put('default/crash-loops', world.stored()).entry;
    for (let i = 0; i < 4; i++) {
      const triggers = i < ill ? { looping: { state: 'firing', since: 0, detail: '' } as const } : {};
      const ref = { apiVersion: 'apps/v1', kind: 'Deployment', name: `web-${i}`, namespace: 'default', uid: `${i}` };
      const standing = i < ill ? 'unhealthy' : 'healthy';
      entry.set(`${i}`, { ref, state: { ...HEALTHY, triggers }, standing, decision: { kind: 'nothing' } });
    }
    return entry;
  };

  it('that too many of its targets fail at once (I15)', async () => {
    const world = await playing();
    await world.caughtUp();
    failing(world, 1);
    expect([await world.cached(), await world.live()]).toEqual(['goes', 'goes']);
    failing(world, 4);
    expect([await world.cached(), await world.live()]).toEqual(['MassFailure', 'MassFailure']);
  });

  it('that a mass failure has just ended (I16)', async () => {
    const world = await playing();
    await world.caughtUp();
    const until = toTimestamp(world.now() + 60_000);
    failing(world, 1).massFailure = { since: toTimestamp(world.now()), until, message: '4 of 4' };
    expect([await world.cached(), await world.live()]).toEqual(['MassFailure', 'MassFailure']);
  });

  it('that its targets were not counted yet (I10)', async () => {
    const world = await playing();
    await world.caughtUp();
    failing(world, 1).expect('another');
    expect([await world.cached(), await world.live()]).toEqual(['StaleObservation', 'StaleObservation']);
  });

  it('that a cache is out of date (I10)', async () => {
    const world = await playing();
    await world.caughtUp();
    const seeing = { ...world.seeing, staleness: () => 'the cache of pods has not synced' };
    const scenes = [
      await cachedGates(seeing, world.reading, world.action),
      await liveGates(seeing, { live: world.reading, stores: world.stores, how: 'begins' }, world.action),
    ];
    expect(scenes.map((scene) => judgeAction(scene, 'begins', world.now()))).toEqual([
      expect.objectContaining({ reason: 'StaleObservation' }),
      expect.objectContaining({ reason: 'StaleObservation' }),
    ]);
  });
});

describe('cached gates', () => {
  it('read nothing of a target that is watched', async () => {
    const { caughtUp, cached, reads } = await playing();
    await caughtUp();
    expect([await cached(), reads]).toEqual(['goes', []]);
  });

  it('read a target of a kind that no cache holds: that it is in none says nothing of it (I10)', async () => {
    const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'default' } };
    const { caughtUp, cached, reads } = await playing(settings, CONFIG_MAPS);
    await caughtUp();
    expect([await cached(), reads]).toEqual(['OutOfScope', ['/api/v1/namespaces/default/configmaps/settings']]);
  });
});

it('what a target belongs to is read live, to the outermost controller', async () => {
  const world = await playing();
  const owner = (object: KubeObject) => [
    {
      apiVersion: object.apiVersion,
      kind: object.kind,
      name: object.metadata.name,
      uid: object.metadata.uid ?? '',
      controller: true,
    },
  ];
  const gone = { apiVersion: 'example.com/v1', kind: 'Shop', metadata: { name: 'shop', uid: 'shop-uid' } };
  world.cluster.modify(DEPLOYMENTS, named('web'), (one) => ({
    ...one,
    metadata: { ...one.metadata, ownerReferences: owner(gone) },
  }));
  const { facts } = await world.scene();
  expect(facts.chain).toEqual([
    { apiVersion: 'example.com/v1', kind: 'Shop', metadata: { name: 'shop', uid: 'shop-uid', namespace: 'default' } },
  ]);
});
