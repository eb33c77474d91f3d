/**
 * Nodes, volumes, and what limits workloads. https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics
 */
import { parseQuantity } from '../runtime/amounts.ts';
import { AUTOSCALERS, BUDGETS, CLAIMS, NAMESPACES, NODES, QUOTAS, SERVICES } from '../runtime/resources.ts';
import {
  always,
  conditions,
  count,
  field,
  flag,
  instant,
  type KindMetrics,
  list,
  namedBy,
  phase,
  type Says,
  text,
} from './object-metrics.ts';
import { amounts } from './resource-amounts.ts';

const VOLUMES = { group: '', version: 'v1', resource: 'persistentvolumes' };
const ROLE = 'node-role.kubernetes.io/';

const CREATED = instant('metadata.creationTimestamp');
const DELETED = instant('metadata.deletionTimestamp');

const amount =
  (path: string, otherwise?: number): Says =>
  (object) => {
    const value = parseQuantity(text(object, path)) ?? otherwise;
    return value === undefined ? [] : [{ labels: {}, value }];
  };

const accessModes: Says = (object) =>
  list(object, 'spec.accessModes').map((mode) => ({ labels: { access_mode: String(mode) }, value: 1 }));

const NODE_METRICS: KindMetrics = {
  gvr: NODES,
  identity: namedBy('node'),
  families: {
    kube_node_created: CREATED,
    kube_node_deletion_timestamp: DELETED,
    kube_node_info: always((node) => ({
      kernel_version: text(node, 'status.nodeInfo.kernelVersion'),
      os_image: text(node, 'status.nodeInfo.osImage'),
      container_runtime_version: text(node, 'status.nodeInfo.containerRuntimeVersion'),
      kubelet_version: text(node, 'status.nodeInfo.kubeletVersion'),
      kubeproxy_version: 'deprecated',
      provider_id: text(node, 'spec.providerID'),
      pod_cidr: text(node, 'spec.podCIDR'),
      system_uuid: text(node, 'status.nodeInfo.systemUUID'),
      internal_ip: text(
        list(node, 'status.addresses').findLast((address) => text(address, 'type') === 'InternalIP'),
        'address',
      ),
    })),
    kube_node_role: (node) =>
      Object.keys(node.metadata.labels ?? {})
        .filter((label) => label.startsWith(ROLE))
        .map((label) => ({ labels: { role: label.slice(ROLE.length) }, value: 1 })),
    kube_node_spec_unschedulable: flag('spec.unschedulable'),
    kube_node_spec_taint: (node) =>
      list(node, 'spec.taints').map((taint) => ({
        labels: { key: text(taint, 'key'), value: text(taint, 'value'), effect: text(taint, 'effect') },
        value: 1,
      })),
    kube_node_status_addresses: (node) =>
      list(node, 'status.addresses').map((address) => ({
        labels: { type: text(address, 'type'), address: text(address, 'address') },
        value: 1,
      })),
    kube_node_status_allocatable: (node) => amounts(node, 'status.allocatable'),
    kube_node_status_capacity: (node) => amounts(node, 'status.capacity'),
    kube_node_status_condition: conditions('condition'),
  },
};

const TARGET_TYPES = { value: 'value', averageUtilization: 'utilization', averageValue: 'average' };

/** The measures of a metric source, in the spec (`target`) or in the status (`current`). */
const measures =
  (path: string, part: 'target' | 'current'): Says =>
  (autoscaler) =>
    list(autoscaler, path).flatMap((metric) => {
      const type = text(metric, 'type');
      const source = field(metric, type.charAt(0).toLowerCase() + type.slice(1));
      const name = text(source, 'name') || text(source, 'metric.name');
      return Object.entries(TARGET_TYPES).flatMap(([key, label]) => {
        const found = field(source, `${part}.${key}`);
        const value = typeof found === 'number' ? found : parseQuantity(typeof found === 'string' ? found : undefined);
        if (value === undefined) return [];
        return [
          { labels: { metric_name: name, metric_target_type: label, container: text(source, 'container') }, value },
        ];
      });
    });

const AUTOSCALER_METRICS: KindMetrics = {
  gvr: AUTOSCALERS,
  identity: namedBy('horizontalpodautoscaler'),
  families: {
    kube_horizontalpodautoscaler_created: CREATED,
    kube_horizontalpodautoscaler_info: always((autoscaler) => ({
      scaletargetref_api_version: text(autoscaler, 'spec.scaleTargetRef.apiVersion'),
      scaletargetref_kind: text(autoscaler, 'spec.scaleTargetRef.kind'),
      scaletargetref_name: text(autoscaler, 'spec.scaleTargetRef.name'),
    })),
    kube_horizontalpodautoscaler_metadata_generation: count('metadata.generation', 0),
    kube_horizontalpodautoscaler_spec_max_replicas: count('spec.maxReplicas', 0),
    kube_horizontalpodautoscaler_spec_min_replicas: count('spec.minReplicas', 1),
    kube_horizontalpodautoscaler_spec_target_metric: measures('spec.metrics', 'target'),
    kube_horizontalpodautoscaler_status_target_metric: measures('status.currentMetrics', 'current'),
    kube_horizontalpodautoscaler_status_current_replicas: count('status.currentReplicas', 0),
    kube_horizontalpodautoscaler_status_desired_replicas: count('status.desiredReplicas', 0),
    kube_horizontalpodautoscaler_status_condition: conditions('condition'),
  },
};

