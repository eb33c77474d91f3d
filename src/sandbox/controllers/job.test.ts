import { afterEach, expect, test } from 'vitest';
import { SCRIPT_ANNOTATION } from '../kubelet/script.ts';
import { JOBS, PODS } from '../runtime/resources.ts';
import type { Job, Pod } from '../runtime/shapes.ts';
import { closeWorlds, SECOND, template, World } from '../test-kit/world.ts';

afterEach(closeWorlds);

test('a Job runs to its completions and is removed after its time to live', async () => {
  const world = await World.start();
  const spec = {
    completions: 3,
    parallelism: 2,
    ttlSecondsAfterFinished: 60,
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'job:1' }] } },
  };
  world.create(JOBS, { metadata: { name: 'sum' }, spec });
  await world.pass(10 * SECOND);
  expect(world.get<Job>(JOBS, 'sum').status).toMatchObject({ succeeded: 3, completionTime: expect.any(String) });
  await world.pass(60 * SECOND);
  expect(world.list(JOBS)).toEqual([]);
  expect(world.pods()).toEqual([]);
});

test('a Job that fails waits 10 s, then 20 s, then gives up', async () => {
  const world = await World.start();
  const podSpec = { restartPolicy: 'Never', containers: [{ name: 'main', image: 'job:1' }] };
  const annotations = { [SCRIPT_ANNOTATION]: '{exit: {after: 1s, code: 1}}' };
  world.create(JOBS, {
    metadata: { name: 'sum' },
    spec: { backoffLimit: 2, template: { metadata: { annotations }, spec: podSpec } },
  });
  await world.pass(5 * SECOND);
  expect(world.pods()).toHaveLength(1);
  await world.pass(10 * SECOND);
  expect(world.pods()).toHaveLength(2);
  await world.pass(10 * SECOND);
  expect(world.pods()).toHaveLength(2);
  await world.pass(20 * SECOND);
  expect(world.get<Job>(JOBS, 'sum').status).toMatchObject({
    failed: 3,
    conditions: [{ type: 'FailureTarget' }, { type: 'Failed', reason: 'BackoffLimitExceeded' }],
  });
});

test('a Job ends at once by its failure policy, index by index, or when enough of it succeeded', async () => {
  const world = await World.start({ kubelet: 'off', scheduler: 'off' });
  const job = (name: string, spec: object) =>
    world.create(JOBS, {
      metadata: { name },
      spec: { template: { spec: { ...template(name, {}).spec, restartPolicy: 'Never' } }, ...spec },
    });
  const end = (pod: Pod | undefined, phase: 'Failed' | 'Succeeded', exitCode: number) =>
    world.sandbox.cluster.modify(
      PODS,
      pod?.metadata ?? { name: '' },
      (draft) => ({
        ...draft,
        status: { phase, containerStatuses: [{ name: 'main', state: { terminated: { exitCode } } }] },
      }),
      'status',
    );
  const of = (name: string) => world.list(PODS).filter((pod) => pod.metadata.labels?.['job-name'] === name);
  const reasons = (name: string) =>
    world.get<Job>(JOBS, name).status?.conditions?.map(({ type, reason }) => `${type} ${reason}`);

  job('fatal', {
    podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }] },
  });
  job('indexed', { completions: 3, parallelism: 3, completionMode: 'Indexed', backoffLimitPerIndex: 0 });
  job('enough', {
    completions: 3,
    parallelism: 3,
    completionMode: 'Indexed',
    successPolicy: { rules: [{ succeededCount: 1 }] },
  });
  job('theirs', { managedBy: 'example.com/controller' });
  await world.pass(SECOND);
  expect(of('theirs')).toEqual([]);
  end(of('fatal')[0], 'Failed', 42);
  end(of('indexed')[0], 'Failed', 1);
  for (const pod of of('indexed').slice(1)) end(pod, 'Succeeded', 0);
  end(of('enough')[1], 'Succeeded', 0);
  await world.pass(5 * SECOND);
  expect(reasons('fatal')).toEqual(['FailureTarget PodFailurePolicy', 'Failed PodFailurePolicy']);
  expect(world.events('fatal').at(-1)).toMatch(
    /PodFailurePolicy ×1: Container main for pod .* exit code 42 matching FailJob rule at index 0$/,
  );
  expect(reasons('indexed')).toEqual(['FailureTarget FailedIndexes', 'Failed FailedIndexes']);
  expect(world.get<Job>(JOBS, 'indexed').status).toMatchObject({
    completedIndexes: '1,2',
    failedIndexes: '0',
    failed: 1,
  });
  expect(reasons('enough')).toEqual(['SuccessCriteriaMet SuccessPolicy', 'Complete SuccessPolicy']);
});

test('pods that a Job itself does not need any more do not count as failed', async () => {
  const world = await World.start({ kubelet: 'off', scheduler: 'off' });
  const podTemplate = { spec: { ...template('j', {}).spec, restartPolicy: 'Never' } };
  world.create(JOBS, { metadata: { name: 'j' }, spec: { completions: 4, parallelism: 3, template: podTemplate } });
  await world.pass(SECOND);
  world.change(JOBS, 'j', (draft) => {
    draft['spec'].parallelism = 1;
  });
  await world.pass(SECOND);
  expect(world.get<Job>(JOBS, 'j').status).toMatchObject({ active: 1 });
  world.change(JOBS, 'j', (draft) => {
    draft['spec'].suspend = true;
  });
  await world.pass(SECOND);
  expect(world.pods()).toEqual([]);
  expect(world.get<Job>(JOBS, 'j').status?.failed).toBeUndefined();
});
