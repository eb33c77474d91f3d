/**
 * The attack: a finalizer of the attacker's keeps an object there that somebody has deleted, and the operator goes on
 * to believe it: a policy that heals on, an approval that was taken back.
 * The guards: what is being deleted counts for nothing (src/operator/policy-store.ts,
 * src/operator/action/authority-scenes.ts).
 */
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { wordOn } from '../kit/people.ts';
import { APPROVALS, DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import { CRASHES, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const KEY = { namespace: 'default', name: 'crash-loops' };
const kept = (object: KubeObject): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, finalizers: ['evil.example/stay'] },
});
const generation = (world: TestCluster) =>
  world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'web' })?.metadata.generation;

describe('what somebody has deleted and a finalizer keeps', () => {
  it('is no policy: it heals nothing, and says so (I26)', async () => {
    const world = new TestCluster();
    world.operator();
    world.cluster.create(POLICIES, kept(policy()));
    await world.clock.advance(5000);
    world.cluster.remove(POLICIES, KEY);
    expect(world.cluster.get(POLICIES, KEY)?.metadata.deletionTimestamp).toBeDefined();
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    const ready = () => world.status('crash-loops').conditions?.find(({ type }) => type === 'Ready');
    expect(await world.until(() => ready()?.reason === 'BeingDeleted', 60_000)).toBe(true);
    await world.clock.advance(300_000);
    expect([world.actions(), generation(world)]).toEqual([[], 1]);
  });

  it('is no approval: nothing is done on it (I28)', async () => {
    const world = new TestCluster();
    world.operator({ config: { approvals: { unproven: 'accept' } } });
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    world.cluster.create(POLICIES, policy({ mode: 'manual' }));
    expect(await world.until(() => world.actionStatus().reason === 'AwaitingApproval')).toBe(true);
    const word = kept(wordOn(world.actions()[0]));
    // Deleted before the operator hears of it: both are one change to its cache.
    world.cluster.create(APPROVALS, word);
    world.cluster.remove(APPROVALS, { namespace: 'default', name: word.metadata.name });
    await world.clock.advance(60_000);
    expect([world.phases()[0], generation(world)]).toEqual(['Pending', 1]);
  });
});
