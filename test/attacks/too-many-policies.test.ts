/**
 * The attack: one namespace makes a thousand policies, and the memory, the status writes and the evaluation of all of
 * them are everybody's. The guard: of a namespace's policies the oldest are served, up to a limit
 * (src/core/places.ts).
 */
import { describe, expect, it } from 'vitest';
import { DEFAULT_NAMESPACE_LIMITS } from '../../src/api/namespace-limits.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { ACTIONS, DEPLOYMENTS, NAMESPACES, POLICIES } from '../kit/resources.ts';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const MINUTE = 60_000;
const SECOND = 1000;

const named = (name: string, namespace = 'default'): KubeObject => ({
  ...policy(),
  metadata: { name, namespace },
});

async function clusterOf(policies: readonly string[]): Promise<TestCluster> {
  const world = new TestCluster();
  world.operator({ config: { namespaceLimits: { ...DEFAULT_NAMESPACE_LIMITS, policies: 2 } } });
  for (const name of policies) {
    world.cluster.create(POLICIES, named(name));
    await world.clock.advance(2 * SECOND);
  }
  return world;
}

const ready = (world: TestCluster, name: string) => world.status(name).conditions?.find(({ type }) => type === 'Ready');

describe('policies beyond those that a namespace may have', () => {
  it('are not evaluated, and say what they wait for; the older ones are served', async () => {
    const world = await clusterOf(['first', 'second', 'third']);
    expect(ready(world, 'first')).toMatchObject({ status: 'True' });
    expect(ready(world, 'third')).toMatchObject({ status: 'False', reason: 'TooManyPolicies' });
    expect(ready(world, 'third')?.message).toContain('namespaceLimits.policies');
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES_UNTIL_RESTARTED));
    expect(await world.until(() => world.cluster.list(ACTIONS, 'default').length > 0, 5 * MINUTE)).toBe(true);
    expect(world.status('third').targets?.matched ?? 0).toBe(0);
  });

  it('get the place of one that goes, and heal', async () => {
    const world = await clusterOf(['first', 'second', 'third']);
    for (const name of ['first', 'second']) world.cluster.remove(POLICIES, { name, namespace: 'default' });
    await world.clock.advance(5 * SECOND);
    expect(ready(world, 'third')).toMatchObject({ status: 'True' });
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES_UNTIL_RESTARTED));
    expect(await world.until(() => world.cluster.list(ACTIONS, 'default').length > 0, 5 * MINUTE)).toBe(true);
  });

  it('take no place of another namespace', async () => {
    const world = await clusterOf(['first', 'second', 'third']);
    world.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-b' } });
    world.cluster.create(POLICIES, named('only', 'team-b'));
    await world.clock.advance(5 * SECOND);
    const only = world.cluster.get(POLICIES, { name: 'only', namespace: 'team-b' })?.['status'];
    expect(only).toMatchObject({
      conditions: expect.arrayContaining([expect.objectContaining({ type: 'Ready', status: 'True' })]),
    });
  });
});
