/** While everything that a policy would do is held back, its conditions say so, and why; afterwards that it is not. */
import { expect, it } from 'vitest';
import { DEFAULT_NAMESPACE_LIMITS } from '../../src/api/namespace-limits.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import { CRASHES, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const MINUTE = 60_000;
const allowed = (world: TestCluster, name = 'crash-loops'): string => {
  const found = world.status(name).conditions?.find(({ type }) => type === 'RemediationAllowed');
  return `${found?.status} ${found?.reason}: ${found?.message}`;
};
const OPEN = /^False CircuitOpen: policy default\/crash-loops: 5 actions failed in a row$/;

/** So many workloads that no restart helps, and another policy. */
function play(workloads: number) {
  const world = new TestCluster();
  const config = {
    commonCause: { minWorkloads: 1000, sharePercent: 100 },
    namespaceLimits: { ...DEFAULT_NAMESPACE_LIMITS, sharePercent: 100, unfinishedActions: 100 },
  };
  const operator = () => world.operator({ config });
  const running = operator();
  for (let n = 0; n < workloads; n++) world.cluster.create(DEPLOYMENTS, deployment(`web-${n}`, CRASHES));
  const safetyRules = { maxUnhealthy: '100%', maxConcurrent: 1, healthCheckTimeout: '1m' };
  const { metadata, ...rest } = policy({ safetyRules });
  world.cluster.create(POLICIES, { ...rest, metadata });
  const selector = { resources: [{ apiVersion: 'apps/v1', kind: 'StatefulSet' }] };
  world.cluster.create(POLICIES, { ...policy({ safetyRules, selector }), metadata: { ...metadata, name: 'others' } });
  return { world, running, operator };
}

it('that its actions keep failing, until one may try again; of no other policy', async () => {
  const { world } = play(6);
  expect(await world.until(() => OPEN.test(allowed(world)), 60 * MINUTE)).toBe(true);
  expect(allowed(world, 'others')).toMatch(/^True Allowed/);
  const failed = () => world.phases().filter((phase) => phase === 'Failed').length;
  expect(failed()).toBe(5);
  await world.clock.advance(4 * MINUTE);
  expect([allowed(world), failed()]).toEqual([expect.stringMatching(OPEN), 5]);
  expect(await world.until(() => allowed(world).startsWith('True Allowed'), 2 * MINUTE)).toBe(true);
});

it('also when another process of the operator begins meanwhile', async () => {
  const { world, running, operator } = play(6);
  expect(await world.until(() => OPEN.test(allowed(world)), 60 * MINUTE)).toBe(true);
  running.kill();
  operator();
  await world.clock.advance(MINUTE);
  expect(allowed(world)).toMatch(OPEN);
  expect(await world.until(() => allowed(world).startsWith('True Allowed'), 5 * MINUTE)).toBe(true);
});
