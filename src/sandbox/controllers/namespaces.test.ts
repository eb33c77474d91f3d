import { afterEach, expect, test } from 'vitest';
import { CONFIG_MAPS, DEPLOYMENTS, NAMESPACES, PODS } from '../runtime/resources.ts';
import { closeWorlds, names, SECOND, workload, World } from '../test-kit/world.ts';

afterEach(closeWorlds);

test('a new namespace gets its default account and root certificate; a deleted one is emptied', async () => {
  const world = await World.start();
  world.sandbox.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
  await world.pass(SECOND);
  expect(names(world.sandbox.cluster.list(CONFIG_MAPS, 'team'))).toEqual(['kube-root-ca.crt']);
  world.create(DEPLOYMENTS, { ...workload('web'), metadata: { name: 'web', namespace: 'team' } });
  await world.pass(5 * SECOND);
  world.sandbox.cluster.remove(NAMESPACES, { name: 'team' });
  await world.pass(40 * SECOND);
  expect(world.sandbox.cluster.get(NAMESPACES, { name: 'team' })).toBeUndefined();
  expect(world.sandbox.cluster.list(PODS, 'team')).toEqual([]);
});
