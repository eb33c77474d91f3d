/** `kube_horizontalpodautoscaler_*`. https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/horizontalpodautoscaler-metrics.md */
import { conditions, gauge, identity, type KindFamilies, textAt, time } from './family.ts';

const NAME = 'horizontalpodautoscaler';

export const HORIZONTAL_POD_AUTOSCALER: KindFamilies = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  families: {
    kube_horizontalpodautoscaler_created: time(NAME, ['metadata', 'creationTimestamp']),
    kube_horizontalpodautoscaler_info: (object, emit) =>
      emit(
        {
          ...identity(object, NAME),
          scaletargetref_api_version: textAt(object, 'spec', 'scaleTargetRef', 'apiVersion'),
          scaletargetref_kind: textAt(object, 'spec', 'scaleTargetRef', 'kind'),
          scaletargetref_name: textAt(object, 'spec', 'scaleTargetRef', 'name'),
        },
        1,
      ),
    kube_horizontalpodautoscaler_metadata_generation: gauge(NAME, ['metadata', 'generation']),
    kube_horizontalpodautoscaler_spec_max_replicas: gauge(NAME, ['spec', 'maxReplicas']),
    kube_horizontalpodautoscaler_spec_min_replicas: gauge(NAME, ['spec', 'minReplicas'], 1),
    kube_horizontalpodautoscaler_status_current_replicas: gauge(NAME, ['status', 'currentReplicas'], 0),
    kube_horizontalpodautoscaler_status_desired_replicas: gauge(NAME, ['status', 'desiredReplicas'], 0),
    kube_horizontalpodautoscaler_status_condition: conditions(NAME, { type: 'condition', status: 'status' }),
  },
};
