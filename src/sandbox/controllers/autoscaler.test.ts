import { afterEach, expect, test } from 'vitest';
import { AUTOSCALERS, DEPLOYMENTS } from '../runtime/resources.ts';
import type { Deployment } from '../runtime/shapes.ts';
import { closeWorlds, MINUTE, workload, World } from '../test-kit/world.ts';

afterEach(closeWorlds);

test('an autoscaler adds pods while they are busy, and takes them away five minutes after they are not', async () => {
  const world = await World.start();
  const container = { resources: { requests: { cpu: '100m' } } };
  const script = '{cpu: {from: "0.2", growth: "-0.0002"}}';
  world.create(DEPLOYMENTS, workload('web', { container, script }));
  const metrics = [
    { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
  ];
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  world.create(AUTOSCALERS, {
    metadata: { name: 'web' },
    spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 4, metrics },
  });
  await world.pass(MINUTE);
  expect(world.get<Deployment>(DEPLOYMENTS, 'web').spec.replicas).toBe(4);
  await world.pass(30 * MINUTE);
  expect(world.get<Deployment>(DEPLOYMENTS, 'web').spec.replicas).toBe(1);
});
