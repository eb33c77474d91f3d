/**
 * `kube_horizontalpodautoscaler_*`.
 * https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/horizontalpodautoscaler-metrics.md
 */
import {
  amountOf,
  at,
  conditions,
  type Emit,
  gauge,
  identity,
  type KindFamilies,
  listAt,
  type Readable,
  textAt,
  time,
} from './family.ts';

const NAME = 'horizontalpodautoscaler';

/** A field of `autoscaling/v2` and the `metric_target_type` under which it is published. */
const TARGET_TYPES = [
  ['value', 'value'],
  ['averageUtilization', 'utilization'],
  ['averageValue', 'average'],
] as const;

/** What each metric of the autoscaler aims at (`target`, in the spec) or has reached (`current`, in the status). */
const metrics =
  (path: readonly [string, string], part: 'target' | 'current') =>
  (object: Readable, emit: Emit): void => {
    for (const metric of listAt(object, ...path)) {
      const type = textAt(metric, 'type');
      const source = at(metric, type.slice(0, 1).toLowerCase() + type.slice(1));
      const metric_name = textAt(source, 'name') || textAt(source, 'metric', 'name');
      for (const [field, metric_target_type] of TARGET_TYPES) {
        const value = amountOf(at(source, part, field));
        if (value !== undefined)
          emit(
            { ...identity(object, NAME), metric_name, metric_target_type, container: textAt(source, 'container') },
            value,
          );
      }
    }
  };

export const HORIZONTAL_POD_AUTOSCALER: KindFamilies = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  fields: [
    'spec.scaleTargetRef',
    'spec.maxReplicas',
    'spec.minReplicas',
    'spec.metrics',
    'status.currentMetrics',
    'status.currentReplicas',
    'status.desiredReplicas',
    'status.conditions',
  ],
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
    kube_horizontalpodautoscaler_metadata_generation: gauge(NAME, ['metadata', 'generation'], 0),
    kube_horizontalpodautoscaler_spec_max_replicas: gauge(NAME, ['spec', 'maxReplicas']),
    kube_horizontalpodautoscaler_spec_min_replicas: gauge(NAME, ['spec', 'minReplicas'], 1),
    kube_horizontalpodautoscaler_spec_target_metric: metrics(['spec', 'metrics'], 'target'),
    kube_horizontalpodautoscaler_status_target_metric: metrics(['status', 'currentMetrics'], 'current'),
    kube_horizontalpodautoscaler_status_current_replicas: gauge(NAME, ['status', 'currentReplicas'], 0),
    kube_horizontalpodautoscaler_status_desired_replicas: gauge(NAME, ['status', 'desiredReplicas'], 0),
    kube_horizontalpodautoscaler_status_condition: conditions(NAME),
  },
};
