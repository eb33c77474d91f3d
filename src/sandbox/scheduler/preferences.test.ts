import { afterEach, describe, expect, test } from 'vitest';
import { DEPLOYMENTS, NAMESPACES, NODES, PODS } from '../runtime/resources.ts';
import { ascending, closeWorlds, SECOND, workload, World } from '../test-kit/world.ts';

afterEach(closeWorlds);

const HOSTNAME = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';
const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const selecting = (app: string) => ({ labelSelector: { matchLabels: { app } } });

/** How many pods of the app are on each node or, with a key, in each part of its topology; `none` are without. */
function places(world: World, app: string, key = HOSTNAME): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { spec } of world.pods(app)) {
    const node = spec.nodeName === undefined ? undefined : world.sandbox.cluster.get(NODES, { name: spec.nodeName });
    const place = node?.metadata.labels?.[key] ?? 'none';
    counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => ascending(a, b)));
}

const messageOf = (world: World, app: string): string | undefined =>
  world.pods(app).find(({ spec }) => spec.nodeName === undefined)?.status?.conditions?.[0]?.message;

describe('spread constraints', () => {
  const spread = (constraint: object, app = 'web') => ({
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: 'DoNotSchedule', ...selecting(app), ...constraint },
    ],
  });
  const full = (world: World, ...names: readonly string[]): void => {
    for (const name of names)
      world.change(NODES, name, (draft) => {
        draft['spec'] = { ...draft['spec'], unschedulable: true };
      });
  };

  test('keep a pod from a zone that has more than others, even where the others are closed', async () => {
    const world = await World.start({ nodes: 3 });
    full(world, 'node-2', 'node-3');
    world.create(DEPLOYMENTS, workload('web', { replicas: 2, pod: spread({}) }));
    await world.pass(5 * SECOND);
    expect(places(world, 'web', ZONE)).toEqual({ none: 1, 'zone-a': 1 });
    expect(messageOf(world, 'web')).toBe(
      "0/3 nodes are available: 1 node(s) didn't match pod topology spread constraints, " +
        '2 node(s) were unschedulable. no new claims to deallocate, preemption: 0/3 nodes are available: ' +
        '1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.',
    );
    world.change(NODES, 'node-2', (draft) => {
      delete draft['spec'].unschedulable;
    });
    await world.pass(5 * SECOND);
    expect(places(world, 'web', ZONE)).toEqual({ 'zone-a': 1, 'zone-b': 1 });
  });

  test('do not count nodes that taints close, where they say so', async () => {
    const world = await World.start({ nodes: 3 });
    full(world, 'node-2', 'node-3');
    await world.pass(SECOND);
    world.create(DEPLOYMENTS, workload('web', { replicas: 3, pod: spread({ nodeTaintsPolicy: 'Honor' }) }));
    await world.pass(5 * SECOND);
    expect(places(world, 'web', ZONE)).toEqual({ 'zone-a': 3 });
  });

  test('ask for so many zones as they name', async () => {
    const world = await World.start({ nodes: 2 });
    world.create(DEPLOYMENTS, workload('web', { replicas: 3, pod: spread({ minDomains: 3 }) }));
    await world.pass(5 * SECOND);
    expect(places(world, 'web', ZONE)).toEqual({ none: 1, 'zone-a': 1, 'zone-b': 1 });
  });

  test('count the pods of one revision apart by their hash, and each revision fits', async () => {
    const world = await World.start({ nodes: 3 });
    full(world, 'node-3');
    const pod = spread({ matchLabelKeys: ['pod-template-hash'], topologyKey: HOSTNAME, nodeTaintsPolicy: 'Honor' });
    world.create(DEPLOYMENTS, workload('web', { replicas: 4, pod }));
    await world.pass(5 * SECOND);
    world.change(DEPLOYMENTS, 'web', (draft) => {
      draft['spec'].template.spec.containers[0].image = 'app:2';
    });
    await world.pass(20 * SECOND);
    expect(places(world, 'web')).toEqual({ 'node-1': 2, 'node-2': 2 });
  });

  test('are an affair of taste where they say ScheduleAnyway', async () => {
    const world = await World.start({ nodes: 4 });
    // node-1 and node-4 are both in zone-a: by nodes alone each would get one.
    world.create(DEPLOYMENTS, workload('web', { replicas: 6, pod: spread({ whenUnsatisfiable: 'ScheduleAnyway' }) }));
    await world.pass(5 * SECOND);
    expect(places(world, 'web', ZONE)).toEqual({ 'zone-a': 2, 'zone-b': 2, 'zone-c': 2 });
  });

  test('refuse a node outside of the topology', async () => {
    const world = await World.start({ nodes: 1 });
    world.create(DEPLOYMENTS, workload('web', { pod: spread({ topologyKey: 'rack' }) }));
    await world.pass(5 * SECOND);
    expect(messageOf(world, 'web')).toContain(
      "1 node(s) didn't match pod topology spread constraints (missing required label). ",
    );
  });
});

