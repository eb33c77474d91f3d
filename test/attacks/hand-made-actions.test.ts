/**
 * The attack: somebody makes a HealingAction without policy that does for them what they may not do: in another
 * namespace, on a node, on an object that they may not change, by the name of another person, or as if the operator had
 * made it.
 * The guards: such an action reaches its own namespace alone, and is carried out only where the admission policy has
 * asked what its author may do (src/core/authority/hand-made.ts, src/api/admission/actions.ts).
 */
import { describe, expect, it } from 'vitest';
import { actionRegistry } from '../../src/core/actions/index.ts';
import { OWN_KINDS } from '../../src/operator/definitions.ts';
import type { Gvr } from '../../src/sandbox/index.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { answerTo, asAdmin, member, wordOn } from '../kit/people.ts';
import { ACTIONS, APPROVALS, DEPLOYMENTS, NAMESPACES, NODES } from '../kit/resources.ts';
import { deployment, type OperatorOptions, TestCluster } from '../kit/test-cluster.ts';

const BINDINGS: Gvr = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  resource: 'validatingadmissionpolicybindings',
};
const MAKE = { apiGroups: ['kubeskippy.io'], resources: ['healingactions'], verbs: ['create', 'update'] };
const HEAL = { apiGroups: ['apps'], resources: ['deployments', 'deployments/scale'], verbs: ['get', 'patch'] };
const EVICT = { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] };

/** A minute after everything was installed, with Deployment `web` in `default` and in `other`. */
async function installed(
  options: OperatorOptions & { readonly without?: 'admission policies' } = {},
): Promise<{ readonly world: TestCluster; readonly sent: () => readonly string[] }> {
  const { without, ...rest } = options;
  const world = new TestCluster(2, 'on', 'on');
  const token = await world.account(actionRegistry().rules);
  if (without !== undefined)
    for (const { metadata } of world.cluster.list(BINDINGS)) world.cluster.remove(BINDINGS, { name: metadata.name });
  world.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } });
  const web = deployment('web');
  world.cluster.create(DEPLOYMENTS, web);
  world.cluster.create(DEPLOYMENTS, { ...web, metadata: { ...web.metadata, namespace: 'other' } });
  await world.clock.advance(60_000);
  const operator = world.operator({ token, ...rest });
  return { world, sent: () => operator.sent.map(({ path }) => path) };
}

function restartOf(target: KubeObject | undefined, change: Record<string, unknown> = {}, author = 'tom'): KubeObject {
  const { apiVersion = '', kind = '', metadata } = target ?? {};
  const { name = '', namespace, uid } = metadata ?? {};
  return {
    apiVersion: 'kubeskippy.io/v1alpha1',
    kind: 'HealingAction',
    metadata: { name: 'by-hand', namespace: 'default', annotations: { 'kubeskippy.io/author': author } },
    spec: {
      targetResource: { apiVersion, kind, name, uid, ...(namespace !== undefined && { namespace }) },
      action: { name: 'restart', type: 'restart' },
      ...change,
    },
  };
}

const web = (world: TestCluster, namespace = 'default') => world.cluster.get(DEPLOYMENTS, { namespace, name: 'web' });
const ended = (world: TestCluster) => world.until(() => world.actionStatus().completionTime !== undefined, 120_000);
const asked = (world: TestCluster) =>
  world.until(() => ['AwaitingApproval', 'OutOfScope'].includes(world.actionStatus().reason ?? ''), 60_000);
const withoutUid = (target: KubeObject | undefined) => {
  const { apiVersion, kind, metadata: { namespace, name } = { name: '' } } = target ?? {};
  return { apiVersion, kind, namespace, name };
};
const accepting = { config: { handMade: { unproven: 'accept' } } } as const;

