/** Limits and stops that hold across processes: what they rest on is in the cluster, not in memory. */
import { describe, expect, it } from 'vitest';
import { Prng } from '../../src/std/prng.ts';
import { always, slow } from '../kit/fault-scripts.ts';
import type { Sent } from '../kit/faulty-transport.ts';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';

const MINUTE = 60_000;

const blocked = (world: TestCluster) => world.status('crash-loops').blocked ?? [];
const healed = (world: TestCluster) =>
  world.cluster.list(DEPLOYMENTS, 'default').filter(({ metadata }) => metadata.generation !== 1).length;

describe('the limit of an hour', () => {
  it('holds between two processes, and for the one that comes after them (I18, I33)', async () => {
    const world = new TestCluster(1);
    const both = [1, 1001].map((one) => world.operator({ faults: [slow(new Prng(one))] }));
    for (const name of ['a', 'b']) world.cluster.create(DEPLOYMENTS, deployment(name, CRASHES_UNTIL_RESTARTED));
    world.cluster.create(POLICIES, policy({ safetyRules: { maxActionsPerHour: 1, maxConcurrent: 2 } }));
    expect(await world.until(() => healed(world) === 1)).toBe(true);
    await world.clock.advance(2 * MINUTE);
    for (const operator of both) operator.kill();
    world.operator();
    await world.clock.advance(2 * MINUTE);
    // Two processes that do not see each other's proposals yet may both propose: then the second one waits unclaimed.
    const isHeld = blocked(world).some(({ reason }) => reason === 'RateLimited') || world.phases().includes('Approved');
    expect([healed(world), isHeld]).toEqual([1, true]);
  });
});

describe('a process that starts', () => {
  /** Whether the kind is there at all is asked with a limit of one. */
  const listsHistory = ({ request, path, query }: Sent): boolean =>
    request.method === 'GET' && path.endsWith('/healingactions') && query.get('limit') !== '1';

  it('decides nothing before it has seen everything that it decides by (I10)', async () => {
    const world = new TestCluster();
    const arrivesAt = world.clock.now() + 3 * MINUTE;
    world.cluster.create(DEPLOYMENTS, deployment('a', CRASHES_UNTIL_RESTARTED));
    world.cluster.create(POLICIES, policy());
    world.operator({ faults: [always(listsHistory, { kind: 'delay', when: 'before', until: () => arrivesAt })] });
    await world.clock.advance(2 * MINUTE);
    expect([world.phases(), world.status('crash-loops'), healed(world)]).toEqual([[], {}, 0]);
    expect(await world.until(() => healed(world) === 1)).toBe(true);
  });
});
