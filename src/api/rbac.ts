/**
 * What the operator may do, as objects: `config/rbac` is written from here and `kubeskippy install` applies the same.
 */
import type { KubeObject } from '../shapes/kube.ts';
import {
  AGGREGATE_LABEL,
  COMPONENT,
  GROUP,
  HEALING_ACTION,
  HEALING_APPROVAL,
  HEALING_POLICY,
  LEASE_NAMES,
  LEDGER_CONFIG_MAP,
  PAUSE_CONFIG_MAP,
  SEAL_SECRET,
} from './names.ts';

/** One rule of a ClusterRole. */
export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** One team, and the operator heals with its own rights; or many, and it heals as their ServiceAccounts. */
export const tenancies = ['single', 'shared'] as const;
export type Tenancy = (typeof tenancies)[number];

/**
 * Rights beyond single namespaces, that to run what somebody else wrote, and those that only look ahead: an
 * installation gives them where it is asked for them.
 */
export const optIns = ['nodes', 'jobs', 'volumes', 'pod-dry-runs', 'references'] as const;
export type OptIn = (typeof optIns)[number];

/**
 * What pods name, beside their claims. An account that may get a Secret may read its values; the operator asks for its
 * metadata alone.
 */
const REFERENCED = ['configmaps', 'secrets', 'serviceaccounts'];

const NEEDS: Readonly<Record<OptIn, (group: string, resource: string, verb: string) => boolean>> = {
  // With their leases, which are their heartbeat.
  nodes: (group, resource, verb) =>
    resource === 'nodes' || (group === 'coordination.k8s.io' && resource === 'leases' && verb === 'get'),
  jobs: (group, resource, verb) => group === 'batch' && resource === 'jobs' && verb === 'create',
  volumes: (group, resource) => group === '' && resource === 'persistentvolumes',
  'pod-dry-runs': (group, resource, verb) => group === '' && resource === 'pods' && verb === 'create',
  references: (group, resource, verb) => group === '' && REFERENCED.includes(resource) && verb === 'get',
};

/** The rules without what nobody has opted into. */
export function allowed(rules: readonly PolicyRule[], allow: readonly OptIn[]): readonly PolicyRule[] {
  const refused = optIns.filter((optIn) => !allow.includes(optIn)).map((optIn) => NEEDS[optIn]);
  return rules.flatMap((rule) => {
    const verbsOf = (resource: string): readonly string[] =>
      rule.verbs.filter(
        (verb) => !rule.apiGroups.some((group) => refused.some((needs) => needs(group, resource, verb))),
      );
    const whole = rule.resources.filter((resource) => verbsOf(resource).length === rule.verbs.length);
    const cut = rule.resources
      .filter((resource) => !whole.includes(resource))
      .map((resource) => ({ ...rule, resources: [resource], verbs: verbsOf(resource) }));
    return [{ ...rule, resources: whole }, ...cut].filter(
      ({ resources, verbs }) => resources.length > 0 && verbs.length > 0,
    );
  });
}

const READ = ['get', 'list', 'watch'];

/**
 * Kinds that can be selected, or that lead from a target to its owner, node or budget. Secrets and ConfigMaps are not
 * among them.
 */
const readRules: readonly PolicyRule[] = [
  {
    apiGroups: [''],
    resources: [
      'pods',
      'nodes',
      'namespaces',
      'services',
      'persistentvolumeclaims',
      'persistentvolumes',
      'resourcequotas',
      'replicationcontrollers',
      'events',
    ],
    verbs: READ,
  },
  {
    apiGroups: ['apps'],
    resources: ['deployments', 'replicasets', 'statefulsets', 'daemonsets', 'controllerrevisions'],
    verbs: READ,
  },
  { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs: READ },
  { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: READ },
  // Who else sets the fields of a workload is asked before they are changed.
  { apiGroups: ['autoscaling.k8s.io'], resources: ['verticalpodautoscalers'], verbs: ['get', 'list'] },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: READ },
  { apiGroups: ['metrics.k8s.io'], resources: ['pods', 'nodes'], verbs: ['get', 'list'] },
];

/**
 * What else tells why a workload is unwell. It is listed when one is. A kind that could be listed and not watched would
 * hold up the policies that select it, so that all verbs of reading go together.
 */