describe('an action made by hand', () => {
  it('of an author who may do the same is carried out', async () => {
    const { world } = await installed();
    const tom = member(world, 'tom', [MAKE, HEAL, EVICT]);
    await tom.create(OWN_KINDS.actions, restartOf(web(world)));
    expect(await ended(world)).toBe(true);
    expect([world.phases(), web(world)?.metadata.generation]).toEqual([['Succeeded'], 2]);
  });

  it.each([false, true])(
    'ends without anything being sent while its author is unproven, dry run %s',
    async (dryRun) => {
      const { world, sent } = await installed({ without: 'admission policies' });
      const eve = member(world, 'eve', [MAKE]);
      await eve.create(OWN_KINDS.actions, restartOf(web(world), { dryRun }));
      expect(await ended(world)).toBe(true);
      expect(world.actionStatus()).toMatchObject({ phase: 'Cancelled', reason: 'AuthorUnproven' });
      expect(sent().filter((path) => path.includes('/deployments/web'))).toEqual([]);
    },
  );

  it('that waits for approval ends before its plan is made, while its author is unproven', async () => {
    const { world, sent } = await installed({ without: 'admission policies' });
    const eve = member(world, 'eve', [MAKE]);
    await eve.create(OWN_KINDS.actions, restartOf(web(world), { approvalRequired: true }));
    expect(await ended(world)).toBe(true);
    expect(world.actionStatus()).toMatchObject({ phase: 'Cancelled', reason: 'AuthorUnproven' });
    expect(sent().filter((path) => path.includes('/deployments/web'))).toEqual([]);
  });

  it.each<[string, (world: TestCluster) => KubeObject | undefined, Record<string, unknown>]>([
    ['in another namespace', (world) => web(world, 'other'), {}],
    ['in another namespace, as a dry run', (world) => web(world, 'other'), { dryRun: true }],
    ['in another namespace, and asks for approval', (world) => web(world, 'other'), { approvalRequired: true }],
    ['that is a node', (world) => world.cluster.list(NODES)[0], { action: { name: 'cordon', type: 'cordon' } }],
  ])('does not even read a target %s', async (_title, targetIn, change) => {
    const { world, sent } = await installed({ without: 'admission policies', ...accepting });
    const target = targetIn(world);
    const eve = member(world, 'eve', [MAKE]);
    await eve.create(OWN_KINDS.actions, restartOf(target, change));
    expect(await ended(world)).toBe(true);
    expect(world.actionStatus()).toMatchObject({ phase: 'Cancelled', reason: 'OutOfScope' });
    const { name = '', namespace } = target?.metadata ?? {};
    const path = namespace === undefined ? `/nodes/${name}` : `/namespaces/${namespace}/deployments/${name}`;
    expect(sent().filter((one) => one.includes(path))).toEqual([]);
    expect(target).toEqual(targetIn(world));
  });

  it('that names no UID is carried out on the object of that name', async () => {
    const { world } = await installed();
    const tom = member(world, 'tom', [MAKE, HEAL, EVICT]);
    await tom.create(OWN_KINDS.actions, restartOf(web(world), { targetResource: withoutUid(web(world)) }));
    expect(await ended(world)).toBe(true);
    expect([world.phases(), web(world)?.metadata.generation]).toEqual([['Succeeded'], 2]);
    expect(world.actionStatus().targetUid).toBe(web(world)?.metadata.uid);
  });

  it.each(['before the operator has looked', 'while it waits for approval'])(
    'that names no UID leaves another object alone which took the name %s',
    async (when) => {
      const world = new TestCluster();
      const operator = () =>
        world.operator({ config: { handMade: { unproven: 'accept' }, approvals: { unproven: 'accept' } } });
      world.cluster.create(DEPLOYMENTS, deployment('web'));
      await world.clock.advance(60_000);
      const made = restartOf(web(world), { targetResource: withoutUid(web(world)), approvalRequired: true });
      world.cluster.create(ACTIONS, made);
      if (when.startsWith('while')) {
        operator();
        await asked(world);
      }
      await world.clock.advance(2000);
      world.replace(DEPLOYMENTS, deployment('web'));
      if (when.startsWith('before')) operator();
      await asked(world);
      if (when.startsWith('while')) world.cluster.create(APPROVALS, wordOn(world.actions()[0]));
      expect(await ended(world)).toBe(true);
      expect(world.actionStatus()).toMatchObject({ phase: 'Cancelled', reason: 'OutOfScope' });
      expect(web(world)?.metadata.generation).toBe(1);
    },
  );

  it('in a namespace of clusterPolicyNamespaces reaches others', async () => {
    const { world } = await installed({
      without: 'admission policies',
      config: { handMade: { unproven: 'accept' }, clusterPolicyNamespaces: ['default'] },
    });
    world.cluster.create(ACTIONS, restartOf(web(world, 'other')));
    expect(await ended(world)).toBe(true);
    expect([world.phases(), web(world, 'other')?.metadata.generation]).toEqual([['Succeeded'], 2]);
  });
});

