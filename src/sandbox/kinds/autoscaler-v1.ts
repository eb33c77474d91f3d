/**
 * HorizontalPodAutoscalers as v1 shows them: a CPU target, and the rest of v2 in annotations, so that a client of v1
 * does not lose it.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { internalForm } from '../schema/internal-form.ts';
import {
  asNumber,
  asObject,
  asText,
  at,
  childOf,
  type Draft,
  isObject,
  objectsOf,
  setDefault,
  thaw,
} from '../machinery/json.ts';
import type { ResourceType } from '../machinery/registry.ts';
import { setDefaults } from './defaults.ts';

/** Percent of the request, when nothing else is asked for. */
export const DEFAULT_UTILIZATION = 80;
const PREFIX = 'autoscaling.alpha.kubernetes.io';
const METRICS = `${PREFIX}/metrics`;
const CURRENT_METRICS = `${PREFIX}/current-metrics`;
const CONDITIONS = `${PREFIX}/conditions`;
const BEHAVIOR = `${PREFIX}/behavior`;

export const cpuMetric = (averageUtilization: number): Draft => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});
const isCpuUtilization = (metric: Draft): boolean =>
  metric['type'] === 'Resource' &&
  at(metric, 'resource', 'name') === 'cpu' &&
  asNumber(at(metric, 'resource', 'target', 'averageUtilization')) !== undefined;

/** Without what is not there. */
const compact = (fields: Draft): Draft =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

type Renaming = readonly (readonly [first: string, ...second: readonly string[]])[];
/** What v1 calls the fields of each source of a metric, and where v2 has them. */
const TARGETS: Readonly<Record<string, Renaming>> = {
  object: [
    ['target', 'describedObject'],
    ['metricName', 'metric', 'name'],
    ['targetValue', 'target', 'value'],
    ['selector', 'metric', 'selector'],
    ['averageValue', 'target', 'averageValue'],
  ],
  pods: [
    ['metricName', 'metric', 'name'],
    ['targetAverageValue', 'target', 'averageValue'],
    ['selector', 'metric', 'selector'],
  ],
  resource: [
    ['name', 'name'],
    ['targetAverageUtilization', 'target', 'averageUtilization'],
    ['targetAverageValue', 'target', 'averageValue'],
  ],
  containerResource: [
    ['name', 'name'],
    ['targetAverageUtilization', 'target', 'averageUtilization'],
    ['targetAverageValue', 'target', 'averageValue'],
    ['container', 'container'],
  ],
  external: [
    ['metricName', 'metric', 'name'],
    ['metricSelector', 'metric', 'selector'],
    ['targetValue', 'target', 'value'],
    ['targetAverageValue', 'target', 'averageValue'],
  ],
};
const CURRENT: Readonly<Record<string, Renaming>> = {
  object: [
    ['target', 'describedObject'],
    ['metricName', 'metric', 'name'],
    ['currentValue', 'current', 'value'],
    ['selector', 'metric', 'selector'],
    ['averageValue', 'current', 'averageValue'],
  ],
  pods: [
    ['metricName', 'metric', 'name'],
    ['currentAverageValue', 'current', 'averageValue'],
    ['selector', 'metric', 'selector'],
  ],
  resource: [
    ['name', 'name'],
    ['currentAverageUtilization', 'current', 'averageUtilization'],
    ['currentAverageValue', 'current', 'averageValue'],
  ],
  containerResource: [
    ['name', 'name'],
    ['currentAverageUtilization', 'current', 'averageUtilization'],
    ['currentAverageValue', 'current', 'averageValue'],
    ['container', 'container'],
  ],
  external: [
    ['metricName', 'metric', 'name'],
    ['metricSelector', 'metric', 'selector'],
    ['currentValue', 'current', 'value'],
    ['currentAverageValue', 'current', 'averageValue'],
  ],
};

