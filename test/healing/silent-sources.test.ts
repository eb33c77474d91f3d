/** A server of metrics that does not answer is told of where people look, by each policy that needs it, and no more. */
import { expect, it } from 'vitest';
import { healthRoute } from '../../src/cli/run/serve-endpoints.ts';
import type { MetricResult, Vitals } from '../../src/operator/ports.ts';
import { UNOBSERVED } from '../../src/operator/voice.ts';
import { DEPLOYMENTS, EVENTS, POLICIES } from '../kit/resources.ts';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const MINUTE = 60_000;
const DOWN: MetricResult = {
  type: 'unknown',
  reason: 'SourceDown',
  message: 'http://prometheus:9090 did not answer: connection refused',
  warnings: [],
};
const UP: MetricResult = { type: 'vector', samples: [], warnings: [] };
const metricTrigger = { query: 'errors > 1', operator: '>', threshold: 1, source: 'prometheus' };

function play() {
  const world = new TestCluster();
  let answer: MetricResult = UP;
  let vitals: (() => Vitals) | undefined;
  const operator = world.operator({
    servers: new Map([['prometheus', { query: async () => answer }]]),
    config: { clusterPolicyNamespaces: ['default'] },
    actions: { observer: { ...UNOBSERVED, vitals: (read) => (vitals = read) } },
  });
  const names = ['errors', 'others'];
  for (const name of names) {
    const { metadata, ...rest } = policy({ triggers: [{ name: 'errors', type: 'metric', metricTrigger }] });
    world.cluster.create(POLICIES, { ...rest, metadata: { ...metadata, name } });
  }
  world.cluster.create(POLICIES, policy());
  world.cluster.create(DEPLOYMENTS, deployment('looping', CRASHES_UNTIL_RESTARTED));
  const events = (reason: string) =>
    world.cluster.list(EVENTS).flatMap((event) => {
      const { involvedObject, reason: of } = event as { involvedObject?: { name?: string }; reason?: string };
      return of === reason ? [involvedObject?.name ?? ''] : [];
    });
  return {
    world,
    operator,
    events,
    withoutMetrics: () => vitals?.().withoutMetrics,
    goes: (next: MetricResult) => (answer = next),
  };
}

it('tells of a source that is down by Events on the policies that need it, once, and of its return', async () => {
  const { world, operator, events, goes, withoutMetrics } = play();
  await world.clock.advance(MINUTE);
  expect([events('MetricsMissing'), withoutMetrics()]).toEqual([[], 0]);
  goes(DOWN);
  await world.clock.advance(5 * MINUTE);
  expect(events('MetricsMissing').toSorted()).toEqual(['errors', 'others']);
  expect(withoutMetrics()).toBe(2);
  const lines = operator.logs.filter((line) => line.includes('MetricsMissing'));
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain('SourceDown');
  goes(UP);
  await world.clock.advance(2 * MINUTE);
  expect([events('MetricsBack').toSorted(), withoutMetrics()]).toEqual([['errors', 'others'], 0]);
});

it('a new process of the operator does not tell of it again, and other policies heal meanwhile', async () => {
  const { world, operator, events, goes } = play();
  goes(DOWN);
  await world.clock.advance(MINUTE);
  operator.kill();
  world.operator({
    servers: new Map([['prometheus', { query: async () => DOWN }]]),
    config: { clusterPolicyNamespaces: ['default'] },
  });
  expect(await world.until(() => world.phases().includes('Succeeded'), 20 * MINUTE)).toBe(true);
  expect(events('MetricsMissing').toSorted()).toEqual(['errors', 'others']);
});

it('readiness stands, and says it to those who ask for details', async () => {
  const checks = [{ name: 'metrics', problem: () => undefined, note: () => '2 policies have metric triggers' }];
  const route = healthRoute('readyz', checks);
  expect([await route('terse'), await route('verbose')]).toMatchObject([
    { status: 200, body: 'ok' },
    { status: 200, body: '[+]metrics ok: 2 policies have metric triggers\nreadyz check passed\n' },
  ]);
});
