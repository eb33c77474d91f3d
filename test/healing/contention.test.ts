/** Who else sets a field is known from real managedFields: workloads are applied here as their tools apply them. */
import { describe, expect, it } from 'vitest';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';

const PATH = '/apis/apps/v1/namespaces/default/deployments/web';
const scaleUp = { name: 'more', type: 'scale', scaleAction: { direction: 'absolute', replicas: 2 } };

/** A crash-looping Deployment, applied by `manager`; a policy that would scale it. */
async function scaling(manager: string, { safetyRules = {}, actions = [scaleUp] as readonly object[] } = {}) {
  const world = new TestCluster();
  const operator = world.operator();
  const web = {
    ...deployment('web', CRASHES_UNTIL_RESTARTED),
    metadata: { name: 'web', annotations: { 'meta.helm.sh/release-name': 'shop' } },
  };
  const { status: code } = await world.sandbox.transport().send({
    method: 'PATCH',
    path: `${PATH}?fieldManager=${manager}`,
    headers: { 'content-type': 'application/apply-patch+yaml' },
    body: Buffer.from(JSON.stringify(web)),
  });
  expect(code).toBe(201);
  world.cluster.create(POLICIES, policy({ actions, safetyRules: { healthCheckTimeout: '1m', ...safetyRules } }));
  const status = () => world.actionStatus();
  expect(await world.until(() => ['Succeeded', 'Failed', 'Cancelled'].includes(status().phase ?? ''))).toBe(true);
  return { world, operator, status: status() };
}

const generation = (world: TestCluster) =>
  world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'web' })?.metadata.generation;
const events = (world: TestCluster, reason: string) =>
  world.cluster.list({ group: '', version: 'v1', resource: 'events' }).filter((event) => event['reason'] === reason);

describe('a field that a tool keeps setting', () => {
  it.each([
    ['argocd-controller', 'Argo CD application sets spec.replicas of Deployment default/web'],
    ['kustomize-controller', 'Flux Kustomization sets spec.replicas of Deployment default/web'],
  ])('of %s is left alone, and who sets it is told', async (manager, words) => {
    const { world, operator, status } = await scaling(manager);
    expect(status).toMatchObject({ phase: 'Cancelled', reason: 'FieldOwned', message: expect.stringContaining(words) });
    expect([generation(world), operator.audit]).toEqual([1, []]);
    expect(events(world, 'HealingCancelled').some((event) => String(event['message']).includes(words))).toBe(true);
  });

  it('is changed all the same where the policy says so', async () => {
    const { operator } = await scaling('argocd-controller', { safetyRules: { contention: 'ignore' } });
    expect(operator.audit.some(({ path, result }) => path.endsWith('/scale') && result === '200')).toBe(true);
  });

  it('keeps nobody from a restart, whose annotation is in no manifest', async () => {
    const { status } = await scaling('argocd-controller', { actions: [{ name: 'restart', type: 'restart' }] });
    expect(status.phase).toBe('Succeeded');
  });

  it('until the next upgrade of a chart is changed, and that it will come back is in the plan', async () => {
    const { operator, status } = await scaling('helm');
    expect(status.plan?.summary).toContain('the next upgrade of Helm release shop sets back spec.replicas');
    expect(operator.audit.some(({ path, result }) => path.endsWith('/scale') && result === '200')).toBe(true);
  });
});
