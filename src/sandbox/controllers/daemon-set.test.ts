import { afterEach, expect, test } from 'vitest';
import { DAEMON_SETS, NODES } from '../runtime/resources.ts';
import type { DaemonSet } from '../runtime/shapes.ts';
import { closeWorlds, SECOND, template, World } from '../test-kit/world.ts';

afterEach(closeWorlds);

test('a DaemonSet runs once on every node, on new ones too, and replaces one at a time', async () => {
  const world = await World.start();
  world.create(DAEMON_SETS, {
    metadata: { name: 'agent' },
    spec: { selector: { matchLabels: { app: 'agent' } }, template: template('agent', {}) },
  });
  await world.pass(5 * SECOND);
  expect(
    world
      .pods('agent')
      .map((pod) => pod.spec.nodeName ?? '')
      .sort((a, b) => a.localeCompare(b)),
  ).toEqual(['node-1', 'node-2', 'node-3']);
  world.sandbox.cluster.create(NODES, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'late', annotations: { 'sandbox.kubeskippy.io/kubelet': 'running' } },
  });
  await world.pass(5 * SECOND);
  expect(world.get<DaemonSet>(DAEMON_SETS, 'agent').status).toMatchObject({
    desiredNumberScheduled: 4,
    numberReady: 4,
  });
  world.change(DAEMON_SETS, 'agent', (draft) => {
    draft['spec'].template.spec.containers[0].image = 'app:2';
  });
  await world.pass(30 * SECOND);
  expect(world.pods('agent').map((pod) => pod.spec.containers[0]?.image)).toEqual(['app:2', 'app:2', 'app:2', 'app:2']);
});

test('with maxSurge the new pod is there before the old one goes', async () => {
  const world = await World.start({ nodes: 2 });
  world.create(DAEMON_SETS, {
    metadata: { name: 'agent' },
    spec: {
      selector: { matchLabels: { app: 'agent' } },
      template: template('agent', {}),
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      minReadySeconds: 5,
    },
  });
  await world.pass(10 * SECOND);
  world.change(DAEMON_SETS, 'agent', (draft) => {
    draft['spec'].template.spec.containers[0].image = 'app:2';
  });
  let most = 0;
  for (let i = 0; i < 60; i++) {
    await world.pass(SECOND);
    const staying = world.pods('agent').filter((pod) => pod.metadata.deletionTimestamp === undefined);
    most = Math.max(most, staying.length);
    expect(staying.length).toBeGreaterThanOrEqual(2);
  }
  expect(most).toBe(3);
  expect(world.pods('agent').map((pod) => pod.spec.containers[0]?.image)).toEqual(['app:2', 'app:2']);
});
