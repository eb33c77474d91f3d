import { afterEach, describe, expect, test } from 'vitest';
import { BUDGETS, type Resource, PODS } from '../runtime/resources.ts';
import { closeWorlds, MINUTE, SECOND, World } from '../test-kit/world.ts';

afterEach(closeWorlds);

const CLASSES: Resource = {
  group: 'scheduling.k8s.io',
  version: 'v1',
  resource: 'priorityclasses',
  kind: 'PriorityClass',
  apiVersion: 'scheduling.k8s.io/v1',
};
const SHAPE = { cpu: '2', memory: '4Gi', pods: '110' };

async function cluster(nodes: number): Promise<World> {
  const world = await World.start({ nodes, nodeShape: SHAPE });
  for (const [name, fields] of Object.entries({
    low: { value: 10 },
    middle: { value: 50 },
    high: { value: 100 },
    polite: { value: 100, preemptionPolicy: 'Never' },
  }))
    world.sandbox.cluster.create(CLASSES, {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name },
      ...fields,
    });
  return world;
}

interface Wish {
  readonly cpu?: string;
  readonly node?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly script?: string;
}

function pod(world: World, name: string, priorityClassName: string, wish: Wish = {}): void {
  const { cpu = '1', node, labels = {}, script } = wish;
  world.create(PODS, {
    metadata: {
      name,
      labels,
      ...(script === undefined ? {} : { annotations: { 'sandbox.kubeskippy.io/script': script } }),
    },
    spec: {
      priorityClassName,
      ...(node === undefined ? {} : { nodeName: node }),
      containers: [{ name: 'c', image: 'i', resources: { requests: { cpu } } }],
    },
  });
}

const alive = (world: World): readonly string[] =>
  world
    .list(PODS)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata, spec }) => `${metadata.name} on ${spec.nodeName ?? 'none'}`);

describe('a pod of higher priority', () => {
  test('takes the room of the least important, who end with their grace; meanwhile the node is promised to it', async () => {
    const world = await cluster(1);
    pod(world, 'low', 'low', { script: '{stop: {takes: 20s}}' });
    pod(world, 'middle', 'middle');
    await world.pass(5 * SECOND);
    pod(world, 'high', 'high');
    await world.pass(5 * SECOND);
    const high = world.get(PODS, 'high');
    expect(high.status).toMatchObject({
      nominatedNodeName: 'node-1',
      conditions: [
        { type: 'PodScheduled', reason: 'Unschedulable', message: '0/1 nodes are available: 1 Insufficient cpu.' },
      ],
    });
    const low = world.get(PODS, 'low');
    expect(low.metadata.deletionTimestamp).toBeDefined();
    expect(low.status?.conditions?.find(({ type }) => type === 'DisruptionTarget')).toMatchObject({
      status: 'True',
      reason: 'PreemptionByScheduler',
      message: 'default-scheduler: preempting to accommodate a higher priority pod',
    });
    expect(world.events('low')).toContain(`Preempted ×1: Preempted by pod ${high.metadata.uid ?? ''} on node node-1`);
    // The room that is to come is not for others.
    pod(world, 'late', 'middle');
    await world.pass(25 * SECOND);
    expect(alive(world)).toEqual(['high on node-1', 'late on none', 'middle on node-1']);
    expect(world.get(PODS, 'high').status?.nominatedNodeName).toBeUndefined();
  });

  test('takes nobody away where its class says Never, but goes first when there is room', async () => {
    const world = await cluster(1);
    pod(world, 'low', 'low', { cpu: '2' });
    await world.pass(5 * SECOND);
    pod(world, 'holder', 'middle', { cpu: '2' });
    await world.pass(5 * SECOND);
    expect(alive(world)).toEqual(['holder on node-1']);
    pod(world, 'first', 'low', { cpu: '2' });
    pod(world, 'polite', 'polite', { cpu: '2' });
    await world.pass(5 * SECOND);
    expect(world.get(PODS, 'polite').status?.conditions?.[0]?.message).toBe(
      '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, ' +
        'preemption: not eligible due to preemptionPolicy=Never.',
    );
    world.sandbox.cluster.remove(PODS, { namespace: 'default', name: 'holder' });
    await world.pass(MINUTE);
    expect(alive(world)).toEqual(['first on none', 'polite on node-1']);
  });

  test('spares pods that a budget protects, and nodes where more would have to go', async () => {
    const world = await cluster(3);
    pod(world, 'a', 'low', { cpu: '2', node: 'node-1', labels: { app: 'kept' } });
    pod(world, 'b', 'low', { node: 'node-2' });
    pod(world, 'c', 'low', { node: 'node-2' });
    pod(world, 'd', 'middle', { cpu: '2', node: 'node-3' });
    world.create(BUDGETS, {
      metadata: { name: 'kept' },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'kept' } } },
    });
    await world.pass(5 * SECOND);
    pod(world, 'high', 'high', { cpu: '2' });
    await world.pass(MINUTE);
    expect(alive(world)).toEqual(['a on node-1', 'd on node-3', 'high on node-2']);
    // Where all are protected, a budget does not save them: the scheduler keeps to budgets as far as it can.
    pod(world, 'higher', 'high', { cpu: '2' });
    pod(world, 'highest', 'high', { cpu: '2' });
    await world.pass(MINUTE);
    expect(alive(world)).toEqual(['high on node-2', 'higher on node-3', 'highest on node-1']);
  });

  test('takes no more than it needs, of equal priority the youngest', async () => {
    const world = await cluster(1);
    pod(world, 'old', 'low');
    await world.pass(5 * SECOND);
    pod(world, 'young', 'low');
    await world.pass(5 * SECOND);
    pod(world, 'high', 'high');
    await world.pass(MINUTE);
    expect(alive(world)).toEqual(['high on node-1', 'old on node-1']);
  });

  test('makes way for itself where rules about other pods are in the way', async () => {
    const world = await cluster(1);
    const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'noisy' } } };
    pod(world, 'noisy', 'low', { cpu: '100m', labels: { app: 'noisy' } });
    pod(world, 'quiet', 'low', { cpu: '100m' });
    await world.pass(5 * SECOND);
    world.create(PODS, {
      metadata: { name: 'high' },
      spec: {
        priorityClassName: 'high',
        affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } },
        containers: [{ name: 'c', image: 'i' }],
      },
    });
    await world.pass(MINUTE);
    expect(alive(world)).toEqual(['high on node-1', 'quiet on node-1']);
  });
});

test('of pods that come together the most important are placed first, whatever their order', async () => {
  const world = await cluster(1);
  for (const [name, priority] of [
    ['p1', 'low'],
    ['p2', 'middle'],
    ['p3', 'high'],
    ['p4', 'high'],
  ] as const)
    pod(world, name, priority);
  await world.pass(5 * SECOND);
  expect(alive(world)).toEqual(['p1 on none', 'p2 on none', 'p3 on node-1', 'p4 on node-1']);
  expect(world.events('p1').filter((event) => event.startsWith('Preempted'))).toEqual([]);
});
