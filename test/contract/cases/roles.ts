/** Roles and bindings: who may give which rights to whom. */
import { BINDINGS, CM, ROLES } from '../bodies.ts';
import type { ContractCase } from '../case.ts';
import { CLUSTER_ROLES, RBAC, USER, bound, first, forbidden, needs, role, roleBinding, rule, user } from '../rbac.ts';
import { by, create, eventually, get, put, refused, remove } from '../steps.ts';

export const ROLES_AND_BINDINGS: readonly ContractCase[] = [
  {
    title: 'nobody gives rights that he has not',
    needs,
    steps: [
      role(rule(['configmaps'], ['get']), {
        apiGroups: ['rbac.authorization.k8s.io'],
        resources: ['roles', 'rolebindings'],
        verbs: ['list', 'create'],
      }),
      bound,
      first(get(ROLES)),
      by(
        USER,
        create(ROLES, {
          apiVersion: RBAC,
          kind: 'Role',
          metadata: { name: 'less' },
          rules: [rule(['configmaps'], ['get'])],
        }),
      ),
      forbidden(
        create(ROLES, {
          apiVersion: RBAC,
          kind: 'Role',
          metadata: { name: 'more' },
          rules: [rule(['secrets'], ['get'])],
        }),
        /is attempting to grant RBAC permissions not currently held:\n\{APIGroups:\[""\], Resources:\["secrets"\], Verbs:\["get"\]\}/,
      ),
      forbidden(
        create(BINDINGS, { ...roleBinding('cluster-admin', 'ClusterRole', user), metadata: { name: 'more' } }),
        /is attempting to grant RBAC permissions not currently held/,
      ),
    ],
  },
  {
    title: 'the verb bind lets a role be given that one has not',
    needs,
    steps: [
      role(
        { apiGroups: ['rbac.authorization.k8s.io'], resources: ['rolebindings'], verbs: ['create', 'list'] },
        {
          apiGroups: ['rbac.authorization.k8s.io'],
          resources: ['clusterroles'],
          verbs: ['bind'],
          resourceNames: ['view'],
        },
      ),
      bound,
      first(get(BINDINGS)),
      by(USER, create(BINDINGS, { ...roleBinding('view', 'ClusterRole', user), metadata: { name: 'view' } })),
      forbidden(create(BINDINGS, { ...roleBinding('cluster-admin', 'ClusterRole', user), metadata: { name: 'more' } })),
    ],
  },
  {
    title: 'a roleRef does not change',
    steps: [
      role(rule(['configmaps'], ['get'])),
      bound,
      refused(put(`${BINDINGS}/b`, roleBinding('other', 'Role', user)), 422, {
        reason: 'Invalid',
        message: /cannot change roleRef/,
      }),
    ],
  },
  {
    title: 'a rule without verbs, or a subject of no kind, is refused',
    steps: [
      refused(
        create(ROLES, {
          apiVersion: RBAC,
          kind: 'Role',
          metadata: { name: 'x' },
          rules: [{ apiGroups: [''], resources: ['pods'], verbs: [] }],
        }),
        422,
        {
          'details.causes.0.field': 'rules[0].verbs',
          'details.causes.0.reason': 'FieldValueRequired',
        },
      ),
      refused(create(BINDINGS, roleBinding('r', 'Role', { kind: 'Robot', name: 'x' })), 422, {
        'details.causes.0.field': 'subjects[0].kind',
      }),
    ],
  },
  {
    title: 'aggregated roles gather the rules of those they select',
    needs: ['access', 'controllers'],
    steps: [
      create(CLUSTER_ROLES, {
        apiVersion: RBAC,
        kind: 'ClusterRole',
        metadata: { name: '{id}-all' },
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: { '{id}-part': 'y' } }] },
        rules: [],
      }),
      create(CLUSTER_ROLES, {
        apiVersion: RBAC,
        kind: 'ClusterRole',
        metadata: { name: '{id}-one', labels: { '{id}-part': 'y' } },
        rules: [rule(['configmaps'], ['list'])],
      }),
      eventually(
        get(`${CLUSTER_ROLES}/{id}-all`, { rules: [{ verbs: ['list'], apiGroups: [''], resources: ['configmaps'] }] }),
      ),
      create(BINDINGS, roleBinding('{id}-all', 'ClusterRole', user)),
      first(get(CM)),
    ],
    after: [remove(`${CLUSTER_ROLES}/{id}-all`), remove(`${CLUSTER_ROLES}/{id}-one`)],
  },
];
