/** The built-in types that need no discovery: their group, version and scope have been stable for years. */
import type { ResourceType } from './resource.ts';

const OBJECT_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const;

function builtIn(kind: string, resource: string, more: Partial<ResourceType> = {}): ResourceType {
  return {
    group: '',
    version: 'v1',
    kind,
    resource,
    namespaced: true,
    verbs: OBJECT_VERBS,
    subresources: ['status'],
    shortNames: [],
    ...more,
  };
}

export const PODS = builtIn('Pod', 'pods', {
  subresources: ['status', 'eviction', 'resize', 'log'],
  shortNames: ['po'],
});
export const EVENTS = builtIn('Event', 'events', { subresources: [], shortNames: ['ev'] });
export const SERVICES = builtIn('Service', 'services', { shortNames: ['svc'] });
export const CONFIG_MAPS = builtIn('ConfigMap', 'configmaps', { subresources: [], shortNames: ['cm'] });
export const SECRETS = builtIn('Secret', 'secrets', { subresources: [] });
export const SERVICE_ACCOUNTS = builtIn('ServiceAccount', 'serviceaccounts', {
  subresources: ['token'],
  shortNames: ['sa'],
});
export const PERSISTENT_VOLUME_CLAIMS = builtIn('PersistentVolumeClaim', 'persistentvolumeclaims', {
  shortNames: ['pvc'],
});
export const RESOURCE_QUOTAS = builtIn('ResourceQuota', 'resourcequotas', { shortNames: ['quota'] });
export const PERSISTENT_VOLUMES = builtIn('PersistentVolume', 'persistentvolumes', {
  namespaced: false,
  shortNames: ['pv'],
});
export const NAMESPACES = builtIn('Namespace', 'namespaces', { namespaced: false, shortNames: ['ns'] });
export const NODES = builtIn('Node', 'nodes', { namespaced: false, shortNames: ['no'] });
export const DEPLOYMENTS = builtIn('Deployment', 'deployments', {
  group: 'apps',
  subresources: ['status', 'scale'],
  shortNames: ['deploy'],
});
export const REPLICA_SETS = builtIn('ReplicaSet', 'replicasets', {
  group: 'apps',
  subresources: ['status', 'scale'],
  shortNames: ['rs'],
});
export const STATEFUL_SETS = builtIn('StatefulSet', 'statefulsets', {
  group: 'apps',
  subresources: ['status', 'scale'],
  shortNames: ['sts'],
});
export const DAEMON_SETS = builtIn('DaemonSet', 'daemonsets', { group: 'apps', shortNames: ['ds'] });
export const JOBS = builtIn('Job', 'jobs', { group: 'batch' });
export const CRON_JOBS = builtIn('CronJob', 'cronjobs', { group: 'batch', shortNames: ['cj'] });
export const HORIZONTAL_POD_AUTOSCALERS = builtIn('HorizontalPodAutoscaler', 'horizontalpodautoscalers', {
  group: 'autoscaling',
  version: 'v2',
  shortNames: ['hpa'],
});
export const POD_DISRUPTION_BUDGETS = builtIn('PodDisruptionBudget', 'poddisruptionbudgets', {
  group: 'policy',
  shortNames: ['pdb'],
});
const ADMISSION = { group: 'admissionregistration.k8s.io', namespaced: false } as const;
export const ADMISSION_POLICIES = builtIn('ValidatingAdmissionPolicy', 'validatingadmissionpolicies', ADMISSION);
export const ADMISSION_BINDINGS = builtIn('ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings', {
  ...ADMISSION,
  subresources: [],
});
export const LEASES = builtIn('Lease', 'leases', { group: 'coordination.k8s.io', subresources: [] });
export const CUSTOM_RESOURCE_DEFINITIONS = builtIn('CustomResourceDefinition', 'customresourcedefinitions', {
  group: 'apiextensions.k8s.io',
  namespaced: false,
  shortNames: ['crd', 'crds'],
});
