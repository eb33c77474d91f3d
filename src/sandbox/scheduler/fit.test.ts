import { afterEach, describe, expect, test } from 'vitest';
import { DAEMON_SETS, DEPLOYMENTS, NODES, PODS } from '../runtime/resources.ts';
import { closeWorlds, SECOND, template, workload, World } from '../test-kit/world.ts';

afterEach(closeWorlds);

const HELPS_NOT = (nodes: number): string =>
  `no new claims to deallocate, preemption: 0/${nodes} nodes are available: ${nodes} Preemption is not helpful for scheduling.`;
const NO_VICTIMS = (nodes: number): string =>
  `no new claims to deallocate, preemption: 0/${nodes} nodes are available: ${nodes} No preemption victims found for incoming pod.`;

/** What is said of the pods of the app that have no node, and how many they are. */
function pending(world: World, app: string): { readonly count: number; readonly messages: readonly string[] } {
  const waiting = world.pods(app).filter(({ spec }) => spec.nodeName === undefined);
  const messages = waiting.map(
    ({ status }) => status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message,
  );
  return { count: waiting.length, messages: [...new Set(messages.map(String))] };
}

const asking = (requests: object, limits: object = {}) => ({ container: { resources: { requests, limits } } });

describe('a pod waits for what its node does not have', () => {
  test.each<[string, object, string, (nodes: number) => string]>([
    ['GPUs', asking({ 'nvidia.com/gpu': '1' }, { 'nvidia.com/gpu': '1' }), '2 Insufficient nvidia.com/gpu', HELPS_NOT],
    [
      'huge pages',
      asking({ cpu: '1', memory: '1Gi', 'hugepages-2Mi': '4Mi' }, { 'hugepages-2Mi': '4Mi' }),
      '2 Insufficient hugepages-2Mi',
      HELPS_NOT,
    ],
    ['room for files', asking({ 'ephemeral-storage': '200Gi' }), '2 Insufficient ephemeral-storage', HELPS_NOT],
    [
      'an amount for the whole pod',
      { pod: { resources: { requests: { cpu: '9' } } } },
      '2 Insufficient cpu',
      HELPS_NOT,
    ],
  ])('%s', async (_, shape, reason, why) => {
    const world = await World.start({ nodes: 2 });
    world.create(DEPLOYMENTS, workload('web', shape));
    await world.pass(5 * SECOND);
    expect(pending(world, 'web')).toEqual({
      count: 1,
      messages: [`0/2 nodes are available: ${reason}. ${why(2)}`],
    });
  });

  test('an extended resource that a node offers is counted, and is free again with its pod', async () => {
    const world = await World.start({ nodes: 2 });
    world.sandbox.cluster.modify(
      NODES,
      { name: 'node-2' },
      (draft) => {
        for (const list of ['capacity', 'allocatable']) draft['status'][list]['nvidia.com/gpu'] = '2';
        return draft;
      },
      'status',
    );
    const shape = { replicas: 3, ...asking({ 'nvidia.com/gpu': '1' }, { 'nvidia.com/gpu': '1' }) };
    world.create(DEPLOYMENTS, workload('model', shape));
    await world.pass(5 * SECOND);
    expect(pending(world, 'model')).toEqual({
      count: 1,
      messages: [
        '0/2 nodes are available: 2 Insufficient nvidia.com/gpu. no new claims to deallocate, ' +
          'preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, ' +
          '1 Preemption is not helpful for scheduling.',
      ],
    });
    world.change(DEPLOYMENTS, 'model', (draft) => {
      draft['spec'].replicas = 2;
    });
    await world.pass(5 * SECOND);
    expect(world.pods('model').map(({ spec }) => spec.nodeName)).toEqual(['node-2', 'node-2']);
  });
});

describe('ports of the node', () => {
  const onPort = (port: object) => ({ container: { ports: [{ containerPort: 80, hostPort: 8080, ...port }] } });

  test('are taken by one pod at a time', async () => {
    const world = await World.start({ nodes: 1 });
    world.create(DEPLOYMENTS, workload('edge', { replicas: 2, ...onPort({}) }));
    await world.pass(5 * SECOND);
    expect(pending(world, 'edge')).toEqual({
      count: 1,
      messages: [
        "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports. " + NO_VICTIMS(1),
      ],
    });
  });

  test.each<[string, object, object, number]>([
    ['of different protocols', { protocol: 'UDP' }, { protocol: 'TCP' }, 0],
    ['of different addresses', { hostIP: '127.0.0.1' }, { hostIP: '10.0.0.1' }, 0],
    ['of one address and of all', { hostIP: '127.0.0.1' }, {}, 1],
  ])('%s', async (_, first, second, waiting) => {
    const world = await World.start({ nodes: 1 });
    world.create(DEPLOYMENTS, workload('first', onPort(first)));
    await world.pass(2 * SECOND);
    world.create(DEPLOYMENTS, workload('second', onPort(second)));
    await world.pass(5 * SECOND);
    expect(pending(world, 'second').count).toBe(waiting);
  });

  test('keep a DaemonSet away from one node alone, and it says so of the others', async () => {
    const world = await World.start({ nodes: 3 });
    world.create(PODS, {
      metadata: { name: 'squatter' },
      spec: {
        nodeName: 'node-2',
        containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 8080, hostPort: 8080 }] }],
      },
    });
    const { metadata, spec } = template('agent', onPort({}));
    world.create(DAEMON_SETS, {
      metadata: { name: 'agent' },
      spec: { selector: { matchLabels: { app: 'agent' } }, template: { metadata, spec } },
    });
    await world.pass(5 * SECOND);
    expect(pending(world, 'agent')).toEqual({
      count: 1,
      messages: [
        "0/3 nodes are available: 1 node(s) didn't have free ports for the requested pod ports, " +
          "2 node(s) didn't satisfy plugin(s) [NodeAffinity]. no new claims to deallocate, preemption: " +
          '0/3 nodes are available: 1 No preemption victims found for incoming pod, ' +
          '2 Preemption is not helpful for scheduling.',
      ],
    });
  });
});

test('a pod that was made smaller in place leaves room for another', async () => {
  const world = await World.start({ nodes: 1, nodeShape: { cpu: '2', memory: '4Gi', pods: '110' } });
  const spec = { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '1500m' } } }] };
  world.create(PODS, { metadata: { name: 'first' }, spec });
  await world.pass(2 * SECOND);
  world.create(PODS, { metadata: { name: 'second' }, spec });
  await world.pass(2 * SECOND);
  expect(world.get(PODS, 'second').spec.nodeName).toBeUndefined();
  const answer = await world.sandbox.transport().send({
    method: 'PATCH',
    path: '/api/v1/namespaces/default/pods/first/resize',
    headers: { 'content-type': 'application/merge-patch+json' },
    body: JSON.stringify({
      spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '500m' } } }] },
    }),
  });
  expect(answer.status).toBe(200);
  await world.pass(2 * SECOND);
  expect(world.get(PODS, 'second').spec.nodeName).toBe('node-1');
});
