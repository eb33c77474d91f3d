import { afterEach, expect, test } from 'vitest';
import { DEPLOYMENTS, EVENTS, PODS } from './runtime/resources.ts';
import { closeWorlds, MINUTE, workload, World } from './test-kit/world.ts';

afterEach(closeWorlds);

test('the same seed and the same requests give the same history', async () => {
  const history = async (): Promise<string> => {
    const world = await World.start();
    world.create(
      DEPLOYMENTS,
      workload('web', { replicas: 3, script: '{when: {restarts: "<2"}, exit: {after: 3s, code: 1}}' }),
    );
    await world.pass(2 * MINUTE);
    return JSON.stringify([world.list(PODS), world.list(EVENTS)]);
  };
  expect(await history()).toBe(await history());
});
