import { afterEach, expect, test } from 'vitest';
import { DEPLOYMENTS, NODES } from '../runtime/resources.ts';
import { ascending, closeWorlds, MINUTE, SECOND, workload, World } from '../test-kit/world.ts';

afterEach(closeWorlds);

test('a pod that asks for too much says why it is pending, and starts when there is room', async () => {
  const world = await World.start({ nodes: 2, nodeShape: { cpu: '2', memory: '4Gi', pods: '110' } });
  const container = { resources: { requests: { cpu: '1500m' } } };
  world.create(DEPLOYMENTS, workload('big', { replicas: 3, container }));
  await world.pass(5 * SECOND);
  const pending = world.pods('big').find((pod) => pod.spec.nodeName === undefined);
  expect(pending?.status?.conditions?.[0]).toMatchObject({
    type: 'PodScheduled',
    reason: 'Unschedulable',
    message:
      '0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.',
  });
  world.change(DEPLOYMENTS, 'big', (draft) => {
    draft['spec'].replicas = 2;
  });
  await world.pass(5 * SECOND);
  expect(world.get(DEPLOYMENTS, 'big').status).toMatchObject({ availableReplicas: 2 });
});

test('a cordoned node gets no pods until it is uncordoned', async () => {
  const world = await World.start({ nodes: 1 });
  world.change(NODES, 'node-1', (draft) => {
    draft['spec'] = { ...draft['spec'], unschedulable: true };
  });
  world.create(DEPLOYMENTS, workload('web'));
  await world.pass(10 * SECOND);
  const name = world.pods('web')[0]?.metadata.name ?? '';
  expect(world.get(NODES, 'node-1').spec?.taints).toMatchObject([
    { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' },
  ]);
  expect(
    world
      .events(name)
      .some((event) => event.startsWith('FailedScheduling') && event.includes('1 node(s) were unschedulable')),
  ).toBe(true);
  world.change(NODES, 'node-1', (draft) => {
    delete draft['spec'].unschedulable;
  });
  await world.pass(10 * SECOND);
  expect(world.pods('web')[0]?.spec.nodeName).toBe('node-1');
});

test('pods of one workload go to the nodes that have the fewest of them', async () => {
  const world = await World.start({ nodes: 3 });
  world.create(DEPLOYMENTS, workload('web', { replicas: 6 }));
  await world.pass(5 * SECOND);
  const counts = new Map<string, number>();
  for (const { spec } of world.pods('web')) counts.set(spec.nodeName ?? '', (counts.get(spec.nodeName ?? '') ?? 0) + 1);
  expect([...counts].sort(([a], [b]) => ascending(a, b))).toEqual([
    ['node-1', 2],
    ['node-2', 2],
    ['node-3', 2],
  ]);
});

test('pods that must not share a node wait for another one, and take it when it comes', async () => {
  const world = await World.start({ nodes: 1 });
  const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'db' } } };
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
  world.create(DEPLOYMENTS, workload('db', { replicas: 2, pod: { affinity } }));
  await world.pass(5 * SECOND);
  const waiting = world.pods('db').filter((pod) => pod.spec.nodeName === undefined);
  expect(waiting).toHaveLength(1);
  expect(world.events(waiting[0]?.metadata.name ?? '')[0]).toContain("1 node(s) didn't match pod anti-affinity rules");
  world.sandbox.cluster.create(NODES, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'late', annotations: { 'sandbox.kubeskippy.io/kubelet': 'running' } },
  });
  await world.pass(5 * SECOND);
  expect(
    world
      .pods('db')
      .map((pod) => pod.spec.nodeName ?? 'none')
      .sort(),
  ).toEqual(['late', 'node-1']);
});

test('a taint keeps out all pods but those that tolerate it', async () => {
  const world = await World.start({ nodes: 1 });
  world.change(NODES, 'node-1', (draft) => {
    draft['spec'] = { ...draft['spec'], taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] };
  });
  world.create(DEPLOYMENTS, workload('plain'));
  const tolerations = [{ key: 'gpu', operator: 'Equal', value: 'yes', effect: 'NoSchedule' }];
  world.create(DEPLOYMENTS, workload('model', { pod: { tolerations } }));
  await world.pass(5 * SECOND);
  expect(world.pods('plain').map((pod) => pod.spec.nodeName)).toEqual([undefined]);
  expect(world.pods('model').map((pod) => pod.spec.nodeName)).toEqual(['node-1']);
});

test('pods with scheduling gates, and pods of another scheduler, are left alone', async () => {
  const world = await World.start({ nodes: 1 });
  world.create(DEPLOYMENTS, workload('gated', { pod: { schedulingGates: [{ name: 'example.com/wait' }] } }));
  world.create(DEPLOYMENTS, workload('foreign', { pod: { schedulerName: 'theirs' } }));
  await world.pass(MINUTE);
  for (const pod of [...world.pods('gated'), ...world.pods('foreign')]) {
    expect(pod.spec.nodeName).toBeUndefined();
    expect(world.events(pod.metadata.name)).toEqual([]);
  }
});

test('a bound pod says so where it said that it waits, without a generation', async () => {
  const world = await World.start({ nodes: 0, kubelet: 'off' });
  world.create(DEPLOYMENTS, workload('web'));
  await world.pass(SECOND);
  expect(world.pods('web')[0]?.status?.conditions).toMatchObject([
    { type: 'PodScheduled', status: 'False', observedGeneration: 1 },
  ]);
  const { cluster } = world.sandbox;
  cluster.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } });
  const room = { cpu: '4', memory: '8Gi', pods: '10' };
  const status = { capacity: room, allocatable: room, conditions: [{ type: 'Ready', status: 'True' }] };
  cluster.modify(NODES, { name: 'n' }, (draft) => ({ ...draft, status }), 'status');
  await world.pass(MINUTE);
  expect(world.pods('web')[0]?.status?.conditions).toEqual([
    { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: expect.any(String) },
  ]);
});
