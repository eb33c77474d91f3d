/** The kinds that analysis reads, and where a server has them. */
import type { AnalysisKind } from '../../core/analysis/objects.ts';
import type { ResourceRef } from '../../kube/resource.ts';

export type Read = AnalysisKind | 'Event';
export interface Part extends ResourceRef {
  readonly kind: Read;
  /** Only metadata is asked for: values of Secrets and ConfigMaps never reach this process. */
  readonly metadataOnly?: true;
  /** Whether an installation gives the operator a right to it only where that is asked for. */
  readonly optIn?: true;
}

const within =
  (scope: 'namespaces' | 'cluster') =>
  (kind: Read, resource: string, [group, version]: readonly [string, string]): Part => ({
    kind,
    resource,
    group,
    version,
    namespaced: scope === 'namespaces',
  });
const part = within('namespaces');
const wide = within('cluster');
const CORE = ['', 'v1'] as const;
const APPS = ['apps', 'v1'] as const;

export const PARTS: readonly Part[] = [
  { ...wide('Node', 'nodes', CORE), optIn: true },
  part('Pod', 'pods', CORE),
  part('Deployment', 'deployments', APPS),
  part('ReplicaSet', 'replicasets', APPS),
  part('StatefulSet', 'statefulsets', APPS),
  part('DaemonSet', 'daemonsets', APPS),
  part('Job', 'jobs', ['batch', 'v1']),
  part('Service', 'services', CORE),
  part('Ingress', 'ingresses', ['networking.k8s.io', 'v1']),
  part('NetworkPolicy', 'networkpolicies', ['networking.k8s.io', 'v1']),
  part('PersistentVolumeClaim', 'persistentvolumeclaims', CORE),
  { ...wide('PersistentVolume', 'persistentvolumes', CORE), optIn: true },
  wide('StorageClass', 'storageclasses', ['storage.k8s.io', 'v1']),
  part('ResourceQuota', 'resourcequotas', CORE),
  part('LimitRange', 'limitranges', CORE),
  part('PodDisruptionBudget', 'poddisruptionbudgets', ['policy', 'v1']),
  part('HorizontalPodAutoscaler', 'horizontalpodautoscalers', ['autoscaling', 'v2']),
  part('ServiceAccount', 'serviceaccounts', CORE),
  { ...part('ConfigMap', 'configmaps', CORE), metadataOnly: true },
  { ...part('Secret', 'secrets', CORE), metadataOnly: true },
  part('Event', 'events', CORE),
];

/** Why a kind was not seen, by the answer to its list. */
export const whyUnseen = (status: number): string =>
  status === 403 || status === 401 ? 'Forbidden' : status === 404 ? 'NotServed' : `Status${status}`;

const BY_KIND: ReadonlyMap<string, Part> = new Map(PARTS.map((one) => [one.kind, one]));

export const partOf = (kind: string): Part | undefined => BY_KIND.get(kind);
