/** The kinds that Kubernetes 1.36 serves by default, as its discovery documents list them. One line a resource. */
import { ACCESS_STRATEGIES } from '../access/policy-strategies.ts';
import { HOOK_STRATEGIES } from '../webhooks/hook-strategies.ts';
import { DEFINITION_STRATEGY } from '../crd/definition-strategy.ts';
import { AUTOSCALER_CONVERSION } from '../kinds/autoscaler-v1.ts';
import { EVENT_CONVERSION } from '../kinds/event.ts';
import { STRATEGIES } from '../kinds/index.ts';
import { UPDATE_RULES } from '../kinds/update-rules.ts';
import type { ResourceType, Strategy, Subresource, Verb } from '../machinery/registry.ts';

const ALL: readonly Verb[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const CREATE_ONLY: readonly Verb[] = ['create'];
const HALF: readonly Verb[] = ['get', 'patch', 'update'];

/** By `resource`, or `resource.group`. */
const SPECIAL: Readonly<Record<string, Strategy>> = {
  ...STRATEGIES,
  ...ACCESS_STRATEGIES,
  ...HOOK_STRATEGIES,
  'customresourcedefinitions.apiextensions.k8s.io': DEFINITION_STRATEGY,
};

interface Row {
  readonly resource: string;
  readonly kind: string;
  readonly namespaced?: true;
  readonly short?: string;
  readonly categories?: string;
  readonly verbs?: readonly Verb[];
  /** `status` and `scale` by name; others in full. */
  readonly sub?: readonly (string | Subresource)[];
  readonly singular?: string;
  /** group/version/Kind stored, where it is not this one; `storage` then names the shared collection. */
  readonly storedAs?: string;
  readonly storage?: string;
  /** Nothing is stored (reviews, bindings). */
  readonly virtual?: true;
}

const connect = (name: string, kind: string, verbs: readonly Verb[]): Subresource => ({ name, kind, verbs });
const PROXY: readonly Verb[] = ['create', 'delete', 'get', 'patch', 'update'];
const STREAM: readonly Verb[] = ['create', 'get'];

const CORE: readonly Row[] = [
  { resource: 'bindings', kind: 'Binding', namespaced: true, verbs: CREATE_ONLY, virtual: true },
  { resource: 'componentstatuses', kind: 'ComponentStatus', short: 'cs', verbs: ['get', 'list'], virtual: true },
  { resource: 'configmaps', kind: 'ConfigMap', namespaced: true, short: 'cm' },
  { resource: 'endpoints', kind: 'Endpoints', namespaced: true, short: 'ep', singular: 'endpoints' },
  { resource: 'events', kind: 'Event', namespaced: true, short: 'ev' },
  { resource: 'limitranges', kind: 'LimitRange', namespaced: true, short: 'limits' },
  {
    resource: 'namespaces',
    kind: 'Namespace',
    short: 'ns',
    verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
    sub: [{ name: 'finalize', kind: 'Namespace', verbs: ['update'] }, 'status'],
  },
  { resource: 'nodes', kind: 'Node', short: 'no', sub: [connect('proxy', 'NodeProxyOptions', PROXY), 'status'] },
  {
    resource: 'persistentvolumeclaims',
    kind: 'PersistentVolumeClaim',
    namespaced: true,
    short: 'pvc',
    sub: ['status'],
  },
  { resource: 'persistentvolumes', kind: 'PersistentVolume', short: 'pv', sub: ['status'] },
  {
    resource: 'pods',
    kind: 'Pod',
    namespaced: true,
    short: 'po',
    categories: 'all',
    sub: [
      connect('attach', 'PodAttachOptions', STREAM),
      { name: 'binding', kind: 'Binding', verbs: CREATE_ONLY },
      { name: 'ephemeralcontainers', kind: 'Pod', verbs: HALF },
      { name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: CREATE_ONLY },
      connect('exec', 'PodExecOptions', STREAM),
      { name: 'log', kind: 'Pod', verbs: ['get'] },
      connect('portforward', 'PodPortForwardOptions', STREAM),
      connect('proxy', 'PodProxyOptions', PROXY),
      { name: 'resize', kind: 'Pod', verbs: HALF },
      'status',
    ],
  },
  { resource: 'podtemplates', kind: 'PodTemplate', namespaced: true },
  {
    resource: 'replicationcontrollers',
    kind: 'ReplicationController',
    namespaced: true,
    short: 'rc',
    categories: 'all',
    sub: ['scale', 'status'],
  },
  { resource: 'resourcequotas', kind: 'ResourceQuota', namespaced: true, short: 'quota', sub: ['status'] },
  { resource: 'secrets', kind: 'Secret', namespaced: true },
  {
    resource: 'serviceaccounts',
    kind: 'ServiceAccount',
    namespaced: true,
    short: 'sa',
    sub: [{ name: 'token', kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: CREATE_ONLY }],
  },
  {
    resource: 'services',
    kind: 'Service',
    namespaced: true,
    short: 'svc',
    categories: 'all',
    sub: [connect('proxy', 'ServiceProxyOptions', PROXY), 'status'],
  },
];

const review = (resource: string, kind: string): Row => ({ resource, kind, verbs: CREATE_ONLY, virtual: true });
const extension = (resource: string, kind: string, more: Partial<Row> = {}): Row => ({
  resource,
  kind,
  categories: 'api-extensions',
  ...more,
});

/** In the order that `/apis` lists the groups. */
const GROUPS: readonly (readonly [group: string, version: string, rows: readonly Row[]])[] = [
  ['', 'v1', CORE],
  [
    'apiregistration.k8s.io',
    'v1',
    [{ resource: 'apiservices', kind: 'APIService', categories: 'api-extensions', sub: ['status'] }],
  ],
  [
    'apps',
    'v1',
    [
      { resource: 'controllerrevisions', kind: 'ControllerRevision', namespaced: true },
      { resource: 'daemonsets', kind: 'DaemonSet', namespaced: true, short: 'ds', categories: 'all', sub: ['status'] },
      {
        resource: 'deployments',
        kind: 'Deployment',
        namespaced: true,
        short: 'deploy',
        categories: 'all',
        sub: ['scale', 'status'],
      },
      {
        resource: 'replicasets',
        kind: 'ReplicaSet',
        namespaced: true,
        short: 'rs',
        categories: 'all',
        sub: ['scale', 'status'],
      },
      {
        resource: 'statefulsets',
        kind: 'StatefulSet',
        namespaced: true,
        short: 'sts',
        categories: 'all',
        sub: ['scale', 'status'],
      },
    ],
  ],
  [
    'events.k8s.io',
    'v1',
    [{ resource: 'events', kind: 'Event', namespaced: true, short: 'ev', storage: 'events', storedAs: '/v1/Event' }],
  ],
  [
    'authentication.k8s.io',
    'v1',
    [review('selfsubjectreviews', 'SelfSubjectReview'), review('tokenreviews', 'TokenReview')],
  ],
  [
    'authorization.k8s.io',
    'v1',
    [
      { ...review('localsubjectaccessreviews', 'LocalSubjectAccessReview'), namespaced: true },
      review('selfsubjectaccessreviews', 'SelfSubjectAccessReview'),
      review('selfsubjectrulesreviews', 'SelfSubjectRulesReview'),
      review('subjectaccessreviews', 'SubjectAccessReview'),
    ],
  ],
  [
    'autoscaling',
    'v2',
    [
      {
        resource: 'horizontalpodautoscalers',
        kind: 'HorizontalPodAutoscaler',
        namespaced: true,
        short: 'hpa',
        categories: 'all',
        sub: ['status'],
      },
    ],
  ],
  [
    'autoscaling',
    'v1',
    [
      {
        resource: 'horizontalpodautoscalers',
        kind: 'HorizontalPodAutoscaler',
        namespaced: true,
        short: 'hpa',
        categories: 'all',
        sub: ['status'],
        storedAs: 'autoscaling/v2/HorizontalPodAutoscaler',
      },
    ],
  ],
  [
    'batch',
    'v1',
    [
      { resource: 'cronjobs', kind: 'CronJob', namespaced: true, short: 'cj', categories: 'all', sub: ['status'] },
      { resource: 'jobs', kind: 'Job', namespaced: true, categories: 'all', sub: ['status'] },
    ],
  ],
  [
    'certificates.k8s.io',
    'v1',
    [
      {
        resource: 'certificatesigningrequests',
        kind: 'CertificateSigningRequest',
        short: 'csr',
        sub: [{ name: 'approval', kind: 'CertificateSigningRequest', verbs: HALF }, 'status'],
      },
    ],
  ],
  [
    'networking.k8s.io',
    'v1',
    [
      { resource: 'ingressclasses', kind: 'IngressClass' },
      { resource: 'ingresses', kind: 'Ingress', namespaced: true, short: 'ing', sub: ['status'] },
      { resource: 'ipaddresses', kind: 'IPAddress', short: 'ip' },
      { resource: 'networkpolicies', kind: 'NetworkPolicy', namespaced: true, short: 'netpol' },
      { resource: 'servicecidrs', kind: 'ServiceCIDR', sub: ['status'] },
    ],
  ],
  [
    'policy',
    'v1',
    [
      {
        resource: 'poddisruptionbudgets',
        kind: 'PodDisruptionBudget',
        namespaced: true,
        short: 'pdb',
        sub: ['status'],
      },
    ],
  ],
  [
    'rbac.authorization.k8s.io',
    'v1',
    [
      { resource: 'clusterrolebindings', kind: 'ClusterRoleBinding' },
      { resource: 'clusterroles', kind: 'ClusterRole' },
      { resource: 'rolebindings', kind: 'RoleBinding', namespaced: true },
      { resource: 'roles', kind: 'Role', namespaced: true },
    ],
  ],
  [
    'storage.k8s.io',
    'v1',
    [
      { resource: 'csidrivers', kind: 'CSIDriver' },
      { resource: 'csinodes', kind: 'CSINode' },
      { resource: 'csistoragecapacities', kind: 'CSIStorageCapacity', namespaced: true },
      { resource: 'storageclasses', kind: 'StorageClass', short: 'sc' },
      { resource: 'volumeattachments', kind: 'VolumeAttachment', sub: ['status'] },
      { resource: 'volumeattributesclasses', kind: 'VolumeAttributesClass', short: 'vac' },
    ],
  ],
  [
    'admissionregistration.k8s.io',
    'v1',
    [
      extension('mutatingadmissionpolicies', 'MutatingAdmissionPolicy', {
        storedAs: 'admissionregistration.k8s.io/v1beta1/MutatingAdmissionPolicy',
      }),
      extension('mutatingadmissionpolicybindings', 'MutatingAdmissionPolicyBinding', {
        storedAs: 'admissionregistration.k8s.io/v1beta1/MutatingAdmissionPolicyBinding',
      }),
      extension('mutatingwebhookconfigurations', 'MutatingWebhookConfiguration'),
      extension('validatingadmissionpolicies', 'ValidatingAdmissionPolicy', { sub: ['status'] }),
      extension('validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding'),
      extension('validatingwebhookconfigurations', 'ValidatingWebhookConfiguration'),
    ],
  ],
  [
    'apiextensions.k8s.io',
    'v1',
    [
      extension('customresourcedefinitions', 'CustomResourceDefinition', {
        short: 'crd,crds',
        sub: ['status'],
        storedAs: 'apiextensions.k8s.io/v1beta1/CustomResourceDefinition',
      }),
    ],
  ],
  ['scheduling.k8s.io', 'v1', [{ resource: 'priorityclasses', kind: 'PriorityClass', short: 'pc' }]],
  ['coordination.k8s.io', 'v1', [{ resource: 'leases', kind: 'Lease', namespaced: true }]],
  ['node.k8s.io', 'v1', [{ resource: 'runtimeclasses', kind: 'RuntimeClass' }]],
  ['discovery.k8s.io', 'v1', [{ resource: 'endpointslices', kind: 'EndpointSlice', namespaced: true }]],
  [
    'resource.k8s.io',
    'v1',
    [
      { resource: 'deviceclasses', kind: 'DeviceClass' },
      { resource: 'resourceclaims', kind: 'ResourceClaim', namespaced: true, sub: ['status'] },
      { resource: 'resourceclaimtemplates', kind: 'ResourceClaimTemplate', namespaced: true },
      { resource: 'resourceslices', kind: 'ResourceSlice' },
    ],
  ],
  [
    'flowcontrol.apiserver.k8s.io',
    'v1',
    [
      { resource: 'flowschemas', kind: 'FlowSchema', sub: ['status'] },
      { resource: 'prioritylevelconfigurations', kind: 'PriorityLevelConfiguration', sub: ['status'] },
    ],
  ],
];

const words = (text: string | undefined): readonly string[] => (text ? text.split(',') : []);

function subresource(name: string, kind: string): Subresource {
  return name === 'scale'
    ? { name, kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: HALF }
    : { name, kind, verbs: HALF };
}

/** Of versions whose form is not the stored one's. */
const CONVERSIONS: Readonly<Record<string, NonNullable<ResourceType['convert']>>> = {
  'autoscaling/v1/HorizontalPodAutoscaler': AUTOSCALER_CONVERSION,
  'events.k8s.io/v1/Event': EVENT_CONVERSION,
};

function typeOf(group: string, version: string, row: Row): ResourceType {
  const key = group === '' ? row.resource : `${row.resource}.${group}`;
  const convert = CONVERSIONS[`${group}/${version}/${row.kind}`];
  return {
    group,
    version,
    resource: row.resource,
    kind: row.kind,
    listKind: `${row.kind}List`,
    singular: row.singular ?? row.kind.toLowerCase(),
    namespaced: row.namespaced ?? false,
    shortNames: words(row.short),
    categories: words(row.categories),
    verbs: row.verbs ?? ALL,
    subresources: (row.sub ?? []).map((sub) => (typeof sub === 'string' ? subresource(sub, row.kind) : sub)),
    storageKey: row.storage ?? key,
    ...(row.virtual ? {} : { storedAs: row.storedAs ?? `${group}/${version}/${row.kind}` }),
    ...(convert ? { convert } : {}),
    strategy: { ...SPECIAL[key], ...UPDATE_RULES.get(key) },
  };
}

export const BUILTIN_RESOURCES: readonly ResourceType[] = GROUPS.flatMap(([group, version, rows]) =>
  rows.map((row) => typeOf(group, version, row)),
);
