/** `cordon` and `drain`, judged by the nodes and pods of the cluster. */
import { describe, expect, it } from 'vitest';
import { deployment, TestCluster } from '../kit/test-cluster.ts';
import type { ActionStatus } from '../../src/api/action-status.ts';
import type { PolicyStatus } from '../../src/api/policy-status.ts';
import type { Gvr, MutableObject } from '../../src/sandbox/index.ts';
import { BUDGETS, DAEMON_SETS, DEPLOYMENTS, PODS, POLICIES } from '../kit/resources.ts';

const core = (resource: string): Gvr => ({ group: '', version: 'v1', resource });
const NODES = core('nodes');
const WEB = { namespace: 'default', name: 'web' };

interface Case {
  readonly nodes?: number;
  readonly action?: object;
  readonly safetyRules?: object;
  readonly trigger?: object;
}

/** Two pods of a Deployment on each node, and one of a DaemonSet. */
async function setUp({
  nodes = 3,
  action = { type: 'drain' },
  safetyRules = {},
  trigger = { type: 'Broken', status: 'True' },
}: Case = {}) {
  const world = new TestCluster(nodes);
  const { cluster } = world;
  for (const name of ['kubeskippy-system', 'vault'])
    cluster.create(core('namespaces'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const operator = world.operator();
  const web = deployment('web');
  const { replicas: _count, ...agent } = deployment('agent')['spec'] as MutableObject;
  cluster.create(DEPLOYMENTS, { ...web, spec: { ...(web['spec'] as object), replicas: nodes * 2 } });
  cluster.create(DAEMON_SETS, { ...deployment('agent'), kind: 'DaemonSet', spec: agent });
  await world.clock.advance(60_000);
  cluster.create(POLICIES, {
    apiVersion: 'kubeskippy.io/v1alpha1',
    kind: 'HealingPolicy',
    metadata: { name: 'nodes', namespace: 'kubeskippy-system' },
    spec: {
      mode: 'automatic',
      selector: { resources: [{ apiVersion: 'v1', kind: 'Node' }] },
      triggers: [{ name: 'broken', type: 'condition', conditionTrigger: { ...trigger, duration: '30s' } }],
      actions: [{ name: 'act', ...onOneSign(action) }],
      safetyRules,
    },
  });
  await world.clock.advance(2000);
  return { world, operator, cluster, ...nodesOf(world), ...actionsOf(world, operator) };
}

/** These nodes are well but for what they say of themselves. */
function onOneSign(action: object): object {
  const { type, cordonAction, drainAction } = action as { type: string; cordonAction?: object; drainAction?: object };
  return type === 'cordon'
    ? { ...action, cordonAction: { signals: 1, ...cordonAction } }
    : { ...action, drainAction: { signals: 1, ...drainAction } };
}

/** The nodes as they are, and what happens to them. */
function nodesOf({ cluster }: TestCluster) {
  const node = (name: string) => cluster.get(NODES, { name }) as MutableObject;
  const on = (name: string) =>
    (cluster.list(PODS) as readonly MutableObject[]).filter(
      ({ metadata, spec }) => spec.nodeName === name && metadata.deletionTimestamp === undefined,
    );
  return {
    on: (name: string) => on(name).map(({ metadata }) => metadata.name as string),
    cordoned: () =>
      (cluster.list(NODES) as readonly MutableObject[])
        .filter((one) => one['spec'].unschedulable === true)
        .map(({ metadata }) => metadata.name as string),
    breaks: (name: string) => {
      const report = (draft: MutableObject): MutableObject => {
        draft['status'].conditions.push({
          type: 'Broken',
          status: 'True',
          reason: 'Test',
          message: 'as the test wants it',
        });
        return draft;
      };
      cluster.modify(NODES, { name }, report, 'status');
    },
    stops: (name: string, kubelet: 'stopped' | 'running' = 'stopped') =>
      cluster.modify(NODES, { name }, (draft) => {
        draft.metadata.annotations = { ...draft.metadata.annotations, 'sandbox.kubeskippy.io/kubelet': kubelet };
        return draft;
      }),
    changeNode: (name: string, unschedulable: boolean) =>
      cluster.modify(NODES, { name }, (draft) => {
        draft['spec'].unschedulable = unschedulable;
        return draft;
      }),
    node,
  };
}

/** What the operator says that it did, or did not do. */
function actionsOf(world: TestCluster, operator: ReturnType<TestCluster['operator']>) {
  return {
    statuses: () => world.actions().map((one) => (one['status'] ?? {}) as ActionStatus),
    status: () => world.actionStatus(),
    blocked: () =>
      (
        (
          world.cluster.get(POLICIES, { namespace: 'kubeskippy-system', name: 'nodes' }) as {
            readonly status?: PolicyStatus;
          }
        ).status?.blocked ?? []
      ).map(({ reason }) => reason),
    intents: () => operator.audit.filter(({ entry }) => entry === 'intent').map(({ path }) => path),
  };
}

const budget = (minAvailable: number) => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: WEB,
  spec: { minAvailable, selector: { matchLabels: { app: 'web' } } },
});
const bare = (
  name: string,
  change: { readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> } = {},
) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', ...change },
  spec: { nodeName: 'node-1', containers: [{ name: 'main', image: 'registry.example/app:1' }] },
});

