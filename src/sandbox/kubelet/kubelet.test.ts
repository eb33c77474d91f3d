import { afterEach, expect, test } from 'vitest';
import { SCRIPT_ANNOTATION } from '../kubelet/script.ts';
import { DEPLOYMENTS, LEASES, NODES, PODS } from '../runtime/resources.ts';
import type { Pod } from '../runtime/shapes.ts';
import { closeWorlds, MINUTE, names, SECOND, status, template, workload, World } from '../test-kit/world.ts';

afterEach(closeWorlds);

test('a crash loop backs off 10 s, 20 s, 40 s … to five minutes', async () => {
  const world = await World.start();
  const starts: number[] = [];
  let restarts = -1;
  world.sandbox.cluster.subscribe(PODS, ({ object }) => {
    const now = status(object as Pod);
    if (now?.state?.running !== undefined && now.restartCount > restarts) {
      restarts = now.restartCount;
      starts.push(world.clock.now());
    }
  });
  world.create(DEPLOYMENTS, workload('bad', { script: '{exit: {after: 1s, code: 3}}' }));
  await world.pass(30 * MINUTE);
  const gaps = starts.slice(1).map((at, i) => Math.round((at - (starts[i] ?? 0)) / 1000) - 1);
  expect(gaps.slice(0, 8)).toEqual([0, 10, 20, 40, 80, 160, 300, 300]);
  const pod = world.pods('bad')[0];
  expect(status(pod)).toMatchObject({
    state: { waiting: { reason: 'CrashLoopBackOff' } },
    lastState: { terminated: { exitCode: 3, reason: 'Error' } },
  });
  expect(status(pod)?.state?.waiting?.message).toBe(
    `back-off 5m0s restarting failed container=main pod=${pod?.metadata.name}_default(${pod?.metadata.uid})`,
  );
});

test('after ten minutes without a crash the back-off begins anew', async () => {
  const world = await World.start();
  world.create(DEPLOYMENTS, workload('rare', { script: '{exit: {after: 11m, code: 1}}' }));
  await world.pass(34 * MINUTE);
  expect(status(world.pods('rare')[0])).toMatchObject({ restartCount: 3, state: { running: {} } });
});

test('an image that cannot be pulled alternates between ErrImagePull and ImagePullBackOff', async () => {
  const world = await World.start();
  world.create(DEPLOYMENTS, workload('bad', { image: 'registry.example/no:1', script: '{pull: {fails: not-found}}' }));
  await world.pass(500);
  expect(status(world.pods('bad')[0])?.state?.waiting?.reason).toBe('ErrImagePull');
  await world.pass(2 * SECOND);
  expect(status(world.pods('bad')[0])?.state?.waiting?.reason).toBe('ImagePullBackOff');
  await world.pass(60 * SECOND);
  const events = world.events(world.pods('bad')[0]?.metadata.name ?? '');
  expect(events.find((event) => event.startsWith('Pulling'))).toBe('Pulling ×3: Pulling image "registry.example/no:1"');
  expect(
    events.some(
      (event) => event.startsWith('BackOff') && event.endsWith('Back-off pulling image "registry.example/no:1"'),
    ),
  ).toBe(true);
});

test('init containers run one after the other, again when they fail, and only then the others start', async () => {
  const world = await World.start();
  const initContainers = ['first', 'second'].map((name) => ({ name, image: 'init:1' }));
  const script =
    '[{when: {container: second, restarts: "<1"}, exit: {after: 2s, code: 1}}, {when: {container: first}, exit: {after: 5s}}]';
  world.create(DEPLOYMENTS, workload('web', { script, pod: { initContainers } }));
  const pod = () => world.pods('web')[0];
  const init = () => pod()?.status?.initContainerStatuses?.map(({ state }) => Object.keys(state ?? {})[0]);
  await world.pass(3 * SECOND);
  expect(init()).toEqual(['running', 'waiting']);
  expect(status(pod())?.state?.waiting?.reason).toBe('PodInitializing');
  await world.pass(3 * SECOND);
  expect(init()).toEqual(['terminated', 'running']);
  expect(pod()?.status?.phase).toBe('Pending');
  await world.pass(5 * SECOND);
  expect(pod()?.status).toMatchObject({
    phase: 'Running',
    initContainerStatuses: [{ restartCount: 0 }, { restartCount: 1 }],
  });
  expect(status(pod())?.state?.running).toBeDefined();
});

