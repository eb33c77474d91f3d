/**
 * The roles and bindings that a new cluster has.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { CONTROLLER_ROLES } from './controller-roles.ts';
import { SYSTEM_ROLES, USER_ROLES } from './system-roles.ts';

const RBAC = 'rbac.authorization.k8s.io';

/** A rule as the tables write it. */
function ruleOf(line: string): Readonly<Record<string, readonly string[]>> {
  const [verbs = [], second = [], resources, resourceNames] = line.split(' | ').map((part) => part.split(' '));
  if (resources === undefined) return { verbs, nonResourceURLs: second };
  const apiGroups = (second[0] ?? '').split(',').map((group) => (group === 'core' ? '' : group));
  return { verbs, apiGroups, resources, ...(resourceNames && { resourceNames }) };
}

/** Role → who has it. `user:` and `sa:` in front of a name, otherwise a group. */
const BINDINGS: Readonly<Record<string, readonly string[]>> = {
  'cluster-admin': ['system:masters'],
  'system:monitoring': ['system:monitoring'],
  'system:discovery': ['system:authenticated'],
  'system:basic-user': ['system:authenticated'],
  'system:public-info-viewer': ['system:authenticated', 'system:unauthenticated'],
  'system:openshift:public-info-viewer': ['system:authenticated', 'system:unauthenticated'],
  'system:node-proxier': ['user:system:kube-proxy'],
  'system:kube-controller-manager': ['user:system:kube-controller-manager'],
  'system:kube-dns': ['sa:kube-system/kube-dns'],
  'system:kube-scheduler': ['user:system:kube-scheduler'],
  'system:volume-scheduler': ['user:system:kube-scheduler'],
  'system:node': [],
  'system:service-account-issuer-discovery': ['system:serviceaccounts'],
};

const AGGREGATE = 'rbac.authorization.k8s.io/aggregate-to-';
const metadata = (name: string, labels: Readonly<Record<string, string>> = {}) => ({
  name,
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
  annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
});

interface RoleTerms {
  readonly rules?: readonly string[];
  /** Its rules are those of the roles with the label `aggregate-to-<this>`. */
  readonly aggregates?: string;
  readonly into?: string;
}

function clusterRole(name: string, { rules, aggregates, into }: RoleTerms): KubeObject {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: metadata(name, into === undefined ? {} : { [`${AGGREGATE}${into}`]: 'true' }),
    rules: rules?.map(ruleOf) ?? null,
    ...(aggregates === undefined
      ? {}
      : { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [`${AGGREGATE}${aggregates}`]: 'true' } }] } }),
  };
}

function subject(text: string): Readonly<Record<string, string>> {
  if (text.startsWith('user:')) return { kind: 'User', apiGroup: RBAC, name: text.slice(5) };
  if (!text.startsWith('sa:')) return { kind: 'Group', apiGroup: RBAC, name: text };
  const [namespace = '', name = ''] = text.slice(3).split('/');
  return { kind: 'ServiceAccount', name, namespace };
}

function clusterRoleBinding(role: string, subjects: readonly string[]): KubeObject {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: metadata(role),
    ...(subjects.length === 0 ? {} : { subjects: subjects.map(subject) }),
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
  };
}

const CONTROLLER = 'system:controller:';
const intoOf = (name: string): { readonly into?: string } => {
  const [, into] = /^system:aggregate-to-(.+)$/.exec(name) ?? [];
  return into === undefined ? {} : { into };
};

export const BOOTSTRAP_CLUSTER_ROLES: readonly KubeObject[] = [
  clusterRole('admin', { aggregates: 'admin' }),
  clusterRole('edit', { aggregates: 'edit', into: 'admin' }),
  clusterRole('view', { aggregates: 'view', into: 'edit' }),
  ...Object.entries(USER_ROLES).map(([name, rules]) => clusterRole(name, { rules, ...intoOf(name) })),
  ...Object.entries(SYSTEM_ROLES).map(([name, rules]) => clusterRole(name, { rules })),
];
/** Of accounts that ask nothing here: there where rights are asked about. */
export const controllerRoles = (): readonly KubeObject[] =>
  Object.entries(CONTROLLER_ROLES).map(([name, rules]) => clusterRole(`${CONTROLLER}${name}`, { rules }));

export const BOOTSTRAP_CLUSTER_ROLE_BINDINGS: readonly KubeObject[] = Object.entries(BINDINGS).map(([role, subjects]) =>
  clusterRoleBinding(role, subjects),
);
export const controllerRoleBindings = (): readonly KubeObject[] =>
  Object.keys(CONTROLLER_ROLES).map((name) => clusterRoleBinding(`${CONTROLLER}${name}`, [`sa:kube-system/${name}`]));
