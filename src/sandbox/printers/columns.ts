/**
 * Columns of the built-in kinds' tables, as `kubectl get` and `get -o wide` show them. A column is
 * `name|type|text|priority|format`; a text that begins with `@` is the description of that field, which
 * `tools/generate-column-texts.ts` looks up.
 */
import { COLUMN_TEXTS } from './column-texts.generated.ts';
import { AGE, EXTENSION_LINES, NAME } from './extension-columns.ts';

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

const CONTAINERS = 'Containers|string|Names of each container in the template.|1';
const IMAGES = 'Images|string|Images referenced by each container in the template.|1';

const replicas = (kind: string, spec = `${kind}Spec`, status = `${kind}Status`): readonly string[] => [
  NAME,
  `Desired|integer|@${spec}.replicas`,
  `Current|integer|@${status}.replicas`,
  `Ready|integer|@${status}.readyReplicas`,
  AGE,
  CONTAINERS,
  IMAGES,
  `Selector|string|@${spec}.selector|1`,
];

const subjects = (holder: string, kind: string): readonly string[] => [
  NAME,
  `Role|string|@rbac/v1beta1.${kind}.roleRef`,
  AGE,
  `Users|string|Users in the ${holder}|1`,
  `Groups|string|Groups in the ${holder}|1`,
  `ServiceAccounts|string|ServiceAccounts in the ${holder}|1`,
];

const webhooks: readonly string[] = [
  NAME,
  'Webhooks|integer|Webhooks indicates the number of webhooks registered in this configuration',
  AGE,
];

