/** Those who write Events have clocks of their own. */
import { describe, expect, it } from 'vitest';
import { toTimestamp } from '../../src/std/clock.ts';
import { DEPLOYMENTS, EVENTS, POLICIES } from '../kit/resources.ts';
import { deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const SECOND = 1000;
const MINUTE = 60_000;
const WHERE = { namespace: 'default', name: 'complaint' };

/** Somebody complains of Deployment `web` every 15 seconds, so many times, by a clock that is off by so much. */
async function complaints(world: TestCluster, { times, offMs }: { readonly times: number; readonly offMs: number }) {
  const { uid } = world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'web' })?.metadata ?? {};
  for (let count = 1; count <= times; count++) {
    const at = toTimestamp(world.clock.now() + offMs);
    if (count === 1)
      world.cluster.create(EVENTS, {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: WHERE,
        involvedObject: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web', uid },
        reason: 'Broken',
        type: 'Warning',
        message: 'it is broken',
        count,
        firstTimestamp: at,
        lastTimestamp: at,
      });
    else
      world.cluster.modify(EVENTS, WHERE, (draft) => {
        draft['count'] = count;
        draft['lastTimestamp'] = at;
        return draft;
      });
    await world.clock.advance(15 * SECOND);
  }
}

function play(): TestCluster {
  const world = new TestCluster();
  world.operator();
  world.cluster.create(DEPLOYMENTS, deployment('web'));
  world.cluster.create(
    POLICIES,
    policy({
      triggers: [{ name: 'broken', type: 'event', eventTrigger: { reason: 'Broken', count: 3, window: '2m' } }],
    }),
  );
  return world;
}

describe.each([
  ['right', 0],
  ['ten minutes behind', -10 * MINUTE],
  ['ten minutes ahead', 10 * MINUTE],
])('by a clock that is %s', (_title, offMs) => {
  it('an Event every 15 seconds fires a count trigger, and its end is the recovery', async () => {
    const world = play();
    await world.clock.advance(20 * SECOND);
    await complaints(world, { times: 4, offMs });
    expect(await world.until(() => world.actions().length === 1, MINUTE)).toBe(true);
    expect(await world.until(() => world.actionStatus().phase === 'Succeeded', 10 * MINUTE)).toBe(true);
  });

  it('one that came twice fires nothing', async () => {
    const world = play();
    await world.clock.advance(20 * SECOND);
    await complaints(world, { times: 2, offMs });
    await world.clock.advance(15 * MINUTE);
    expect(world.actions()).toEqual([]);
  });
});
