/**
 * The attack: five actions on objects that do not exist wait half an hour for a person, and meanwhile nothing is healed
 * in any namespace. The guards: what waits takes none of the places that all namespaces share (takesPlace in
 * src/core/history.ts), and no namespace may take them all (shareOf in src/core/gates/proposal.ts).
 */
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { ACTIONS, DEPLOYMENTS, NAMESPACES, POLICIES } from '../kit/resources.ts';

const MINUTE = 60_000;
const SECONDS = 1000;

const handMade = (name: string, spec: Readonly<Record<string, unknown>>): KubeObject => ({
  apiVersion: 'kubeskippy.io/v1alpha1',
  kind: 'HealingAction',
  metadata: { namespace: 'team-b', name },
  spec: {
    targetResource: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'team-b', name },
    action: { name: 'again', type: 'restart', restartAction: {} },
    timeout: '30m',
    ...spec,
  },
});

const WAITING: readonly (readonly [string, (world: TestCluster) => void])[] = [
  [
    'for a person, on objects that do not exist',
    (world) => {
      for (let at = 0; at < 5; at++)
        world.cluster.create(ACTIONS, handMade(`nothing-${at}`, { approvalRequired: true }));
    },
  ],
  [
    'for each other, on one object',
    (world) => {
      world.cluster.create(DEPLOYMENTS, {
        ...deployment('slow', CRASHES_UNTIL_RESTARTED),
        metadata: { namespace: 'team-b', name: 'slow' },
      });
      const { uid } = world.cluster.get(DEPLOYMENTS, { namespace: 'team-b', name: 'slow' })?.metadata ?? {};
      const targetResource = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'team-b', name: 'slow', uid };
      for (let at = 0; at < 6; at++)
        world.cluster.create(ACTIONS, handMade(`slow-${at}`, { targetResource, approvalRequired: at > 0 }));
    },
  ],
];

describe('actions of one namespace that wait', () => {
  it.each(WAITING)('%s hold up no healing elsewhere', async (_what, wait) => {
    const world = new TestCluster();
    world.operator({ config: { maxConcurrent: 5 } });
    world.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-b' } });
    wait(world);
    await world.clock.advance(30 * SECONDS);
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES_UNTIL_RESTARTED));
    world.cluster.create(POLICIES, policy());
    const healed = () => world.cluster.list(ACTIONS, 'default').length > 0;
    expect(await world.until(healed, 5 * MINUTE)).toBe(true);
    expect(world.status('crash-loops').blocked ?? []).toEqual([]);
  });
});
