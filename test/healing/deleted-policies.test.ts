/** What people delete in the midst of healing, a policy or an action that they made, is no trouble of the operator. */
import { expect, it } from 'vitest';
import { once } from '../kit/fault-scripts.ts';
import type { Sent } from '../kit/faulty-transport.ts';
import { ACTIONS, DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import { CRASHES, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const MINUTE = 60_000;

const writes =
  (what: RegExp, words: string) =>
  ({ request, path }: Sent): boolean =>
    request.method !== 'GET' && what.test(path) && String(request.body).includes(words);

/** Right before the write that fits, `gone` is deleted: no watch can have told the operator yet. */
async function play(fits: (sent: Sent) => boolean, gone: (world: TestCluster) => void) {
  const world = new TestCluster();
  let deleted = false;
  const act = () => {
    deleted = true;
    gone(world);
  };
  const faults = [once(fits, { kind: 'act', when: 'before', act })];
  const operator = world.operator({ faults, config: { handMade: { unproven: 'accept' } } });
  world.cluster.create(DEPLOYMENTS, deployment('looping', CRASHES));
  return { world, operator, isDeleted: () => deleted };
}

const ofPolicy = /healingpolicies\/crash-loops\/status$/;

it.each<[string, (sent: Sent) => boolean]>([
  ['the first status', writes(ofPolicy, '')],
  ['the status with the first episode', writes(ofPolicy, '"episodes"')],
  ['the status that counts its action', writes(ofPolicy, '"actionsTaken":1')],
])('deleting a policy right before %s is written makes no lap fail', async (_title, fits) => {
  const { world, operator, isDeleted } = await play(fits, ({ cluster }) =>
    cluster.remove(POLICIES, { namespace: 'default', name: 'crash-loops' }),
  );
  world.cluster.create(POLICIES, policy());
  expect(await world.until(isDeleted, 20 * MINUTE)).toBe(true);
  await world.clock.advance(5 * MINUTE);
  expect(operator.logs.filter((line) => line.includes('a lap failed'))).toEqual([]);
});

it.each<[string, (sent: Sent) => boolean]>([
  ['its first status', writes(/healingactions\/by-hand\/status$/, '')],
  ['what keeps it from being deleted midway', writes(/healingactions\/by-hand$/, '"finalizers"')],
])('deleting an action made by hand right before %s is written makes no lap fail', async (_title, fits) => {
  const { world, operator, isDeleted } = await play(fits, ({ cluster }) =>
    cluster.remove(ACTIONS, { namespace: 'default', name: 'by-hand' }),
  );
  await world.clock.advance(MINUTE);
  const { uid } = world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'looping' })?.metadata ?? {};
  world.cluster.create(ACTIONS, {
    apiVersion: 'kubeskippy.io/v1alpha1',
    kind: 'HealingAction',
    metadata: { name: 'by-hand', namespace: 'default', annotations: { 'kubeskippy.io/author': 'tom' } },
    spec: {
      targetResource: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'looping', uid },
      action: { name: 'restart', type: 'restart' },
    },
  });
  expect(await world.until(isDeleted, 20 * MINUTE)).toBe(true);
  await world.clock.advance(5 * MINUTE);
  expect(operator.logs.filter((line) => line.includes('a lap failed'))).toEqual([]);
  expect(world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'looping' })?.metadata.generation).toBe(1);
});
