/** `kube_deployment_*`. https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/deployment-metrics.md */
import { at, conditions, gauge, identity, type KindFamilies, time } from './family.ts';

const NAME = 'deployment';

export const DEPLOYMENT: KindFamilies = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  families: {
    kube_deployment_created: time(NAME, ['metadata', 'creationTimestamp']),
    kube_deployment_metadata_generation: gauge(NAME, ['metadata', 'generation']),
    kube_deployment_spec_replicas: gauge(NAME, ['spec', 'replicas'], 1),
    kube_deployment_spec_paused: (object, emit) => emit(identity(object, NAME), Number(at(object, 'spec', 'paused') === true)),
    kube_deployment_status_replicas: gauge(NAME, ['status', 'replicas'], 0),
    kube_deployment_status_replicas_available: gauge(NAME, ['status', 'availableReplicas'], 0),
    kube_deployment_status_replicas_ready: gauge(NAME, ['status', 'readyReplicas'], 0),
    kube_deployment_status_replicas_unavailable: gauge(NAME, ['status', 'unavailableReplicas'], 0),
    kube_deployment_status_replicas_updated: gauge(NAME, ['status', 'updatedReplicas'], 0),
    kube_deployment_status_observed_generation: gauge(NAME, ['status', 'observedGeneration'], 0),
    kube_deployment_status_condition: conditions(NAME, { type: 'condition', status: 'status' }),
  },
};