const analysisRules: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['limitranges'], verbs: READ },
  { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: READ },
  { apiGroups: ['storage.k8s.io'], resources: ['storageclasses'], verbs: READ },
];

/**
 * Whether the pod that would come next would start. The right to make pods is one to run anything: the admission policy
 * on the operator's account keeps it to dry runs.
 */
const lookAheadRules: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['pods'], verbs: ['create'] },
  { apiGroups: [''], resources: REFERENCED, verbs: ['get'] },
];

const ownRules: readonly PolicyRule[] = [
  { apiGroups: [GROUP], resources: [HEALING_POLICY.plural], verbs: READ },
  { apiGroups: [GROUP], resources: [HEALING_ACTION.plural], verbs: [...READ, 'create', 'patch', 'delete'] },
  { apiGroups: [GROUP], resources: [HEALING_APPROVAL.plural], verbs: READ },
  // Whether what proves the author of an object was in force when it was made.
  {
    apiGroups: ['admissionregistration.k8s.io'],
    resources: ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'],
    verbs: ['get'],
  },
  {
    apiGroups: [GROUP],
    resources: [`${HEALING_POLICY.plural}/status`, `${HEALING_ACTION.plural}/status`],
    verbs: ['update'],
  },
  { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
];

/** To act as the accounts of those who ask. The API server adds the groups of an account itself. */
const IMPERSONATE: PolicyRule = { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['impersonate'] };

/** The operator's ClusterRole: reading, its own kinds, and what the registered actions need; or to act as others. */
export function operatorRules(
  actionRules: readonly PolicyRule[],
  { tenancy = 'single', allow = [] }: Pick<RbacOptions, 'tenancy' | 'allow'> = {},
): readonly PolicyRule[] {
  const acting = tenancy === 'shared' ? [IMPERSONATE] : mergeRules(actionRules);
  return [...ownRules, ...analysisRules, ...allowed([...readRules, ...lookAheadRules, ...acting], allow)];
}

/** Resources of `readRules` that lie in no namespace: a RoleBinding gives them to nobody. */
const OF_THE_CLUSTER: ReadonlySet<string> = new Set(['nodes', 'namespaces', 'persistentvolumes']);

/** What an account needs in its namespace so that every enabled action can be carried out there. */
const healerRules = (actionRules: readonly PolicyRule[], allow: readonly OptIn[]): readonly PolicyRule[] =>
  allowed([...readRules, ...mergeRules(actionRules)], allow)
    .map((rule) => ({ ...rule, resources: rule.resources.filter((resource) => !OF_THE_CLUSTER.has(resource)) }))
    .filter(({ resources }) => resources.length > 0);

/** One rule per set of resources; the same permission asked for by two actions is written once. */
function mergeRules(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const merged = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const key = JSON.stringify([rule.apiGroups, rule.resources]);
    const verbs = new Set([...(merged.get(key)?.verbs ?? []), ...rule.verbs]);
    merged.set(key, { ...rule, verbs: [...verbs] });
  }
  return [...merged.values()];
}

const RBAC = 'rbac.authorization.k8s.io/v1';
const labels = { 'app.kubernetes.io/name': COMPONENT };

const clusterBinding = (role: string, namespace: string): KubeObject => ({
  apiVersion: RBAC,
  kind: 'ClusterRoleBinding',
  metadata: { name: role, labels },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  subjects: [{ kind: 'ServiceAccount', name: COMPONENT, namespace }],
});

/** For people: view and edit, folded into the cluster's own roles; heal by hand and approve, which are not. */
function peopleRoles(): readonly KubeObject[] {
  const role = (name: string, rules: readonly PolicyRule[], aggregate: readonly string[]): KubeObject => ({
    apiVersion: RBAC,
    kind: 'ClusterRole',
    metadata: {
      name: `${COMPONENT}-${name}`,
      labels: {
        ...labels,
        ...Object.fromEntries(aggregate.map((to) => [`rbac.authorization.k8s.io/aggregate-to-${to}`, 'true'])),
      },
    },
    rules,
  });
  const all = [HEALING_POLICY.plural, HEALING_ACTION.plural, HEALING_APPROVAL.plural];
  const actions = [HEALING_ACTION.plural];
  return [
    role('viewer', [{ apiGroups: [GROUP], resources: all, verbs: READ }], ['view', 'edit', 'admin']),
    role(
      'editor',
      [
        { apiGroups: [GROUP], resources: [HEALING_POLICY.plural], verbs: ['create', 'update', 'patch', 'delete'] },
        { apiGroups: [GROUP], resources: actions, verbs: ['delete'] },
      ],
      ['edit', 'admin'],
    ),
    // An action made by hand needs no policy, so that these two are in no role of the cluster's own.
    role('author', [{ apiGroups: [GROUP], resources: actions, verbs: [...READ, 'create', 'delete'] }], []),
    role(
      'approver',
      [
        { apiGroups: [GROUP], resources: actions, verbs: [...READ, 'approve'] },
        { apiGroups: [GROUP], resources: [HEALING_APPROVAL.plural], verbs: [...READ, 'create', 'delete'] },
      ],
      [],
    ),
  ];
}

