/** RBAC, impersonation, access reviews. */
import { BINDINGS, CM, DEPLOY, PODS, configMap, deployment, eviction, pod } from '../bodies.ts';
import type { ContractCase } from '../case.ts';
import { CLUSTER_ROLES, RBAC, USER, bound, first, forbidden, needs, role, roleBinding, rule, user } from '../rbac.ts';
import { apply, by, create, eventually, get, merge, put, refused, remove } from '../steps.ts';

const AUTHORIZATION = '/apis/authorization.k8s.io/v1';

export const ACCESS: readonly ContractCase[] = [
  {
    title: 'who has no rights is refused in words that say which he lacks',
    needs,
    steps: [
      forbidden(
        get(CM),
        `configmaps is forbidden: User "${USER}" cannot list resource "configmaps" in API group "" in the namespace "{ns}"`,
      ),
      forbidden(
        get(`${DEPLOY}/d`),
        `deployments.apps "d" is forbidden: User "${USER}" cannot get resource "deployments" in API group "apps" in the namespace "{ns}"`,
      ),
      forbidden(
        create('/api/v1/namespaces', {}),
        `namespaces is forbidden: User "${USER}" cannot create resource "namespaces" in API group "" at the cluster scope`,
      ),
      forbidden(
        get(`${PODS}/p/log`),
        `pods "p" is forbidden: User "${USER}" cannot get resource "pods/log" in API group "" in the namespace "{ns}"`,
      ),
      forbidden(get('/metrics'), `forbidden: User "${USER}" cannot get path "/metrics"`),
    ],
  },
  {
    title: 'a refusal comes before all other mistakes',
    needs,
    steps: [
      forbidden(create(CM, '{"broken":')),
      forbidden(get(`${CM}/absent`)),
      forbidden(get('/apis/none.{id}.test/v1/things')),
    ],
  },
  {
    title: 'a role gives its verbs on its resources in its namespace',
    needs,
    steps: [
      role(rule(['configmaps'], ['get', 'list'])),
      bound,
      first(get(CM)),
      forbidden(create(CM, configMap('a'))),
      forbidden(get('/api/v1/configmaps')),
      forbidden(get('/api/v1/namespaces/default/configmaps')),
    ],
  },
  {
    title: 'resourceNames narrow a right to objects of those names',
    needs,
    steps: [
      create(CM, configMap('a')),
      create(CM, configMap('b')),
      role(rule(['configmaps'], ['get', 'list', 'create'], { resourceNames: ['a'] })),
      bound,
      first(get(`${CM}/a`)),
      forbidden(get(`${CM}/b`)),
      forbidden(get(CM)),
      by(USER, get(`${CM}?fieldSelector=metadata.name%3Da`, { 'items.length': 1 })),
      forbidden(create(CM, configMap('c'))),
    ],
  },
  {
    title: 'subresources need rights of their own',
    needs,
    steps: [
      create(PODS, pod('p')),
      create(DEPLOY, deployment(1)),
      role(rule(['pods'], ['*']), { apiGroups: ['apps'], resources: ['deployments'], verbs: ['*'] }),
      bound,
      first(get(`${PODS}/p`)),
      forbidden(get(`${PODS}/p/log`)),
      forbidden(create(`${PODS}/p/eviction`, eviction('p'))),
      forbidden(merge(`${PODS}/p/status`, {})),
      forbidden(merge(`${DEPLOY}/d/scale`, { spec: { replicas: 2 } })),
      by(USER, merge(`${DEPLOY}/d`, { spec: { replicas: 2 } })),
    ],
  },
  {
    title: 'a wildcard for subresources gives that subresource of all',
    needs,
    steps: [
      create(DEPLOY, deployment(1)),
      role({ apiGroups: ['*'], resources: ['*/scale'], verbs: ['get', 'patch'] }),
      bound,
      first(get(`${DEPLOY}/d/scale`)),
      forbidden(get(`${DEPLOY}/d`)),
    ],
  },
  {
    title: 'an apply or a PUT that creates needs the right to create',
    needs,
    steps: [
      role(rule(['configmaps'], ['get', 'update', 'patch'])),
      bound,
      first(refused(get(`${CM}/a`), 404, {})),
      forbidden(apply(`${CM}/a`, configMap('a'))),
      create(CM, configMap('a')),
      by(USER, apply(`${CM}/a`, configMap('a', { k: '1' }))),
      by(USER, put(`${CM}/a`, configMap('a', { k: '1' }))),
    ],
  },
  {
    title: 'groups and service accounts are subjects too',
    needs,
    steps: [
      role(rule(['configmaps'], ['list'])),
      create(
        BINDINGS,
        roleBinding('r', 'Role', { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: '{id}-group' }),
      ),
      eventually(by(`${USER}/{id}-group`, get(CM))),
      forbidden(get(CM)),
      create(BINDINGS, {
        ...roleBinding('r', 'Role', { kind: 'ServiceAccount', name: 'default', namespace: '{ns}' }),
        metadata: { name: 'c' },
      }),
      eventually(by('system:serviceaccount:{ns}:default', get(CM))),
    ],
  },
  {
    title: 'a ClusterRole bound in a namespace holds there only; its name is taken as it is',
    needs,
    steps: [
      create(CLUSTER_ROLES, {
        apiVersion: RBAC,
        kind: 'ClusterRole',
        metadata: { name: '{id}-role' },
        rules: [rule(['configmaps'], ['list'])],
      }),
      create(BINDINGS, roleBinding('{id}-role', 'ClusterRole', user)),
      first(get(CM)),
      forbidden(get('/api/v1/configmaps')),
    ],
    after: [remove(`${CLUSTER_ROLES}/{id}-role`)],
  },
  {
    title: 'a SelfSubjectAccessReview says what the caller may do',
    needs,
    steps: [
      role(rule(['configmaps'], ['list'])),
      bound,
      first(get(CM)),
      by(
        USER,
        create(`${AUTHORIZATION}/selfsubjectaccessreviews`, review('SelfSubjectAccessReview', 'list', {}), {
          'status.allowed': true,
          'status.reason': /^RBAC: allowed by RoleBinding "b\//,
        }),
      ),
      by(
        USER,
        create(`${AUTHORIZATION}/selfsubjectaccessreviews`, review('SelfSubjectAccessReview', 'delete', {}), {
          'status.allowed': false,
        }),
      ),
    ],
  },
  {
    title: 'a SubjectAccessReview says what another may do',
    needs,
    steps: [
      role(rule(['configmaps'], ['list'])),
      bound,
      eventually(
        create(`${AUTHORIZATION}/subjectaccessreviews`, review('SubjectAccessReview', 'list', { user: USER }), {
          'status.allowed': true,
        }),
      ),
      create(`${AUTHORIZATION}/subjectaccessreviews`, review('SubjectAccessReview', 'list', { user: '{id}-other' }), {
        'status.allowed': false,
      }),
      create(
        `${AUTHORIZATION}/namespaces/{ns}/localsubjectaccessreviews`,
        { ...review('LocalSubjectAccessReview', 'list', { user: USER }), metadata: { namespace: '{ns}' } },
        { 'status.allowed': true },
      ),
      refused(create(`${AUTHORIZATION}/subjectaccessreviews`, review('SubjectAccessReview', 'list', {})), 422, {
        reason: 'Invalid',
      }),
    ],
  },
  {
    title: 'an impersonated user knows who he is',
    needs,
    steps: [
      by(
        `${USER}/{id}-group`,
        create(
          '/apis/authentication.k8s.io/v1/selfsubjectreviews',
          { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
          {
            'status.userInfo.username': USER,
            'status.userInfo.groups': ['{id}-group', 'system:authenticated'],
          },
        ),
      ),
    ],
  },
];

function review(kind: string, verb: string, more: Readonly<Record<string, unknown>>) {
  return {
    apiVersion: 'authorization.k8s.io/v1',
    kind,
    spec: { ...more, resourceAttributes: { namespace: '{ns}', verb, resource: 'configmaps' } },
  };
}
