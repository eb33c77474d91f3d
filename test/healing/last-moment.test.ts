/**
 * What holds healing back, seen on the whole operator: each ends with a reason that a person can read, and with nothing
 * changed.
 */
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { afterClaim } from '../kit/fault-scripts.ts';
import { CRASHES, CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import {
  ACTIONS,
  BUDGETS,
  CONFIG_MAPS,
  DAEMON_SETS,
  DEPLOYMENTS,
  NAMESPACES,
  PODS,
  POLICIES,
  STATEFUL_SETS,
} from '../kit/resources.ts';

const generation = (world: TestCluster): number | undefined =>
  world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'looping' })?.metadata.generation;
const statusOf = (object: KubeObject | undefined) =>
  object?.['status'] as { phase?: string; reason?: string; attempts?: number } | undefined;

describe('between claim and effect', () => {
  const label = (world: TestCluster) =>
    world.cluster.modify(DEPLOYMENTS, { namespace: 'default', name: 'looping' }, (draft) => ({
      ...draft,
      metadata: {
        ...draft.metadata,
        labels: { ...(draft.metadata as { labels: object }).labels, 'kubeskippy.io/protected': 'true' },
      },
    }));
  const pause = (world: TestCluster) => {
    world.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kubeskippy-system' } });
    world.cluster.create(CONFIG_MAPS, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kubeskippy-pause', namespace: 'kubeskippy-system' },
      data: { reason: 'change freeze' },
    });
  };
  const suspend = (world: TestCluster) =>
    world.cluster.modify(POLICIES, { namespace: 'default', name: 'crash-loops' }, (draft) => ({
      ...draft,
      spec: { ...(draft['spec'] as object), suspend: true },
    }));

  it.each([
    ['the target becomes protected (I24)', label, 'Protected'],
    ['the kill switch is thrown (I26)', pause, 'Suspended'],
    ['the policy is edited (I26)', suspend, 'PolicyChanged'],
  ])('%s: no effect starts (I9)', async (_title, happens, reason) => {
    const world = new TestCluster();
    const { audit } = world.operator({ faults: [afterClaim(() => happens(world))] });
    world.cluster.create(DEPLOYMENTS, deployment('looping', CRASHES_UNTIL_RESTARTED));
    world.cluster.create(POLICIES, policy());
    expect(await world.until(() => world.phases().includes('Failed'))).toBe(true);
    await world.clock.advance(120_000);
    expect(statusOf(world.actions()[0])?.reason).toBe(reason);
    expect([generation(world), audit]).toEqual([1, []]);
  });
});

describe('a decision that was withdrawn', () => {
  it('is made anew after the policy was edited in mid-flight, and then heals (I34)', async () => {
    const world = new TestCluster();
    const edit = () =>
      void world.cluster.modify(POLICIES, { namespace: 'default', name: 'crash-loops' }, (draft) => ({
        ...draft,
        spec: { ...(draft['spec'] as object), safetyRules: { requireHealthCheck: true, maxActionsPerHour: 5 } },
      }));
    world.operator({ faults: [afterClaim(edit)] });
    world.cluster.create(DEPLOYMENTS, deployment('looping', CRASHES_UNTIL_RESTARTED));
    world.cluster.create(POLICIES, policy());
    expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
    expect([world.phases().toSorted(), generation(world)]).toEqual([['Failed', 'Succeeded'], 2]);
  });
});

describe('approval', () => {
  it('lets the action run once a person has approved it', async () => {
    const world = new TestCluster();
    world.operator();
    world.cluster.create(DEPLOYMENTS, deployment('looping', CRASHES_UNTIL_RESTARTED));
    world.cluster.create(POLICIES, policy({ mode: 'manual' }));
    expect(
      await world.until(
        () => world.phases()[0] === 'Pending' && statusOf(world.actions()[0])?.reason === 'AwaitingApproval',
      ),
    ).toBe(true);
    const { name, namespace = '' } = world.actions()[0]?.metadata ?? { name: '' };
    world.cluster.modify(
      ACTIONS,
      { namespace, name },
      (draft) => ({
        ...draft,
        status: {
          ...(draft['status'] as object),
          approval: { ...(draft['status'] as { approval: object }).approval, approved: true, approvedBy: 'ada' },
        },
      }),
      'status',
    );
    expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
    expect(generation(world)).toBe(2);
  });
});

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
    await world.clock.advance(1_800_000);
    expect(world.phases()).toEqual(['Cancelled']);
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

describe('a quiet cluster', () => {
  it('is left alone: once everything is healthy nothing is written (I35)', async () => {
    const world = new TestCluster();
    const { sent } = world.operator();
    const writes = () => sent.filter(({ request }) => request.method !== 'GET').length;
    for (const name of ['a', 'b', 'c']) world.cluster.create(DEPLOYMENTS, deployment(name));
    world.cluster.create(POLICIES, policy());
    await world.clock.advance(120_000);
    const settled = writes();
    await world.clock.advance(3_600_000);
    expect(writes() - settled).toBe(0);
  });
});
