/** An action that ends badly quotes the component that refused: the server, a controller, the scheduler, a kubelet. */
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { BUDGETS, DEPLOYMENTS, NAMESPACES, NODES, POLICIES, QUOTAS, STATEFUL_SETS } from '../kit/resources.ts';
import { CRASHES, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const MINUTE = 60_000;

const budget = (name: string, minAvailable: number): KubeObject => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name, namespace: 'default' },
  spec: { minAvailable, selector: { matchLabels: { app: 'web' } } },
});

const quotaOf = (pods: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'few-pods', namespace: 'default' },
  spec: { hard: { pods: String(pods) } },
});

/** How the first action ended: reason and message. */
async function endOf(world: TestCluster): Promise<string> {
  expect(await world.until(() => world.actionStatus().completionTime !== undefined, 40 * MINUTE)).toBe(true);
  const { phase, reason, message } = world.actionStatus();
  return `${phase} ${reason}: ${message}`;
}

const rolling = (resource: object, action: object = { name: 'restart', type: 'restart' }): KubeObject =>
  policy({
    selector: { resources: [resource] },
    actions: [action],
    // Beforehand it would be said that the next pod cannot start; here it is tried.
    safetyRules: { requireHealthCheck: true, healthCheckTimeout: '2m', maxUnhealthy: '100%', replacement: 'ignore' },
  });

const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment' };
const POD = { apiVersion: 'v1', kind: 'Pod' };

describe('the API server is quoted', () => {
  it('when two budgets cover one pod', async () => {
    const world = new TestCluster();
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    for (const name of ['one', 'two']) world.cluster.create(BUDGETS, budget(name, 0));
    world.cluster.create(POLICIES, rolling(POD));
    world.operator();
    expect(await endOf(world)).toBe(
      'Failed Interrupted: the last attempt changed nothing; the server said: This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  });

  it('when a budget lets no pod of a drained node go: it is named', async () => {
    const world = new TestCluster(3);
    const web = deployment('web');
    world.cluster.create(DEPLOYMENTS, { ...web, spec: { ...(web['spec'] as object), replicas: 3 } });
    world.cluster.create(BUDGETS, budget('all-of-web', 3));
    world.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kubeskippy-system' } });
    await world.clock.advance(20_000);
    const action = { name: 'drain', type: 'drain', drainAction: { timeout: '2m', signals: 1 } };
    world.cluster.create(POLICIES, {
      ...policy({
        selector: { resources: [{ apiVersion: 'v1', kind: 'Node' }] },
        triggers: [
          {
            name: 'pressed',
            type: 'condition',
            conditionTrigger: { type: 'DiskFull', status: 'True', duration: '20s' },
          },
        ],
        actions: [action],
      }),
      metadata: { name: 'nodes', namespace: 'kubeskippy-system' },
    });
    world.cluster.modify(
      NODES,
      { name: world.cluster.list(NODES)[0]?.metadata.name ?? '' },
      (draft) => {
        draft['status'].conditions.push({ type: 'DiskFull', status: 'True', reason: 'Full', message: 'no space' });
        return draft;
      },
      'status',
    );
    world.operator();
    expect(await endOf(world)).toMatch(
      /is not empty after 2m: .*The disruption budget all-of-web needs 3 healthy pods/,
    );
  });

  it('in the message of an action that waits for another attempt', async () => {
    const world = new TestCluster();
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    for (const name of ['one', 'two']) world.cluster.create(BUDGETS, budget(name, 0));
    world.cluster.create(POLICIES, rolling(POD));
    world.operator();
    expect(await world.until(() => world.actionStatus().reason === 'Retrying')).toBe(true);
    expect(world.actionStatus().message).toContain('This pod has more than one PodDisruptionBudget');
  });
});

describe('a controller is quoted', () => {
  it('when a quota stops the rollout of a Deployment', async () => {
    const world = new TestCluster();
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    await world.clock.advance(20_000);
    world.cluster.create(QUOTAS, quotaOf(1));
    world.cluster.create(POLICIES, rolling(DEPLOYMENT));
    world.operator();
    expect(await endOf(world)).toMatch(
      /0 of 1 replicas are updated; ReplicaFailure: FailedCreate: .*exceeded quota: few-pods/,
    );
  });

  it('when a quota stops that of a StatefulSet, which has no condition for it', async () => {
    const world = new TestCluster();
    const base = deployment('web', CRASHES);
    world.cluster.create(STATEFUL_SETS, {
      ...base,
      kind: 'StatefulSet',
      spec: { ...(base['spec'] as object), serviceName: 'web' },
    });
    await world.clock.advance(20_000);
    world.cluster.create(QUOTAS, quotaOf(0));
    world.cluster.create(
      POLICIES,
      rolling(
        { apiVersion: 'apps/v1', kind: 'StatefulSet' },
        { name: 'restart', type: 'restart', restartAction: { strategy: 'graceful' } },
      ),
    );
    world.operator();
    expect(await endOf(world)).toMatch(/FailedCreate: Create Pod web-0 in StatefulSet web failed.*exceeded quota/);
  });
});

describe('the component that cannot run a pod is quoted', () => {
  it('the scheduler, when no node takes the pod', async () => {
    const world = new TestCluster();
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    await world.clock.advance(20_000);
    for (const { metadata } of world.cluster.list(NODES))
      world.cluster.modify(NODES, { name: metadata.name }, (draft) => {
        draft['spec'].unschedulable = true;
        return draft;
      });
    world.cluster.create(POLICIES, rolling(DEPLOYMENT));
    world.operator();
    expect(await endOf(world)).toMatch(/Unschedulable: 0\/2 nodes are available: 2 node\(s\) were unschedulable/);
  });

  it('the kubelet, when the next pod lacks its Secret', async () => {
    const world = new TestCluster();
    const missing = { when: { revision: '>1' }, config: { fails: 'secret "token" not found' } };
    world.cluster.create(DEPLOYMENTS, deployment('web', [missing, ...CRASHES]));
    world.cluster.create(POLICIES, rolling(DEPLOYMENT));
    world.operator();
    expect(await endOf(world)).toMatch(/CreateContainerConfigError: secret "token" not found/);
  });
});
