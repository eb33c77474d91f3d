/**
 * `kube_replicaset_*`.
 * https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/replicaset-metrics.md
 */
import { gauge, type KindFamilies, owners, time } from './family.ts';

const NAME = 'replicaset';

export const REPLICA_SET: KindFamilies = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  fields: [
    'spec.replicas',
    'status.replicas',
    'status.readyReplicas',
    'status.terminatingReplicas',
    'status.fullyLabeledReplicas',
    'status.observedGeneration',
  ],
  families: {
    kube_replicaset_created: time(NAME, ['metadata', 'creationTimestamp']),
    kube_replicaset_metadata_generation: gauge(NAME, ['metadata', 'generation'], 0),
    kube_replicaset_owner: owners(NAME),
    kube_replicaset_spec_replicas: gauge(NAME, ['spec', 'replicas'], 1),
    kube_replicaset_status_replicas: gauge(NAME, ['status', 'replicas'], 0),
    kube_replicaset_status_ready_replicas: gauge(NAME, ['status', 'readyReplicas'], 0),
    // Only servers that count them say it.
    kube_replicaset_status_terminating_replicas: gauge(NAME, ['status', 'terminatingReplicas']),
    kube_replicaset_status_fully_labeled_replicas: gauge(NAME, ['status', 'fullyLabeledReplicas'], 0),
    kube_replicaset_status_observed_generation: gauge(NAME, ['status', 'observedGeneration'], 0),
  },
};
