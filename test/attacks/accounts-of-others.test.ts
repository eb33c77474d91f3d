/**
 * The attack: somebody who may write policies names an account of the namespace that has more rights than they have, or
 * changes what a colleague's policy does as that account.
 * The guard: the admission policy asks whether they may impersonate the account (src/api/admission/accounts.ts). Where
 * it is missing, configuration lets nobody name one (`impersonation.named: refused`, src/core/authority/account.ts).
 */
import { describe, expect, it } from 'vitest';
import { actionRegistry } from '../../src/core/actions/index.ts';
import { OWN_KINDS } from '../../src/operator/definitions.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { answerTo, asAdmin, member } from '../kit/people.ts';
import { ACTIONS, DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import { giveHealer } from '../kit/tenancies.ts';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const WRITE = {
  apiGroups: ['kubeskippy.io'],
  resources: ['healingpolicies', 'healingactions'],
  verbs: ['create', 'update', 'get'],
};
const ACT_AS = (name: string) => ({
  apiGroups: [''],
  resources: ['serviceaccounts'],
  resourceNames: [name],
  verbs: ['impersonate'],
});
const AS_HEALER = policy({ serviceAccountName: 'healer' });
const REFUSAL = /^403: .*must be allowed to impersonate that ServiceAccount/;

async function installed(): Promise<TestCluster> {
  const world = new TestCluster(2, 'on', 'on');
  await world.account(actionRegistry().rules, { tenancy: 'shared' });
  await world.clock.advance(1000);
  return world;
}

/** The policy as it is stored, with another spec or other labels. */
async function changed(as: KubeClient, world: TestCluster, change: (object: KubeObject) => KubeObject) {
  const stored = world.cluster.get(POLICIES, { namespace: 'default', name: 'crash-loops' });
  if (stored === undefined) throw new Error('there is no policy');
  return answerTo(as.update(OWN_KINDS.policies, change(stored)));
}

const withSpec =
  (change: object) =>
  (object: KubeObject): KubeObject => ({ ...object, spec: { ...(object['spec'] as object), ...change } });

describe('an account that a policy names', () => {
  it('is one that its author may impersonate', async () => {
    const world = await installed();
    const ann = member(world, 'ann', [WRITE, ACT_AS('healer')]);
    const bob = member(world, 'bob', [WRITE, ACT_AS('other')]);
    expect(await answerTo(bob.create(OWN_KINDS.policies, AS_HEALER))).toMatch(REFUSAL);
    expect(await answerTo(ann.create(OWN_KINDS.policies, AS_HEALER))).toBe('accepted');
    const own = policy({});
    const plain = { ...own, metadata: { ...own.metadata, name: 'plain' } };
    expect(await answerTo(bob.create(OWN_KINDS.policies, plain))).toBe('accepted');
  });

  it('is not given to a policy later, nor used for something else, by a person who may not', async () => {
    const world = await installed();
    const bob = member(world, 'bob', [WRITE]);
    await asAdmin(world).create(OWN_KINDS.policies, AS_HEALER);
    const more = { actions: [{ name: 'gone', type: 'delete', deleteAction: {} }] };
    expect(await changed(bob, world, withSpec(more))).toMatch(REFUSAL);
    const labelled = (object: KubeObject) => ({ ...object, metadata: { ...object.metadata, labels: { team: 'b' } } });
    expect(await changed(bob, world, labelled)).toBe('accepted');
    const unnamed = (object: KubeObject) => {
      const { serviceAccountName: _none, ...spec } = object['spec'] as { readonly serviceAccountName: string };
      return { ...object, spec };
    };
    expect(await changed(bob, world, unnamed)).toBe('accepted');
    expect(await changed(bob, world, withSpec({ serviceAccountName: 'healer' }))).toMatch(REFUSAL);
  });

  it('is held to the same in an action made by hand', async () => {
    const world = await installed();
    const web = world.cluster.create(DEPLOYMENTS, deployment('web'));
    const rules = [
      WRITE,
      { apiGroups: ['apps'], resources: ['deployments', 'deployments/scale'], verbs: ['get', 'patch'] },
      { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] },
    ];
    const action = (author: string, serviceAccountName?: string): KubeObject => ({
      apiVersion: 'kubeskippy.io/v1alpha1',
      kind: 'HealingAction',
      metadata: { namespace: 'default', name: `of-${author}`, annotations: { 'kubeskippy.io/author': author } },
      spec: {
        targetResource: { apiVersion: 'apps/v1', kind: 'Deployment', ...nameOf(web) },
        action: { name: 'restart', type: 'restart' },
        ...(serviceAccountName !== undefined && { serviceAccountName }),
      },
    });
    const tom = member(world, 'tom', rules);
    const tim = member(world, 'tim', [...rules, ACT_AS('healer')]);
    expect(await answerTo(tom.create(OWN_KINDS.actions, action('tom', 'healer')))).toMatch(REFUSAL);
    expect(await answerTo(tom.create(OWN_KINDS.actions, action('tom')))).toBe('accepted');
    expect(await answerTo(tim.create(OWN_KINDS.actions, action('tim', 'healer')))).toBe('accepted');
  });
});

const nameOf = ({ metadata: { namespace, name, uid } }: KubeObject) => ({ namespace, name, uid });

describe('where configuration refuses accounts that are named', () => {
  it.each<[string, Record<string, unknown>, readonly string[]]>([
    ['a policy that names one does nothing, and says so', { serviceAccountName: 'admin' }, []],
    ['the default is used', {}, ['Succeeded']],
  ])('%s', async (_title, spec, phases) => {
    const world = new TestCluster(2, 'on', 'on');
    const token = await world.account(actionRegistry().rules, { tenancy: 'shared' });
    giveHealer(world, 'default');
    const impersonation = { required: true, defaultServiceAccount: 'healer', named: 'refused' } as const;
    world.operator({ token, config: { impersonation } });
    world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES_UNTIL_RESTARTED));
    world.cluster.create(POLICIES, policy(spec));
    await world.until(() => world.phases().includes('Succeeded'), 300_000);
    expect(world.phases()).toEqual(phases);
    const ready = world.status('crash-loops').conditions?.find(({ type }) => type === 'Ready');
    expect(ready?.reason).toBe(phases.length === 0 ? 'AccountNotPermitted' : 'Ready');
    expect(world.cluster.list(ACTIONS)).toHaveLength(phases.length);
  });
});
