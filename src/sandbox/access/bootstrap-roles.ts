/**
 * The roles and bindings that a new cluster has.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
 */
import type { KubeObject } from '../../shapes/kube.ts';

const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update'];
const READ_WRITE = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const RBAC = 'rbac.authorization.k8s.io';

interface RawRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** `resources` is one text, separated by blanks. */
const rule = (verbs: readonly string[], group: string, resources: string): RawRule => ({
  verbs,
  apiGroups: [group],
  resources: resources.split(' ').sort(),
});
const named = (
  verbs: readonly string[],
  group: string,
  [resources, ...resourceNames]: readonly [string, ...string[]],
): RawRule => ({
  ...rule(verbs, group, resources),
  resourceNames,
});
const paths = (...nonResourceURLs: readonly string[]): RawRule => ({ verbs: ['get'], nonResourceURLs });
const events = (): RawRule[] => [
  rule(['create', 'patch', 'update'], '', 'events'),
  rule(['create', 'patch', 'update'], 'events.k8s.io', 'events'),
];

interface RoleSpec {
  readonly rules?: readonly RawRule[];
  /** Its rules are those of the roles with the label `aggregate-to-<this>`. */
  readonly aggregates?: string;
  readonly into?: string;
}

const POD_ACCESS = 'pods/attach pods/exec pods/portforward pods/proxy';
const NAMESPACED =
  'configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy';
const APPS =
  'daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale';
const APPS_VIEW =
  'controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status';
const EXTENSIONS =
  'daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets replicasets/scale replicationcontrollers/scale';
const EXTENSIONS_VIEW =
  'daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale';

const USER_ROLES: Readonly<Record<string, RoleSpec>> = {
  'cluster-admin': {
    rules: [
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      { verbs: ['*'], nonResourceURLs: ['*'] },
    ],
  },
  admin: { aggregates: 'admin' },
  edit: { aggregates: 'edit', into: 'admin' },
  view: { aggregates: 'view', into: 'edit' },
  'system:aggregate-to-admin': {
    into: 'admin',
    rules: [
      rule(['create'], 'authorization.k8s.io', 'localsubjectaccessreviews'),
      rule(READ_WRITE, RBAC, 'roles rolebindings'),
    ],
  },
  'system:aggregate-to-edit': {
    into: 'edit',
    rules: [
      rule(READ, '', `${POD_ACCESS} secrets services/proxy`),
      rule(['impersonate'], '', 'serviceaccounts'),
      rule(WRITE, '', `pods ${POD_ACCESS}`),
      rule(['create'], '', 'pods/eviction'),
      rule(WRITE, '', NAMESPACED),
      rule(['create'], '', 'serviceaccounts/token'),
      rule(WRITE, 'apps', APPS),
      rule(WRITE, 'autoscaling', 'horizontalpodautoscalers'),
      rule(WRITE, 'batch', 'cronjobs jobs'),
      rule(WRITE, 'extensions', EXTENSIONS),
      rule(WRITE, 'policy', 'poddisruptionbudgets'),
      rule(WRITE, 'networking.k8s.io', 'ingresses networkpolicies'),
      rule(READ_WRITE, 'coordination.k8s.io', 'leases'),
      rule(WRITE, 'resource.k8s.io', 'resourceclaims resourceclaimtemplates'),
    ],
  },
  'system:aggregate-to-view': {
    into: 'view',
    rules: [
      rule(
        READ,
        '',
        'configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status',
      ),
      rule(
        READ,
        '',
        'bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status',
      ),
      rule(READ, '', 'namespaces'),
      rule(READ, 'discovery.k8s.io', 'endpointslices'),
      rule(READ, 'apps', APPS_VIEW),
      rule(READ, 'autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status'),
      rule(READ, 'batch', 'cronjobs cronjobs/status jobs jobs/status'),
      rule(READ, 'extensions', EXTENSIONS_VIEW),
      rule(READ, 'policy', 'poddisruptionbudgets poddisruptionbudgets/status'),
      rule(READ, 'networking.k8s.io', 'ingresses ingresses/status networkpolicies'),
      rule(READ, 'resource.k8s.io', 'resourceclaims resourceclaims/status resourceclaimtemplates'),
    ],
  },
};

const DISCOVERY_PATHS = [
  '/api',
  '/api/*',
  '/apis',
  '/apis/*',
  '/healthz',
  '/livez',
  '/openapi',
  '/openapi/*',
  '/readyz',
  '/version',
  '/version/',
];

