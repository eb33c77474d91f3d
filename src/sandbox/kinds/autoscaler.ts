/** HorizontalPodAutoscalers: stored as v2, whose CPU metric is all that v1 can say. */
import { asList, asObject, at, childOf, setDefault, thaw } from '../machinery/json.ts';
import type { Strategy } from '../machinery/registry.ts';
import { autoscalerErrors, behaviorDefaults } from './autoscaler-spec.ts';
import { AUTOSCALER_CONVERSION, cpuMetric, DEFAULT_UTILIZATION } from './autoscaler-v1.ts';
import { atLeastZero } from './field-checks.ts';

export const AUTOSCALER: Strategy = {
  statusSeparate: true,
  applyDefaults: (draft) => {
    const spec = childOf(draft, 'spec');
    setDefault(spec, 'minReplicas', 1);
    if (draft['apiVersion'] === 'autoscaling/v1') return;
    if (asList(spec['metrics']).length === 0) spec['metrics'] = [cpuMetric(DEFAULT_UTILIZATION)];
    const behavior = asObject(spec['behavior']);
    if (behavior) behaviorDefaults(behavior);
  },
  prepareForCreate: (draft) => {
    draft['status'] =
      draft['apiVersion'] === 'autoscaling/v1'
        ? { currentReplicas: 0, desiredReplicas: 0 }
        : { desiredReplicas: 0, currentMetrics: null };
  },
  // The first version is looked at as what it is stored as.
  validate: (object) =>
    autoscalerErrors(object['apiVersion'] === 'autoscaling/v1' ? AUTOSCALER_CONVERSION.toStored(thaw(object)) : object),
  validateStatusUpdate: (object) =>
    ['currentReplicas', 'desiredReplicas'].flatMap((field) =>
      atLeastZero(at(object, 'status', field), `status.${field}`),
    ),
};
