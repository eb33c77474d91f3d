import { afterEach, expect, test } from 'vitest';
import { CRON_JOBS, JOBS } from '../runtime/resources.ts';
import { closeWorlds, MINUTE, SECOND, World } from '../test-kit/world.ts';

afterEach(closeWorlds);

test('a CronJob starts a Job every minute and keeps the last three', async () => {
  const world = await World.start();
  const podSpec = { restartPolicy: 'Never', containers: [{ name: 'main', image: 'job:1' }] };
  world.create(CRON_JOBS, {
    metadata: { name: 'tick' },
    spec: { schedule: '* * * * *', jobTemplate: { spec: { template: { spec: podSpec } } } },
  });
  await world.pass(5 * MINUTE + 30 * SECOND);
  expect(world.list(JOBS)).toHaveLength(3);
  expect(world.events('tick').filter((event) => event.startsWith('SuccessfulCreate'))).toHaveLength(5);
});
