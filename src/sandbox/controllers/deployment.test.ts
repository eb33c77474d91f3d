import { afterEach, expect, test } from 'vitest';
import { DEPLOYMENTS, PODS, REPLICA_SETS } from '../runtime/resources.ts';
import type { Deployment, ReplicaSet } from '../runtime/shapes.ts';
import { closeWorlds, SECOND, workload, World } from '../test-kit/world.ts';

afterEach(closeWorlds);

test('a Deployment becomes available and spreads over the nodes', async () => {
  const world = await World.start();
  world.create(DEPLOYMENTS, workload('web', { replicas: 3 }));
  await world.pass(5 * SECOND);
  expect(world.get(DEPLOYMENTS, 'web').status).toMatchObject({ replicas: 3, readyReplicas: 3, availableReplicas: 3 });
  expect(world.pods('web').map((pod) => pod.spec.nodeName)).toHaveLength(3);
  expect(new Set(world.pods('web').map((pod) => pod.spec.nodeName)).size).toBe(3);
});

test('a Deployment rolls over without ever having fewer available pods than allowed', async () => {
  const world = await World.start();
  const strategy = { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
  world.create(DEPLOYMENTS, workload('web', { replicas: 3, script: '{start: {after: 2s}}', spec: { strategy } }));
  await world.pass(10 * SECOND);
  let [fewest, most] = [3, 3];
  world.sandbox.cluster.subscribe(PODS, () => {
    const pods = world.pods('web').filter((pod) => pod.metadata.deletionTimestamp === undefined);
    fewest = Math.min(
      fewest,
      pods.filter((pod) => pod.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True')).length,
    );
    most = Math.max(most, pods.length);
  });
  world.change(DEPLOYMENTS, 'web', (draft) => {
    draft['spec'].template.spec.containers[0].image = 'app:2';
  });
  await world.pass(30 * SECOND);
  expect({ fewest, most }).toEqual({ fewest: 3, most: 4 });
  expect(world.pods('web').map((pod) => pod.spec.containers[0]?.image)).toEqual(['app:2', 'app:2', 'app:2']);
  expect(
    world
      .list(REPLICA_SETS)
      .map((set: ReplicaSet) => set.spec.replicas)
      .sort((a, b) => a - b),
  ).toEqual([0, 3]);
  expect(world.get(DEPLOYMENTS, 'web').metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2');
});

test('a rollout that gets nowhere is reported after its deadline', async () => {
  const world = await World.start();
  world.create(
    DEPLOYMENTS,
    workload('web', { script: '{pull: {fails: not-found}}', spec: { progressDeadlineSeconds: 60 } }),
  );
  await world.pass(50 * SECOND);
  const progressing = () =>
    world.get<Deployment>(DEPLOYMENTS, 'web').status?.conditions?.find((c) => c.type === 'Progressing');
  expect(progressing()).toMatchObject({ status: 'True', reason: 'ReplicaSetUpdated' });
  await world.pass(20 * SECOND);
  expect(progressing()).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' });
});
