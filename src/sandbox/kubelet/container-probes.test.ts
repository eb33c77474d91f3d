import { afterEach, expect, test } from 'vitest';
import { DEPLOYMENTS, ENDPOINT_SLICES, SERVICES } from '../runtime/resources.ts';
import { closeWorlds, MINUTE, SECOND, status, workload, World } from '../test-kit/world.ts';

afterEach(closeWorlds);

test('a failing readiness probe takes the pod out of service, and back when it recovers', async () => {
  const world = await World.start();
  const readinessProbe = { httpGet: { path: '/', port: 80 }, periodSeconds: 5, failureThreshold: 2 };
  const script = '{ready: {failsAfter: 20s, recoversAfter: 60s}}';
  world.create(DEPLOYMENTS, workload('web', { container: { readinessProbe }, script }));
  world.create(SERVICES, { metadata: { name: 'web' }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } });
  const ready = (): boolean | undefined => {
    const slice = world.list(ENDPOINT_SLICES).find((candidate) => candidate.metadata.generateName === 'web-');
    return (slice?.['endpoints'] as { conditions: { ready: boolean } }[] | undefined)?.[0]?.conditions.ready;
  };
  await world.pass(10 * SECOND);
  expect(ready()).toBe(true);
  await world.pass(20 * SECOND);
  expect(ready()).toBe(false);
  expect(world.events(world.pods('web')[0]?.metadata.name ?? '').at(-1)).toBe(
    'Unhealthy ×2: Readiness probe failed: HTTP probe failed with statuscode: 503',
  );
  await world.pass(60 * SECOND);
  expect(ready()).toBe(true);
});

test('a failing liveness probe restarts the container', async () => {
  const world = await World.start();
  const livenessProbe = { tcpSocket: { port: 80 }, periodSeconds: 10, failureThreshold: 3 };
  world.create(
    DEPLOYMENTS,
    workload('web', { container: { livenessProbe }, script: '{when: {restarts: 0}, live: {failsAfter: 15s}}' }),
  );
  await world.pass(2 * MINUTE);
  expect(status(world.pods('web')[0])).toMatchObject({ restartCount: 1, ready: true });
  const events = world.events(world.pods('web')[0]?.metadata.name ?? '');
  expect(events).toContain('Killing ×1: Container main failed liveness probe, will be restarted');
});

test('a slow start holds the other probes back, and one that never ends restarts the container', async () => {
  const world = await World.start();
  const probes = {
    startupProbe: { httpGet: { port: 80 }, periodSeconds: 5, failureThreshold: 6 },
    livenessProbe: { httpGet: { port: 80 }, periodSeconds: 5, failureThreshold: 1 },
    readinessProbe: { httpGet: { port: 80 }, periodSeconds: 5 },
  };
  world.create(DEPLOYMENTS, workload('slow', { container: probes, script: '{start: {after: 20s}}' }));
  world.create(DEPLOYMENTS, workload('never', { container: probes, script: '{start: {after: 1h}}' }));
  await world.pass(15 * SECOND);
  expect(status(world.pods('slow')[0])).toMatchObject({ started: false, ready: false, restartCount: 0 });
  await world.pass(15 * SECOND);
  expect(status(world.pods('slow')[0])).toMatchObject({ started: true, ready: true, restartCount: 0 });
  await world.pass(15 * SECOND);
  expect(status(world.pods('never')[0])).toMatchObject({ ready: false, restartCount: 1 });
  expect(world.events(world.pods('never')[0]?.metadata.name ?? '')).toContain(
    'Killing ×1: Container main failed startup probe, will be restarted',
  );
});
