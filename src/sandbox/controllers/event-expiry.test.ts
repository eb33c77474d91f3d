import { afterEach, expect, test } from 'vitest';
import { DEPLOYMENTS } from '../runtime/resources.ts';
import { closeWorlds, MINUTE, workload, World } from '../test-kit/world.ts';

afterEach(closeWorlds);

test('events expire an hour after they were last written', async () => {
  const world = await World.start({ heartbeats: 'off' });
  world.create(DEPLOYMENTS, workload('web'));
  await world.pass(59 * MINUTE);
  expect(world.events('web')).not.toEqual([]);
  await world.pass(2 * MINUTE);
  expect(world.events('web')).toEqual([]);
});
