import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../shapes/kube.ts';
import type { UserInfo } from '../machinery/identity.ts';
import type { Attributes } from './attributes.ts';
import {
  BOOTSTRAP_CLUSTER_ROLE_BINDINGS,
  BOOTSTRAP_CLUSTER_ROLES,
  controllerRoleBindings,
  controllerRoles,
} from './bootstrap-roles.ts';
import { aggregatedRules } from './aggregation.ts';
import { escalation } from './escalation.ts';
import { Rbac } from './rbac.ts';

const GROUP = 'rbac.authorization.k8s.io';
const object = (kind: string, metadata: KubeObject['metadata'], more: object): KubeObject => ({
  apiVersion: `${GROUP}/v1`,
  kind,
  metadata,
  ...more,
});
const role = (name: string, rules: object[], namespace = 'a') => object('Role', { name, namespace }, { rules });
const bind = (name: string, [kind, role_]: [string, string], subjects: object[], namespace?: string) =>
  object(
    namespace ? 'RoleBinding' : 'ClusterRoleBinding',
    { name, ...(namespace ? { namespace } : {}) },
    { roleRef: { apiGroup: GROUP, kind, name: role_ }, subjects },
  );
const ann: UserInfo = { name: 'ann', groups: ['team', 'system:authenticated'] };
const USER = { kind: 'User', name: 'ann' };
const ask = (
  verb: string,
  target: string,
  place: { namespace?: string; name?: string; group?: string } = {},
): Attributes => {
  const [resource = '', subresource = ''] = target.split('/');
  return {
    kind: 'resource',
    verb,
    group: place.group ?? '',
    version: 'v1',
    resource,
    subresource,
    namespace: place.namespace ?? '',
    name: place.name ?? '',
  };
};
const path = (verb: string, url: string): Attributes => ({ kind: 'path', verb, path: url });

function withRules(...rules: object[]): Rbac {
  const rbac = new Rbac();
  rbac.setRole(role('r', rules));
  rbac.setBinding(bind('b', ['Role', 'r'], [USER], 'a'));
  return rbac;
}

const pods = (more: object = {}) => ({ apiGroups: [''], resources: ['pods'], verbs: ['get'], ...more });

describe('a rule allows', () => {
  it.each<[string, object, Attributes, boolean]>([
    ['its verb on its resource', pods(), ask('get', 'pods', { namespace: 'a' }), true],
    ['no other verb', pods(), ask('list', 'pods', { namespace: 'a' }), false],
    ['no other namespace', pods(), ask('get', 'pods', { namespace: 'b' }), false],
    ['no subresource by the resource', pods(), ask('get', 'pods/log', { namespace: 'a' }), false],
    [
      'a subresource by its full name',
      pods({ resources: ['pods/log'] }),
      ask('get', 'pods/log', { namespace: 'a' }),
      true,
    ],
    [
      'a subresource of any resource by star and slash',
      pods({ resources: ['*/log'] }),
      ask('get', 'pods/log', { namespace: 'a' }),
      true,
    ],
    [
      'nothing by resource, slash and star',
      pods({ resources: ['pods/*'] }),
      ask('get', 'pods/log', { namespace: 'a' }),
      false,
    ],
    [
      'everything by star',
      pods({ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }),
      ask('fly', 'pigs', { namespace: 'a', group: 'x.y' }),
      true,
    ],
    ['its names', pods({ resourceNames: ['p'] }), ask('get', 'pods', { namespace: 'a', name: 'p' }), true],
    ['no other names', pods({ resourceNames: ['p'] }), ask('get', 'pods', { namespace: 'a', name: 'q' }), false],
    ['no nameless request by names', pods({ resourceNames: ['p'] }), ask('get', 'pods', { namespace: 'a' }), false],
  ])('%s', (_, rule, attributes, allowed) => {
    expect(withRules(rule).authorize(ann, attributes).allowed).toBe(allowed);
  });

  it('paths, with a star at the end', () => {
    const rbac = new Rbac();
    rbac.setClusterRole(
      object(
        'ClusterRole',
        { name: 'r' },
        { rules: [{ nonResourceURLs: ['/metrics', '/healthz/*'], verbs: ['get'] }] },
      ),
    );
    rbac.setBinding(bind('b', ['ClusterRole', 'r'], [{ kind: 'Group', name: 'team' }]));
    expect(rbac.authorize(ann, path('get', '/healthz/etcd')).reason).toBe(
      'RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "r" to Group "team"',
    );
    expect(rbac.authorize(ann, path('get', '/metrics/x')).allowed).toBe(false);
    expect(rbac.authorize(ann, path('post', '/metrics')).allowed).toBe(false);
  });
});

