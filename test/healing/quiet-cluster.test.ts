import { describe, expect, it } from 'vitest';
import { deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';

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
