import { expect, it } from 'vitest';
import { deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { CONFIG_MAPS, DEPLOYMENTS, POLICIES } from '../kit/resources.ts';

const PAUSE = { namespace: 'kubeskippy-system', name: 'kubeskippy-pause' };

it('healing goes on as soon as the kill switch is lifted, though nothing about the target changes (I34)', async () => {
  const world = new TestCluster();
  world.operator();
  const web = deployment('web', [{ when: { pod: 1 }, ready: { failsAfter: '5s' } }]);
  world.cluster.create(DEPLOYMENTS, { ...web, spec: { ...(web['spec'] as object), replicas: 4 } });
  const unready = {
    name: 'unready',
    type: 'condition',
    conditionTrigger: { type: 'Ready', status: 'False', duration: '30s' },
  };
  world.cluster.create(
    POLICIES,
    policy({ selector: { resources: [{ apiVersion: 'v1', kind: 'Pod' }] }, triggers: [unready] }),
  );
  await world.clock.advance(1000);
  world.cluster.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: PAUSE });
  // Long enough for the stop to end that four starting pods brought about.
  await world.clock.advance(600_000);
  expect(world.status('crash-loops').blocked?.[0]?.reason).toBe('Suspended');
  world.cluster.remove(CONFIG_MAPS, PAUSE);
  await world.clock.advance(1000);
  expect(world.phases()).toHaveLength(1);
});