test('a memory leak ends in an OOM kill at the limit', async () => {
  const world = await World.start();
  const container = { resources: { limits: { memory: '100Mi' } } };
  world.create(DEPLOYMENTS, workload('leak', { container, script: '{memory: {from: 40Mi, growth: 10Mi}}' }));
  await world.pass(5 * SECOND);
  expect(status(world.pods('leak')[0])?.restartCount).toBe(0);
  await world.pass(2 * SECOND);
  expect(status(world.pods('leak')[0])).toMatchObject({
    restartCount: 1,
    lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
  });
});

test('only the first pod of a workload misbehaves, and its replacement is healthy', async () => {
  const world = await World.start();
  world.create(DEPLOYMENTS, workload('web', { replicas: 3, script: '{when: {pod: 1}, ready: {failsAfter: 5s}}' }));
  await world.pass(20 * SECOND);
  const unready = world.pods('web').filter((pod) => status(pod)?.ready === false);
  expect(unready).toHaveLength(1);
  world.sandbox.cluster.remove(PODS, { namespace: 'default', name: unready[0]?.metadata.name ?? '' });
  await world.pass(20 * SECOND);
  expect(world.pods('web').map((pod) => status(pod)?.ready)).toEqual([true, true, true]);
});

test('a container recovers after three restarts', async () => {
  const world = await World.start();
  world.create(DEPLOYMENTS, workload('web', { script: '{when: {restarts: "<3"}, exit: {after: 1s, code: 1}}' }));
  await world.pass(2 * MINUTE);
  expect(status(world.pods('web')[0])).toMatchObject({ restartCount: 3, ready: true });
});

test('a container that ignores SIGTERM is killed when its grace is over', async () => {
  const world = await World.start();
  const annotations = { [SCRIPT_ANNOTATION]: '{stop: {takes: never}}' };
  world.create(PODS, { metadata: { name: 'deaf', annotations }, spec: template('deaf', {}).spec });
  await world.pass(5 * SECOND);
  world.sandbox.cluster.remove(PODS, { namespace: 'default', name: 'deaf' });
  await world.pass(29 * SECOND);
  expect(names(world.pods())).toEqual(['deaf']);
  await world.pass(2 * SECOND);
  expect(world.pods()).toEqual([]);
});

test('a script with a mistake shows where it is', async () => {
  const world = await World.start();
  world.create(DEPLOYMENTS, workload('web', { script: '- exit: {afterwards: 1s}' }));
  await world.pass(2 * SECOND);
  expect(status(world.pods('web')[0])?.state?.waiting).toEqual({
    reason: 'CreateContainerConfigError',
    message: 'script[0].exit.afterwards: unknown, expected one of after, code, reason, message',
  });
});

test('a node renews its lease every ten seconds, and not at all without heartbeats', async () => {
  const world = await World.start({ nodes: 1 });
  const renewals = new Set<string>();
  world.sandbox.cluster.subscribe(LEASES, ({ object }) => {
    renewals.add((object['spec'] as { renewTime: string }).renewTime);
  });
  await world.pass(MINUTE);
  expect(renewals.size).toBe(6);
  const silent = await World.start({ nodes: 1, heartbeats: 'off' });
  await silent.pass(MINUTE);
  expect(silent.sandbox.cluster.list(LEASES)).toEqual([]);
});

test('a kubelet that was stopped starts no pods, and takes them up when it runs again', async () => {
  const world = await World.start({ nodes: 1 });
  const kubelet = (state: 'stopped' | 'running') =>
    world.change(NODES, 'node-1', (draft) => {
      draft.metadata.annotations['sandbox.kubeskippy.io/kubelet'] = state;
    });
  kubelet('stopped');
  world.create(DEPLOYMENTS, workload('web'));
  await world.pass(10 * SECOND);
  expect(world.pods('web').map((pod) => [pod.spec.nodeName, pod.status?.phase])).toEqual([['node-1', 'Pending']]);
  kubelet('running');
  await world.pass(5 * SECOND);
  expect(status(world.pods('web')[0])?.state?.running).toBeDefined();
});

test('a pod that is bound by hand runs without a scheduler', async () => {
  const world = await World.start({ nodes: 1, scheduler: 'off' });
  world.create(PODS, { metadata: { name: 'placed' }, spec: { ...template('placed', {}).spec, nodeName: 'node-1' } });
  world.create(PODS, { metadata: { name: 'loose' }, spec: template('loose', {}).spec });
  await world.pass(5 * SECOND);
  expect(world.pods().map((pod) => [pod.metadata.name, pod.status?.phase])).toEqual([
    ['loose', 'Pending'],
    ['placed', 'Running'],
  ]);
});
