/** HorizontalPodAutoscalers: stored as v2, whose CPU metric is all that v1 can say. */
import type { KubeObject } from '../../../api/kube.ts';
import { type FieldError, invalidValue, required } from '../field-errors.ts';
import { asList, asNumber, asObject, asText, at, childOf, type Draft, objectsOf, setDefault, thaw } from '../json.ts';
import { splitApiVersion } from '../metadata.ts';
import type { ResourceType, Strategy } from '../registry.ts';
import { setDefaults } from './defaults.ts';
import { aboveZero } from './field-checks.ts';

/** Percent of the request, when nothing else is asked for. */
const DEFAULT_UTILIZATION = 80;
/** v2 metrics that v1 cannot say travel in this annotation, so that a client of v1 does not lose them. */
const KEPT = 'autoscaling.alpha.kubernetes.io/metrics';

const cpuMetric = (averageUtilization: number): Draft => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});
const isCpuUtilization = (metric: Draft): boolean =>
  metric['type'] === 'Resource' &&
  at(metric, 'resource', 'name') === 'cpu' &&
  asNumber(at(metric, 'resource', 'target', 'averageUtilization')) !== undefined;

function validate(object: Draft): readonly FieldError[] {
  const spec = childOf(object, 'spec');
  const errors: FieldError[] = [];
  const [least, most] = [asNumber(spec['minReplicas']) ?? 1, asNumber(spec['maxReplicas']) ?? 0];
  if (least < 1) errors.push(invalidValue('spec.minReplicas', least, 'must be greater than or equal to 1'));
  errors.push(...aboveZero(most, 'spec.maxReplicas'));
  if (most < least) errors.push(invalidValue('spec.maxReplicas', most, 'must be greater than or equal to `minReplicas`'));
  const target = asObject(spec['scaleTargetRef']) ?? {};
  for (const field of ['kind', 'name']) if (asText(target[field]) === '') errors.push(required(`spec.scaleTargetRef.${field}`));
  const [group = ''] = splitApiVersion(asText(target['apiVersion']));
  if (group === '' && asText(target['kind']) !== 'ReplicationController')
    errors.push(invalidValue('spec.scaleTargetRef.apiVersion', asText(target['apiVersion']), 'apiVersion must specify API group'));
  return errors;
}

export const AUTOSCALER: Strategy = {
  statusSeparate: true,
  applyDefaults: (draft) => {
    const spec = childOf(draft, 'spec');
    setDefault(spec, 'minReplicas', 1);
    if (draft['apiVersion'] === 'autoscaling/v1') return;
    if (asList(spec['metrics']).length === 0) spec['metrics'] = [cpuMetric(DEFAULT_UTILIZATION)];
    for (const field of ['scaleUp', 'scaleDown']) {
      const rules = asObject(at(spec, 'behavior', field));
      if (rules) setDefault(rules, 'selectPolicy', 'Max');
    }
  },
  prepareForCreate: (draft) => {
    draft['status'] =
      draft['apiVersion'] === 'autoscaling/v1' ? { currentReplicas: 0, desiredReplicas: 0 } : { desiredReplicas: 0, currentMetrics: null };
  },
  validate,
};

function fromFirst(object: Draft): Draft {
  const stored = thaw(object);
  const spec = childOf(stored, 'spec');
  const annotations = asObject(at(stored, 'metadata', 'annotations'));
  const kept = asText(annotations?.[KEPT]);
  if (annotations) {
    delete annotations[KEPT];
    if (Object.keys(annotations).length === 0) delete childOf(stored, 'metadata')['annotations'];
  }
  const others = kept === '' ? [] : objectsOf(JSON.parse(kept));
  const utilization = asNumber(spec['targetCPUUtilizationPercentage']) ?? (others.length === 0 ? DEFAULT_UTILIZATION : undefined);
  delete spec['targetCPUUtilizationPercentage'];
  spec['metrics'] = [...others, ...(utilization === undefined ? [] : [cpuMetric(utilization)])];
  const status = childOf(stored, 'status');
  const current = asNumber(status['currentCPUUtilizationPercentage']);
  delete status['currentCPUUtilizationPercentage'];
  status['currentMetrics'] =
    current === undefined
      ? null
      : [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: current, averageValue: '0' } } }];
  if (status['currentReplicas'] === 0) delete status['currentReplicas'];
  setDefaults(status, { desiredReplicas: 0 });
  return { ...stored, apiVersion: 'autoscaling/v2' };
}

function toFirst(stored: KubeObject): KubeObject {
  const object = thaw({ ...stored }) as Draft;
  const spec = childOf(object, 'spec');
  const metrics = objectsOf(spec['metrics']);
  delete spec['metrics'];
  const cpu = metrics.find(isCpuUtilization);
  if (cpu) spec['targetCPUUtilizationPercentage'] = at(cpu, 'resource', 'target', 'averageUtilization');
  const others = metrics.filter((metric) => metric !== cpu);
  if (others.length > 0) childOf(childOf(object, 'metadata'), 'annotations')[KEPT] = JSON.stringify(others);
  const status = childOf(object, 'status');
  const current = objectsOf(status['currentMetrics']).find((metric) => at(metric, 'resource', 'name') === 'cpu');
  const used = asNumber(at(current, 'resource', 'current', 'averageUtilization'));
  for (const field of ['currentMetrics', 'conditions']) delete status[field];
  setDefaults(status, { currentReplicas: 0, desiredReplicas: 0 });
  if (used !== undefined) status['currentCPUUtilizationPercentage'] = used;
  return { ...object, apiVersion: 'autoscaling/v1' } as unknown as KubeObject;
}

export const AUTOSCALER_CONVERSION: NonNullable<ResourceType['convert']> = {
  toStored: fromFirst,
  fromStored: toFirst,
};
