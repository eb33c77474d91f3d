/**
 * Several actions on one workload at once, made by hand: all are done, one after the other, and none while another is.
 */
import { describe, expect, it } from 'vitest';
import { deployment, TestCluster } from '../kit/test-cluster.ts';
import { Prng } from '../../src/std/prng.ts';
import { afterClaim, slow } from '../kit/fault-scripts.ts';
import type { Script } from '../kit/faulty-transport.ts';
import type { ActionStatus } from '../../src/api/action-status.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { toMicroTime } from '../../src/std/clock.ts';
import { sealedStatus } from '../kit/seals.ts';
import { ACTIONS, DEPLOYMENTS, PODS } from '../kit/resources.ts';

/** The cluster asks nobody who they are: nothing could prove an author. */
const BY_HAND = { handMade: { unproven: 'accept' } } as const;

const restart = (name: string, { apiVersion, kind, metadata }: KubeObject): KubeObject => ({
  apiVersion: 'kubeskippy.io/v1alpha1',
  kind: 'HealingAction',
  metadata: { name, namespace: 'default' },
  spec: {
    targetResource: { apiVersion, kind, name: metadata.name, namespace: 'default', uid: metadata.uid },
    action: { name: 'restart', type: 'restart' },
  },
});

const done = (world: TestCluster) =>
  world
    .actions()
    .map((object) => ({ name: object.metadata.name, ...((object['status'] ?? {}) as ActionStatus) }))
    .toSorted((a, b) => (a.lastAttemptTime ?? '').localeCompare(b.lastAttemptTime ?? ''));

async function ready(): Promise<{ readonly world: TestCluster; readonly web: KubeObject; readonly pod: KubeObject }> {
  const world = new TestCluster();
  world.cluster.create(DEPLOYMENTS, deployment('web'));
  await world.clock.advance(30_000);
  const [web] = world.cluster.list(DEPLOYMENTS, 'default');
  const [pod] = world.cluster.list(PODS, 'default');
  if (web === undefined || pod === undefined) throw new Error('the workload is not there');
  return {
    world,
    web: { ...web, apiVersion: 'apps/v1', kind: 'Deployment' },
    pod: { ...pod, apiVersion: 'v1', kind: 'Pod' },
  };
}

describe('two restarts of one Deployment at once', () => {
  it('are done one after the other (I14, I20)', async () => {
    const { world, web } = await ready();
    world.operator({ config: BY_HAND });
    for (const name of ['a', 'b']) world.cluster.create(ACTIONS, restart(name, web));
    expect(await world.until(() => world.phases().every((phase) => phase === 'Succeeded'), 120_000)).toBe(true);
    const [first, second] = done(world);
    expect((second?.lastAttemptTime ?? '') >= (first?.completionTime ?? 'never')).toBe(true);
    expect(world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'web' })?.metadata.generation).toBe(3);
  });

  it.each([1, 2, 3])(
    'are never done at the same time by two processes that believe they lead, and not both given up (seed %i)',
    async (seed) => {
      const { world, web } = await ready();
      const operators = [seed, seed + 1000].map((one) =>
        world.operator({ config: BY_HAND, faults: [slow(new Prng(one))] }),
      );
      for (const name of ['a', 'b']) world.cluster.create(ACTIONS, restart(name, web));
      expect(await world.until(() => world.phases().every((phase) => ['Succeeded', 'Failed'].includes(phase)))).toBe(
        true,
      );
      const succeeded = done(world).filter(({ phase }) => phase === 'Succeeded');
      expect(succeeded.length).toBeGreaterThan(0);
      expect(world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'web' })?.metadata.generation).toBe(
        1 + succeeded.length,
      );
      for (const [i, one] of succeeded.entries())
        if (i > 0) expect((one.lastAttemptTime ?? '') >= (succeeded[i - 1]?.completionTime ?? 'never')).toBe(true);
      const refused = done(world).filter(({ phase }) => phase === 'Failed');
      expect(refused.every(({ reason }) => reason === 'BudgetExhausted')).toBe(true);
      expect(operators.flatMap(({ audit }) => audit).filter(({ entry }) => entry === 'intent')).toHaveLength(
        succeeded.length,
      );
    },
  );
});

describe('an action on a pod and one on its Deployment', () => {
  it('know of each other: the eviction is proved by the replacement, and only then the Deployment restarts (I20)', async () => {
    const { world, web, pod } = await ready();
    world.operator({ config: BY_HAND });
    world.cluster.create(ACTIONS, restart('a-pod', pod));
    await world.clock.advance(1500);
    world.cluster.create(ACTIONS, restart('b-deployment', web));
    expect(await world.until(() => world.phases().every((phase) => phase === 'Succeeded'), 240_000)).toBe(true);
    const [first, second] = done(world);
    expect([first?.name, first?.rootUid]).toEqual(['a-pod', web.metadata.uid]);
    expect((second?.lastAttemptTime ?? '') >= (first?.completionTime ?? 'never')).toBe(true);
  });
});

describe('a claim that finds a younger one beside it', () => {
  /** Another process claims `b` in the moment in which this one has claimed `a`. */
  const besides = (world: TestCluster, web: KubeObject): Script =>
    afterClaim(() => {
      world.cluster.create(ACTIONS, restart('b', web));
      put(world, { phase: 'InProgress', attempts: 1, lastAttemptTime: toMicroTime(world.clock.now()) });
    });
  let turn = 0;
  const put = (world: TestCluster, status: ActionStatus) =>
    world.cluster.modify(
      ACTIONS,
      { namespace: 'default', name: 'b' },
      (draft) => sealedStatus(draft, status, ++turn),
      'status',
    );

  it('sends nothing and tries again, since the other has to give way', async () => {
    const { world, web } = await ready();
    world.cluster.create(ACTIONS, restart('a', web));
    // Of two actions of the same second, the one with the smaller UID is the older.
    await world.clock.advance(1000);
    const { audit } = world.operator({ config: BY_HAND, faults: [besides(world, web)] });
    const a = () => done(world).find(({ name }) => name === 'a');
    expect(await world.until(() => a()?.reason === 'Retrying', 20_000)).toBe(true);
    expect([a()?.message, audit]).toEqual([
      expect.stringContaining('action default/b is in flight on the same workload (InProgress)'),
      [],
    ]);
    put(world, {
      phase: 'Failed',
      reason: 'BudgetExhausted',
      attempts: 1,
      completionTime: toMicroTime(world.clock.now()),
    });
    expect(await world.until(() => a()?.phase === 'Succeeded', 120_000)).toBe(true);
    expect([a()?.attempts, audit.length]).toEqual([2, 2]);
  });
});