const SYSTEM_ROLES: Readonly<Record<string, RoleSpec>> = {
  'system:discovery': { rules: [paths(...DISCOVERY_PATHS)] },
  'system:monitoring': {
    rules: [paths('/healthz', '/healthz/*', '/livez', '/livez/*', '/metrics', '/metrics/slis', '/readyz', '/readyz/*')],
  },
  'system:basic-user': {
    rules: [
      rule(['create'], 'authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews'),
      rule(['create'], 'authentication.k8s.io', 'selfsubjectreviews'),
    ],
  },
  'system:public-info-viewer': { rules: [paths('/healthz', '/livez', '/readyz', '/version', '/version/')] },
  // Two paths that OpenShift's builds of the server let everybody read; harmless elsewhere, since nothing is served
  // there.
  'system:openshift:public-info-viewer': { rules: [paths('/.well-known', '/.well-known/*')] },
  'system:service-account-issuer-discovery': {
    rules: [
      paths(
        '/.well-known/openid-configuration',
        '/.well-known/openid-configuration/',
        '/openid/v1/jwks',
        '/openid/v1/jwks/',
      ),
    ],
  },
  'system:auth-delegator': {
    rules: [
      rule(['create'], 'authentication.k8s.io', 'tokenreviews'),
      rule(['create'], 'authorization.k8s.io', 'subjectaccessreviews'),
    ],
  },
  'system:heapster': {
    rules: [rule(READ, '', 'events namespaces nodes pods'), rule(READ, 'extensions', 'deployments')],
  },
  'system:kube-aggregator': { rules: [rule(READ, '', 'endpoints services')] },
  'system:kube-dns': { rules: [rule(['list', 'watch'], '', 'endpoints services')] },
  'system:kubelet-api-admin': {
    rules: [
      rule(READ, '', 'nodes'),
      rule(['proxy'], '', 'nodes'),
      rule(['*'], '', 'nodes/configz nodes/healthz nodes/log nodes/metrics nodes/pods nodes/proxy nodes/stats'),
    ],
  },
  'system:node-problem-detector': {
    rules: [rule(['get'], '', 'nodes'), rule(['patch'], '', 'nodes/status'), ...events()],
  },
  'system:node-bootstrapper': {
    rules: [rule(['create', 'get', 'list', 'watch'], 'certificates.k8s.io', 'certificatesigningrequests')],
  },
  'system:node-proxier': {
    rules: [
      rule(['list', 'watch'], '', 'endpoints services'),
      rule(READ, '', 'nodes'),
      ...events(),
      rule(['list', 'watch'], 'networking.k8s.io', 'servicecidrs'),
      rule(['list', 'watch'], 'discovery.k8s.io', 'endpointslices'),
    ],
  },
  'system:persistent-volume-provisioner': {
    rules: [
      rule(['create', 'delete', 'get', 'list', 'watch'], '', 'persistentvolumes'),
      rule(['get', 'list', 'update', 'watch'], '', 'persistentvolumeclaims'),
      rule(READ, 'storage.k8s.io', 'storageclasses'),
      rule(['watch'], '', 'events'),
      ...events(),
    ],
  },
  'system:volume-scheduler': {
    rules: [
      rule([...READ, 'patch', 'update'], '', 'persistentvolumes'),
      rule(READ, 'storage.k8s.io', 'storageclasses'),
      rule([...READ, 'patch', 'update'], '', 'persistentvolumeclaims'),
    ],
  },
  'system:kube-controller-manager': {
    rules: [
      ...events(),
      rule(['create'], 'coordination.k8s.io', 'leases'),
      named(['get', 'update'], 'coordination.k8s.io', ['leases', 'kube-controller-manager']),
      rule(['create'], '', 'secrets serviceaccounts'),
      rule(['delete'], '', 'secrets'),
      rule(['get'], '', 'configmaps namespaces secrets serviceaccounts'),
      rule(['update'], '', 'secrets serviceaccounts'),
      rule(['create'], 'authentication.k8s.io', 'tokenreviews'),
      rule(['create'], 'authorization.k8s.io', 'subjectaccessreviews'),
      rule(['list', 'watch'], '*', '*'),
      rule(['create'], '', 'serviceaccounts/token'),
    ],
  },
  'system:kube-scheduler': {
    rules: [
      ...events(),
      rule(['create'], 'coordination.k8s.io', 'leases'),
      named(['get', 'list', 'update', 'watch'], 'coordination.k8s.io', ['leases', 'kube-scheduler']),
      rule(READ, '', 'nodes'),
      rule(['delete', ...READ], '', 'pods'),
      rule(['create'], '', 'bindings pods/binding'),
      rule(['patch', 'update'], '', 'pods/status'),
      rule(READ, '', 'replicationcontrollers services'),
      rule(READ, 'apps', 'replicasets'),
      rule(READ, 'extensions', 'replicasets'),
      rule(READ, 'apps', 'statefulsets'),
      rule(READ, 'policy', 'poddisruptionbudgets'),
      rule(READ, '', 'persistentvolumeclaims persistentvolumes'),
      rule(['create'], 'authentication.k8s.io', 'tokenreviews'),
      rule(['create'], 'authorization.k8s.io', 'subjectaccessreviews'),
      rule(READ, 'storage.k8s.io', 'csidrivers csinodes csistoragecapacities'),
      rule(READ, '', 'namespaces'),
    ],
  },
  'system:node': {
    rules: [
      rule(['create'], 'authentication.k8s.io', 'tokenreviews'),
      rule(['create'], 'authorization.k8s.io', 'localsubjectaccessreviews subjectaccessreviews'),
      rule(READ, '', 'services'),
      rule(['create', 'get', 'list', 'watch'], '', 'nodes'),
      rule(['patch', 'update'], '', 'nodes/status'),
      rule(['patch', 'update'], '', 'nodes'),
      ...events(),
      rule(READ, '', 'pods'),
      rule(['create', 'delete'], '', 'pods'),
      rule(['patch', 'update'], '', 'pods/status'),
      rule(['create'], '', 'pods/eviction'),
      rule(READ, '', 'configmaps secrets'),
      rule(['get'], '', 'persistentvolumeclaims persistentvolumes'),
      rule(['get'], '', 'endpoints'),
      rule(['create', 'get', 'list', 'watch'], 'certificates.k8s.io', 'certificatesigningrequests'),
      rule(['create', 'delete', 'get', 'patch', 'update'], 'coordination.k8s.io', 'leases'),
      rule(['get'], 'storage.k8s.io', 'volumeattachments'),
      rule(['get', 'patch', 'update'], '', 'persistentvolumeclaims/status'),
      rule(['create'], '', 'serviceaccounts/token'),
      rule(READ, 'storage.k8s.io', 'csidrivers'),
      rule(['create', 'delete', 'get', 'patch', 'update'], 'storage.k8s.io', 'csinodes'),
      rule(READ, 'node.k8s.io', 'runtimeclasses'),
    ],
  },
  ...Object.fromEntries(
    ['nodeclient', 'selfnodeclient'].map((name) => [
      `system:certificates.k8s.io:certificatesigningrequests:${name}`,
      { rules: [rule(['create'], 'certificates.k8s.io', `certificatesigningrequests/${name}`)] },
    ]),
  ),
  ...Object.fromEntries(
    ['legacy-unknown', 'kubelet-serving', 'kube-apiserver-client', 'kube-apiserver-client-kubelet'].map((signer) => [
      `system:certificates.k8s.io:${signer}-approver`,
      { rules: [named(['approve'], 'certificates.k8s.io', ['signers', `kubernetes.io/${signer}`])] },
    ]),
  ),
};

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

function clusterRole(name: string, spec: RoleSpec): KubeObject {
  const labels = spec.into === undefined ? {} : { [`${AGGREGATE}${spec.into}`]: 'true' };
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: metadata(name, labels),
    rules: spec.rules ?? null,
    ...(spec.aggregates === undefined
      ? {}
      : {
          aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [`${AGGREGATE}${spec.aggregates}`]: 'true' } }] },
        }),
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

export const BOOTSTRAP_CLUSTER_ROLES: readonly KubeObject[] = Object.entries({ ...USER_ROLES, ...SYSTEM_ROLES }).map(
  ([name, spec]) => clusterRole(name, spec),
);
export const BOOTSTRAP_CLUSTER_ROLE_BINDINGS: readonly KubeObject[] = Object.entries(BINDINGS).map(([role, subjects]) =>
  clusterRoleBinding(role, subjects),
);
