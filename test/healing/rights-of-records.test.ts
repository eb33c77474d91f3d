/** The rights by which the operator keeps its records: without one of them a request here is refused. */
import { expect, it } from 'vitest';
import { PAUSE_CONFIG_MAP } from '../../src/api/names.ts';
import { actionRegistry } from '../../src/core/actions/index.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { toTimestamp } from '../../src/std/clock.ts';
import { requestWords } from '../../src/kube/request-words.ts';
import { ACTIONS, CONFIG_MAPS, DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import { sealedStatus } from '../kit/seals.ts';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const MINUTE = 60_000;

it('an operator with the rights of an installation keeps its records', async () => {
  const world = new TestCluster(2, 'on', 'on');
  const token = await world.account(actionRegistry().rules);
  const operator = world.operator({ token });
  for (const name of ['well', 'fine', 'good']) world.cluster.create(DEPLOYMENTS, deployment(name));
  world.cluster.create(POLICIES, policy());
  const healed = async (name: string) => {
    const before = world.phases().length;
    world.cluster.create(DEPLOYMENTS, deployment(name, CRASHES_UNTIL_RESTARTED));
    expect(await world.until(() => world.phases().filter((one) => one === 'Succeeded').length > before)).toBe(true);
  };
  // People delete actions, twice: the ledger is made, and written again.
  for (const name of ['a', 'b']) {
    await healed(name);
    for (const { metadata } of world.actions())
      world.cluster.remove(ACTIONS, { namespace: metadata.namespace ?? '', name: metadata.name });
    await world.clock.advance(MINUTE);
  }
  // The operator deletes what was kept for long enough: one that ended two days ago, under a policy that is gone.
  const name = 'old';
  world.cluster.create(ACTIONS, {
    apiVersion: 'kubeskippy.io/v1alpha1',
    kind: 'HealingAction',
    metadata: { name, namespace: 'default' },
    spec: {
      policyRef: { name: 'gone', namespace: 'default', uid: 'gone' },
      targetResource: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a', namespace: 'default', uid: 'a' },
      action: { name: 'restart', type: 'restart' },
    },
  });
  const completionTime = toTimestamp(world.clock.now() - 48 * 60 * MINUTE);
  const ended = (one: KubeObject) => sealedStatus(one, { phase: 'Succeeded', attempts: 1, completionTime });
  world.cluster.modify(ACTIONS, { namespace: 'default', name }, ended, 'status');
  const isThere = () => world.actions().some(({ metadata }) => metadata.name === name);
  expect(await world.until(() => !isThere(), MINUTE)).toBe(true);
  // The same is told twice of the same object: the Event counts on.
  const pause = { name: PAUSE_CONFIG_MAP, namespace: 'kubeskippy-system' };
  world.cluster.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: pause, data: { reason: 'one' } });
  for (const reason of ['another', 'one']) {
    await world.clock.advance(5000);
    world.cluster.modify(CONFIG_MAPS, pause, (one) => ({ ...one, data: { reason } }));
  }
  await world.clock.advance(5000);
  const asked = new Set(
    operator.sent.map(({ request }) => {
      const { verb, resource } = requestWords(request);
      return `${verb} ${resource}`;
    }),
  );
  for (const right of [
    'create configmaps',
    'update configmaps',
    'patch healingactions.kubeskippy.io',
    'delete healingactions.kubeskippy.io',
    'create events',
    'patch events',
  ])
    expect(asked).toContain(right);
  expect(operator.forbidden).toEqual([]);
});
