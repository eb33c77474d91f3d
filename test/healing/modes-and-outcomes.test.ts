import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { CRASHES, CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { DEPLOYMENTS, PODS, POLICIES } from '../kit/resources.ts';

const restartedAt = (object: KubeObject | undefined): string | undefined =>
  (object as { spec?: { template?: { metadata?: { annotations?: Record<string, string> } } } } | undefined)?.spec
    ?.template?.metadata?.annotations?.['kubectl.kubernetes.io/restartedAt'];

describe('the operator on the embedded cluster', () => {
  it('heals a crash-looping Deployment with one restart and leaves a healthy one alone', async () => {
    const world = new TestCluster();
    const { audit } = world.operator();
    world.cluster.create(DEPLOYMENTS, deployment('healthy'));
    world.cluster.create(DEPLOYMENTS, deployment('looping', CRASHES_UNTIL_RESTARTED));
    world.cluster.create(POLICIES, policy());
    expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
    expect(world.phases()).toEqual(['Succeeded']);
    expect(audit.map(({ entry, result }) => [entry, result])).toEqual([
      ['intent', undefined],
      ['outcome', '200'],
    ]);
    expect(world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'healthy' })?.metadata.generation).toBe(1);
    await world.clock.advance(600_000);
    expect(world.phases()).toEqual(['Succeeded']);
    expect(world.status('crash-loops').firing).toBe(0);
  });

  it('gives up when the ladder is used up, and says so', async () => {
    const world = new TestCluster();
    world.operator();
    world.cluster.create(DEPLOYMENTS, deployment('looping', CRASHES));
    world.cluster.create(POLICIES, policy({ safetyRules: { requireHealthCheck: true, healthCheckTimeout: '1m' } }));
    expect(await world.until(() => world.status('crash-loops').blocked?.[0]?.reason === 'Exhausted')).toBe(true);
    await world.clock.advance(3_600_000);
    expect(world.phases()).toEqual(['Failed']);
  });

  it.each([
    [true, 'Failed'],
    [false, 'Succeeded'],
  ])(
    'with requireHealthCheck %s an action after which the workload is not healthy, but fires no more, has %s',
    async (requireHealthCheck, phase) => {
      const world = new TestCluster();
      world.operator();
      // The restart ends the crash loop; the new pods never become ready.
      const script = [{ when: { revision: 1 }, exit: { after: '2s', code: 1 } }, { ready: { failsAfter: '0s' } }];
      const broken = deployment('looping', script);
      world.cluster.create(DEPLOYMENTS, {
        ...broken,
        spec: { ...(broken['spec'] as object), strategy: { type: 'Recreate' } },
      });
      world.cluster.create(POLICIES, policy({ safetyRules: { requireHealthCheck, healthCheckTimeout: '1m' } }));
      expect(await world.until(() => world.phases().some((one) => one === 'Failed' || one === 'Succeeded'))).toBe(true);
      expect(world.phases()).toEqual([phase]);
    },
  );

  it.each([
    ['monitor', undefined, 'MonitorOnly'],
    ['automatic', { 'kubeskippy.io/protected': 'true' }, 'Protected'],
  ])('in mode %s with labels %o nothing is done, and status says %s', async (mode, labels, reason) => {
    const world = new TestCluster();
    const { audit } = world.operator();
    const broken = deployment('looping', CRASHES_UNTIL_RESTARTED);
    world.cluster.create(DEPLOYMENTS, {
      ...broken,
      metadata: { ...broken.metadata, labels: { ...broken.metadata.labels, ...labels } },
    });
    world.cluster.create(POLICIES, policy({ mode }));
    expect(await world.until(() => world.status('crash-loops').blocked?.[0]?.reason === reason)).toBe(true);
    await world.clock.advance(600_000);
    expect([world.phases(), audit]).toEqual([[], []]);
  });

  it('a dry run sends the very request with dryRun=All and changes nothing', async () => {
    const world = new TestCluster();
    const { audit } = world.operator();
    world.cluster.create(DEPLOYMENTS, deployment('looping', CRASHES_UNTIL_RESTARTED));
    world.cluster.create(POLICIES, policy({ mode: 'dryrun' }));
    expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
    expect(audit.every(({ path }) => path.includes('dryRun=All'))).toBe(true);
    const status = world.actions()[0]?.['status'] as { result: { answers: string[] } } | undefined;
    expect(status?.result.answers).toEqual(['200: restart Deployment default/looping by a rolling update']);
    expect(restartedAt(world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'looping' }))).toBeUndefined();
  });

  it('heals in earnest what a dry run has only tried out', async () => {
    const world = new TestCluster();
    const rehearsal = world.operator({ config: { dryRun: 'All' } });
    world.cluster.create(DEPLOYMENTS, deployment('looping', CRASHES_UNTIL_RESTARTED));
    world.cluster.create(POLICIES, policy());
    expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
    rehearsal.kill();
    world.operator();
    expect(
      await world.until(
        () => restartedAt(world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'looping' })) !== undefined,
      ),
    ).toBe(true);
  });

  it('does not stop for pods that are only starting', async () => {
    const world = new TestCluster();
    world.operator();
    const web = deployment('web', [{ start: { after: '10s' } }]);
    world.cluster.create(DEPLOYMENTS, { ...web, spec: { ...(web['spec'] as object), replicas: 4 } });
    const unready = {
      name: 'unready',
      type: 'condition',
      conditionTrigger: { type: 'Ready', status: 'False', duration: '30s' },
    };
    world.cluster.create(
      POLICIES,
      policy({ selector: { resources: [{ apiVersion: 'v1', kind: 'Pod' }] }, triggers: [unready] }),
    );
    await world.clock.advance(60_000);
    expect(world.status('crash-loops')).toMatchObject({ targets: { matched: 4, unhealthy: 0 } });
    expect(world.status('crash-loops').massFailure).toBeUndefined();
  });

  it('manual waits for approval, and expires', async () => {
    const world = new TestCluster();
    world.operator();
    world.cluster.create(DEPLOYMENTS, deployment('looping', CRASHES_UNTIL_RESTARTED));
    world.cluster.create(POLICIES, policy({ mode: 'manual', safetyRules: { approvalTimeout: '10m' } }));
    expect(await world.until(() => world.phases().length === 1)).toBe(true);
    await world.clock.advance(300_000);
    expect(world.phases()).toEqual(['Pending']);
    expect(await world.until(() => world.phases().includes('Cancelled'))).toBe(true);
  });

  it('evicts the one stuck pod among healthy peers and no other', async () => {
    const world = new TestCluster();
    world.operator();
    const web = deployment('web', [{ when: { pod: 1 }, ready: { failsAfter: '5s' } }]);
    world.cluster.create(DEPLOYMENTS, { ...web, spec: { ...(web['spec'] as object), replicas: 4 } });
    const unready = {
      name: 'unready',
      type: 'condition',
      conditionTrigger: { type: 'Ready', status: 'False', duration: '30s' },
    };
    world.cluster.create(
      POLICIES,
      policy({ selector: { resources: [{ apiVersion: 'v1', kind: 'Pod' }] }, triggers: [unready] }),
    );
    await world.clock.advance(20_000);
    const before = world.cluster.list(PODS, 'default').map(({ metadata }) => metadata.uid);
    expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
    const after = world.cluster.list(PODS, 'default').map(({ metadata }) => metadata.uid);
    expect(before.filter((uid) => !after.includes(uid))).toHaveLength(1);
    expect(world.phases()).toEqual(['Succeeded']);
  });

  it('does nothing when most targets fail at once (I15)', async () => {
    const world = new TestCluster();
    world.operator();
    for (const name of ['a', 'b', 'c', 'd'])
      world.cluster.create(DEPLOYMENTS, deployment(name, CRASHES_UNTIL_RESTARTED));
    world.cluster.create(POLICIES, policy());
    expect(
      await world.until(
        () => world.status('crash-loops').blocked?.some(({ reason }) => reason === 'MassFailure') ?? false,
      ),
    ).toBe(true);
    await world.clock.advance(600_000);
    expect(world.phases()).toEqual([]);
  });
});
