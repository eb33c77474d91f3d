/**
 * The attack: one namespace makes thousands of actions by hand, of which each is read for, planned, and told of. The
 * guard: of a namespace's unfinished actions the oldest are worked on, up to a limit; for the others nothing is read or
 * sent (src/operator/action-places.ts). People are told in the namespace.
 */
import { describe, expect, it } from 'vitest';
import type { ActionStatus } from '../../src/api/action-status.ts';
import { DEFAULT_NAMESPACE_LIMITS } from '../../src/api/namespace-limits.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { ACTIONS, DEPLOYMENTS, EVENTS } from '../kit/resources.ts';
import { deployment, type RunningOperator, TestCluster } from '../kit/test-cluster.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const TARGET = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };

const byHand = (name: string, uid: string, spec: Readonly<Record<string, unknown>>): KubeObject => ({
  apiVersion: 'kubeskippy.io/v1alpha1',
  kind: 'HealingAction',
  metadata: { namespace: 'default', name },
  spec: {
    targetResource: { ...TARGET, uid },
    action: { name: 'again', type: 'restart', restartAction: {} },
    timeout: '10m',
    ...spec,
  },
});

interface Played {
  readonly world: TestCluster;
  readonly operator: RunningOperator;
  readonly status: (name: string) => ActionStatus;
}

/** Two actions have a place. They come in this order, one a second, so that the API server's clock tells them apart. */
async function played(names: readonly string[], spec: Readonly<Record<string, unknown>>): Promise<Played> {
  const world = new TestCluster();
  const operator = world.operator({
    config: {
      handMade: { unproven: 'accept' },
      namespaceLimits: { ...DEFAULT_NAMESPACE_LIMITS, unfinishedActions: 2 },
    },
  });
  const { uid = '' } = world.cluster.create(DEPLOYMENTS, deployment('web')).metadata;
  await world.clock.advance(5 * SECOND);
  for (const name of names) {
    world.cluster.create(ACTIONS, byHand(name, uid, spec));
    await world.clock.advance(SECOND);
  }
  const status = (name: string): ActionStatus =>
    world.cluster.get(ACTIONS, { namespace: 'default', name })?.['status'] ?? {};
  return { world, operator, status };
}

const NAMES = ['first', 'second', 'third', 'fourth', 'fifth'];

describe('a flood of actions', () => {
  const FORGED = {
    policyRef: { namespace: 'default', name: 'none', uid: 'none' },
    policyGeneration: 1,
    trigger: 'none',
    evidence: [],
  };
  it.each([
    ['that ask people', { approvalRequired: true }],
    ['that look like those of the operator', FORGED],
  ])('%s makes few writes, so that others do not wait for them', async (_title, spec) => {
    const { world, operator } = await played(['first', 'second'], { approvalRequired: true });
    const { uid = '' } = world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'web' })?.metadata ?? {};
    const before = operator.sent.length;
    for (let n = 0; n < 300; n++) world.cluster.create(ACTIONS, byHand(`flood-${n}`, uid, spec));
    await world.clock.advance(5 * MINUTE);
    const asked = operator.sent.slice(before).filter(({ path }) => path.includes('/healingactions/flood-'));
    expect(asked.length).toBeLessThan(20);
  });
});

describe('actions beyond those that a namespace may have unfinished', () => {
  it.each([
    ['that ask people', { approvalRequired: true }, 'AwaitingApproval'],
    ['that ask people about a dry run', { approvalRequired: true, dryRun: true }, 'AwaitingApproval'],
  ])('%s wait, and say for what', async (_title, spec, reason) => {
    const { status } = await played(NAMES, spec);
    expect(NAMES.map((name) => status(name).reason)).toEqual([
      reason,
      reason,
      'TooManyActions',
      'TooManyActions',
      undefined,
    ]);
    expect(status('fourth')).toMatchObject({ phase: 'Pending', message: expect.stringContaining('namespace default') });
    expect(status('fourth').plan).toBeUndefined();
  });

  it('are told of in one Event of the namespace', async () => {
    const { world } = await played(NAMES, { approvalRequired: true });
    const told = world.cluster.list(EVENTS, 'default').filter((event) => event['reason'] === 'TooManyActions');
    expect(told).toMatchObject([{ type: 'Warning', involvedObject: { kind: 'HealingAction', name: 'third' } }]);
  });

  it('have nothing read for them', async () => {
    const { operator } = await played(NAMES, { approvalRequired: true });
    const reads = operator.sent.filter(({ path }) => path.includes('/deployments/web')).length;
    const more = await played([...NAMES, 'sixth', 'seventh', 'eighth'], { approvalRequired: true });
    expect(reads).toBeGreaterThan(0);
    expect(more.operator.sent.filter(({ path }) => path.includes('/deployments/web'))).toHaveLength(reads);
  });

  it('get the place of one that goes, in their order', async () => {
    const { world, status } = await played(NAMES, { approvalRequired: true });
    world.cluster.remove(ACTIONS, { namespace: 'default', name: 'first' });
    await world.clock.advance(2 * SECOND);
    expect(['third', 'fourth'].map((name) => status(name).reason)).toEqual(['AwaitingApproval', 'TooManyActions']);
  });

  it('wait no longer than their time', async () => {
    const { world, status } = await played(NAMES, { approvalRequired: true });
    await world.clock.advance(10 * MINUTE);
    expect(status('third')).toMatchObject({ phase: 'Cancelled', reason: 'TooManyActions' });
    await world.clock.advance(2 * MINUTE);
    expect(status('fifth')).toMatchObject({ phase: 'Cancelled', reason: 'TooManyActions' });
    expect(status('first').reason).toBe('AwaitingApproval');
  });

  it('are all carried out in the end', async () => {
    const { world, status } = await played(NAMES, {});
    expect(await world.until(() => NAMES.every((name) => status(name).completionTime !== undefined), 30 * MINUTE)).toBe(
      true,
    );
    expect(NAMES.map((name) => status(name).phase)).toEqual(NAMES.map(() => 'Succeeded'));
  });
});