/** By plural, with its group where it is not the core one. */
export const COLUMN_LINES: Readonly<Record<string, readonly string[]>> = {
  pods: [
    NAME,
    'Ready|string|The aggregate readiness state of this pod for accepting traffic.',
    'Status|string|The aggregate status of the containers in this pod.',
    'Restarts|string|The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
    AGE,
    'IP|string|@core/v1.PodStatus.podIP|1',
    'Node|string|@core/v1.PodSpec.nodeName|1',
    'Nominated Node|string|@core/v1.PodStatus.nominatedNodeName|1',
    'Readiness Gates|string|@core/v1.PodSpec.readinessGates|1',
  ],
  podtemplates: [
    NAME,
    'Containers|string|Names of each container in the template.',
    'Images|string|Images referenced by each container in the template.',
    'Pod Labels|string|The labels for the pod template.',
  ],
  'poddisruptionbudgets.policy': [
    NAME,
    'Min Available|string|The minimum number of pods that must be available.',
    'Max Unavailable|string|The maximum number of pods that may be unavailable.',
    'Allowed Disruptions|integer|Calculated number of pods that may be disrupted at this time.',
    AGE,
  ],
  replicationcontrollers: replicas('core/v1.ReplicationController'),
  'replicasets.apps': replicas('apps/v1.ReplicaSet'),
  'daemonsets.apps': [
    NAME,
    'Desired|integer|@apps/v1.DaemonSetStatus.desiredNumberScheduled',
    'Current|integer|@apps/v1.DaemonSetStatus.currentNumberScheduled',
    'Ready|integer|@apps/v1.DaemonSetStatus.numberReady',
    'Up-to-date|integer|@apps/v1.DaemonSetStatus.updatedNumberScheduled',
    'Available|integer|@apps/v1.DaemonSetStatus.numberAvailable',
    'Node Selector|string|@core/v1.PodSpec.nodeSelector',
    AGE,
    CONTAINERS,
    IMAGES,
    'Selector|string|@apps/v1.DaemonSetSpec.selector|1',
  ],
  'deployments.apps': [
    NAME,
    'Ready|string|Number of the pod with ready state',
    'Up-to-date|string|@apps/v1.DeploymentStatus.updatedReplicas',
    'Available|string|@apps/v1.DeploymentStatus.availableReplicas',
    AGE,
    CONTAINERS,
    IMAGES,
    'Selector|string|@apps/v1.DeploymentSpec.selector|1',
  ],
  'statefulsets.apps': [NAME, 'Ready|string|Number of the pod with ready state', AGE, CONTAINERS, IMAGES],
  'controllerrevisions.apps': [
    NAME,
    'Controller|string|Controller of the object',
    'Revision|string|@apps/v1.ControllerRevision.revision',
    AGE,
  ],
  'jobs.batch': [
    NAME,
    'Status|string|Status of the job.',
    'Completions|string|@batch/v1.JobStatus.succeeded',
    'Duration|string|Time required to complete the job.',
    AGE,
    CONTAINERS,
    IMAGES,
    'Selector|string|@batch/v1.JobSpec.selector|1',
  ],
  'cronjobs.batch': [
    NAME,
    'Schedule|string|@batch/v1.CronJobSpec.schedule',
    'Timezone|string|@batch/v1.CronJobSpec.timeZone',
    'Suspend|boolean|@batch/v1.CronJobSpec.suspend',
    'Active|integer|@batch/v1.CronJobStatus.active',
    'Last Schedule|string|@batch/v1.CronJobStatus.lastScheduleTime',
    AGE,
    CONTAINERS,
    IMAGES,
    'Selector|string|@batch/v1.JobSpec.selector|1',
  ],
  services: [
    NAME,
    'Type|string|@core/v1.ServiceSpec.type',
    'Cluster-IP|string|@core/v1.ServiceSpec.clusterIP',
    'External-IP|string|@core/v1.ServiceSpec.externalIPs',
    'Port(s)|string|@core/v1.ServiceSpec.ports',
    AGE,
    'Selector|string|@core/v1.ServiceSpec.selector|1',
  ],
  'ingresses.networking.k8s.io': [
    NAME,
    'Class|string|The name of the IngressClass resource that should be used for additional configuration',
    'Hosts|string|Hosts that incoming requests are matched against before the ingress rule',
    'Address|string|Address is a list containing ingress points for the load-balancer',
    'Ports|string|Ports of TLS configurations that open',
    AGE,
  ],
  'ingressclasses.networking.k8s.io': [
    NAME,
    'Controller|string|Controller that is responsible for handling this class',
    'Parameters|string|A reference to a resource with additional parameters',
    AGE,
  ],
  'networkpolicies.networking.k8s.io': [NAME, 'Pod-Selector|string|@networking/v1.NetworkPolicySpec.podSelector', AGE],
  endpoints: [NAME, 'Endpoints|string|@core/v1.Endpoints.subsets', AGE],
  'endpointslices.discovery.k8s.io': [
    NAME,
    'AddressType|string|@discovery/v1.EndpointSlice.addressType',
    'Ports|string|@discovery/v1.EndpointSlice.ports',
    'Endpoints|string|@discovery/v1.EndpointSlice.endpoints',
    AGE,
  ],
  nodes: [
    NAME,
    'Status|string|The status of the node',
    'Roles|string|The roles of the node',
    AGE,
    'Version|string|@core/v1.NodeSystemInfo.kubeletVersion',
    'Internal-IP|string|@core/v1.NodeStatus.addresses|1',
    'External-IP|string|@core/v1.NodeStatus.addresses|1',
    'OS-Image|string|@core/v1.NodeSystemInfo.osImage|1',
    'Kernel-Version|string|@core/v1.NodeSystemInfo.kernelVersion|1',
    'Container-Runtime|string|@core/v1.NodeSystemInfo.containerRuntimeVersion|1',
  ],
  events: [
    'Last Seen|string|@core/v1.Event.lastTimestamp',
    'Type|string|@core/v1.Event.type',
    'Reason|string|@core/v1.Event.reason',
    'Object|string|@core/v1.Event.involvedObject',
    'Subobject|string|@core/v1.ObjectReference.fieldPath|1',
    'Source|string|@core/v1.Event.source|1',
    'Message|string|@core/v1.Event.message',
    'First Seen|string|@core/v1.Event.firstTimestamp|1',
    'Count|string|@core/v1.Event.count|1',
    'Name|string|@meta/v1.ObjectMeta.name|1|name',
  ],
  namespaces: [NAME, 'Status|string|The status of the namespace', AGE],
  secrets: [NAME, 'Type|string|@core/v1.Secret.type', 'Data|string|@core/v1.Secret.data', AGE],
  configmaps: [NAME, 'Data|string|@core/v1.ConfigMap.data', AGE],
  serviceaccounts: [NAME, AGE],
  persistentvolumes: [
    NAME,
    'Capacity|string|@core/v1.PersistentVolumeSpec.capacity',
    'Access Modes|string|@core/v1.PersistentVolumeSpec.accessModes',
    'Reclaim Policy|string|@core/v1.PersistentVolumeSpec.persistentVolumeReclaimPolicy',
    'Status|string|@core/v1.PersistentVolumeStatus.phase',
    'Claim|string|@core/v1.PersistentVolumeSpec.claimRef',
    'StorageClass|string|StorageClass of the pv',
    'VolumeAttributesClass|string|VolumeAttributesClass of the pv',
    'Reason|string|@core/v1.PersistentVolumeStatus.reason',
    AGE,
    'VolumeMode|string|@core/v1.PersistentVolumeSpec.volumeMode|1',
  ],
  persistentvolumeclaims: [
    NAME,
    'Status|string|@core/v1.PersistentVolumeClaimStatus.phase',
    'Volume|string|@core/v1.PersistentVolumeClaimSpec.volumeName',
    'Capacity|string|@core/v1.PersistentVolumeClaimStatus.capacity',
    'Access Modes|string|@core/v1.PersistentVolumeClaimStatus.accessModes',
    'StorageClass|string|StorageClass of the pvc',
    'VolumeAttributesClass|string|VolumeAttributesClass of the pvc',
    AGE,
    'VolumeMode|string|@core/v1.PersistentVolumeClaimSpec.volumeMode|1',
  ],
  resourcequotas: [
    NAME,
    'Request|string|Request represents a minimum amount of cpu/memory that a container may consume.',
    'Limit|string|Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.',
    AGE,
  ],
  'horizontalpodautoscalers.autoscaling': [
    NAME,
    'Reference|string|@autoscaling/v2.HorizontalPodAutoscalerSpec.scaleTargetRef',
    'Targets|string|@autoscaling/v2.HorizontalPodAutoscalerSpec.metrics',
    'MinPods|string|@autoscaling/v2.HorizontalPodAutoscalerSpec.minReplicas',
    'MaxPods|string|@autoscaling/v2.HorizontalPodAutoscalerSpec.maxReplicas',
    'Replicas|string|@autoscaling/v2.HorizontalPodAutoscalerStatus.currentReplicas',
    AGE,
  ],
  'rolebindings.rbac.authorization.k8s.io': subjects('roleBinding', 'RoleBinding'),
  'clusterrolebindings.rbac.authorization.k8s.io': subjects('clusterRoleBinding', 'ClusterRoleBinding'),
  'leases.coordination.k8s.io': [NAME, 'Holder|string|@coordination/v1.LeaseSpec.holderIdentity', AGE],
  'storageclasses.storage.k8s.io': [
    NAME,
    'Provisioner|string|@storage/v1.StorageClass.provisioner',
    'ReclaimPolicy|string|@storage/v1.StorageClass.reclaimPolicy',
    'VolumeBindingMode|string|@storage/v1.StorageClass.volumeBindingMode',
    'AllowVolumeExpansion|string|@storage/v1.StorageClass.allowVolumeExpansion',
    AGE,
  ],
  'priorityclasses.scheduling.k8s.io': [
    NAME,
    'Value|integer|@scheduling/v1.PriorityClass.value',
    'Global-Default|boolean|@scheduling/v1.PriorityClass.globalDefault',
    AGE,
    'PreemptionPolicy|string|@scheduling/v1.PriorityClass.preemptionPolicy',
  ],
  'runtimeclasses.node.k8s.io': [NAME, 'Handler|string|', AGE],
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': webhooks,
  'validatingwebhookconfigurations.admissionregistration.k8s.io': webhooks,
  ...EXTENSION_LINES,
};