describe('bindings', () => {
  it('reach service accounts by name and namespace', () => {
    const rbac = new Rbac();
    rbac.setRole(role('r', [pods()]));
    rbac.setBinding(bind('b', ['Role', 'r'], [{ kind: 'ServiceAccount', name: 'robot', namespace: 'c' }], 'a'));
    const robot = { name: 'system:serviceaccount:c:robot', groups: [] };
    expect(rbac.authorize(robot, ask('get', 'pods', { namespace: 'a' })).reason).toBe(
      'RBAC: allowed by RoleBinding "b/a" of Role "r" to ServiceAccount "robot/c"',
    );
  });

  it('of a ClusterRole in a namespace hold there only', () => {
    const rbac = new Rbac();
    rbac.setClusterRole(object('ClusterRole', { name: 'r' }, { rules: [pods({ resources: ['pods', 'nodes'] })] }));
    rbac.setBinding(bind('b', ['ClusterRole', 'r'], [USER], 'a'));
    expect(rbac.authorize(ann, ask('get', 'pods', { namespace: 'a' })).allowed).toBe(true);
    expect(rbac.authorize(ann, ask('get', 'nodes')).allowed).toBe(false);
  });

  it('follow changes of roles and bindings', () => {
    const rbac = withRules(pods());
    const asked = ask('list', 'pods', { namespace: 'a' });
    rbac.setRole(role('r', [pods({ verbs: ['list'] })]));
    expect(rbac.authorize(ann, asked).allowed).toBe(true);
    rbac.setBinding(bind('b', ['Role', 'r'], [{ kind: 'User', name: 'bob' }], 'a'));
    expect(rbac.authorize(ann, asked).allowed).toBe(false);
    rbac.removeBinding(bind('b', ['Role', 'r'], [], 'a'));
    expect(rbac.authorize({ name: 'bob', groups: [] }, asked).allowed).toBe(false);
  });

  it('are not asked about masters, who may do everything', () => {
    expect(new Rbac().authorize({ name: 'x', groups: ['system:masters'] }, ask('fly', 'pigs'))).toEqual({
      allowed: true,
      reason: '',
    });
  });
});

describe('nobody grants what they do not have', () => {
  const attempt = (rules: object[], old?: object[]) => ({
    user: ann,
    resource: 'roles' as const,
    object: { rules },
    ...(old ? { old: role('x', old) } : {}),
    namespace: 'a',
    name: 'x',
  });

  it('names what is missing, verbs of one resource together', () => {
    const refusal = escalation(
      withRules(pods()),
      attempt([pods({ verbs: ['get', 'delete', 'list'] }), { nonResourceURLs: ['/x'], verbs: ['get'] }]),
    );
    expect(refusal?.status.message).toBe(
      'roles.rbac.authorization.k8s.io "x" is forbidden: user "ann" (groups=["team" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["delete" "list"]}\n{NonResourceURLs:["/x"], Verbs:["get"]}',
    );
  });

  it('lets pass what is held, what is unchanged and who may escalate', () => {
    expect(escalation(withRules(pods()), attempt([pods()]))).toBeUndefined();
    expect(escalation(withRules(pods()), attempt([pods({ verbs: ['*'] })], [pods({ verbs: ['*'] })]))).toBeUndefined();
    const escalator = withRules({ apiGroups: [GROUP], resources: ['roles'], verbs: ['escalate'] });
    expect(escalation(escalator, attempt([pods()]))).toBeUndefined();
  });

  it('asks for the rules of a bound role, or the right to bind it', () => {
    const binding = (name: string) => ({
      user: ann,
      resource: 'rolebindings' as const,
      object: { roleRef: { kind: 'Role', name }, subjects: [USER] },
      namespace: 'a',
      name: 'x',
    });
    const rbac = withRules(pods(), {
      apiGroups: [GROUP],
      resources: ['roles'],
      resourceNames: ['strong'],
      verbs: ['bind'],
    });
    rbac.setRole(role('strong', [pods({ resources: ['secrets'] })]));
    rbac.setRole(role('other', [pods({ resources: ['secrets'] })]));
    expect(escalation(rbac, binding('strong'))).toBeUndefined();
    expect(escalation(rbac, binding('other'))?.code).toBe(403);
    const odd = { ...binding('strong'), object: { roleRef: { kind: 'Odd', name: 'strong' }, subjects: [USER] } };
    expect(escalation(rbac, odd)?.status.message).toBe('unsupported role reference kind: "Odd"');
    expect(escalation(rbac, binding('absent'))?.status.message).toBe(
      'rolebindings.rbac.authorization.k8s.io "absent" not found',
    );
  });
});

