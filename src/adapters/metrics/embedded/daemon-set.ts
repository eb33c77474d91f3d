/**
 * `kube_daemonset_*`.
 * https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/daemonset-metrics.md
 */
import { gauge, type KindFamilies, time } from './family.ts';

const NAME = 'daemonset';

export const DAEMON_SET: KindFamilies = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  fields: ['status'],
  families: {
    kube_daemonset_created: time(NAME, ['metadata', 'creationTimestamp']),
    kube_daemonset_deletion_timestamp: time(NAME, ['metadata', 'deletionTimestamp']),
    kube_daemonset_metadata_generation: gauge(NAME, ['metadata', 'generation'], 0),
    kube_daemonset_status_current_number_scheduled: gauge(NAME, ['status', 'currentNumberScheduled'], 0),
    kube_daemonset_status_desired_number_scheduled: gauge(NAME, ['status', 'desiredNumberScheduled'], 0),
    kube_daemonset_status_number_available: gauge(NAME, ['status', 'numberAvailable'], 0),
    kube_daemonset_status_number_misscheduled: gauge(NAME, ['status', 'numberMisscheduled'], 0),
    kube_daemonset_status_number_ready: gauge(NAME, ['status', 'numberReady'], 0),
    kube_daemonset_status_number_unavailable: gauge(NAME, ['status', 'numberUnavailable'], 0),
    kube_daemonset_status_updated_number_scheduled: gauge(NAME, ['status', 'updatedNumberScheduled'], 0),
    kube_daemonset_status_observed_generation: gauge(NAME, ['status', 'observedGeneration'], 0),
  },
};
