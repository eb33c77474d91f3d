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

const template = (podSpec: object) => ({ spec: { template: { spec: podSpec } } });
const endless = { restartPolicy: 'Never', containers: [{ name: 'main', image: 'job:1' }], activeDeadlineSeconds: 90 };

test('what a CronJob did not start is told, and is none of its active Jobs', async () => {
  const world = await World.start();
  const cron = world.create(CRON_JOBS, {
    metadata: { name: 'tick' },
    spec: { schedule: '0 0 1 1 *', jobTemplate: template(endless) },
  });
  const ownerReferences = [
    { apiVersion: 'batch/v1', kind: 'CronJob', name: 'tick', uid: cron.metadata.uid ?? '', controller: true },
  ];
  world.create(JOBS, {
    metadata: { name: 'by-hand', ownerReferences },
    spec: { suspend: true, template: { spec: endless } },
  });
  await world.pass(10 * SECOND);
  expect(world.events('tick').join()).toContain('UnexpectedJob');
  expect(world.get(CRON_JOBS, 'tick').status?.active).toBeUndefined();
});

test('a Job runs in the zone of its CronJob, is active, is seen to complete, and may go missing', async () => {
  const world = await World.start();
  world.create(CRON_JOBS, {
    metadata: { name: 'tick' },
    spec: { schedule: '* * * * *', timeZone: 'Asia/Kolkata', jobTemplate: template(endless) },
  });
  await world.pass(MINUTE);
  const [job] = world.list(JOBS);
  expect(job?.metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp']).toMatch(/\+05:30$/);
  expect(world.get(CRON_JOBS, 'tick').status?.active).toMatchObject([{ kind: 'Job', name: job?.metadata.name }]);
  await world.pass(2 * MINUTE);
  expect(world.events('tick').join()).toContain('SawCompletedJob');
});
