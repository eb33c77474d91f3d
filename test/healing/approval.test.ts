/** An action that waits for people: it runs when one has approved it, and never otherwise. */
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { wordOn } from '../kit/people.ts';
import { APPROVALS, DEPLOYMENTS, POLICIES } from '../kit/resources.ts';

const generation = (world: TestCluster): number | undefined =>
  world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'looping' })?.metadata.generation;
const statusOf = (object: KubeObject | undefined) =>
  object?.['status'] as { phase?: string; reason?: string; attempts?: number } | undefined;

describe('approval', () => {
  it('lets the action run once a person has approved it', async () => {
    const world = new TestCluster();
    world.operator({ config: { approvals: { unproven: 'accept' } } });
    world.cluster.create(DEPLOYMENTS, deployment('looping', CRASHES_UNTIL_RESTARTED));
    world.cluster.create(POLICIES, policy({ mode: 'manual' }));
    expect(
      await world.until(
        () => world.phases()[0] === 'Pending' && statusOf(world.actions()[0])?.reason === 'AwaitingApproval',
      ),
    ).toBe(true);
    world.cluster.create(APPROVALS, wordOn(world.actions()[0]));
    expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
    expect(generation(world)).toBe(2);
  });
});