describe('cordon', () => {
  const action = { type: 'cordon' };

  it('keeps new pods away and leaves those that are there', async () => {
    const { world, on, cordoned, breaks, status } = await setUp({ action });
    const before = on('node-1');
    breaks('node-1');
    expect(await world.until(() => status().phase === 'Succeeded')).toBe(true);
    expect([cordoned(), on('node-1')]).toEqual([['node-1'], before]);
    expect(status().result?.changes).toMatchObject([
      { resourceRef: 'Node/node-1', field: 'spec.unschedulable', oldValue: 'false', newValue: 'true' },
    ]);
  });

  it('is refused where too few nodes would be left that take pods', async () => {
    const { world, cordoned, breaks, changeNode, status } = await setUp({ action });
    changeNode('node-2', true);
    breaks('node-1');
    expect(await world.until(() => status().phase === 'Cancelled')).toBe(true);
    expect(status().reason).toBe('TooFewNodes');
    expect(status().message).toContain('only 1 of 3 nodes of its kind would be ready and take pods (node-3)');
    await world.clock.advance(600_000);
    expect(cordoned()).toEqual(['node-2']);
  });

  it('takes nodes one at a time, and no more than half of them, whatever the policy allows (I14)', async () => {
    const { world, cordoned, breaks, statuses, cluster } = await setUp({
      nodes: 4,
      action,
      safetyRules: { maxConcurrent: 4, maxUnhealthy: '100%', maxActionsPerHour: 10 },
    });
    const unfinished: number[] = [];
    cluster.subscribe(
      NODES,
      () =>
        void unfinished.push(
          statuses().filter(({ phase }) => phase === undefined || !['Succeeded', 'Cancelled'].includes(phase)).length,
        ),
    );
    for (const name of ['node-1', 'node-2', 'node-3']) breaks(name);
    expect(await world.until(() => statuses().filter(({ phase }) => phase === 'Succeeded').length === 2)).toBe(true);
    await world.clock.advance(600_000);
    expect(cordoned()).toHaveLength(2);
    expect(Math.max(...unfinished)).toBe(1);
    expect(statuses().map(({ reason }) => reason)).toContain('TooFewNodes');
  });

  it('is taken back when somebody uncordons the node before it is proved', async () => {
    const { world, cordoned, breaks, changeNode, status } = await setUp({
      action,
      safetyRules: { healthCheckTimeout: '1m' },
    });
    breaks('node-1');
    expect(await world.until(() => cordoned().includes('node-1'))).toBe(true);
    changeNode('node-1', false);
    expect(await world.until(() => status().phase === 'Failed')).toBe(true);
    expect([status().reason, cordoned()]).toEqual(['NotVerified', []]);
  });
});

