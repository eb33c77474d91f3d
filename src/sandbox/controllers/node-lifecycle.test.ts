import { afterEach, expect, test } from 'vitest';
import { DEPLOYMENTS, NODES } from '../runtime/resources.ts';
import type { Node } from '../runtime/shapes.ts';
import { ascending, closeWorlds, MINUTE, SECOND, workload, World } from '../test-kit/world.ts';

afterEach(closeWorlds);

test('a node dies and its pods move after five minutes', async () => {
  const world = await World.start();
  world.create(DEPLOYMENTS, workload('web', { replicas: 3 }));
  await world.pass(5 * SECOND);
  world.sandbox.cluster.modify(NODES, { name: 'node-1' }, (draft) => {
    draft.metadata.annotations['sandbox.kubeskippy.io/kubelet'] = 'stopped';
    return draft;
  });
  await world.pass(MINUTE);
  const node = world.sandbox.cluster.get(NODES, { name: 'node-1' }) as Node;
  expect(node.status?.conditions?.find((c) => c.type === 'Ready')).toMatchObject({
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
  });
  expect(node.spec?.taints?.map((taint) => `${taint.key}:${taint.effect}`)).toEqual([
    'node.kubernetes.io/unreachable:NoSchedule',
    'node.kubernetes.io/unreachable:NoExecute',
  ]);
  expect(world.pods('web')).toHaveLength(3);
  await world.pass(6 * MINUTE);
  const running = world.pods('web').filter((pod) => pod.metadata.deletionTimestamp === undefined);
  expect(running.map((pod) => pod.spec.nodeName === 'node-1')).toEqual([false, false, false]);
  expect(world.get(DEPLOYMENTS, 'web').status).toMatchObject({ availableReplicas: 3 });
});

test('what a node says of itself becomes a taint, and goes with it', async () => {
  const world = await World.start({ nodes: 0 });
  const cluster = world.sandbox.cluster;
  cluster.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } });
  const report = (...conditions: readonly (readonly [type: string, status: string])[]) =>
    cluster.modify(
      NODES,
      { name: 'n' },
      (draft) => ({
        ...draft,
        status: { ...Object(draft['status']), conditions: conditions.map(([type, status]) => ({ type, status })) },
      }),
      'status',
    );
  const taints = () => {
    const node: Node | undefined = cluster.get(NODES, { name: 'n' });
    return (node?.spec?.taints ?? [])
      .map(({ key, effect }) => `${key.replace('node.kubernetes.io/', '')}:${effect}`)
      .sort(ascending);
  };
  report(
    ['Ready', 'True'],
    ['DiskPressure', 'True'],
    ['MemoryPressure', 'True'],
    ['PIDPressure', 'True'],
    ['NetworkUnavailable', 'True'],
  );
  await world.pass(SECOND);
  expect(taints()).toEqual([
    'disk-pressure:NoSchedule',
    'memory-pressure:NoSchedule',
    'network-unavailable:NoSchedule',
    'pid-pressure:NoSchedule',
  ]);
  report(['Ready', 'False'], ['DiskPressure', 'False']);
  await world.pass(10 * SECOND);
  expect(taints()).toEqual(['not-ready:NoExecute', 'not-ready:NoSchedule']);
  report(['Ready', 'True']);
  await world.pass(10 * SECOND);
  expect(taints()).toEqual([]);
});

test('a node that says nothing of itself loses the taint that it began with', async () => {
  const world = await World.start({ nodes: 0 });
  const { cluster } = world.sandbox;
  cluster.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' }, spec: { unschedulable: true } });
  await world.pass(SECOND);
  const node: Node | undefined = cluster.get(NODES, { name: 'n' });
  expect(node?.spec?.taints).toEqual([
    { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', timeAdded: expect.any(String) },
  ]);
});
