/** What `requireHealthCheck` asks for, beside that the trigger holds no more. */
import { describe, expect, it } from 'vitest';
import { deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { DEPLOYMENTS, PODS, POLICIES } from '../kit/resources.ts';

const exit = { after: '2s', code: 1 };
const ILL_OF_SOMETHING_ELSE = [
  { when: { revision: 1 }, exit },
  { when: { revision: 2 }, ready: { failsAfter: '0s' } },
];

async function healed(script: unknown, { requireHealthCheck = false, spec = {}, more = {} }) {
  const world = new TestCluster();
  world.operator();
  const web = deployment('web', script);
  world.cluster.create(DEPLOYMENTS, { ...web, spec: { ...(web['spec'] as object), ...spec } });
  world.cluster.create(POLICIES, policy({ safetyRules: { requireHealthCheck, healthCheckTimeout: '1m' }, ...more }));
  const status = () => world.actionStatus();
  expect(await world.until(() => ['Succeeded', 'Failed'].includes(status().phase ?? ''))).toBe(true);
  return { world, status: status() };
}

describe('a restart that ends a crash loop, after which the workload is not ready', () => {
  it.each([
    [true, 'Failed', 'NotVerified'],
    [false, 'Succeeded', 'Verified'],
  ])('with requireHealthCheck: %s is %s', async (requireHealthCheck, phase, reason) => {
    const { status } = await healed(ILL_OF_SOMETHING_ELSE, {
      requireHealthCheck,
      spec: { strategy: { type: 'Recreate' } },
    });
    expect(status).toMatchObject({ phase, reason });
  });
});

describe('without requireHealthCheck', () => {
  it('what still holds is no success', async () => {
    const { status } = await healed([{ exit }], {});
    expect(status).toMatchObject({
      phase: 'Failed',
      reason: 'NotVerified',
      message: expect.stringContaining('trigger looping still holds'),
    });
  });

  it('what made things worse is none either (I7)', async () => {
    const script = [
      { when: { pod: 1, revision: 1 }, exit },
      { when: { revision: 2 }, ready: { failsAfter: '0s' } },
    ];
    const { status } = await healed(script, { spec: { replicas: 3, strategy: { type: 'Recreate' } } });
    expect(status).toMatchObject({ phase: 'Failed', reason: 'MadeWorse' });
  });

  it('a pod is replaced by one that no longer fires, whatever else ails its workload', async () => {
    const script = [
      { when: { pod: 1 }, exit },
      { when: { pod: 2 }, ready: { failsAfter: '0s' } },
    ];
    const selector = { resources: [{ apiVersion: 'v1', kind: 'Pod' }] };
    const { world, status } = await healed(script, { spec: { replicas: 3 }, more: { selector } });
    expect(status).toMatchObject({ phase: 'Succeeded' });
    const ready = world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'web' })?.['status'] as {
      readyReplicas?: number;
    };
    expect([ready.readyReplicas, world.cluster.list(PODS, 'default').length]).toEqual([2, 3]);
  });
});

describe('an evicted pod of a workload that belongs to a custom resource', () => {
  it.each([true, false])(
    'is proved by what the custom resource controls (requireHealthCheck: %s)',
    async (requireHealthCheck) => {
      const world = new TestCluster();
      world.operator();
      const web = deployment('web', [{ when: { pod: 1 }, exit }]);
      const owner = { apiVersion: 'example.com/v1', kind: 'Shop', name: 'shop', uid: 'shop-uid', controller: true };
      const metadata = { ...web.metadata, ownerReferences: [owner] };
      world.cluster.create(DEPLOYMENTS, { ...web, metadata, spec: { ...(web['spec'] as object), replicas: 3 } });
      const selector = { resources: [{ apiVersion: 'v1', kind: 'Pod' }] };
      world.cluster.create(
        POLICIES,
        policy({ selector, safetyRules: { requireHealthCheck, healthCheckTimeout: '1m' } }),
      );
      const status = () => world.actionStatus();
      expect(await world.until(() => ['Succeeded', 'Failed'].includes(status().phase ?? ''))).toBe(true);
      expect(status()).toMatchObject({ phase: 'Succeeded' });
    },
  );
});
