/** The collections that the sandbox's controllers work on, each with the shape of what is in it. */
import type { KubeObject } from '../../shapes/kube.ts';
import type { Gvr } from '../machinery/cluster.ts';
import type { HorizontalPodAutoscaler } from './scaling-shapes.ts';
import type { Claim, PersistentVolume, StorageClass } from './storage-shapes.ts';
import type { ConfigMap, Secret } from './source-shapes.ts';
import type {
  ClusterRole,
  ControllerRevision,
  CronJob,
  DaemonSet,
  Deployment,
  Job,
  Lease,
  Namespace,
  Node,
  Pod,
  PodDisruptionBudget,
  ReplicaSet,
  ReplicationController,
  Service,
  StatefulSet,
} from './shapes.ts';

export interface Resource<T extends KubeObject = KubeObject> extends Gvr {
  readonly kind: string;
  readonly apiVersion: string;
  /** Carries the type only; never set. */
  readonly shape?: T;
}

function resource<T extends KubeObject = KubeObject>(apiVersion: string, kind: string, plural: string): Resource<T> {
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  return { group, version: apiVersion.slice(slash + 1), resource: plural, kind, apiVersion };
}

export const PODS = resource<Pod>('v1', 'Pod', 'pods');
export const NODES = resource<Node>('v1', 'Node', 'nodes');
export const NAMESPACES = resource<Namespace>('v1', 'Namespace', 'namespaces');
export const SERVICES = resource<Service>('v1', 'Service', 'services');
export const ENDPOINTS = resource('v1', 'Endpoints', 'endpoints');
export const EVENTS = resource('v1', 'Event', 'events');
export const SERVICE_ACCOUNTS = resource('v1', 'ServiceAccount', 'serviceaccounts');
export const SECRETS = resource<Secret>('v1', 'Secret', 'secrets');
export const CONFIG_MAPS = resource<ConfigMap>('v1', 'ConfigMap', 'configmaps');
export const QUOTAS = resource('v1', 'ResourceQuota', 'resourcequotas');
export const CLAIMS = resource<Claim>('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims');
export const VOLUMES = resource<PersistentVolume>('v1', 'PersistentVolume', 'persistentvolumes');
export const STORAGE_CLASSES = resource<StorageClass>('storage.k8s.io/v1', 'StorageClass', 'storageclasses');
export const ATTRIBUTES_CLASSES = resource('storage.k8s.io/v1', 'VolumeAttributesClass', 'volumeattributesclasses');
export const RESOURCE_CLAIMS = resource('resource.k8s.io/v1', 'ResourceClaim', 'resourceclaims');
export const DEVICE_CLASSES = resource('resource.k8s.io/v1', 'DeviceClass', 'deviceclasses');
export const CSI_DRIVERS = resource('storage.k8s.io/v1', 'CSIDriver', 'csidrivers');
export const DEPLOYMENTS = resource<Deployment>('apps/v1', 'Deployment', 'deployments');
export const REPLICATION_CONTROLLERS = resource<ReplicationController>(
  'v1',
  'ReplicationController',
  'replicationcontrollers',
);
export const REPLICA_SETS = resource<ReplicaSet>('apps/v1', 'ReplicaSet', 'replicasets');
export const STATEFUL_SETS = resource<StatefulSet>('apps/v1', 'StatefulSet', 'statefulsets');
export const DAEMON_SETS = resource<DaemonSet>('apps/v1', 'DaemonSet', 'daemonsets');
export const CONTROLLER_REVISIONS = resource<ControllerRevision>(
  'apps/v1',
  'ControllerRevision',
  'controllerrevisions',
);
export const JOBS = resource<Job>('batch/v1', 'Job', 'jobs');
export const CRON_JOBS = resource<CronJob>('batch/v1', 'CronJob', 'cronjobs');
export const BUDGETS = resource<PodDisruptionBudget>('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets');
export const ENDPOINT_SLICES = resource('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices');
export const AUTOSCALERS = resource<HorizontalPodAutoscaler>(
  'autoscaling/v2',
  'HorizontalPodAutoscaler',
  'horizontalpodautoscalers',
);
export const LEASES = resource<Lease>('coordination.k8s.io/v1', 'Lease', 'leases');
export const CLUSTER_ROLES = resource<ClusterRole>('rbac.authorization.k8s.io/v1', 'ClusterRole', 'clusterroles');
