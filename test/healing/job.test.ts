/** Actions that do their work elsewhere: in a Job, at an endpoint. */
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/shapes/kube.ts';
import type { ActionStatus } from '../../src/api/action-status.ts';
import { once } from '../kit/fault-scripts.ts';
import type { Sent } from '../kit/faulty-transport.ts';
import { CRASHES, deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { CRON_JOBS, DEPLOYMENTS, JOBS, POLICIES } from '../kit/resources.ts';

const repair = (script: object, backoffLimit = 1): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'repair', namespace: 'default', annotations: { 'kubeskippy.io/parameters': 'LEVEL' } },
  spec: {
    schedule: '0 0 1 1 *',
    suspend: true,
    jobTemplate: {
      spec: {
        backoffLimit,
        template: {
          metadata: { annotations: { 'sandbox.kubeskippy.io/script': JSON.stringify(script) } },
          spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'registry.example/repair:1' }] },
        },
      },
    },
  },
});
const runsRepair = policy({
  actions: [{ name: 'repair', type: 'job', jobAction: { template: 'repair', parameters: { LEVEL: 'deep' } } }],
  safetyRules: { requireHealthCheck: true, healthCheckTimeout: '2m' },
});
const statusOf = (world: TestCluster): ActionStatus => world.actions()[0]?.['status'] ?? {};
const completed = (world: TestCluster): boolean =>
  world.cluster
    .list(JOBS, 'default')
    .some((one) =>
      ((one['status'] as { conditions?: { type: string; status: string }[] } | undefined)?.conditions ?? []).some(
        ({ type, status }) => type === 'Complete' && status === 'True',
      ),
    );

/** What the program in the Job's pod would do: the workload is well from now on. */
function mend(world: TestCluster): void {
  const broken = world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'web' });
  if (broken === undefined) throw new Error('web is gone');
  const well = deployment('web', []);
  world.cluster.update(DEPLOYMENTS, { ...broken, spec: well['spec'] });
}

function broken(script: object = [{ exit: { after: '20s', code: 0 } }]): TestCluster {
  const world = new TestCluster();
  world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
  world.cluster.create(CRON_JOBS, repair(script));
  world.cluster.create(POLICIES, runsRepair);
  return world;
}

describe('an action of type job', () => {
  it('runs one Job, waits for its end, and succeeds when the target is well', async () => {
    const world = broken();
    world.operator();
    expect(await world.until(() => completed(world))).toBe(true);
    expect(world.phases()).toEqual(['InProgress']);
    mend(world);
    expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
    expect(world.cluster.list(JOBS, 'default')).toHaveLength(1);
  });

  it('does not take the end of the Job for the healing of the target', async () => {
    const world = broken();
    world.operator();
    expect(await world.until(() => world.phases().includes('Failed'))).toBe(true);
    expect(completed(world)).toBe(true);
    expect(statusOf(world).reason).toBe('NotVerified');
  });

  it('fails with the message of a Job that fails', async () => {
    const world = broken([{ exit: { after: '2s', code: 3 } }]);
    world.operator();
    expect(await world.until(() => world.phases().includes('Failed'))).toBe(true);
    expect(statusOf(world)).toMatchObject({
      reason: 'JobFailed',
      message: expect.stringContaining('backoff limit') as unknown,
    });
  });

  it('a dry run runs none', async () => {
    const world = broken();
    world.operator({ config: { dryRun: 'All' } });
    expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
    expect(world.cluster.list(JOBS, 'default')).toEqual([]);
  });

  it.each(['before', 'after'] as const)(
    'runs one Job when the answer to its creation is lost %s the commit (I1, I3)',
    async (when) => {
      const world = broken();
      const isCreation = ({ request, path }: Sent) => request.method === 'POST' && path.endsWith('/jobs');
      const { sent } = world.operator({ faults: [once(isCreation, { kind: 'reset', when })] });
      expect(await world.until(() => completed(world))).toBe(true);
      mend(world);
      expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
      expect(world.cluster.list(JOBS, 'default')).toHaveLength(1);
      expect(sent.filter(isCreation)).toHaveLength(when === 'before' ? 2 : 1);
    },
  );
});
