/** One action after another on the same target, and the three ways in which that ends. */
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/shapes/kube.ts';
import type { ActionStatus } from '../../src/api/action-status.ts';
import { CRASHES, deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';

const MINUTE = 60_000;
const restart = { name: 'restart', type: 'restart', priority: 90 };
const scale = (replicas: number, more: object = {}) => ({
  name: `to-${replicas}`,
  type: 'scale',
  scaleAction: { direction: 'absolute', replicas },
  ...more,
});
const rules = { requireHealthCheck: true, healthCheckTimeout: '1m' };

const ended = (world: TestCluster) =>
  world
    .actions()
    .map((object) => ({ object, status: (object['status'] ?? {}) as ActionStatus }))
    .toSorted((a, b) => (a.status.completionTime ?? '').localeCompare(b.status.completionTime ?? ''))
    .map(({ object, status }) => ({
      name: (object['spec'] as { action: { name: string } }).action.name,
      how: status.reason,
      createdAt: Date.parse(object.metadata.creationTimestamp ?? ''),
      endedAt: Date.parse(status.completionTime ?? ''),
    }));
const inOrder = (world: TestCluster) => ended(world).map(({ name, how }) => `${name}: ${how}`);
const told = (world: TestCluster): readonly KubeObject[] =>
  world.cluster
    .list({ group: '', version: 'v1', resource: 'events' })
    .filter((event) => event['reason'] === 'EpisodeExhausted');
const stopped = (world: TestCluster, reason: string, name = 'crash-loops') =>
  world.until(() => world.status(name).blocked?.[0]?.reason === reason, 60 * MINUTE);

describe('a ladder', () => {
  it('is climbed by priority, a cool-down after each failure, and its end is told once, also after a restart of the operator', async () => {
    const world = new TestCluster();
    const operator = world.operator();
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    world.cluster.create(POLICIES, policy({ actions: [scale(2, { priority: 10 }), restart], safetyRules: rules }));
    expect(await stopped(world, 'Exhausted')).toBe(true);
    expect(inOrder(world)).toEqual(['restart: NotVerified', 'to-2: NotVerified']);
    const [first, second] = ended(world);
    expect((second?.createdAt ?? 0) - (first?.endedAt ?? 0)).toBeGreaterThanOrEqual(5 * MINUTE - 1000);
    await world.clock.advance(MINUTE);
    operator.kill();
    world.operator();
    await world.clock.advance(15 * MINUTE);
    expect(world.actions()).toHaveLength(2);
    const about = told(world).map((event) => [
      event['type'],
      (event['involvedObject'] as { kind: string }).kind,
      event['count'] ?? 1,
    ]);
    expect(about.map(String).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      'Warning,Deployment,1',
      'Warning,HealingPolicy,1',
    ]);
    expect(told(world)[0]?.['message']).toBe(
      'no longer healed (Exhausted): 2 actions of policy default/crash-loops were tried on Deployment default/web and it still fails; a person has to look',
    );
  });

  it('is not climbed further once an action has made things worse (I7)', async () => {
    const world = new TestCluster();
    world.operator();
    const exit = { after: '2s', code: 1 };
    const web = deployment('web', [
      { when: { pod: 1, revision: 1 }, exit },
      { when: { revision: 2 }, exit },
    ]);
    const spec = { ...(web['spec'] as object), replicas: 3, strategy: { type: 'Recreate' } };
    world.cluster.create(DEPLOYMENTS, { ...web, spec });
    world.cluster.create(POLICIES, policy({ actions: [restart, scale(4)], safetyRules: rules }));
    expect(await stopped(world, 'MadeWorse')).toBe(true);
    await world.clock.advance(15 * MINUTE);
    expect(inOrder(world)).toEqual(['restart: MadeWorse']);
    expect(told(world)[0]?.['message']).toContain('no longer healed (MadeWorse): action restart (default/web-');
  });
});

describe('healing that goes in a circle', () => {
  it('is stopped when the same action has helped for a while three times', async () => {
    const world = new TestCluster();
    world.operator();
    world.cluster.create(DEPLOYMENTS, deployment('web', [{ ready: { failsAfter: '3m' } }]));
    const conditionTrigger = { type: 'Available', status: 'False', duration: '20s' };
    const triggers = [{ name: 'down', type: 'condition', conditionTrigger, cooldownPeriod: '1m' }];
    world.cluster.create(POLICIES, policy({ triggers, actions: [restart], safetyRules: rules }));
    expect(await stopped(world, 'Oscillating')).toBe(true);
    await world.clock.advance(15 * MINUTE);
    expect(inOrder(world)).toEqual(['restart: Verified', 'restart: Verified', 'restart: Verified']);
    expect(told(world)[0]?.['message']).toContain(
      'no longer healed (Oscillating): action restart was done 3 times on Deployment default/web',
    );
  });

  it('is stopped when two policies undo what the other does', async () => {
    const world = new TestCluster();
    world.operator();
    world.cluster.create(DEPLOYMENTS, deployment('web'));
    const wants = (name: string, comparison: readonly [string, number], replicas: number) => {
      const metricTrigger = {
        query: 'kube_deployment_spec_replicas',
        operator: comparison[0],
        threshold: comparison[1],
        duration: '15s',
      };
      const triggers = [{ name: 'count', type: 'metric', metricTrigger, cooldownPeriod: '1m' }];
      const spec = policy({ triggers, actions: [scale(replicas)], safetyRules: rules });
      world.cluster.create(POLICIES, { ...spec, metadata: { ...spec.metadata, name } });
    };
    wants('at-least', ['<', 2], 3);
    wants('at-most', ['>', 2], 1);
    expect(await stopped(world, 'Oscillating', 'at-least')).toBe(true);
    await world.clock.advance(15 * MINUTE);
    expect(inOrder(world)).toEqual(['to-3: Verified', 'to-1: Verified', 'to-3: Verified', 'to-1: Verified']);
    expect(told(world)[0]?.['message']).toContain(
      'no longer healed (Oscillating): actions to-3 and to-1 have alternated on Deployment default/web',
    );
  });
});
