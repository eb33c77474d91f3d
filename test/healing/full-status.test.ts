/** Many targets fire all triggers of a policy at once, with names and messages as long as real ones. */
import { expect, it } from 'vitest';
import { MAX_STATUS_BYTES } from '../../src/core/target/status-room.ts';
import { bytesOf, eagerOperator, fullStatusCluster, served, unexplained } from '../kit/full-status.ts';

const TARGETS = 60;

it('60 targets of 16 triggers each are served, each has an action or a reason, and no status is refused (I34)', async () => {
  const world = fullStatusCluster(TARGETS);
  const { refused } = eagerOperator(world);
  let [largest, left] = [0, 0];
  for (let looks = 0; looks < 60 && served(world).size < TARGETS; looks++) {
    await world.clock.advance(10_000);
    largest = Math.max(largest, bytesOf(world.status('crash-loops')));
    left = Math.max(left, unexplained(world, TARGETS));
  }
  expect([served(world).size, refused.count, left]).toEqual([TARGETS, 0, 0]);
  expect(largest).toBeLessThanOrEqual(MAX_STATUS_BYTES);
  // As long as real ones, or this test says nothing.
  expect(largest).toBeGreaterThan(TARGETS * 2000);
}, 300_000);
