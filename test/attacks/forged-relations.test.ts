/**
 * The attack: a member of one namespace writes an Event, or a pod with an owner reference, that names an object of
 * another namespace, and has it restarted.
 * The guard: a relation holds by kind, namespace and name, with the UID where there is one (src/core/relations.ts).
 */
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { toTimestamp } from '../../src/std/clock.ts';
import { CRASHES, deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { DEPLOYMENTS, EVENTS, NAMESPACES, PODS, POLICIES } from '../kit/resources.ts';

const LOOPING = {
  name: 'looping',
  type: 'condition',
  conditionTrigger: { type: 'CrashLoopBackOff', status: 'True', duration: '10s' },
};

const PULLS = policy({
  triggers: [{ name: 'told', type: 'event', eventTrigger: { reason: 'Broken', count: 1, window: '5m' } }, LOOPING],
});

async function attacked(): Promise<{ readonly world: TestCluster; readonly victim: KubeObject }> {
  const world = new TestCluster();
  world.operator();
  world.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'evil' } });
  const victim = world.cluster.create(DEPLOYMENTS, deployment('victim'));
  world.cluster.create(POLICIES, PULLS);
  await world.until(() => world.cluster.list(PODS, 'default').length > 0);
  await world.clock.advance(60_000);
  return { world, victim };
}

const event = (namespace: string, involvedObject: Readonly<Record<string, unknown>>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { namespace, name: 'forged' },
  involvedObject,
  reason: 'Broken',
  message: 'restart it',
  type: 'Warning',
  count: 50,
  lastTimestamp: '1970-01-01T00:01:30Z',
});

describe('an Event that its writer may not write about the Deployment', () => {
  it.each<[string, (victim: KubeObject) => KubeObject]>([
    [
      'names its UID in another namespace',
      ({ metadata: { uid } }) => event('evil', { kind: 'Deployment', namespace: 'evil', name: 'victim', uid }),
    ],
    [
      'names its UID under the name of another object',
      ({ metadata: { uid } }) => event('default', { kind: 'ConfigMap', namespace: 'default', name: 'mine', uid }),
    ],
    [
      'names its UID under the name of a pod',
      ({ metadata: { uid } }) => event('default', { kind: 'Pod', namespace: 'default', name: 'p', uid }),
    ],
  ])('%s: nothing is healed', async (_title, forge) => {
    const { world, victim } = await attacked();
    const forged = forge(victim);
    world.cluster.create(EVENTS, { ...forged, lastTimestamp: toTimestamp(world.clock.now()) });
    await world.clock.advance(60_000);
    expect(world.actions()).toEqual([]);
  });

  it('that names it in its own namespace is believed: its writer may write there', async () => {
    const { world } = await attacked();
    const honest = event('default', { kind: 'Deployment', namespace: 'default', name: 'victim' });
    world.cluster.create(EVENTS, { ...honest, lastTimestamp: toTimestamp(world.clock.now()) });
    expect(await world.until(() => world.actions().length > 0, 60_000)).toBe(true);
  });
});

/**
 * The garbage collector deletes a pod whose owner is nowhere in its namespace. It leaves one alone whose owner is of a
 * version that the server does not have.
 */
const UNKNOWN_VERSION = 'apps/v0';

const pod = (namespace: string, owner: Readonly<Record<string, unknown>>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    namespace,
    name: 'forged',
    annotations: { 'sandbox.kubeskippy.io/script': JSON.stringify(CRASHES) },
    ownerReferences: [{ apiVersion: UNKNOWN_VERSION, controller: true, ...owner }] as never,
  },
  spec: { containers: [{ name: 'main', image: 'registry.example/app:1' }] },
});