/** Of kinds without columns of their own. */
const DEFAULT_LINES: readonly string[] = [NAME, 'Created At|date|@meta/v1.ObjectMeta.creationTimestamp'];

export const SCALE_LINES: readonly string[] = [
  'Name|string|@meta/v1.ObjectMeta.name',
  'Desired|integer|@autoscaling/v1.ScaleSpec.replicas',
  'Available|integer|@autoscaling/v1.ScaleStatus.replicas',
  AGE,
];

/** Texts that every custom resource's published schema has. */
export const TYPE_TEXTS = {
  apiVersion: 'meta/v1.TypeMeta.apiVersion',
  kind: 'meta/v1.TypeMeta.kind',
  metadata: 'core/v1.Pod.metadata',
} as const;

export const textOf = (reference: string): string => COLUMN_TEXTS[reference] ?? '';

export const ALL_LINES: readonly (readonly string[])[] = [...Object.values(COLUMN_LINES), DEFAULT_LINES, SCALE_LINES];

function parse(line: string): Column {
  const [name = '', type = '', text = '', priority = '0', format = ''] = line.split('|');
  return {
    name,
    type,
    format,
    description: text.startsWith('@') ? (COLUMN_TEXTS[text.slice(1)] ?? '') : text,
    priority: Number(priority),
  };
}

const parsed = new Map<readonly string[], readonly Column[]>();

function columnsOf(lines: readonly string[]): readonly Column[] {
  const present = parsed.get(lines);
  if (present) return present;
  const made = lines.map(parse);
  parsed.set(lines, made);
  return made;
}

/** `deployments.apps`. Undefined: the kind has only a name and a date. */
export const builtinColumns = (resource: string): readonly Column[] | undefined => {
  const lines = Object.hasOwn(COLUMN_LINES, resource) ? COLUMN_LINES[resource] : undefined;
  return lines && columnsOf(lines);
};
export const defaultColumns = (): readonly Column[] => columnsOf(DEFAULT_LINES);
export const scaleColumns = (): readonly Column[] => columnsOf(SCALE_LINES);
export const nameColumn = (): Column => parse(NAME);
export const ageText = (): string => parse(AGE).description;