describe('rules about other pods', () => {
  const rule = (kind: string, terms: object) => ({ affinity: { [kind]: terms } });
  const must = (kind: string, app: string, term: object = {}) =>
    rule(kind, { [REQUIRED]: [{ topologyKey: ZONE, ...selecting(app), ...term }] });
  const should = (kind: string, app: string, topologyKey = ZONE) =>
    rule(kind, { [PREFERRED]: [{ weight: 100, podAffinityTerm: { topologyKey, ...selecting(app) } }] });
  const single = (world: World, app: string, pod: object, node?: string) =>
    world.create(PODS, {
      metadata: { name: app, labels: { app } },
      spec: { containers: [{ name: 'c', image: 'i' }], ...pod, ...(node === undefined ? {} : { nodeName: node }) },
    });

  test('hold for a zone as for a node, and for the first of pods that want to be together', async () => {
    const world = await World.start({ nodes: 6 });
    world.create(DEPLOYMENTS, workload('db', { replicas: 4, pod: must('podAffinity', 'db') }));
    await world.pass(5 * SECOND);
    expect(Object.values(places(world, 'db', ZONE))).toEqual([4]);
  });

  test('of pods in place bind those that come', async () => {
    const world = await World.start({ nodes: 1 });
    single(world, 'recluse', must('podAntiAffinity', 'web'));
    await world.pass(2 * SECOND);
    world.create(DEPLOYMENTS, workload('web'));
    await world.pass(5 * SECOND);
    expect(messageOf(world, 'web')).toContain("1 node(s) didn't satisfy existing pods anti-affinity rules. ");
    world.sandbox.cluster.remove(PODS, { namespace: 'default', name: 'recluse' });
    await world.pass(60 * SECOND);
    expect(places(world, 'web')).toEqual({ 'node-1': 1 });
  });

  test('let a pod in as soon as the one comes that it wants', async () => {
    const world = await World.start({ nodes: 3 });
    world.create(DEPLOYMENTS, workload('cache', { pod: must('podAffinity', 'db') }));
    await world.pass(5 * SECOND);
    expect(messageOf(world, 'cache')).toBe(
      "0/3 nodes are available: 3 node(s) didn't match pod affinity rules. no new claims to deallocate, " +
        'preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
    );
    single(world, 'db', {}, 'node-2');
    await world.pass(5 * SECOND);
    expect(places(world, 'cache')).toEqual({ 'node-2': 1 });
  });

  test('look into namespaces by their labels', async () => {
    const world = await World.start({ nodes: 2 });
    world.sandbox.cluster.create(NAMESPACES, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'other', labels: { team: 'data' } },
    });
    await world.pass(SECOND);
    world.create(PODS, {
      metadata: { name: 'db', namespace: 'other', labels: { app: 'db' } },
      spec: { nodeName: 'node-2', containers: [{ name: 'c', image: 'i' }] },
    });
    await world.pass(2 * SECOND);
    const term = { namespaceSelector: { matchLabels: { team: 'data' } } };
    world.create(DEPLOYMENTS, workload('near', { pod: must('podAffinity', 'db', term) }));
    world.create(DEPLOYMENTS, workload('here', { pod: must('podAffinity', 'db') }));
    await world.pass(5 * SECOND);
    expect(places(world, 'near')).toEqual({ 'node-2': 1 });
    expect(places(world, 'here')).toEqual({ none: 1 });
  });

  test('that are preferences weigh, and do not forbid', async () => {
    const world = await World.start({ nodes: 3 });
    single(world, 'db', {}, 'node-2');
    await world.pass(2 * SECOND);
    world.create(DEPLOYMENTS, workload('near', { pod: should('podAffinity', 'db', HOSTNAME) }));
    world.create(DEPLOYMENTS, workload('apart', { replicas: 4, pod: should('podAntiAffinity', 'apart', HOSTNAME) }));
    await world.pass(5 * SECOND);
    expect(places(world, 'near')).toEqual({ 'node-2': 1 });
    expect(Object.values(places(world, 'apart')).sort(ascending)).toEqual([1, 1, 2]);
  });

  test('that pods in place prefer weigh too', async () => {
    const world = await World.start({ nodes: 3 });
    single(world, 'friend', should('podAffinity', 'web', HOSTNAME), 'node-3');
    await world.pass(2 * SECOND);
    world.create(DEPLOYMENTS, workload('web'));
    await world.pass(5 * SECOND);
    expect(places(world, 'web')).toEqual({ 'node-3': 1 });
  });
});

describe('preferred nodes', () => {
  test('are taken before emptier ones, by the sum of the weights', async () => {
    const world = await World.start({ nodes: 3 });
    const prefer = (weight: number, values: readonly string[]) => ({
      weight,
      preference: { matchExpressions: [{ key: ZONE, operator: 'In', values }] },
    });
    const nodeAffinity = { [PREFERRED]: [prefer(10, ['zone-a', 'zone-c']), prefer(20, ['zone-c', 'zone-b'])] };
    world.create(DEPLOYMENTS, workload('web', { replicas: 2, pod: { affinity: { nodeAffinity } } }));
    await world.pass(5 * SECOND);
    expect(places(world, 'web')).toEqual({ 'node-3': 2 });
  });

  test('with a taint PreferNoSchedule are the last', async () => {
    const world = await World.start({ nodes: 2 });
    world.change(NODES, 'node-1', (draft) => {
      draft['spec'] = { ...draft['spec'], taints: [{ key: 'old', effect: 'PreferNoSchedule' }] };
    });
    world.create(DEPLOYMENTS, workload('web', { replicas: 3 }));
    await world.pass(5 * SECOND);
    expect(places(world, 'web')).toEqual({ 'node-2': 3 });
  });
});
