/** What is healed: each kind of workload, its pods, and pods without one. */
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { CRASHES, CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { BUDGETS, DAEMON_SETS, DEPLOYMENTS, PODS, POLICIES, STATEFUL_SETS } from '../kit/resources.ts';

const statusOf = (object: KubeObject | undefined) =>
  object?.['status'] as { phase?: string; reason?: string; attempts?: number } | undefined;

describe('workloads', () => {
  it.each([
    ['StatefulSet', STATEFUL_SETS],
    ['DaemonSet', DAEMON_SETS],
  ])('a crash-looping %s is restarted and healed', async (kind, gvr) => {
    const world = new TestCluster();
    world.operator();
    const base = deployment('looping', CRASHES_UNTIL_RESTARTED);
    const { replicas: _count, ...spec } = base['spec'] as { replicas: number };
    const extra = kind === 'StatefulSet' ? { replicas: 1, serviceName: 'looping' } : {};
    world.cluster.create(gvr, { ...base, kind, spec: { ...spec, ...extra } });
    world.cluster.create(POLICIES, policy({ selector: { resources: [{ apiVersion: 'apps/v1', kind }] } }));
    const healed = await world.until(() => world.phases().includes('Succeeded'));
    expect([healed, world.phases()]).toEqual([true, ['Succeeded']]);
  });

  it('an event trigger counts occurrences about the pods of a workload', async () => {
    const world = new TestCluster();
    world.operator();
    world.cluster.create(DEPLOYMENTS, deployment('looping', CRASHES_UNTIL_RESTARTED));
    const backOff = {
      name: 'back-off',
      type: 'event',
      eventTrigger: { reason: 'BackOff', type: 'Warning', count: 3, window: '10m' },
    };
    world.cluster.create(POLICIES, policy({ triggers: [backOff] }));
    expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
    await world.clock.advance(600_000);
    expect(world.phases()).toEqual(['Succeeded']);
  });

  it('a bare pod is refused with a message that says what to do', async () => {
    const world = new TestCluster();
    world.operator();
    const template = (
      deployment('bare', CRASHES)['spec'] as {
        template: { metadata: object; spec: object };
      }
    ).template;
    world.cluster.create(PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...template.metadata, name: 'bare', namespace: 'default' },
      spec: template.spec,
    });
    world.cluster.create(POLICIES, policy({ selector: { resources: [{ apiVersion: 'v1', kind: 'Pod' }] } }));
    expect(await world.until(() => world.phases().includes('Cancelled'))).toBe(true);
    expect(statusOf(world.actions()[0])?.reason).toBe('BarePod');
    expect(world.cluster.get(PODS, { namespace: 'default', name: 'bare' })).toBeDefined();
    // It is planned again in case somebody has changed the pod: after 30 seconds, and then ever more rarely.
    await world.clock.advance(1_800_000);
    expect(new Set(world.phases())).toEqual(new Set(['Cancelled']));
    expect(world.phases().length).toBeLessThan(8);
    expect(world.status('crash-loops').blocked).toMatchObject([{ reason: 'NotCarriedOut' }]);
  });

  it('a PodDisruptionBudget holds an eviction back, and nothing is deleted instead (I17)', async () => {
    const world = new TestCluster();
    world.operator();
    const web = deployment('web', [{ when: { pod: 1 }, ready: { failsAfter: '5s' } }]);
    world.cluster.create(DEPLOYMENTS, { ...web, spec: { ...(web['spec'] as object), replicas: 3 } });
    const budget = { selector: { matchLabels: { app: 'web' } }, minAvailable: 3 };
    world.cluster.create(BUDGETS, {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'web', namespace: 'default' },
      spec: budget,
    });
    const unready = {
      name: 'unready',
      type: 'condition',
      conditionTrigger: { type: 'Ready', status: 'False', duration: '30s' },
    };
    world.cluster.create(
      POLICIES,
      policy({ selector: { resources: [{ apiVersion: 'v1', kind: 'Pod' }] }, triggers: [unready] }),
    );
    await world.clock.advance(20_000);
    const before = world.cluster.list(PODS, 'default').map(({ metadata }) => metadata.uid);
    expect(await world.until(() => world.phases().includes('Failed'))).toBe(true);
    expect(statusOf(world.actions()[0])).toMatchObject({ reason: 'DisruptionBudget', attempts: 3 });
    expect(world.cluster.list(PODS, 'default').map(({ metadata }) => metadata.uid)).toEqual(before);
  });
});