function sourceOf(metric: Draft): string {
  const type = asText(metric['type']);
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}`;
}

function toOldMetric(metric: Draft, renaming: Readonly<Record<string, Renaming>>): Draft {
  const source = sourceOf(metric);
  const fields = (renaming[source] ?? []).map(([first, ...path]) => [first, at(metric, source, ...path)]);
  return { type: metric['type'], [source]: compact(Object.fromEntries(fields)) };
}

function fromOldMetric(metric: Draft): Draft {
  const source = sourceOf(metric);
  const made: Draft = {};
  for (const [first, ...path] of TARGETS[source] ?? []) {
    const value = at(metric, source, first);
    if (value === undefined) continue;
    const [outer = '', inner] = path;
    if (inner === undefined) made[outer] = value;
    else childOf(made, outer)[inner] = value;
  }
  const target = childOf(made, 'target');
  setDefault(
    target,
    'type',
    ['averageUtilization', 'averageValue'].find((field) => target[field] !== undefined) ?? 'value',
  );
  const type = asText(target['type']);
  target['type'] = type === 'averageUtilization' ? 'Utilization' : `${type.charAt(0).toUpperCase()}${type.slice(1)}`;
  return { type: metric['type'], [source]: made };
}

/** A server's own value: fields under their Go names, which its decoder reads without regard to case. */
function fromInternal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromInternal);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null)
      .map(([name, field]) => [`${name.charAt(0).toLowerCase()}${name.slice(1)}`, fromInternal(field)]),
  );
}

/** What a client wrote there may be anything: what does not read is left out. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function fromFirst(object: Draft): Draft {
  const stored = thaw(object);
  const spec = childOf(stored, 'spec');
  const annotations = asObject(at(stored, 'metadata', 'annotations'));
  const kept = (name: string): unknown => parsed(asText(annotations?.[name]) || 'null');
  const others = objectsOf(kept(METRICS)).map(fromOldMetric);
  const behavior = fromInternal(kept(BEHAVIOR));
  if (isObject(behavior)) spec['behavior'] = behavior;
  if (annotations) {
    for (const name of [METRICS, CURRENT_METRICS, CONDITIONS, BEHAVIOR]) delete annotations[name];
    if (Object.keys(annotations).length === 0) delete childOf(stored, 'metadata')['annotations'];
  }
  const utilization =
    asNumber(spec['targetCPUUtilizationPercentage']) ?? (others.length === 0 ? DEFAULT_UTILIZATION : undefined);
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
  const [spec, status] = [childOf(object, 'spec'), childOf(object, 'status')];
  const metrics = objectsOf(spec['metrics']);
  const currentMetrics = objectsOf(status['currentMetrics']);
  const cpu = metrics.find(isCpuUtilization);
  if (cpu) spec['targetCPUUtilizationPercentage'] = at(cpu, 'resource', 'target', 'averageUtilization');
  const keep = (name: string, value: unknown): void => {
    childOf(childOf(object, 'metadata'), 'annotations')[name] = JSON.stringify(value);
  };
  const others = metrics.filter((metric) => metric !== cpu).map((metric) => toOldMetric(metric, TARGETS));
  if (others.length > 0) keep(METRICS, others);
  if (currentMetrics.length > 0)
    keep(
      CURRENT_METRICS,
      currentMetrics.map((metric) => toOldMetric(metric, CURRENT)),
    );
  if (objectsOf(status['conditions']).length > 0) keep(CONDITIONS, status['conditions']);
  const behavior = asObject(spec['behavior']);
  if (behavior) keep(BEHAVIOR, internalForm('autoscaling/v2.HorizontalPodAutoscalerBehavior', behavior));
  const used = asNumber(
    at(
      currentMetrics.find((metric) => at(metric, 'resource', 'name') === 'cpu'),
      'resource',
      'current',
      'averageUtilization',
    ),
  );
  for (const field of ['metrics', 'behavior']) delete spec[field];
  for (const field of ['currentMetrics', 'conditions']) delete status[field];
  setDefaults(status, { currentReplicas: 0, desiredReplicas: 0 });
  if (used !== undefined) status['currentCPUUtilizationPercentage'] = used;
  return { ...object, apiVersion: 'autoscaling/v1' } as unknown as KubeObject;
}

export const AUTOSCALER_CONVERSION: NonNullable<ResourceType['convert']> = { toStored: fromFirst, fromStored: toFirst };