describe('the server refuses an action made by hand', () => {
  it.each<[string, readonly (typeof HEAL)[], (world: TestCluster) => KubeObject, RegExp]>([
    ['whose author may not patch the target', [EVICT], (world) => restartOf(web(world)), /allowed to get the target/],
    [
      'whose author may read and not patch the target',
      [{ ...HEAL, verbs: ['get'] }, EVICT],
      (world) => restartOf(web(world)),
      /allowed to patch the target/,
    ],
    ['whose author may not evict pods', [HEAL], (world) => restartOf(web(world)), /allowed to evict the pods/],
    [
      'whose author may do it in another namespace than that of the target',
      [HEAL, EVICT],
      (world) => restartOf(web(world, 'other')),
      /allowed to get the target/,
    ],
    [
      'on a node, of an author with rights in a namespace',
      [HEAL, EVICT, { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'patch'] }],
      (world) => restartOf(world.cluster.list(NODES)[0], { action: { name: 'c', type: 'cordon' } }),
      /allowed to get the target/,
    ],
    [
      'on a kind whose resource is not known, of an author without rights on its group',
      [HEAL, EVICT],
      (world) =>
        restartOf({ ...(web(world) ?? { metadata: { name: '' } }), apiVersion: 'shop.io/v1', kind: 'Deployment' }),
      /allowed to get the target/,
    ],
    [
      'that calls an endpoint',
      [HEAL, EVICT],
      (world) => restartOf(web(world), { action: { name: 'w', type: 'webhook', webhookAction: { name: 'ops' } } }),
      /use the verb call/,
    ],
    [
      'in the name of another',
      [HEAL, EVICT],
      (world) => restartOf(web(world), {}, 'ann'),
      /must be the user who makes/,
    ],
    [
      'in no name',
      [HEAL, EVICT],
      (world) => ({ ...restartOf(web(world)), metadata: { name: 'by-hand', namespace: 'default' } }),
      /must be the user who makes/,
    ],
    [
      'as if a policy had made it',
      [HEAL, EVICT],
      (world) => restartOf(web(world), { policyRef: { name: 'p', namespace: 'default', uid: 'u' } }),
      /only the operator makes actions with policyRef/,
    ],
    [
      'with evidence',
      [HEAL, EVICT],
      (world) => restartOf(web(world), { trigger: 'looping' }),
      /only the operator makes actions with policyRef/,
    ],
    [
      'with a label of ours',
      [HEAL, EVICT],
      (world) => {
        const made = restartOf(web(world));
        return { ...made, metadata: { ...made.metadata, labels: { 'kubeskippy.io/policy': 'p' } } };
      },
      /only the operator sets and removes labels/,
    ],
  ])('%s', async (_title, rules, action, words) => {
    const { world } = await installed();
    const tom = member(world, 'tom', [MAKE, ...rules]);
    const answer = await answerTo(tom.create(OWN_KINDS.actions, action(world)));
    expect(answer).toMatch(/^403: /);
    expect(answer).toMatch(words);
  });

  it('that is marked afterwards', async () => {
    const { world } = await installed();
    const tom = member(world, 'tom', [MAKE, HEAL, EVICT]);
    await tom.create(OWN_KINDS.actions, restartOf(web(world)));
    expect(await ended(world)).toBe(true);
    const made = world.actions()[0] as KubeObject;
    const { metadata } = made;
    const marked = {
      ...made,
      metadata: { ...metadata, annotations: { ...metadata.annotations, 'kubeskippy.io/author': 'ann' } },
    };
    expect(await answerTo(tom.update(OWN_KINDS.actions, marked))).toMatch(
      /only the operator sets and removes annotations/,
    );
    const labelled = { ...made, metadata: { ...metadata, labels: { team: 'a' } } };
    expect(await answerTo(tom.update(OWN_KINDS.actions, labelled))).toBe('accepted');
  });
});

it('nobody but the operator writes our statuses', async () => {
  const { world } = await installed();
  world.cluster.create(ACTIONS, restartOf(web(world)));
  const rules = [{ apiGroups: ['kubeskippy.io'], resources: ['healingactions/status'], verbs: ['get', 'update'] }];
  const eve = member(world, 'eve', rules);
  const [made] = world.actions();
  const forged = { ...(made as KubeObject), status: { phase: 'Approved' } };
  expect(await answerTo(eve.updateStatus(OWN_KINDS.actions, forged))).toMatch(
    /^403: .*only the operator writes the status/,
  );
  expect(await answerTo(asAdmin(world).updateStatus(OWN_KINDS.actions, forged))).toBe('accepted');
});