describe('the roles of a new cluster', () => {
  const named = (name: string) =>
    BOOTSTRAP_CLUSTER_ROLES.find((candidate) => candidate.metadata.name === name) as KubeObject;
  const rbac = new Rbac();
  // Twice: admin takes in edit, which takes in view.
  const aggregated = new Map(BOOTSTRAP_CLUSTER_ROLES.map((candidate) => [candidate.metadata.name, candidate]));
  for (const name of ['view', 'edit', 'admin'])
    aggregated.set(name, { ...named(name), rules: aggregatedRules(named(name), [...aggregated.values()]) });
  for (const candidate of aggregated.values()) rbac.setClusterRole(candidate);
  for (const binding of BOOTSTRAP_CLUSTER_ROLE_BINDINGS) rbac.setBinding(binding);
  for (const name of ['view', 'edit', 'admin'])
    rbac.setBinding(bind(name, ['ClusterRole', name], [{ kind: 'User', name }], 'a'));
  const may = (name: string, verb: string, target: string, group = '') =>
    rbac.authorize({ name, groups: [] }, ask(verb, target, { namespace: 'a', group })).allowed;

  it('let view look, but not at secrets', () => {
    expect([may('view', 'list', 'pods'), may('view', 'list', 'secrets'), may('view', 'create', 'pods')]).toEqual([
      true,
      false,
      false,
    ]);
  });
  it('let edit change workloads, but not roles', () => {
    expect([
      may('edit', 'create', 'deployments', 'apps'),
      may('edit', 'list', 'secrets'),
      may('edit', 'list', 'pods'),
      may('edit', 'create', 'roles', GROUP),
    ]).toEqual([true, true, true, false]);
  });
  it('let admin hand out roles, but not delete the namespace', () => {
    expect([
      may('admin', 'create', 'roles', GROUP),
      may('admin', 'create', 'pods/eviction'),
      may('admin', 'delete', 'namespaces'),
    ]).toEqual([true, true, false]);
  });
  it('let everybody known find out what there is and who they are', () => {
    const user = { name: 'x', groups: ['system:authenticated'] };
    expect(rbac.authorize(user, path('get', '/apis')).allowed).toBe(true);
    expect(rbac.authorize(user, ask('create', 'selfsubjectreviews', { group: 'authentication.k8s.io' })).allowed).toBe(
      true,
    );
    expect(rbac.authorize(user, path('get', '/metrics')).allowed).toBe(false);
  });
});

describe('the account of a controller', () => {
  const rbac = new Rbac();
  for (const role_ of controllerRoles()) rbac.setClusterRole(role_);
  for (const binding of controllerRoleBindings()) rbac.setBinding(binding);
  const may = (account: string, verb: string, target: string, group: string) =>
    rbac.authorize(
      { name: `system:serviceaccount:kube-system:${account}`, groups: [] },
      ask(verb, target, { namespace: 'a', group }),
    ).allowed;

  it.each([
    ['deployment-controller', 'update', 'replicasets', 'apps', true],
    ['deployment-controller', 'update', 'deployments/status', 'apps', true],
    ['deployment-controller', 'delete', 'deployments', 'apps', false],
    ['job-controller', 'create', 'pods', '', true],
    ['node-controller', 'get', 'secrets', '', false],
  ])('%s: may it %s %s of %j? %s', (account, verb, target, group, expected) => {
    expect(may(account, verb, target, group)).toBe(expected);
  });
});
