/** The strategies of `restart` that take several stages, judged by the pods of the cluster. */
import { describe, expect, it } from 'vitest';
import { deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import type { MutableObject } from '../../src/sandbox/index.ts';
import { BUDGETS, DEPLOYMENTS, PODS, POLICIES } from '../kit/resources.ts';

const WHERE = { namespace: 'default', name: 'web' };
/** The first pods are never ready; whatever takes their place is, after five seconds. */
const HEALED = [{ when: { pod: '<=3' }, ready: { failsAfter: '0s' } }, { start: { after: '5s' } }];
/** Ready for some seconds each. */
const STUCK = [{ ready: { failsAfter: '10s' } }];

function setUp(
  script: unknown,
  { restartAction, minReadySeconds = 0 }: { readonly restartAction: object; readonly minReadySeconds?: number },
) {
  const world = new TestCluster();
  const operator = world.operator();
  const base = deployment('web', script);
  world.cluster.create(DEPLOYMENTS, { ...base, spec: { ...(base['spec'] as object), replicas: 3, minReadySeconds } });
  world.cluster.create(
    POLICIES,
    policy({
      triggers: [
        { name: 'down', type: 'condition', conditionTrigger: { type: 'Available', status: 'False', duration: '20s' } },
      ],
      actions: [{ name: 'restart', type: 'restart', restartAction }],
      safetyRules: { requireHealthCheck: true, healthCheckTimeout: '1m' },
    }),
  );
  /** At every moment: how many pods were there, going ones included. */
  const counts: number[] = [];
  world.cluster.subscribe(PODS, () => void counts.push(world.cluster.list(PODS, 'default').length));
  const live = () => world.cluster.get(DEPLOYMENTS, WHERE) as MutableObject;
  const status = () => world.actionStatus();
  const intents = () => operator.audit.filter(({ entry }) => entry === 'intent');
  return { world, live, status, counts, intents };
}
const names = (world: TestCluster): readonly string[] =>
  world.cluster.list(PODS, 'default').map(({ metadata }) => metadata.name);

describe('restart with strategy recreate', () => {
  it('has no pod of before beside one of after, and ends with the count that was there', async () => {
    const { world, live, status, counts } = setUp(HEALED, { restartAction: { strategy: 'recreate' } });
    await world.clock.advance(10_000);
    const before = names(world);
    expect(await world.until(() => status().phase === 'Succeeded')).toBe(true);
    expect(counts).toContain(0);
    expect([live()['spec'].replicas, live()['status'].readyReplicas]).toEqual([3, 3]);
    expect(names(world).filter((name) => before.includes(name))).toEqual([]);
    expect(status().result?.changes).toMatchObject([
      { field: 'spec.replicas', oldValue: '3', newValue: '0' },
      { field: 'spec.replicas', oldValue: '0', newValue: '3' },
    ]);
  });

  it('sets the count back when a pod does not go in time', async () => {
    const { world, live, status } = setUp(
      [{ when: { pod: 1 }, ready: { failsAfter: '0s' }, stop: { takes: 'never' } }, ...HEALED],
      {
        restartAction: { strategy: 'recreate' },
      },
    );
    world.cluster.modify(DEPLOYMENTS, WHERE, (draft) => {
      draft['spec'].template.spec.terminationGracePeriodSeconds = 3600;
      return draft;
    });
    expect(await world.until(() => live()['spec'].replicas === 0)).toBe(true);
    expect(await world.until(() => status().phase === 'Failed')).toBe(true);
    expect(status()).toMatchObject({ reason: 'TimedOut', undo: { state: 'Done' } });
    expect(status().message).toContain('still there: default/web-');
    expect(live()['spec'].replicas).toBe(3);
  });
});

describe('restart with strategy graceful', () => {
  it('evicts one pod after another, and has no more missing than it may', async () => {
    const { world, status, intents } = setUp(HEALED, { restartAction: { strategy: 'graceful' } });
    await world.clock.advance(10_000);
    const before = names(world);
    const missing: number[] = [];
    world.cluster.subscribe(PODS, () => {
      const there = world.cluster
        .list(PODS, 'default')
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      missing.push(there.filter((pod) => !before.includes(pod.metadata.name) && !isReady(pod)).length);
    });
    expect(await world.until(() => status().phase === 'Succeeded')).toBe(true);
    expect(names(world).filter((name) => before.includes(name))).toEqual([]);
    expect(Math.max(...missing)).toBe(1);
    expect(
      intents()
        .map(({ path }) => path.split('/').at(-2) ?? '')
        .toSorted(),
    ).toEqual(before.toSorted());
    expect(
      status()
        .result?.changes?.map(({ resourceRef }) => resourceRef.split('/').at(-1) ?? '')
        .toSorted(),
    ).toEqual(before.toSorted());
    expect(status().message).toContain('every pod of Deployment default/web was restarted');
  });

  it('stops at the first pod that does not come back well', async () => {
    const { world, status } = setUp(STUCK, { restartAction: { strategy: 'graceful' }, minReadySeconds: 15 });
    await world.clock.advance(5000);
    const before = names(world);
    expect(await world.until(() => status().phase === 'Failed')).toBe(true);
    expect(status().reason).toBe('TimedOut');
    expect(names(world).filter((name) => before.includes(name))).toHaveLength(2);
  });

  it('asks a PodDisruptionBudget that allows none again and again, and tells no pod as evicted that was not', async () => {
    const { world, status, intents } = setUp(HEALED, { restartAction: { strategy: 'graceful' } });
    world.cluster.create(BUDGETS, {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: WHERE,
      spec: { minAvailable: 3, selector: { matchLabels: { app: 'web' } } },
    });
    await world.clock.advance(10_000);
    const before = names(world);
    expect(await world.until(() => intents().length > 0)).toBe(true);
    await world.clock.advance(60_000);
    expect([names(world).toSorted(), status().result?.changes]).toEqual([before.toSorted(), []]);
    // Every five seconds.
    expect(intents().length).toBeGreaterThan(10);
    expect(intents().length).toBeLessThan(14);
    world.cluster.remove(BUDGETS, WHERE);
    expect(await world.until(() => status().phase === 'Succeeded')).toBe(true);
    expect(names(world).filter((name) => before.includes(name))).toEqual([]);
  });
});

const isReady = (pod: KubeObject): boolean =>
  ((pod['status'] ?? {}) as MutableObject)['conditions']?.some(
    (one: MutableObject) => one['type'] === 'Ready' && one['status'] === 'True',
  ) === true;
