import { afterEach, expect, test } from 'vitest';
import { CLAIMS, STATEFUL_SETS } from '../runtime/resources.ts';
import { closeWorlds, MINUTE, names, SECOND, workload, World } from '../test-kit/world.ts';

afterEach(closeWorlds);

test('a StatefulSet starts its pods in order, with claims of their own, and updates them from the last', async () => {
  const world = await World.start();
  const volumeClaimTemplates = [
    {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
  ];
  world.create(
    STATEFUL_SETS,
    workload('db', {
      replicas: 3,
      script: '{start: {after: 5s}}',
      spec: { serviceName: 'db', volumeClaimTemplates },
    }),
  );
  await world.pass(2 * SECOND);
  expect(names(world.pods('db'))).toEqual(['db-0']);
  await world.pass(20 * SECOND);
  expect(names(world.pods('db'))).toEqual(['db-0', 'db-1', 'db-2']);
  expect(names(world.list(CLAIMS))).toEqual(['data-db-0', 'data-db-1', 'data-db-2']);
  world.change(STATEFUL_SETS, 'db', (draft) => {
    draft['spec'].template.spec.containers[0].image = 'app:2';
  });
  await world.pass(4 * SECOND);
  const images = () => world.pods('db').map((pod) => pod.spec.containers[0]?.image);
  expect(images()).toEqual(['app:1', 'app:1', 'app:2']);
  await world.pass(20 * SECOND);
  expect(images()).toEqual(['app:2', 'app:2', 'app:2']);
});

test('claims of a StatefulSet go with the pods that are scaled away, and the others with the set', async () => {
  const world = await World.start();
  const claims = [
    {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
  ];
  const policy = { whenScaled: 'Delete', whenDeleted: 'Delete' };
  const spec = { volumeClaimTemplates: claims, persistentVolumeClaimRetentionPolicy: policy };
  world.create(STATEFUL_SETS, workload('db', { replicas: 2, spec }));
  await world.pass(MINUTE);
  expect(names(world.list(CLAIMS))).toEqual(['data-db-0', 'data-db-1']);
  world.change(STATEFUL_SETS, 'db', (draft) => {
    Object.assign(draft['spec'] as object, { replicas: 1 });
  });
  await world.pass(2 * MINUTE);
  expect(names(world.list(CLAIMS))).toEqual(['data-db-0']);
  world.sandbox.cluster.remove(STATEFUL_SETS, { namespace: 'default', name: 'db' });
  await world.pass(2 * MINUTE);
  expect(world.list(CLAIMS)).toEqual([]);
});
