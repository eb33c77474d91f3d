/** Every name of ours that a cluster sees: group, kinds, labels, annotations, conditions. */

export const GROUP = 'kubeskippy.io';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

export interface KindNames {
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortName: string;
}

export const HEALING_POLICY: KindNames = {
  kind: 'HealingPolicy',
  plural: 'healingpolicies',
  singular: 'healingpolicy',
  shortName: 'hp',
};
export const HEALING_ACTION: KindNames = {
  kind: 'HealingAction',
  plural: 'healingactions',
  singular: 'healingaction',
  shortName: 'ha',
};
export const HEALING_APPROVAL: KindNames = {
  kind: 'HealingApproval',
  plural: 'healingapprovals',
  singular: 'healingapproval',
  shortName: 'hap',
};

/**
 * On every HealingAction, so that history is found with one label selector. Values are cut to fit by {@link
 * labelValue}.
 */
export const LABELS = {
  policy: `${GROUP}/policy`,
  policyNamespace: `${GROUP}/policy-namespace`,
  actionType: `${GROUP}/action-type`,
  targetKind: `${GROUP}/target-kind`,
  targetName: `${GROUP}/target-name`,
  /** UID of the outermost controller of the target: the unit that is disrupted once at a time. */
  rootUid: `${GROUP}/root-uid`,
  /** `"true"`: never touched. Also honoured as an annotation, and on a namespace for everything in it. */
  protected: `${GROUP}/protected`,
} as const;

export const ANNOTATIONS = {
  /** Any value but `"false"`: never touched. Also honoured as a label. */
  healingDisabled: `${GROUP}/healing-disabled`,
  /** On a policy, `"true"` means `spec.analysis.mode: advise`. */
  aiEnabled: `${GROUP}/ai-enabled`,
  /** Marker on a changed object: `<HealingAction UID>/<attempt>`; tells a repeated request from a new one. */
  attempt: `${GROUP}/attempt`,
  /** On a workload that was rolled back: names of the revisions that were left because they failed, newest first. */
  failedRevisions: `${GROUP}/failed-revisions`,
  /**
   * On the pod template of a release, any value but `"false"`: no rollback goes back across it, since what it has
   * changed (a schema, a format) cannot be read by an older one.
   */
  rollbackBarrier: `${GROUP}/rollback-barrier`,
  /** On a HealingAction made by hand: user name of the person who made it. */
  author: `${GROUP}/author`,
  /** On a CronJob: names of the parameters that its Job template takes, by commas. */
  parameters: `${GROUP}/parameters`,
  /** On an action that the operator made: its seal over name, spec and labels. */
  seal: `${GROUP}/seal`,
  /** On what an action created: `namespace/name` of the HealingAction. */
  action: `${GROUP}/action`,
  /** On the Lease of the first shard: the number of shards, and the one that no process contradicts any more. */
  shards: `${GROUP}/shards`,
  shardsSettled: `${GROUP}/shards-settled`,
  /** On the Lease of a shard: the identity of the process that asks for it. */
  wantedBy: `${GROUP}/wanted-by`,
  /** What `kubectl rollout restart` writes on a pod template, and so do we. */
  restartedAt: 'kubectl.kubernetes.io/restartedAt',
} as const;

/**
 * Annotations by which people keep other programs from taking a pod away, or from emptying a node. They mean the same
 * to us.
 * https://karpenter.sh/docs/concepts/disruption/#pod-level-controls
 * https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md
 * https://github.com/kubernetes-sigs/descheduler#pod-evictions
 */
export const NEIGHBOURS_MARKS = [
  { key: 'karpenter.sh/do-not-disrupt', protects: 'any value but false' },
  { key: 'cluster-autoscaler.kubernetes.io/safe-to-evict', protects: 'false' },
  { key: 'descheduler.alpha.kubernetes.io/prefer-no-eviction', protects: 'any value but false' },
] as const;

/** On an action that can act: it goes when nothing of it is left midway and the ledger has what limits need. */
export const FINALIZER = `${GROUP}/healing`;

/** The manager name of our server-side apply and updates, and the `reportingController` of our Events. */
export const FIELD_MANAGER = 'kubeskippy';
export const COMPONENT = 'kubeskippy';

/** The kill switch: a ConfigMap of this name in the operator's namespace stops every new effect. */
export const PAUSE_CONFIG_MAP = 'kubeskippy-pause';
/** The ConfigMap in the operator's namespace that keeps what limits need of actions that are gone. */
export const LEDGER_CONFIG_MAP = 'kubeskippy-ledger';
/** The Secret in the operator's namespace with the keys that seal what the operator writes. */
export const SEAL_SECRET = 'kubeskippy-seal';
export const LEASE_NAME = 'kubeskippy-leader';
/** Processes beyond these would watch the cluster for no gain: each reads all of it. */
export const MAX_SHARDS = 16;
/** Of the process that works on a shard; with one shard it is the process that leads. */
export const leaseOfShard = (shard: number): string => (shard === 0 ? LEASE_NAME : `kubeskippy-shard-${shard}`);
export const LEASE_NAMES: readonly string[] = Array.from({ length: MAX_SHARDS }, (_, shard) => leaseOfShard(shard));
export const DEFAULT_NAMESPACE = 'kubeskippy-system';

export const POLICY_CONDITIONS = {
  ready: 'Ready',
  remediationAllowed: 'RemediationAllowed',
  metricsAvailable: 'MetricsAvailable',
  statusTrusted: 'StatusTrusted',
  statusComplete: 'StatusComplete',
  peopleTold: 'PeopleTold',
} as const;

/** A label's value has at most 63 characters and ends in a letter or digit; longer names are cut. */
export const labelValue = (name: string): string => name.slice(0, 63).replace(/[^A-Za-z0-9]+$/, '');

/** ClusterRoles with this label widen what the operator may read or heal (custom resources, say). */
export const AGGREGATE_LABEL = `${GROUP}/aggregate-to-operator`;
