/**
 * `kube_poddisruptionbudget_*`.
 * https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/policy/poddisruptionbudget-metrics.md
 */
import { gauge, type KindFamilies, time } from './family.ts';

const NAME = 'poddisruptionbudget';

export const POD_DISRUPTION_BUDGET: KindFamilies = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  fields: [
    'status.currentHealthy',
    'status.desiredHealthy',
    'status.disruptionsAllowed',
    'status.expectedPods',
    'status.observedGeneration',
  ],
  families: {
    kube_poddisruptionbudget_created: time(NAME, ['metadata', 'creationTimestamp']),
    kube_poddisruptionbudget_status_current_healthy: gauge(NAME, ['status', 'currentHealthy'], 0),
    kube_poddisruptionbudget_status_desired_healthy: gauge(NAME, ['status', 'desiredHealthy'], 0),
    kube_poddisruptionbudget_status_pod_disruptions_allowed: gauge(NAME, ['status', 'disruptionsAllowed'], 0),
    kube_poddisruptionbudget_status_expected_pods: gauge(NAME, ['status', 'expectedPods'], 0),
    kube_poddisruptionbudget_status_observed_generation: gauge(NAME, ['status', 'observedGeneration'], 0),
  },
};
