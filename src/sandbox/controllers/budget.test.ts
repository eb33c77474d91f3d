import { afterEach, expect, test } from 'vitest';
import { BUDGETS, DEPLOYMENTS } from '../runtime/resources.ts';
import { closeWorlds, SECOND, workload, World } from '../test-kit/world.ts';

afterEach(closeWorlds);

test('a budget allows as many disruptions as there are healthy pods to spare', async () => {
  const world = await World.start();
  world.create(DEPLOYMENTS, workload('web', { replicas: 3 }));
  world.create(BUDGETS, {
    metadata: { name: 'web' },
    spec: { minAvailable: 2, selector: { matchLabels: { app: 'web' } } },
  });
  await world.pass(5 * SECOND);
  expect(world.get(BUDGETS, 'web').status).toMatchObject({
    currentHealthy: 3,
    desiredHealthy: 2,
    disruptionsAllowed: 1,
  });
  world.change(DEPLOYMENTS, 'web', (draft) => {
    draft['spec'].replicas = 2;
  });
  await world.pass(40 * SECOND);
  expect(world.get(BUDGETS, 'web').status).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 0 });
});
