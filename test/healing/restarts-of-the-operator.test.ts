/** An episode goes on when the operator starts again: what the new process has not seen is no recovery (I12, I13). */
import { describe, expect, it } from 'vitest';
import { CRASHES, deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { DEPLOYMENTS, EVENTS, POLICIES } from '../kit/resources.ts';

const MINUTE = 60_000;
const rules = { requireHealthCheck: true, healthCheckTimeout: '1m', maxUnhealthy: '100%' };
const BACK_OFF = {
  name: 'looping',
  type: 'event',
  cooldownPeriod: '1m',
  eventTrigger: { reason: 'BackOff', type: 'Warning', count: 3, window: '30m' },
};
const LOOPING = {
  name: 'looping',
  type: 'condition',
  cooldownPeriod: '1m',
  conditionTrigger: { type: 'CrashLoopBackOff', status: 'True', duration: '20s' },
};
const REPLICAS = {
  name: 'looping',
  type: 'metric',
  cooldownPeriod: '1m',
  metricTrigger: {
    source: 'embedded',
    query: 'kube_deployment_spec_replicas',
    operator: '>',
    threshold: 0,
    duration: '20s',
  },
};

/** By the API server's own log: how often a person would have said that the workload was restarted. */
const restarts = (world: TestCluster) =>
  new Set(
    world.sandbox
      .commits()
      .filter(({ by, object }) => by?.agent.startsWith('kubeskippy') && object.kind === 'Deployment')
      .map(({ object }) => `${object.metadata.name} ${object.metadata.generation}`),
  ).size;
const said = (world: TestCluster, reason: string) =>
  world.cluster.list(EVENTS).filter((event) => event['reason'] === reason).length;
const episodes = (world: TestCluster) =>
  world.status('crash-loops').episodes?.map(({ startedAt, state }) => `${startedAt} ${state}`);

describe('an exhausted episode', () => {
  it.each([
    ['an event trigger', BACK_OFF],
    ['a condition trigger', LOOPING],
    ['a metric trigger', REPLICAS],
  ])(
    'of %s is still that episode after three restarts of the operator: nothing is healed again',
    async (_, trigger) => {
      const world = new TestCluster();
      let operator = world.operator();
      world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
      world.cluster.create(POLICIES, policy({ triggers: [trigger], safetyRules: rules }));
      expect(
        await world.until(() => world.status('crash-loops').episodes?.[0]?.state === 'Exhausted', 60 * MINUTE),
      ).toBe(true);
      const before = [restarts(world), said(world, 'TriggerResolved'), episodes(world)];
      for (let started = 0; started < 3; started++) {
        operator.kill();
        await world.clock.advance(MINUTE);
        operator = world.operator();
        await world.clock.advance(4 * MINUTE);
      }
      expect([restarts(world), said(world, 'TriggerResolved'), episodes(world)]).toEqual(before);
    },
  );
});

describe('what an event trigger has counted', () => {
  it('stands in the status while a new process does not know it', async () => {
    const world = new TestCluster();
    const operator = world.operator();
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    const trigger = { ...BACK_OFF, eventTrigger: { ...BACK_OFF.eventTrigger, window: '5m' } };
    world.cluster.create(POLICIES, policy({ mode: 'monitor', triggers: [trigger], safetyRules: rules }));
    const counted = () => world.status('crash-loops').triggers?.[0]?.firing?.[0]?.value;
    await world.clock.advance(6 * MINUTE);
    const before = counted();
    expect(Number(before)).toBeGreaterThan(2);
    operator.kill();
    world.operator();
    await world.clock.advance(5000);
    expect([counted(), world.status('crash-loops').blocked?.[0]?.reason]).toEqual([before, 'StaleObservation']);
  });
});

describe('the stop of a mass failure', () => {
  it('of event triggers holds for a process that has not seen what was counted (I16)', async () => {
    const world = new TestCluster();
    let operator = world.operator();
    for (const name of ['a', 'b', 'c', 'd']) world.cluster.create(DEPLOYMENTS, deployment(name, CRASHES));
    world.cluster.create(POLICIES, policy({ triggers: [BACK_OFF], safetyRules: { ...rules, maxUnhealthy: '50%' } }));
    expect(await world.until(() => world.status('crash-loops').massFailure !== undefined, 60 * MINUTE)).toBe(true);
    for (let started = 0; started < 3; started++) {
      operator.kill();
      operator = world.operator();
      await world.clock.advance(4 * MINUTE);
      expect(world.status('crash-loops').massFailure).toBeDefined();
    }
    expect([restarts(world), world.phases()]).toEqual([0, []]);
  });
});