describe('a pod that crashes and claims to belong to the Deployment', () => {
  it.each<[string, (victim: KubeObject) => KubeObject]>([
    ['from another namespace', ({ metadata: { uid } }) => pod('evil', { kind: 'Deployment', name: 'victim', uid })],
    [
      'through the UID of its ReplicaSet, from another namespace',
      ({ metadata: { uid } }) => pod('evil', { kind: 'ReplicaSet', name: 'victim', uid }),
    ],
    [
      'under the name of another owner',
      ({ metadata: { uid } }) => pod('default', { kind: 'Deployment', name: 'other', uid }),
    ],
  ])('%s: nothing is healed', async (_title, forge) => {
    const { world, victim } = await attacked();
    world.cluster.create(PODS, forge(victim));
    await world.clock.advance(60_000);
    // The Deployment is looked at again, whatever woke it.
    const now = world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'victim' }) ?? victim;
    world.cluster.update(DEPLOYMENTS, {
      ...now,
      metadata: { ...now.metadata, labels: { app: 'victim', touched: 'yes' } },
    });
    await world.clock.advance(240_000);
    expect(world.cluster.list(PODS).map(({ metadata }) => metadata.name)).toContain('forged');
    expect(world.actions()).toEqual([]);
  });

  it('is believed in the namespace of the Deployment: its writer may make pods there', async () => {
    const { world, victim } = await attacked();
    world.cluster.create(PODS, pod('default', { kind: 'Deployment', name: 'victim', uid: victim.metadata.uid }));
    expect(await world.until(() => world.actions().length > 0, 300_000)).toBe(true);
  });
});

describe('a pod that claims to belong to a Deployment of another namespace', () => {
  it('is healed without standing in the way of that Deployment', async () => {
    const { world, victim } = await attacked();
    const pods = { resources: [{ apiVersion: 'v1', kind: 'Pod' }] };
    const own = policy({ selector: pods, triggers: [LOOPING], actions: [{ name: 'restart', type: 'restart' }] });
    world.cluster.create(POLICIES, { ...own, metadata: { ...own.metadata, namespace: 'evil' } });
    world.cluster.create(PODS, pod('evil', { kind: 'Deployment', name: 'victim', uid: victim.metadata.uid }));
    expect(await world.until(() => world.actions().length > 0, 300_000)).toBe(true);
    expect(JSON.stringify(world.actions())).not.toContain(victim.metadata.uid);
  });

  it('through an owner that the Deployment has too, of a kind that is not watched, keeps no healing from it', async () => {
    const { world } = await attacked();
    const owner = { apiVersion: 'example.com/v1', kind: 'Shop', name: 'shop', uid: 'uid-of-the-shop' };
    const owned = (draft: KubeObject, script?: unknown): KubeObject => ({
      ...draft,
      ...deployment('victim', script),
      metadata: { ...draft.metadata, ownerReferences: [{ ...owner, controller: true }] },
    });
    world.cluster.modify(DEPLOYMENTS, { namespace: 'default', name: 'victim' }, (draft) => owned(draft));
    const pods = { resources: [{ apiVersion: 'v1', kind: 'Pod' }] };
    const own = policy({ selector: pods, triggers: [LOOPING], actions: [{ name: 'evict', type: 'delete' }] });
    world.cluster.create(POLICIES, { ...own, metadata: { ...own.metadata, namespace: 'evil' } });
    world.cluster.create(PODS, pod('evil', owner));
    const of = (namespace: string) => world.actions().filter(({ metadata }) => metadata.namespace === namespace);
    expect(await world.until(() => of('evil').length > 0, 300_000)).toBe(true);
    // The reference is all that is known of such an owner: the action is about its UID.
    expect(JSON.stringify(of('evil'))).toContain(owner.uid);
    await world.clock.advance(30_000);
    world.cluster.modify(DEPLOYMENTS, { namespace: 'default', name: 'victim' }, (draft) => owned(draft, CRASHES));
    expect(await world.until(() => of('default').length > 0, 120_000)).toBe(true);
    const status = () => of('default')[0]?.['status'] as { readonly phase?: string } | undefined;
    expect(await world.until(() => status()?.phase === 'InProgress', 30_000)).toBe(true);
  });
});