describe('drain', () => {
  it('cordons the node and evicts its pods; those of DaemonSets stay, and others are made elsewhere', async () => {
    const { world, cluster, on, cordoned, breaks, status, intents } = await setUp();
    const leaving = on('node-1').filter((name) => name.startsWith('web-'));
    const staying = on('node-1').filter((name) => name.startsWith('agent-'));
    breaks('node-1');
    expect(await world.until(() => status().phase === 'Succeeded')).toBe(true);
    expect([cordoned(), on('node-1')]).toEqual([['node-1'], staying]);
    expect((cluster.get(DEPLOYMENTS, WEB) as MutableObject)['status'].readyReplicas).toBe(6);
    expect(intents()).toEqual([
      '/api/v1/nodes/node-1',
      ...leaving.map((name) => `/api/v1/namespaces/default/pods/${name}/eviction`),
    ]);
    const told = status().result?.changes?.map(({ resourceRef }) => resourceRef);
    expect(told).toEqual(['Node/node-1', ...leaving.map((name) => `Pod/default/${name}`)]);
    expect(status().message).toContain('Node node-1 was drained (left on it: 1 of DaemonSets or static)');
  });

  it('sends nothing more when the kill switch is thrown between two evictions, and goes on when it is lifted (I26)', async () => {
    const { world, cluster, on, cordoned, breaks, status } = await setUp();
    const pause = { name: 'kubeskippy-pause', namespace: 'kubeskippy-system' };
    const evicted = new Set<string>();
    cluster.subscribe(PODS, ({ object }) => {
      if (object.metadata.deletionTimestamp === undefined) return;
      if (evicted.size === 0)
        cluster.create(core('configmaps'), { apiVersion: 'v1', kind: 'ConfigMap', metadata: pause });
      evicted.add(object.metadata.name);
    });
    breaks('node-1');
    expect(await world.until(() => evicted.size > 0)).toBe(true);
    await world.clock.advance(120_000);
    expect([evicted.size, cordoned(), status().phase]).toEqual([1, ['node-1'], 'InProgress']);
    expect(status().conditions).toMatchObject([{ type: 'Executed', status: 'True' }]);
    cluster.remove(core('configmaps'), pause);
    expect(await world.until(() => status().phase === 'Succeeded')).toBe(true);
    expect([evicted.size, on('node-1').filter((name) => name.startsWith('web-'))]).toEqual([2, []]);
  });

  it('never has more pods away than their budget allows', async () => {
    const { world, cluster, on, breaks, status } = await setUp();
    cluster.create(BUDGETS, budget(5));
    await world.clock.advance(2000);
    const ready: number[] = [];
    cluster.subscribe(
      DEPLOYMENTS,
      () => void ready.push((cluster.get(DEPLOYMENTS, WEB) as MutableObject)['status'].readyReplicas ?? 0),
    );
    breaks('node-1');
    expect(await world.until(() => status().phase === 'Succeeded')).toBe(true);
    expect(on('node-1').filter((name) => name.startsWith('web-'))).toEqual([]);
    expect(Math.min(...ready)).toBe(5);
  });

  it('gives up when its time is over, uncordons the node and says what is left', async () => {
    const { world, cluster, on, cordoned, breaks, status } = await setUp({
      action: { type: 'drain', drainAction: { timeout: '1m' } },
    });
    cluster.create(BUDGETS, budget(6));
    await world.clock.advance(2000);
    const before = on('node-1');
    breaks('node-1');
    expect(await world.until(() => cordoned().includes('node-1'))).toBe(true);
    expect(await world.until(() => status().phase === 'Failed')).toBe(true);
    expect(status()).toMatchObject({ reason: 'TimedOut', undo: { state: 'Done', message: 'uncordon Node node-1' } });
    expect(status().message).toContain('is not empty after 1m: default/web-');
    expect([cordoned(), on('node-1')]).toEqual([[], before]);
    expect(status().result?.changes?.map(({ resourceRef }) => resourceRef)).toEqual(['Node/node-1']);
  });

  it('may take longer than other actions do', async () => {
    const { world, breaks } = await setUp({ action: { type: 'drain', drainAction: { timeout: '20m' } } });
    breaks('node-1');
    expect(await world.until(() => world.actions().length > 0)).toBe(true);
    expect(world.actions()[0]?.['spec']).toMatchObject({ timeout: '20m' });
  });

  it.each([
    ['refuses a node with a pod that nothing would bring back', {}, 'Cancelled', 'BarePods', ['lonely']],
    ['evicts such a pod when it is forced to', { force: true }, 'Succeeded', 'Verified', []],
  ])('%s', async (_title, drainAction, phase, reason, left) => {
    const { world, cluster, on, cordoned, breaks, status } = await setUp({ action: { type: 'drain', drainAction } });
    cluster.create(PODS, bare('lonely'));
    await world.clock.advance(5000);
    breaks('node-1');
    expect(await world.until(() => status().phase === phase)).toBe(true);
    expect([status().reason, on('node-1').filter((name) => name === 'lonely')]).toEqual([reason, left]);
    expect(cordoned()).toEqual(phase === 'Cancelled' ? [] : ['node-1']);
  });

  it('leaves pods where they are that are protected: by a mark of theirs, of their controller or namespace, by configuration or policy (I24)', async () => {
    const { world, cluster, on, breaks, status } = await setUp({
      action: { type: 'drain', drainAction: { force: true } },
      safetyRules: { protectedResources: [{ apiVersion: 'v1', kind: 'Pod', excludeNames: ['listed'] }] },
    });
    const protectedLabel = { 'kubeskippy.io/protected': 'true' };
    cluster.modify(core('namespaces'), { name: 'vault' }, (draft) => ({
      ...draft,
      metadata: { ...draft.metadata, labels: protectedLabel },
    }));
    const dear = deployment('dear');
    cluster.create(DEPLOYMENTS, {
      ...dear,
      metadata: { ...dear.metadata, labels: protectedLabel },
      spec: { ...(dear['spec'] as object), replicas: 6 },
    });
    cluster.create(PODS, bare('marked', { labels: protectedLabel }));
    cluster.create(PODS, bare('listed'));
    cluster.create(PODS, bare('sealed', { namespace: 'vault' }));
    cluster.create(PODS, bare('dns', { namespace: 'kube-system' }));
    cluster.create(PODS, bare('operator', { namespace: 'kubeskippy-system' }));
    cluster.create(PODS, bare('lonely'));
    await world.clock.advance(30_000);
    const before = on('node-1').filter((name) => !name.startsWith('web-') && name !== 'lonely');
    expect(before.filter((name) => name.startsWith('dear-')).length).toBeGreaterThan(0);
    breaks('node-1');
    expect(await world.until(() => status().phase === 'Succeeded')).toBe(true);
    expect(on('node-1').toSorted((a, b) => (a < b ? -1 : 1))).toEqual(before.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(status().message).toContain('kubeskippy.io/protected');
  });

  it('stops when somebody uncordons the node in the middle, and leaves it so', async () => {
    const { world, cluster, cordoned, breaks, changeNode, status } = await setUp();
    cluster.create(BUDGETS, budget(6));
    await world.clock.advance(2000);
    breaks('node-1');
    expect(await world.until(() => cordoned().includes('node-1'))).toBe(true);
    await world.clock.advance(10_000);
    changeNode('node-1', false);
    expect(await world.until(() => status().phase === 'Failed')).toBe(true);
    expect([status().reason, cordoned()]).toEqual(['Superseded', []]);
  });

  it('leaves a node cordoned that somebody else had cordoned before, whatever comes of it', async () => {
    const { world, cluster, cordoned, breaks, changeNode, status } = await setUp({
      action: { type: 'drain', drainAction: { timeout: '1m' } },
    });
    changeNode('node-1', true);
    cluster.create(BUDGETS, budget(6));
    await world.clock.advance(2000);
    breaks('node-1');
    expect(await world.until(() => status().phase === 'Failed')).toBe(true);
    expect([status().reason, status().undo?.state, cordoned()]).toEqual(['TimedOut', 'NotPossible', ['node-1']]);
  });
});

describe('many nodes that fail at once', () => {
  it.each([
    ['cordon', 4, 3],
    ['drain', 4, 3],
    ['drain', 6, 4],
  ])('%s touches none of them: of %i nodes %i stop together (I15, I16)', async (type, nodes, failing) => {
    const { world, cluster, cordoned, stops, intents, blocked } = await setUp({
      nodes,
      action: { type },
      trigger: { type: 'Ready', status: 'Unknown' },
    });
    const evictions: string[] = [];
    cluster.subscribe(PODS, ({ object }) => {
      const { conditions = [] } = ((object as MutableObject)['status'] ?? {}) as {
        readonly conditions?: readonly { readonly reason?: string }[];
      };
      if (conditions.some(({ reason }) => reason === 'EvictionByEvictionAPI')) evictions.push(object.metadata.name);
    });
    const names = cluster
      .list(NODES)
      .map(({ metadata }) => metadata.name)
      .slice(0, failing);
    for (const name of names) stops(name);
    expect(await world.until(() => blocked().includes('MassFailure'))).toBe(true);
    await world.clock.advance(900_000);
    expect([cordoned(), evictions, intents(), world.actions()]).toEqual([[], [], [], []]);
    // All but one come back: what remains waits for the end of the stop.
    for (const name of names.slice(1)) stops(name, 'running');
    await world.clock.advance(240_000);
    expect([cordoned(), intents()]).toEqual([[], []]);
    expect(await world.until(() => cordoned().length > 0)).toBe(true);
    expect(cordoned()).toEqual(names.slice(0, 1));
  });
});
