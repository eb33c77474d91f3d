/** Triggers in CEL, from the policy to the healed workload. */
import { describe, expect, it } from 'vitest';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

function play(expression: string, script: unknown = CRASHES_UNTIL_RESTARTED): TestCluster {
  const world = new TestCluster();
  world.operator();
  world.cluster.create(DEPLOYMENTS, deployment('web', script));
  world.cluster.create(
    POLICIES,
    policy({ triggers: [{ name: 'few', type: 'expression', expressionTrigger: { expression, duration: '20s' } }] }),
  );
  return world;
}
const ready = (world: TestCluster) => world.status('crash-loops').conditions?.find(({ type }) => type === 'Ready');
const FEW = 'has(object.status.unavailableReplicas) && object.status.unavailableReplicas > 0';

describe('an expression', () => {
  it('fires, and the workload is healed', async () => {
    const world = play(FEW, [{ when: { revision: 1 }, ready: { failsAfter: '5s' } }]);
    expect(await world.until(() => world.actionStatus().phase === 'Succeeded')).toBe(true);
    expect(ready(world)).toMatchObject({ status: 'True', reason: 'Ready' });
  });

  it('does not fire for a workload that is well', async () => {
    const world = play(FEW, []);
    await world.clock.advance(300_000);
    expect(world.actions()).toEqual([]);
  });

  it('that cannot work shows in Ready as soon as the policy is applied', async () => {
    const world = play("object.spec.serviceName == 'web'");
    await world.until(() => ready(world)?.status === 'False');
    expect(ready(world)).toMatchObject({ status: 'False', reason: 'InvalidExpression' });
    expect(ready(world)?.message).toContain("undefined field 'serviceName'");
  });
});
