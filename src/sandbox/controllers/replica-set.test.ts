import { afterEach, expect, test } from 'vitest';
import { REPLICATION_CONTROLLERS } from '../runtime/resources.ts';
import { closeWorlds, SECOND, template, World } from '../test-kit/world.ts';

afterEach(closeWorlds);

test('a ReplicationController keeps as many pods as it asks for', async () => {
  const world = await World.start();
  world.create(REPLICATION_CONTROLLERS, {
    metadata: { name: 'web' },
    spec: { replicas: 3, selector: { app: 'web' }, template: template('web', {}) },
  });
  await world.pass(5 * SECOND);
  expect(world.pods('web').map((pod) => pod.metadata.ownerReferences?.[0]?.kind)).toEqual([
    'ReplicationController',
    'ReplicationController',
    'ReplicationController',
  ]);
  expect(world.get(REPLICATION_CONTROLLERS, 'web').status).toMatchObject({ replicas: 3, readyReplicas: 3 });
  world.change(REPLICATION_CONTROLLERS, 'web', (draft) => {
    draft['spec'].replicas = 1;
  });
  await world.pass(60 * SECOND);
  expect(world.pods('web')).toHaveLength(1);
  expect(world.events('web').at(-1)).toMatch(/^SuccessfulDelete ×1: Deleted pod: web-/);
});
