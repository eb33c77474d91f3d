/** What changes while the intent is being recorded: no precondition of a request guards it, so that it is read last. */
import { describe, expect, it } from 'vitest';
import { LABELS } from '../../src/api/names.ts';
import { CONFIG_MAPS, DEPLOYMENTS, NAMESPACES, PODS, POLICIES } from '../kit/resources.ts';
import { CRASHES, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const MINUTE = 60_000;
const RESTART = { name: 'heal', type: 'restart' };
const EVICT = { name: 'heal', type: 'restart', restartAction: { strategy: 'graceful' } };

const label = (world: TestCluster, gvr: typeof PODS, key: { readonly namespace?: string; readonly name: string }) =>
  world.cluster.modify(gvr, key, (draft) => {
    draft.metadata.labels = { ...draft.metadata.labels, [LABELS.protected]: 'true' };
    return draft;
  });
const SYSTEM = 'kubeskippy-system';
const pause = (world: TestCluster) => {
  if (world.cluster.get(NAMESPACES, { name: SYSTEM }) === undefined)
    world.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM } });
  world.cluster.create(CONFIG_MAPS, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kubeskippy-pause', namespace: SYSTEM },
  });
};
const edit = (world: TestCluster, change: object) =>
  world.cluster.modify(POLICIES, { namespace: 'default', name: 'crash-loops' }, (draft) => ({
    ...draft,
    spec: { ...draft['spec'], ...change },
  }));

/** Requests of the operator that changed an object which is not its own, by the API server's log. */
const effects = (world: TestCluster) =>
  world.sandbox
    .commits()
    .filter(
      ({ by, object }) =>
        by?.agent.startsWith('kubeskippy') && ['Deployment', 'ReplicaSet', 'Pod'].includes(object.kind),
    ).length;

describe.each([
  ['a restart', RESTART],
  ['an eviction', EVICT],
])('while the intent of %s is recorded', (_title, action) => {
  it.each<[string, (world: TestCluster) => unknown]>([
    ['the target is protected (I24)', (world) => label(world, DEPLOYMENTS, { namespace: 'default', name: 'web' })],
    ['its namespace is protected (I24)', (world) => label(world, NAMESPACES, { name: 'default' })],
    ['the kill switch is thrown (I26)', pause],
    ['the policy is set to monitor (I26)', (world) => edit(world, { mode: 'monitor' })],
    ['the policy is suspended (I26)', (world) => edit(world, { suspend: true })],
    [
      'the policy is deleted (I26)',
      (world) => world.cluster.remove(POLICIES, { namespace: 'default', name: 'crash-loops' }),
    ],
  ])('%s: nothing is changed', async (_change, act) => {
    const world = new TestCluster();
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    world.cluster.create(POLICIES, policy({ actions: [action] }));
    let acted = false;
    world.operator({
      auditing: ({ entry }) => {
        if (entry !== 'intent' || acted) return;
        acted = true;
        act(world);
      },
    });
    expect(await world.until(() => acted)).toBe(true);
    await world.clock.advance(5 * MINUTE);
    expect(effects(world)).toBe(0);
  });
});

describe('while the intent of an eviction is recorded', () => {
  it('a mark comes to the pod itself: its version is another one, and it stays (I8, I24)', async () => {
    const world = new TestCluster();
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES));
    world.cluster.create(POLICIES, policy({ actions: [EVICT] }));
    const uids = () => world.cluster.list(PODS).map(({ metadata }) => metadata.uid);
    let before: readonly (string | undefined)[] | undefined;
    world.operator({
      auditing: ({ entry }) => {
        if (entry !== 'intent' || before !== undefined) return;
        before = uids();
        for (const { metadata } of world.cluster.list(PODS))
          label(world, PODS, { namespace: 'default', name: metadata.name });
      },
    });
    expect(await world.until(() => before !== undefined)).toBe(true);
    await world.clock.advance(5 * MINUTE);
    expect(uids()).toEqual(before);
  });
});
