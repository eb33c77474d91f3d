import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { operatorMetrics } from '../../src/adapters/operator-metrics.ts';
import type { MutableObject } from '../../src/sandbox/index.ts';
import { deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { CONFIG_MAPS, DEPLOYMENTS, EVENTS, POLICIES } from '../kit/resources.ts';

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

it('a pause shows in every policy, in an Event and in the metrics within a second, and so does its end', async () => {
  const world = new TestCluster();
  const registry = new Registry();
  world.operator({ actions: { observer: operatorMetrics(registry) } });
  const names = ['a', 'b', 'c'];
  for (const name of names) world.cluster.create(POLICIES, { ...policy(), metadata: { name, namespace: 'default' } });
  await world.clock.advance(20_000);
  const allowed = () =>
    names.map((name) => {
      const found = world.status(name).conditions?.find(({ type }) => type === 'RemediationAllowed');
      return `${found?.status} ${found?.reason}`;
    });
  const events = () =>
    (world.cluster.list(EVENTS) as readonly MutableObject[]).flatMap((event) =>
      event['involvedObject']?.name === PAUSE.name ? [`${event['reason']}: ${event['message']}`] : [],
    );
  expect(allowed()).toEqual(names.map(() => 'True Allowed'));
  const data = { reason: 'the database moves', by: 'ann' };
  world.cluster.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: PAUSE, data });
  await world.clock.advance(1000);
  expect(allowed()).toEqual(names.map(() => 'False Suspended'));
  expect(await registry.getSingleMetricAsString('kubeskippy_paused')).toContain('kubeskippy_paused 1');
  const said = 'ConfigMap kubeskippy-system/kubeskippy-pause pauses all healing: the database moves (ann)';
  expect(events()).toEqual([`HealingPaused: ${said}; delete it to go on`]);
  world.cluster.modify(CONFIG_MAPS, PAUSE, (draft) => ({
    ...draft,
    data: { ...data, lifted: 'resumed by bob: done' },
  }));
  world.cluster.remove(CONFIG_MAPS, PAUSE);
  await world.clock.advance(1000);
  expect(allowed()).toEqual(names.map(() => 'True Allowed'));
  expect(await registry.getSingleMetricAsString('kubeskippy_paused')).toContain('kubeskippy_paused 0');
  expect(events()).toContain(
    'HealingResumed: ConfigMap kubeskippy-system/kubeskippy-pause is gone: healing goes on; resumed by bob: done',
  );
});
