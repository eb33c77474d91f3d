/**
 * An upgrade while actions are in flight: the present operator over what an earlier version left when it was killed.
 * Every action is finished, each of its effects is sent once, and under the kinds of the earlier version nothing is
 * written at all.
 */
import { describe, expect, it } from 'vitest';
import type { ActionStatus } from '../../src/api/action-status.ts';
import { customResourceDefinitions } from '../../src/api/crd.ts';
import { ANNOTATIONS, DEFAULT_NAMESPACE, leaseOfShard } from '../../src/api/names.ts';
import { actionRegistry } from '../../src/core/actions/index.ts';
import { ShardElection } from '../../src/kube/shard-election.ts';
import { OWN_KINDS } from '../../src/operator/definitions.ts';
import { leaveByEarlierVersion } from '../kit/earlier-version.ts';
import { asAdmin, member, wordOn } from '../kit/people.ts';
import { DEFINITIONS, DEPLOYMENTS } from '../kit/resources.ts';
import { TestCluster } from '../kit/test-cluster.ts';

const NAMES = ['approved', 'between', 'undoing', 'undone', 'verified', 'waits'] as const;

function left(world: TestCluster) {
  const actionOf = (name: string) => world.actions().find(({ metadata }) => metadata.name.startsWith(`${name}-`));
  const statusOf = (name: string) => (actionOf(name)?.['status'] ?? {}) as ActionStatus;
  return {
    actionOf,
    statusOf,
    phases: () => NAMES.map((name) => `${name} ${statusOf(name).phase} ${statusOf(name).reason}`),
    /** Whether nothing is left to do but what waits for a person. */
    isOver: () => NAMES.filter((name) => name !== 'waits').every((name) => statusOf(name).completionTime !== undefined),
  };
}

/** Changes of spec from now on, by Deployment. */
function changesIn(world: TestCluster): Readonly<Record<string, number>> {
  const changes: Record<string, number> = {};
  world.cluster.subscribe(DEPLOYMENTS, ({ object, old }) => {
    const { name, generation } = object.metadata;
    if (old !== undefined && old.metadata.generation !== generation) changes[name] = (changes[name] ?? 0) + 1;
  });
  return changes;
}

/** A candidate for the Lease that the earlier version held. */
function takesOver(world: TestCluster) {
  let gained: () => void = () => undefined;
  const leads = new Promise<void>((resolve) => {
    gained = resolve;
  });
  const election = new ShardElection({
    client: asAdmin(world),
    namespace: DEFAULT_NAMESPACE,
    nameOf: leaseOfShard,
    count: 1,
    marks: ANNOTATIONS,
    identity: 'the-new-one',
    random: () => 0.5,
    onGained: () => gained(),
    onLeaving: () => Promise.resolve(),
  });
  void election.run(new AbortController().signal, () => undefined);
  return { leads, mayAct: () => election.isLeader() };
}

const upgradeKinds = (world: TestCluster): void => {
  for (const { metadata, spec } of customResourceDefinitions())
    world.cluster.modify(DEFINITIONS, { name: metadata.name }, (now) => ({ ...now, spec }));
};

describe('an upgrade with actions in flight', () => {
  it('finishes every one of them, and sends each effect once (I1, I3)', async () => {
    const world = new TestCluster(2, 'on', 'on');
    const token = await world.account(actionRegistry().rules);
    await leaveByEarlierVersion(world);
    const { actionOf, statusOf, phases, isOver } = left(world);
    expect(phases()).toEqual([
      'approved Approved Approved',
      'between InProgress InStages',
      'undoing InProgress Undoing',
      'undone Failed NotVerified',
      'verified InProgress Verifying',
      'waits Pending AwaitingApproval',
    ]);
    const before = { actions: world.actions().map(({ metadata }) => metadata.uid), undone: statusOf('undone') };
    upgradeKinds(world);
    const changes = changesIn(world);
    const { leads, mayAct } = takesOver(world);
    const operator = world.operator({ token, actions: { leads, mayAct } });
    await world.clock.advance(10_000);
    // The Lease of the earlier version is still in force.
    expect(operator.sent.filter(({ write }) => write > 0)).toEqual([]);
    expect(await world.until(isOver), phases().join()).toBe(true);
    expect(phases()).toEqual([
      'approved Succeeded Verified',
      'between Succeeded Verified',
      'undoing Failed NotVerified',
      'undone Failed NotVerified',
      'verified Succeeded Verified',
      'waits Pending AwaitingApproval',
    ]);
    expect(changes).toEqual({ approved: 1, between: 1, undoing: 1 });
    expect(statusOf('undoing').undo?.state).toBe('Done');
    expect(statusOf('undone')).toEqual(before.undone);
    // Whoever was asked for a word before is asked no second time.
    const ada = member(world, 'ada', 'kubeskippy-approver');
    await ada.create(OWN_KINDS.approvals, wordOn(actionOf('waits')));
    expect(await world.until(() => statusOf('waits').phase === 'Succeeded')).toBe(true);
    expect(changes).toEqual({ approved: 1, between: 1, undoing: 1, waits: 1 });
    expect(world.actions().map(({ metadata }) => metadata.uid)).toEqual(before.actions);
    expect(operator.forbidden).toEqual([]);
  });

  it('waits for its own kinds, says so, and loses nothing meanwhile', async () => {
    const world = new TestCluster(2, 'on', 'on');
    const token = await world.account(actionRegistry().rules);
    await leaveByEarlierVersion(world);
    const { phases, isOver } = left(world);
    const before = JSON.stringify(world.actions());
    const operator = world.operator({ token });
    await world.clock.advance(30_000);
    const older = (kind: string) =>
      expect.stringMatching(
        new RegExp(`^CustomResourceDefinition ${kind}\\.kubeskippy\\.io \\(older than this program: it has no spec`),
      ) as unknown;
    expect(operator.waitingFor()).toEqual([older('healingpolicies'), older('healingactions')]);
    expect(operator.sent.filter(({ write }) => write > 0)).toEqual([]);
    expect(JSON.stringify(world.actions())).toBe(before);
    upgradeKinds(world);
    expect(await world.until(isOver), phases().join()).toBe(true);
    expect(operator.waitingFor()).toEqual([]);
  });
});
