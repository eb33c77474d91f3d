import { afterEach, expect, test } from 'vitest';
import { CLAIMS, PODS, STATEFUL_SETS } from '../runtime/resources.ts';
import { claim, message, pod, using } from '../test-kit/storage.ts';
import { ascending, closeWorlds, MINUTE, SECOND, template, World } from '../test-kit/world.ts';

afterEach(closeWorlds);

test('a pod whose claim is not there waits for it', async () => {
  const world = await World.start({ nodes: 1 });
  pod(world, 'web', using('data'));
  await world.pass(5 * SECOND);
  expect(message(world, 'web')).toBe('0/1 nodes are available: persistentvolumeclaim "data" not found. not found');
  claim(world, 'data');
  await world.pass(5 * SECOND);
  expect(world.get(PODS, 'web').status?.phase).toBe('Running');
});

test('a claim that one pod alone may use is not for a second', async () => {
  const world = await World.start({ nodes: 2 });
  claim(world, 'data', { accessModes: ['ReadWriteOncePod'] });
  pod(world, 'first', using('data'));
  await world.pass(5 * SECOND);
  pod(world, 'second', using('data'));
  await world.pass(5 * SECOND);
  expect(message(world, 'second')).toContain(
    '2 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod.',
  );
});

test('pods that come while volumes are made keep to rules about one another', async () => {
  const world = await World.start({ nodes: 3 });
  const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'db' } } };
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
  const { metadata, spec } = template('db', { pod: { affinity } });
  world.create(STATEFUL_SETS, {
    metadata: { name: 'db' },
    spec: {
      replicas: 3,
      podManagementPolicy: 'Parallel',
      serviceName: 'db',
      selector: { matchLabels: { app: 'db' } },
      template: { metadata, spec },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
        },
      ],
    },
  });
  await world.pass(10 * SECOND);
  expect(
    world
      .pods('db')
      .map(({ spec: { nodeName = '' } }) => nodeName)
      .sort(ascending),
  ).toEqual(['node-1', 'node-2', 'node-3']);
});

test('a volume that lives as long as its pod has a claim of its own', async () => {
  const world = await World.start({ nodes: 1 });
  const volumeClaimTemplate = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };
  pod(world, 'web', { volumes: [{ name: 'scratch', ephemeral: { volumeClaimTemplate } }] });
  await world.pass(5 * SECOND);
  expect(world.get(PODS, 'web').status?.phase).toBe('Running');
  expect(world.get(CLAIMS, 'web-scratch').metadata.ownerReferences).toMatchObject([{ kind: 'Pod', name: 'web' }]);
  world.sandbox.cluster.remove(PODS, { namespace: 'default', name: 'web' });
  await world.pass(MINUTE);
  expect(world.list(CLAIMS)).toEqual([]);
});
