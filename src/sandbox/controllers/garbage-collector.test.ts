import { afterEach, expect, test } from 'vitest';
import { DEPLOYMENTS } from '../runtime/resources.ts';
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
