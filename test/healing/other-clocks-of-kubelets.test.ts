/** Kubelets write times by their own clocks: what the operator saw begin began when it saw it. */
import { describe, expect, it } from 'vitest';
import type { MutableObject } from '../../src/sandbox/index.ts';
import { toTimestamp } from '../../src/std/clock.ts';
import { skewedKubelets } from '../kit/skewed-kubelets.ts';
import { DEPLOYMENTS, NODES, PODS, POLICIES } from '../kit/resources.ts';
import { deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const MINUTE = 60_000;
const OFF: readonly (readonly [string, number])[] = [
  ['right', 0],
  ['ten minutes behind', -10 * MINUTE],
  ['ten minutes ahead', 10 * MINUTE],
];
const looping = (duration: string) => [
  { name: 'looping', type: 'condition', conditionTrigger: { type: 'CrashLoopBackOff', status: 'True', duration } },
];

function play(offMs: number, objects: (world: TestCluster) => void, config = {}): TestCluster {
  const world = new TestCluster();
  world.operator({ through: skewedKubelets(offMs), config });
  objects(world);
  return world;
}

describe.each(OFF)('by kubelets whose clock is %s', (_title, offMs) => {
  it('a crash loop that lives for a while each time is one loop, and its end is the recovery', async () => {
    // It lives for 20 s: to a clock that is ahead or behind, these are minutes, or in the future.
    const script = [{ when: { revision: 1 }, exit: { after: '20s', code: 1 } }];
    const world = play(offMs, ({ cluster }) => {
      cluster.create(DEPLOYMENTS, deployment('looping', script));
      cluster.create(POLICIES, policy({ triggers: looping('1m') }));
    });
    expect(await world.until(() => world.actions().length === 1, 10 * MINUTE)).toBe(true);
    expect(await world.until(() => world.actionStatus().completionTime !== undefined, 10 * MINUTE)).toBe(true);
    expect(world.actionStatus()).toMatchObject({ phase: 'Succeeded' });
    expect(world.actions()).toHaveLength(1);
  });

  it('a loop that ends by itself is over a minute after its last start, and nothing more is done', async () => {
    const script = [{ when: { restarts: '<3' }, exit: { after: '2s', code: 1 } }];
    const world = play(offMs, ({ cluster }) => {
      cluster.create(DEPLOYMENTS, deployment('looping', script));
      cluster.create(POLICIES, policy({ mode: 'monitor', triggers: looping('10s') }));
    });
    const firing = () => world.status('crash-loops').episodes?.some(({ state }) => state === 'Firing') === true;
    expect(await world.until(firing, 5 * MINUTE)).toBe(true);
    const restarts = () =>
      (world.cluster.list(PODS)[0]?.['status'] as { containerStatuses?: { restartCount: number }[] } | undefined)
        ?.containerStatuses?.[0]?.restartCount;
    expect(await world.until(() => restarts() === 3, 5 * MINUTE)).toBe(true);
    const at = world.clock.now();
    expect(await world.until(() => !firing(), 30 * MINUTE)).toBe(true);
    const took = world.clock.now() - at;
    expect(took).toBeGreaterThanOrEqual(50_000);
    expect(took).toBeLessThanOrEqual(90_000);
  });

  it('a condition of a node has to hold for its duration, from when it was seen', async () => {
    const world = play(
      offMs,
      ({ cluster }) =>
        void cluster.create(
          POLICIES,
          policy({
            mode: 'monitor',
            selector: { resources: [{ apiVersion: 'v1', kind: 'Node' }] },
            triggers: [
              {
                name: 'bad',
                type: 'condition',
                conditionTrigger: { type: 'KernelDeadlock', status: 'True', duration: '2m' },
              },
            ],
            actions: [{ name: 'cordon', type: 'cordon' }],
          }),
        ),
      { clusterPolicyNamespaces: ['default'] },
    );
    await world.clock.advance(MINUTE);
    const at = toTimestamp(world.clock.now());
    const report = (draft: MutableObject): MutableObject => {
      const dead = { type: 'KernelDeadlock', status: 'True', reason: 'TaskHung', lastTransitionTime: at };
      draft['status'].conditions.push(dead);
      return draft;
    };
    world.cluster.modify(NODES, { name: 'node-1' }, report, 'status');
    const since = world.clock.now();
    const firing = () => world.status('crash-loops').activeTriggers?.includes('bad') === true;
    expect(await world.until(firing, 10 * MINUTE)).toBe(true);
    const took = world.clock.now() - since;
    expect(took).toBeGreaterThanOrEqual(2 * MINUTE);
    expect(took).toBeLessThan(2.5 * MINUTE);
  });
});
