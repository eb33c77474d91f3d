/**
 * `kube_statefulset_*`.
 * https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/statefulset-metrics.md
 */
import { type Emit, gauge, identity, type KindFamilies, type Readable, textAt, time } from './family.ts';

const NAME = 'statefulset';

const revision =
  (field: string) =>
  (object: Readable, emit: Emit): void => {
    emit({ ...identity(object, NAME), revision: textAt(object, 'status', field) }, 1);
  };

export const STATEFUL_SET: KindFamilies = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  fields: ['spec.replicas', 'status'],
  families: {
    kube_statefulset_created: time(NAME, ['metadata', 'creationTimestamp']),
    kube_statefulset_deletion_timestamp: time(NAME, ['metadata', 'deletionTimestamp']),
    kube_statefulset_metadata_generation: gauge(NAME, ['metadata', 'generation'], 0),
    kube_statefulset_replicas: gauge(NAME, ['spec', 'replicas'], 1),
    kube_statefulset_status_replicas: gauge(NAME, ['status', 'replicas'], 0),
    kube_statefulset_status_replicas_available: gauge(NAME, ['status', 'availableReplicas'], 0),
    kube_statefulset_status_replicas_current: gauge(NAME, ['status', 'currentReplicas'], 0),
    kube_statefulset_status_replicas_ready: gauge(NAME, ['status', 'readyReplicas'], 0),
    kube_statefulset_status_replicas_updated: gauge(NAME, ['status', 'updatedReplicas'], 0),
    kube_statefulset_status_observed_generation: gauge(NAME, ['status', 'observedGeneration'], 0),
    kube_statefulset_status_current_revision: revision('currentRevision'),
    kube_statefulset_status_update_revision: revision('updateRevision'),
  },
};
