import { describe, expect, it } from 'vitest';
import { beforeWrite } from '../kit/fault-scripts.ts';
import type { Script } from '../kit/faulty-transport.ts';
import { CRASHES, deployment, FIRST_POD_CRASHES, policy, TestCluster } from '../kit/test-cluster.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { BUDGETS, DEPLOYMENTS, JOBS, PODS, POLICIES, REPLICA_SETS } from '../kit/resources.ts';

const IMPORT = { namespace: 'default', name: 'import' };

const job = (finalizers: readonly string[] = []): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'import', namespace: 'default', finalizers },
  spec: {
    backoffLimit: 0,
    template: {
      metadata: { annotations: { 'sandbox.kubeskippy.io/script': JSON.stringify(CRASHES) } },
      spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'registry.example/app:1' }] },
    },
  },
});
const failed = {
  name: 'failed',
  type: 'condition',
  conditionTrigger: { type: 'Failed', status: 'True', duration: '5s' },
};

interface Case {
  readonly kind: readonly [apiVersion: string, kind: string];
  readonly deleteAction?: object;
  readonly mode?: string;
  readonly fault?: (world: TestCluster) => Script;
}

function deleting({ kind: [apiVersion, kind], deleteAction = {}, mode = 'automatic', fault }: Case) {
  const world = new TestCluster();
  const operator = world.operator({ faults: fault === undefined ? [] : [fault(world)] });
  const actions = [{ name: 'delete', type: 'delete', deleteAction }];
  const triggers = kind === 'Job' ? { triggers: [failed] } : {};
  const selector = { resources: [{ apiVersion, kind }] };
  const safetyRules = { requireHealthCheck: true, healthCheckTimeout: '1m' };
  world.cluster.create(POLICIES, policy({ mode, selector, actions, safetyRules, ...triggers }));
  const status = () => world.actionStatus();
  const sent = () =>
    operator.sent
      .map(({ request }) => request)
      .filter(({ method, path }) => method === 'DELETE' || path.includes('/eviction'));
  return { world, operator, status, sent };
}

describe('delete', () => {
  it('takes a failed Job away with its pods, and succeeds when it is gone', async () => {
    const { world, status } = deleting({
      kind: ['batch/v1', 'Job'],
      deleteAction: { propagationPolicy: 'Background' },
    });
    world.cluster.create(JOBS, job());
    expect(await world.until(() => status().phase === 'Succeeded')).toBe(true);
    expect([world.cluster.get(JOBS, IMPORT), world.cluster.list(PODS, 'default')]).toEqual([undefined, []]);
    expect(status().result?.changes).toMatchObject([{ resourceRef: 'Job/default/import', changeType: 'delete' }]);
  });

  it('of a ReplicaSet succeeds when its Deployment has made another one that is well', async () => {
    const { world, status } = deleting({ kind: ['apps/v1', 'ReplicaSet'] });
    world.cluster.create(DEPLOYMENTS, deployment('web', FIRST_POD_CRASHES));
    expect(await world.until(() => world.cluster.list(REPLICA_SETS, 'default').length === 1)).toBe(true);
    const before = world.cluster.list(REPLICA_SETS, 'default')[0]?.metadata.uid;
    expect(await world.until(() => status().phase === 'Succeeded')).toBe(true);
    const after = world.cluster.list(REPLICA_SETS, 'default');
    expect(after.map(({ metadata }) => metadata.uid === before)).toEqual([false]);
    expect(after).toMatchObject([{ status: { readyReplicas: 1 } }]);
  });

  it('that does not help fails and says that nothing can be taken back', async () => {
    const { world, status } = deleting({ kind: ['apps/v1', 'ReplicaSet'] });
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    expect(await world.until(() => status().phase === 'Failed')).toBe(true);
    expect(status()).toMatchObject({ reason: 'NotVerified', undo: { state: 'NotPossible' } });
  });

  it('of a pod is an eviction; one that a budget forbids is never followed by a delete', async () => {
    const { world, status, sent } = deleting({ kind: ['v1', 'Pod'] });
    world.cluster.create(DEPLOYMENTS, deployment('web', FIRST_POD_CRASHES));
    const budget = {
      minAvailable: 1,
      unhealthyPodEvictionPolicy: 'IfHealthyBudget',
      selector: { matchLabels: { app: 'web' } },
    };
    const where = { namespace: 'default', name: 'web' };
    world.cluster.create(BUDGETS, {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: where,
      spec: budget,
    });
    expect(await world.until(() => status().phase === 'Failed')).toBe(true);
    expect(status().reason).toBe('DisruptionBudget');
    expect(sent().map(({ method, path }) => [method, path.includes('/eviction?')])).toEqual(
      sent().map(() => ['POST', true]),
    );
    expect(sent().length).toBe(3);
    expect(world.cluster.list(PODS, 'default')).toHaveLength(1);
  });

  it('of a pod makes room for a healthy one', async () => {
    const { world, status } = deleting({ kind: ['v1', 'Pod'] });
    world.cluster.create(DEPLOYMENTS, deployment('web', FIRST_POD_CRASHES));
    expect(await world.until(() => status().phase === 'Succeeded')).toBe(true);
    expect(world.cluster.list(PODS, 'default')).toMatchObject([{ status: { phase: 'Running' } }]);
  });

  it('leaves alone what took the place of its target', async () => {
    const { world, operator, status } = deleting({
      kind: ['batch/v1', 'Job'],
      fault: (other) =>
        beforeWrite(JOBS, IMPORT, () =>
          other.replace(JOBS, { ...job(), spec: { ...(job()['spec'] as object), suspend: true } }),
        ),
    });
    world.cluster.create(JOBS, job());
    expect(await world.until(() => status().completionTime !== undefined)).toBe(true);
    expect(operator.audit.map(({ result }) => result)).toEqual([undefined, '409']);
    expect(world.cluster.get(JOBS, IMPORT)).toMatchObject({ spec: { suspend: true } });
  });

  it('asks for a dry run in the body too, which is all that a server reads of a DELETE that has one', async () => {
    const { world, status, sent } = deleting({ kind: ['batch/v1', 'Job'], mode: 'dryrun' });
    world.cluster.create(JOBS, job());
    expect(await world.until(() => status().phase === 'Succeeded')).toBe(true);
    expect(sent().map(({ body }) => (JSON.parse(body as string) as { dryRun?: unknown }).dryRun)).toEqual([['All']]);
    expect(world.cluster.get(JOBS, IMPORT)).toBeDefined();
  });

  it.each<[string, readonly string[], object, string]>([
    ['stops at finalizers', ['example.com/export'], {}, 'Cancelled'],
    ['goes on by force, and says that they hold it', ['example.com/export'], { force: true }, 'Failed'],
  ])('%s', async (_title, finalizers, deleteAction, phase) => {
    const { world, status } = deleting({ kind: ['batch/v1', 'Job'], deleteAction });
    world.cluster.create(JOBS, job(finalizers));
    expect(await world.until(() => status().completionTime !== undefined)).toBe(true);
    expect(status().phase).toBe(phase);
    if (phase === 'Cancelled')
      expect(status()).toMatchObject({ reason: 'Finalizers', message: expect.stringContaining('example.com/export') });
    else expect(status().message).toContain('is terminating');
  });
});
