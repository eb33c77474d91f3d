/**
 * The attack: a person approves one thing, and another is done: the policy is changed between the approval and the
 * effect, or right after the action was claimed.
 * The guards: the version of the policy is compared on live reads, and template, mode, account and approval are derived
 * again from it right before the effect (src/core/action/derived-spec.ts).
 */
import { describe, expect, it } from 'vitest';
import { afterClaim } from '../kit/fault-scripts.ts';
import { wordOn } from '../kit/people.ts';
import { ACTIONS, APPROVALS, DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import { CRASHES, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const KEY = { namespace: 'default', name: 'crash-loops' };
const web = (world: TestCluster) => world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'web' });
const edit = (world: TestCluster, change: object) =>
  void world.cluster.modify(POLICIES, KEY, (draft) => ({
    ...draft,
    spec: { ...(draft['spec'] as object), ...change },
  }));
const approve = (world: TestCluster) => void world.cluster.create(APPROVALS, wordOn(world.actions()[0]));

const EDITS: readonly (readonly [string, object])[] = [
  ['a dry run', { mode: 'dryrun' }],
  ['nothing done', { mode: 'monitor' }],
  ['another strategy', { actions: [{ name: 'restart', type: 'restart', restartAction: { strategy: 'recreate' } }] }],
  ['another action of the same name', { actions: [{ name: 'restart', type: 'delete' }] }],
  ['a word on this action', { actions: [{ name: 'restart', type: 'restart', requiresApproval: true }] }],
  ['it done as an account', { serviceAccountName: 'healer' }],
];

async function waiting(edited: 'before' | 'after the claim', change: object): Promise<TestCluster> {
  const world = new TestCluster();
  const faults = edited === 'before' ? [] : [afterClaim(() => edit(world, change))];
  world.operator({ config: { approvals: { unproven: 'accept' } }, faults });
  world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
  world.cluster.create(POLICIES, policy({ mode: 'manual' }));
  expect(await world.until(() => world.actionStatus().reason === 'AwaitingApproval')).toBe(true);
  return world;
}

describe('a policy that wants, by the time of the effect,', () => {
  it.each(EDITS)('%s: what was approved before is not done', async (_what, change) => {
    const world = await waiting('before', change);
    const [approved] = world.actions();
    edit(world, change);
    approve(world);
    await world.clock.advance(120_000);
    expect(web(world)?.metadata.generation).toBe(1);
    const key = { namespace: 'default', name: approved?.metadata.name ?? '' };
    expect(world.cluster.get(ACTIONS, key)?.['status']).toMatchObject({ phase: 'Cancelled', reason: 'PolicyChanged' });
  });

  it.each(EDITS)('%s: what has been claimed is not done', async (_what, change) => {
    const world = await waiting('after the claim', change);
    approve(world);
    expect(await world.until(() => world.phases()[0] === 'Failed', 120_000)).toBe(true);
    expect(world.actions()[0]?.['status']).toMatchObject({ reason: 'PolicyChanged' });
    expect(web(world)?.metadata.generation).toBe(1);
  });
});

it('of a policy that is as it was, what was approved is done', async () => {
  const world = await waiting('before', {});
  approve(world);
  expect(await world.until(() => (web(world)?.metadata.generation ?? 0) > 1, 120_000)).toBe(true);
});