/**
 * For `kubeletMetrics`; an administrator who wants it applies it. `nodes/proxy` also runs commands in containers, so
 * that no installation gets it unasked.
 */
export function kubeletMetricsRole(): readonly KubeObject[] {
  return [
    {
      apiVersion: RBAC,
      kind: 'ClusterRole',
      metadata: { name: `${COMPONENT}-kubelet-metrics`, labels: { ...labels, [AGGREGATE_LABEL]: 'true' } },
      rules: [{ apiGroups: [''], resources: ['nodes/proxy'], verbs: ['get'] }],
    },
  ];
}

export interface RbacOptions {
  readonly namespace: string;
  readonly actionRules: readonly PolicyRule[];
  /** Default `single`. */
  readonly tenancy?: Tenancy | undefined;
  /** Default: nothing. */
  readonly allow?: readonly OptIn[] | undefined;
}

/** For the accounts of many teams: an administrator binds it in their namespaces. */
const healerRole = ({ actionRules, allow = [] }: RbacOptions): KubeObject => ({
  apiVersion: RBAC,
  kind: 'ClusterRole',
  metadata: { name: `${COMPONENT}-account`, labels },
  rules: healerRules(actionRules, allow),
});

export function rbacObjects(options: RbacOptions): readonly KubeObject[] {
  const { namespace, actionRules, tenancy } = options;
  const leader: readonly PolicyRule[] = [
    // The name of what is created stands in the body, which RBAC does not read.
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
    {
      apiGroups: ['coordination.k8s.io'],
      resources: ['leases'],
      resourceNames: LEASE_NAMES,
      verbs: ['get', 'update'],
    },
    // The kill switch, read live and watched by its name.
    { apiGroups: [''], resources: ['configmaps'], resourceNames: [PAUSE_CONFIG_MAP], verbs: READ },
    // What limits need of actions that are gone.
    { apiGroups: [''], resources: ['configmaps'], resourceNames: [LEDGER_CONFIG_MAP], verbs: [...READ, 'update'] },
    { apiGroups: [''], resources: ['configmaps'], verbs: ['create'] },
    // The key of the seal. A right to create cannot be bound to a name.
    { apiGroups: [''], resources: ['secrets'], resourceNames: [SEAL_SECRET], verbs: READ },
    { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
  ];
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: COMPONENT, namespace, labels } },
    {
      apiVersion: RBAC,
      kind: 'ClusterRole',
      metadata: { name: `${COMPONENT}-operator`, labels },
      rules: operatorRules(actionRules, options),
    },
    clusterBinding(`${COMPONENT}-operator`, namespace),
    {
      apiVersion: RBAC,
      kind: 'ClusterRole',
      metadata: { name: `${COMPONENT}-extensions`, labels },
      // No rules of our own: the cluster fills them in.
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [AGGREGATE_LABEL]: 'true' } }] },
    },
    clusterBinding(`${COMPONENT}-extensions`, namespace),
    { apiVersion: RBAC, kind: 'Role', metadata: { name: `${COMPONENT}-leader`, namespace, labels }, rules: leader },
    {
      apiVersion: RBAC,
      kind: 'RoleBinding',
      metadata: { name: `${COMPONENT}-leader`, namespace, labels },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: `${COMPONENT}-leader` },
      subjects: [{ kind: 'ServiceAccount', name: COMPONENT, namespace }],
    },
    ...(tenancy === 'shared' ? [healerRole(options)] : []),
    ...peopleRoles(),
  ];
}
