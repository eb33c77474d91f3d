/** The Roles and RoleBindings of a new cluster: k8s.io/kubernetes plugin/pkg/auth/authorizer/rbac/bootstrappolicy. */
import type { KubeObject } from '../../shapes/kube.ts';

const RBAC = 'rbac.authorization.k8s.io';
const READ = ['get', 'list', 'watch'];
const core = (verbs: readonly string[], resource: string, ...resourceNames: readonly string[]) => ({
  verbs,
  apiGroups: [''],
  resources: [resource],
  ...(resourceNames.length === 0 ? {} : { resourceNames }),
});
const EVENTS = { verbs: ['create', 'patch', 'update'], apiGroups: ['', 'events.k8s.io'], resources: ['events'] };
const LOCK = ['leases', 'leasecandidates'].map((resource) => ({
  verbs: ['create', 'get', 'list', 'update', 'watch'],
  apiGroups: ['coordination.k8s.io'],
  resources: [resource],
}));

const metadata = (namespace: string, name: string) => ({
  name,
  namespace,
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
  annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
});

const role = (namespace: string, name: string, rules: readonly object[]): KubeObject => ({
  apiVersion: `${RBAC}/v1`,
  kind: 'Role',
  metadata: metadata(namespace, name),
  rules,
});

export const BOOTSTRAP_ROLES: readonly KubeObject[] = [
  role('kube-system', 'extension-apiserver-authentication-reader', [
    core(READ, 'configmaps', 'extension-apiserver-authentication'),
  ]),
  role('kube-system', 'system:controller:bootstrap-signer', [core(READ, 'secrets')]),
  role('kube-system', 'system:controller:cloud-provider', [core(['create', ...READ], 'configmaps')]),
  role('kube-system', 'system:controller:token-cleaner', [core(['delete', ...READ], 'secrets'), EVENTS]),
  role('kube-system', 'system::leader-locking-kube-controller-manager', LOCK),
  role('kube-system', 'system::leader-locking-kube-scheduler', LOCK),
  role('kube-public', 'system:controller:bootstrap-signer', [
    core(READ, 'configmaps'),
    core(['update'], 'configmaps', 'cluster-info'),
    EVENTS,
  ]),
];

const user = (name: string) => ({ kind: 'User', apiGroup: RBAC, name });
const account = (name: string) => ({ kind: 'ServiceAccount', name, namespace: 'kube-system' });

interface Bound {
  readonly namespace?: string;
  readonly name?: string;
  readonly role: string;
  readonly subjects: readonly object[];
}

const binding = ({ namespace = 'kube-system', role: bound, name = bound, subjects }: Bound): KubeObject => ({
  apiVersion: `${RBAC}/v1`,
  kind: 'RoleBinding',
  metadata: metadata(namespace, name),
  subjects,
  roleRef: { apiGroup: RBAC, kind: 'Role', name: bound },
});

const MANAGER = user('system:kube-controller-manager');
const SCHEDULER = user('system:kube-scheduler');

export const BOOTSTRAP_ROLE_BINDINGS: readonly KubeObject[] = [
  binding({
    name: 'system::extension-apiserver-authentication-reader',
    role: 'extension-apiserver-authentication-reader',
    subjects: [MANAGER, SCHEDULER],
  }),
  binding({
    role: 'system::leader-locking-kube-controller-manager',
    subjects: [MANAGER, account('kube-controller-manager'), account('leader-election-controller')],
  }),
  binding({
    role: 'system::leader-locking-kube-scheduler',
    subjects: [SCHEDULER, account('kube-scheduler')],
  }),
  binding({ role: 'system:controller:bootstrap-signer', subjects: [account('bootstrap-signer')] }),
  binding({ role: 'system:controller:cloud-provider', subjects: [account('cloud-provider')] }),
  binding({ role: 'system:controller:token-cleaner', subjects: [account('token-cleaner')] }),
  binding({
    namespace: 'kube-public',
    role: 'system:controller:bootstrap-signer',
    subjects: [account('bootstrap-signer')],
  }),
];
