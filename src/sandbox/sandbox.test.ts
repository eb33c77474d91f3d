import { afterEach, expect, test } from 'vitest';
import { DEPLOYMENTS, EVENTS, PODS } from './runtime/resources.ts';
import { closeWorlds, MINUTE, workload, World } from './test-kit/world.ts';

afterEach(closeWorlds);

test('the same seed and the same requests give the same history', async () => {
  const history = async (): Promise<string> => {
    const world = await World.start();
    world.create(
      DEPLOYMENTS,
      workload('web', { replicas: 3, script: '{when: {restarts: "<2"}, exit: {after: 3s, code: 1}}' }),
    );
    await world.pass(2 * MINUTE);
    return JSON.stringify([world.list(PODS), world.list(EVENTS)]);
  };
  expect(await history()).toBe(await history());
});

test('an object of a backup is there as it was, with its status and its times', async () => {
  // Alone: a controller would make of it what it should be, and what a test leaves out is in every backup.
  const world = await World.start({ controllers: 'off', scheduler: 'off', kubelet: 'off' });
  const { cluster } = world.sandbox;
  const seen: string[] = [];
  cluster.subscribe(DEPLOYMENTS, ({ type, object }) => void seen.push(`${type} ${object.metadata.name}`));
  const uid = '00000000-0000-4000-8000-000000000001';
  const creationTimestamp = '2020-01-01T00:00:00Z';
  const { spec } = workload('web', { replicas: 0 }) as { readonly spec?: object };
  const metadata = { name: 'web', namespace: 'default', uid, creationTimestamp };
  cluster.restore(DEPLOYMENTS, { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec, status: { replicas: 7 } });
  expect(seen).toEqual(['ADDED web']);
  const found = cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'web' });
  expect(found).toMatchObject({ metadata: { uid, creationTimestamp }, status: { replicas: 7 } });
  expect(found?.metadata.resourceVersion).toMatch(/^[0-9]+$/);
});
