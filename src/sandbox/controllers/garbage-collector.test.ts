import { afterEach, expect, test } from 'vitest';
import { CONFIG_MAPS, DEPLOYMENTS, EVENTS, NAMESPACES, NODES } from '../runtime/resources.ts';
import type { OwnerReference } from '../../shapes/kube.ts';
import { closeWorlds, SECOND, workload, World } from '../test-kit/world.ts';

afterEach(closeWorlds);

test('deleting a Deployment takes its ReplicaSet and pods with it; an orphaned one leaves them', async () => {
  const world = await World.start();
  world.create(DEPLOYMENTS, workload('gone', { replicas: 2 }));
  world.create(DEPLOYMENTS, workload('kept', { replicas: 2 }));
  await world.pass(5 * SECOND);
  world.sandbox.cluster.remove(
    DEPLOYMENTS,
    { namespace: 'default', name: 'gone' },
    { propagationPolicy: 'Background' },
  );
  world.sandbox.cluster.remove(DEPLOYMENTS, { namespace: 'default', name: 'kept' }, { propagationPolicy: 'Orphan' });
  await world.pass(40 * SECOND);
  expect(world.list(DEPLOYMENTS)).toEqual([]);
  expect(world.pods('gone')).toEqual([]);
  expect(world.pods('kept')).toHaveLength(2);
});

const owner = (kind: string, name: string, uid = ''): OwnerReference => ({ apiVersion: 'v1', kind, name, uid });

test('an owner in another namespace is no owner: its dependent goes, and an Event says why', async () => {
  const world = await World.start();
  world.sandbox.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } });
  const config = (namespace: string, name: string, ownerReferences: OwnerReference[]) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name, ownerReferences },
  });
  const { uid } = world.sandbox.cluster.create(CONFIG_MAPS, config('default', 'owner', [])).metadata;
  world.sandbox.cluster.create(CONFIG_MAPS, config('default', 'own', [owner('ConfigMap', 'owner', uid)]));
  world.sandbox.cluster.create(CONFIG_MAPS, config('default', 'misnamed', [owner('ConfigMap', 'another', uid)]));
  const foreign = world.sandbox.cluster.create(
    CONFIG_MAPS,
    config('other', 'foreign', [owner('ConfigMap', 'owner', uid)]),
  );
  await world.pass(5 * SECOND);
  const names = world.sandbox.cluster.list(CONFIG_MAPS).map(({ metadata }) => metadata.name);
  expect(['own', 'owner', 'misnamed', 'foreign'].filter((name) => names.includes(name))).toEqual(['own', 'owner']);
  const told = world.sandbox.cluster.list(EVENTS).filter((event) => event['reason'] === 'OwnerRefInvalidNamespace');
  expect(told.map(({ involvedObject, message, type }) => ({ involvedObject, message, type }))).toEqual([
    {
      type: 'Warning',
      involvedObject: expect.objectContaining({ kind: 'ConfigMap', namespace: 'other', uid: foreign.metadata.uid }),
      message: `ownerRef [v1/ConfigMap, namespace: other, name: owner, uid: ${uid}] does not exist in namespace "other"`,
    },
  ]);
});

test('an object of the cluster whose owner would be in a namespace stays', async () => {
  const world = await World.start();
  world.sandbox.cluster.create(NODES, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'kept', ownerReferences: [owner('ConfigMap', 'gone', 'u-1')] },
  });
  world.sandbox.cluster.create(NODES, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'goes', ownerReferences: [owner('Node', 'gone', 'u-2')] },
  });
  await world.pass(5 * SECOND);
  const names = world.list(NODES).map(({ metadata }) => metadata.name);
  expect([names.includes('kept'), names.includes('goes')]).toEqual([true, false]);
});
