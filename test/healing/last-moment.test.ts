/** What changes between the decision and its effect: the action is withdrawn, with nothing changed. */
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { afterClaim } from '../kit/fault-scripts.ts';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { CONFIG_MAPS, DEPLOYMENTS, POLICIES } from '../kit/resources.ts';

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
