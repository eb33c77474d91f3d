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
    metadata: { name: 'kept', ownerReferences: [owner('ConfigMap', 'gone', 'u-1'), owner('Node', 'gone', 'u-2')] },
  });
  world.sandbox.cluster.create(NODES, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'goes', ownerReferences: [owner('Node', 'gone', 'u-2')] },
  });
  await world.pass(5 * SECOND);
  const names = world.list(NODES).map(({ metadata }) => metadata.name);
  expect([names.includes('kept'), names.includes('goes')]).toEqual([true, false]);
  // Nor is anything done about its other owner, which is gone.
  expect(world.get(NODES, 'kept').metadata.ownerReferences).toHaveLength(2);
});

test('a dependent of two owners loses the one that is gone, and goes with the last', async () => {
  const world = await World.start();
  const [first, second] = ['first', 'second'].map((name) => world.create(CONFIG_MAPS, { metadata: { name } }));
  const references = [first, second].map((object) =>
    owner('ConfigMap', object?.metadata.name ?? '', object?.metadata.uid ?? ''),
  );
  world.create(CONFIG_MAPS, { metadata: { name: 'child', ownerReferences: references } });
  const remove = (name: string) => world.sandbox.cluster.remove(CONFIG_MAPS, { namespace: 'default', name });
  remove('first');
  await world.pass(5 * SECOND);
  expect(world.get(CONFIG_MAPS, 'child').metadata.ownerReferences).toEqual([references[1]]);
  remove('second');
  await world.pass(5 * SECOND);
  expect(world.list(CONFIG_MAPS).map(({ metadata }) => metadata.name)).not.toContain('child');
});

test('an owner that goes in the foreground waits for the dependents that block it, and for no others', async () => {
  const world = await World.start();
  const { uid = '' } = world.create(CONFIG_MAPS, { metadata: { name: 'owner' } }).metadata;
  const child = (name: string, blockOwnerDeletion: boolean) =>
    world.create(CONFIG_MAPS, {
      metadata: {
        name,
        finalizers: ['a.example/hold'],
        ownerReferences: [{ ...owner('ConfigMap', 'owner', uid), blockOwnerDeletion }],
      },
    });
  child('blocks', true);
  child('free', false);
  const key = { namespace: 'default', name: 'owner' };
  world.sandbox.cluster.remove(CONFIG_MAPS, key, { propagationPolicy: 'Foreground' });
  await world.pass(5 * SECOND);
  expect(world.get(CONFIG_MAPS, 'owner').metadata.finalizers).toEqual(['foregroundDeletion']);
  expect(world.get(CONFIG_MAPS, 'blocks').metadata.deletionTimestamp).toBeDefined();
  world.change(CONFIG_MAPS, 'blocks', (draft) => delete draft.metadata.finalizers);
  await world.pass(5 * SECOND);
  const left = world.list(CONFIG_MAPS).map(({ metadata }) => metadata.name);
  expect([left.includes('owner'), left.includes('free')]).toEqual([false, true]);
  expect(world.get(CONFIG_MAPS, 'free').metadata.deletionTimestamp).toBeDefined();
});