const BUDGET_METRICS: KindMetrics = {
  gvr: BUDGETS,
  identity: namedBy('poddisruptionbudget'),
  families: {
    kube_poddisruptionbudget_created: CREATED,
    kube_poddisruptionbudget_status_current_healthy: count('status.currentHealthy', 0),
    kube_poddisruptionbudget_status_desired_healthy: count('status.desiredHealthy', 0),
    kube_poddisruptionbudget_status_pod_disruptions_allowed: count('status.disruptionsAllowed', 0),
    kube_poddisruptionbudget_status_expected_pods: count('status.expectedPods', 0),
    kube_poddisruptionbudget_status_observed_generation: count('status.observedGeneration', 0),
  },
};

const QUOTA_METRICS: KindMetrics = {
  gvr: QUOTAS,
  identity: namedBy('resourcequota'),
  families: {
    kube_resourcequota_created: CREATED,
    kube_resourcequota: (quota) =>
      ['hard', 'used'].flatMap((type) =>
        Object.entries((field(quota, `status.${type}`) as Readonly<Record<string, string>> | undefined) ?? {}).map(
          ([resource, held]) => ({
            labels: { resource, type },
            value: parseQuantity(held) ?? 0,
          }),
        ),
      ),
  },
};

const CLAIM_METRICS: KindMetrics = {
  gvr: CLAIMS,
  identity: namedBy('persistentvolumeclaim'),
  families: {
    kube_persistentvolumeclaim_created: CREATED,
    kube_persistentvolumeclaim_deletion_timestamp: DELETED,
    kube_persistentvolumeclaim_info: always((claim) => ({
      storageclass:
        claim.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? text(claim, 'spec.storageClassName'),
      volumename: text(claim, 'spec.volumeName'),
      volumemode: text(claim, 'spec.volumeMode'),
    })),
    kube_persistentvolumeclaim_status_phase: phase(['Lost', 'Bound', 'Pending']),
    kube_persistentvolumeclaim_status_condition: conditions('condition'),
    kube_persistentvolumeclaim_resource_requests_storage_bytes: amount('spec.resources.requests.storage'),
    kube_persistentvolumeclaim_access_mode: accessModes,
  },
};

/** Of the sources that are no plug-ins any more, and of CSI. */
const VOLUME_SOURCES: Readonly<Record<string, string>> = {
  csi_driver: 'csi.driver',
  csi_volume_handle: 'csi.volumeHandle',
  nfs_server: 'nfs.server',
  nfs_path: 'nfs.path',
  local_path: 'local.path',
  local_fs: 'local.fsType',
  host_path: 'hostPath.path',
  host_path_type: 'hostPath.type',
  iscsi_target_portal: 'iscsi.targetPortal',
  iscsi_iqn: 'iscsi.iqn',
  iscsi_initiator_name: 'iscsi.initiatorName',
};

const VOLUME_METRICS: KindMetrics = {
  gvr: VOLUMES,
  identity: namedBy('persistentvolume'),
  families: {
    kube_persistentvolume_info: always((volume) => ({
      storageclass: text(volume, 'spec.storageClassName'),
      reclaim_policy: text(volume, 'spec.persistentVolumeReclaimPolicy'),
      ...Object.fromEntries(
        Object.entries(VOLUME_SOURCES).map(([label, path]) => [label, text(volume, `spec.${path}`)]),
      ),
    })),
    kube_persistentvolume_created: CREATED,
    kube_persistentvolume_deletion_timestamp: DELETED,
    kube_persistentvolume_status_phase: phase(['Pending', 'Available', 'Bound', 'Released', 'Failed']),
    kube_persistentvolume_capacity_bytes: amount('spec.capacity.storage', 0),
    kube_persistentvolume_claim_ref: (volume) =>
      field(volume, 'spec.claimRef') === undefined
        ? []
        : [
            {
              labels: {
                name: text(volume, 'spec.claimRef.name'),
                claim_namespace: text(volume, 'spec.claimRef.namespace'),
              },
              value: 1,
            },
          ],
    kube_persistentvolume_volume_mode: always((volume) => ({
      volumemode: text(volume, 'spec.volumeMode') || 'Filesystem',
    })),
    kube_persistentvolume_access_mode: accessModes,
  },
};

const NAMESPACE_METRICS: KindMetrics = {
  gvr: NAMESPACES,
  identity: ({ metadata: { name } }) => ({ namespace: name }),
  families: {
    kube_namespace_created: CREATED,
    kube_namespace_status_phase: phase(['Active', 'Terminating']),
    kube_namespace_status_condition: conditions('condition'),
  },
};

const SERVICE_METRICS: KindMetrics = {
  gvr: SERVICES,
  identity: ({ metadata: { name, namespace = '', uid = '' } }) => ({ namespace, service: name, uid }),
  families: {
    kube_service_info: always((service) => ({
      cluster_ip: text(service, 'spec.clusterIP'),
      external_name: text(service, 'spec.externalName'),
      load_balancer_ip: text(service, 'spec.loadBalancerIP'),
    })),
    kube_service_created: CREATED,
    kube_service_spec_type: always((service) => ({ type: text(service, 'spec.type') })),
    kube_service_spec_external_ip: (service) =>
      list(service, 'spec.externalIPs').map((ip) => ({ labels: { external_ip: String(ip) }, value: 1 })),
    kube_service_status_load_balancer_ingress: (service) =>
      list(service, 'status.loadBalancer.ingress').map((ingress) => ({
        labels: { ip: text(ingress, 'ip'), hostname: text(ingress, 'hostname') },
        value: 1,
      })),
  },
};

export const CLUSTER_METRICS: readonly KindMetrics[] = [
  NODE_METRICS,
  AUTOSCALER_METRICS,
  BUDGET_METRICS,
  QUOTA_METRICS,
  CLAIM_METRICS,
  VOLUME_METRICS,
  NAMESPACE_METRICS,
  SERVICE_METRICS,
];
