/** When most targets fail at once the cause is elsewhere: nothing is healed, for a while beyond it. */
import { describe, expect, it } from 'vitest';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';

const MINUTE = 60_000;

const blocked = (world: TestCluster) => world.status('crash-loops').blocked ?? [];

describe('the stop of a mass failure', () => {
  it('outlasts its cause for a process that has not seen it (I16)', async () => {
    const world = new TestCluster();
    const first = world.operator();
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names) world.cluster.create(DEPLOYMENTS, deployment(name, CRASHES_UNTIL_RESTARTED));
    world.cluster.create(POLICIES, policy());
    expect(await world.until(() => blocked(world).length === names.length)).toBe(true);
    // Somebody releases again, and three of the four are well.
    for (const name of names.slice(1))
      world.cluster.modify(DEPLOYMENTS, { namespace: 'default', name }, (draft) => ({
        ...draft,
        ...deployment(name),
        metadata: draft.metadata,
      }));
    expect(await world.until(() => world.status('crash-loops').targets?.unhealthy === 1)).toBe(true);
    first.kill();
    world.operator();
    await world.clock.advance(2 * MINUTE);
    expect([world.phases(), blocked(world)]).toEqual([
      [],
      [
        expect.objectContaining({
          reason: 'MassFailure',
          message: expect.stringContaining('has just ended') as string,
        }),
      ],
    ]);
    expect(await world.until(() => world.phases().includes('Succeeded'), 10 * MINUTE)).toBe(true);
  });

  it('shows in the status until it ends, and no longer, though all targets are well again', async () => {
    const world = new TestCluster();
    world.operator();
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names) world.cluster.create(DEPLOYMENTS, deployment(name, CRASHES_UNTIL_RESTARTED));
    world.cluster.create(POLICIES, policy());
    expect(await world.until(() => world.status('crash-loops').massFailure !== undefined)).toBe(true);
    for (const name of names)
      world.cluster.modify(DEPLOYMENTS, { namespace: 'default', name }, (draft) => ({
        ...draft,
        ...deployment(name),
        metadata: draft.metadata,
      }));
    await world.clock.advance(10 * MINUTE);
    expect(world.status('crash-loops').massFailure).toBeUndefined();
    expect(world.phases()).toEqual([]);
  });
});
