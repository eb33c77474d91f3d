/** Healing that only hides a fault, over days and longer than its actions are kept. */
import { expect, it } from 'vitest';
import { ACTIONS, DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import { deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const MINUTE = 60_000;
const CHANNEL = { channels: ['pager'], reasons: ['EpisodeExhausted'], grants: {} };

it('stops a workload that is healed again and again, tells people once, and remembers what was deleted', async () => {
  const world = new TestCluster(1);
  const told: string[] = [];
  const endpoints = {
    send: async ({ body }: { readonly body: string }) => {
      told.push(body);
      return { kind: 'answered' as const, status: 200 };
    },
  };
  const options = { config: { notifications: CHANNEL }, actions: { endpoints } };
  const first = world.operator(options);
  world.cluster.create(DEPLOYMENTS, deployment('web', [{ ready: { failsAfter: '2m' } }]));
  const conditionTrigger = { type: 'Available', status: 'False', duration: '10s' };
  const triggers = [{ name: 'down', type: 'condition', conditionTrigger, cooldownPeriod: '30s' }];
  world.cluster.create(POLICIES, policy({ triggers, safetyRules: { requireHealthCheck: true, maxHealingsPerDay: 1 } }));
  const succeeded = () => world.phases().filter((phase) => phase === 'Succeeded').length;
  expect(await world.until(() => succeeded() === 1, 10 * MINUTE)).toBe(true);
  // What somebody deletes is known all the same, by another process too.
  for (const { metadata } of world.actions())
    world.cluster.remove(ACTIONS, { namespace: 'default', name: metadata.name });
  expect(await world.until(() => world.actions().length === 0, MINUTE)).toBe(true);
  first.kill();
  world.operator(options);
  const blocked = () => world.status('crash-loops').blocked ?? [];
  expect(await world.until(() => blocked()[0]?.reason === 'Chronic', 10 * MINUTE)).toBe(true);
  expect(blocked()[0]?.message).toContain('Deployment default/web was healed once in 24h (limit 1)');
  await world.clock.advance(2 * MINUTE);
  expect(told.map((body) => JSON.parse(body).text)).toEqual([expect.stringContaining('no longer healed (Chronic)')]);
  expect(world.actions()).toEqual([]);
});
