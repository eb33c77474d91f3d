/** What a HorizontalPodAutoscaler's spec may say, in the words of k8s.io/kubernetes/pkg/apis/autoscaling/validation. */
import { type FieldError, forbiddenField, invalidValue, required } from '../machinery/field-errors.ts';
import { asNumber, asObject, asText, at, childOf, type Draft, isObject, objectsOf } from '../machinery/json.ts';
import { shownEmpty } from '../machinery/given-empties.ts';
import { splitApiVersion } from '../machinery/metadata.ts';
import { dnsLabelProblems, pathSegmentProblems } from '../../std/names.ts';
import { aboveZero, oneOf, textErrors } from './field-checks.ts';
import { containerResourceNameErrors, nanoOf } from './pod-resources.ts';

/** Half an hour: the longest period that a policy counts over. */
const MAX_PERIOD_SECONDS = 1_800;
const MAX_STABILIZATION_SECONDS = 3_600;

const segment = (value: unknown, field: string): readonly FieldError[] =>
  asText(value) === '' ? [required(field)] : textErrors(asText(value), field, pathSegmentProblems);

function targetReferenceErrors(target: Draft, field: string): readonly FieldError[] {
  const apiVersion = asText(target['apiVersion']);
  const parts = splitApiVersion(apiVersion);
  const [group = ''] = parts;
  const problem =
    parts.length === 0 ? `unexpected GroupVersion string: ${apiVersion}` : 'apiVersion must specify API group';
  const groupless = group === '' && asText(target['kind']) !== 'ReplicationController';
  return [
    ...segment(target['kind'], `${field}.kind`),
    ...segment(target['name'], `${field}.name`),
    ...(groupless ? [invalidValue(`${field}.apiVersion`, apiVersion, problem)] : []),
  ];
}

function identifierErrors(metric: unknown, field: string): readonly FieldError[] {
  const name = asText(at(metric, 'name'));
  return name === ''
    ? [required(`${field}.name`, 'must specify a metric name')]
    : textErrors(name, `${field}.name`, pathSegmentProblems);
}

function targetErrors(target: Draft, field: string): readonly FieldError[] {
  const type = asText(target['type']);
  const errors: FieldError[] = [];
  if (type === '') errors.push(required(`${field}.type`, 'must specify a metric target type'));
  if (!['Utilization', 'Value', 'AverageValue'].includes(type))
    errors.push(invalidValue(`${field}.type`, type, 'must be either Utilization, Value, or AverageValue'));
  for (const name of ['value', 'averageValue'])
    if (target[name] !== undefined && (nanoOf(target[name]) ?? 0n) <= 0n)
      errors.push(invalidValue(`${field}.${name}`, target[name], 'must be positive'));
  return [...errors, ...aboveZero(target['averageUtilization'], `${field}.averageUtilization`)];
}

/** Of the resource metrics: a share of the request, or an amount. */
function usageErrors(source: Draft, field: string): readonly FieldError[] {
  const target = asObject(source['target']) ?? {};
  const [share, amount] = [target['averageUtilization'] !== undefined, target['averageValue'] !== undefined];
  const errors: FieldError[] = [...targetErrors(target, `${field}.target`)];
  if (!share && !amount)
    errors.push(
      required(`${field}.target.averageUtilization`, 'must set either a target raw value or a target utilization'),
    );
  if (share && amount)
    errors.push(
      forbiddenField(`${field}.target.averageValue`, 'may not set both a target raw value and a target utilization'),
    );
  return errors;
}

function resourceSource(source: Draft, field: string): readonly FieldError[] {
  const nameless = asText(source['name']) === '' ? [required(`${field}.name`, 'must specify a resource name')] : [];
  return [...nameless, ...usageErrors(source, field)];
}

function containerSource(source: Draft, field: string): readonly FieldError[] {
  const [name, container] = [asText(source['name']), asText(source['container'])];
  return [
    ...(name === ''
      ? [required(`${field}.name`, 'must specify a resource name')]
      : containerResourceNameErrors(name, `${field}.name`)),
    ...(container === ''
      ? [required(`${field}.container`, 'must specify a container')]
      : textErrors(container, `${field}.container`, dnsLabelProblems)),
    ...usageErrors(source, field),
  ];
}

const hasNone = (target: Draft, ...names: readonly string[]): boolean =>
  names.every((name) => target[name] === undefined);
const measured = (source: Draft, field: string): readonly FieldError[] => [
  ...identifierErrors(source['metric'], `${field}.metric`),
  ...targetErrors(asObject(source['target']) ?? {}, `${field}.target`),
];

function objectSource(source: Draft, field: string): readonly FieldError[] {
  const target = asObject(source['target']) ?? {};
  return [
    ...segment(at(source, 'describedObject', 'kind'), `${field}.describedObject.kind`),
    ...segment(at(source, 'describedObject', 'name'), `${field}.describedObject.name`),
    ...measured(source, field),
    ...(hasNone(target, 'value', 'averageValue')
      ? [required(`${field}.target.averageValue`, 'must set either a target value or averageValue')]
      : []),
  ];
}

function externalSource(source: Draft, field: string): readonly FieldError[] {
  const target = asObject(source['target']) ?? {};
  const both = target['value'] !== undefined && target['averageValue'] !== undefined;
  return [
    ...measured(source, field),
    ...(hasNone(target, 'value', 'averageValue')
      ? [required(`${field}.target.averageValue`, 'must set either a target value for metric or a per-pod target')]
      : []),
    ...(both
      ? [forbiddenField(`${field}.target.value`, 'may not set both a target value for metric and a per-pod target')]
      : []),
  ];
}

function podsSource(source: Draft, field: string): readonly FieldError[] {
  const missing = hasNone(asObject(source['target']) ?? {}, 'averageValue');
  return [
    ...measured(source, field),
    ...(missing ? [required(`${field}.target.averageValue`, 'must specify a positive target averageValue')] : []),
  ];
}

/** In the order they are looked at. */
const SOURCES: Readonly<Record<string, (source: Draft, field: string) => readonly FieldError[]>> = {
  object: objectSource,
  external: externalSource,
  pods: podsSource,
  resource: resourceSource,
  containerResource: containerSource,
};
const SOURCE_TYPES = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];

function metricErrors(metric: Draft, field: string): readonly FieldError[] {
  const type = asText(metric['type']);
  const errors: FieldError[] = [];
  if (type === '') errors.push(required(`${field}.type`, 'must specify a metric source type'));
  const unknown = oneOf(type, `${field}.type`, SOURCE_TYPES);
  errors.push(...unknown);
  const present = Object.entries(SOURCES).filter(([name]) => isObject(metric[name]));
  const [first] = present;
  if (first) errors.push(...first[1](asObject(metric[first[0]]) ?? {}, `${field}.${first[0]}`));
  const expected = unknown.length > 0 ? '' : `${type.charAt(0).toLowerCase()}${type.slice(1)}`;
  // The server refuses an unknown type at two places.
  errors.push(...unknown);
  if (expected !== '' && !isObject(metric[expected]))
    errors.push(required(`${field}.${expected}`, 'must populate information for the given metric source'));
  if (present.length !== 1)
    for (const [name] of present)
      if (name !== expected)
        errors.push(forbiddenField(`${field}.${name}`, 'must populate the given metric source only'));
  return errors;
}

function policyErrors(policy: Draft, field: string): readonly FieldError[] {
  const [value, period] = [asNumber(policy['value']) ?? 0, asNumber(policy['periodSeconds']) ?? 0];
  const errors: FieldError[] = [...oneOf(policy['type'], `${field}.type`, ['Percent', 'Pods'])];
  if (value <= 0) errors.push(invalidValue(`${field}.value`, value, 'must be greater than zero'));
  if (period <= 0) errors.push(invalidValue(`${field}.periodSeconds`, period, 'must be greater than zero'));
  if (period > MAX_PERIOD_SECONDS)
    errors.push(invalidValue(`${field}.periodSeconds`, period, `must be less than or equal to ${MAX_PERIOD_SECONDS}`));
  return errors;
}

function scalingErrors(rules: Draft, field: string): readonly FieldError[] {
  const window = asNumber(rules['stabilizationWindowSeconds']) ?? 0;
  const policies = objectsOf(rules['policies']);
  const tolerance = rules['tolerance'];
  const errors: FieldError[] = [];
  if (window < 0)
    errors.push(invalidValue(`${field}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero'));
  if (window > MAX_STABILIZATION_SECONDS) {
    const detail = `must be less than or equal to ${MAX_STABILIZATION_SECONDS}`;
    errors.push(invalidValue(`${field}.stabilizationWindowSeconds`, window, detail));
  }
  if (rules['selectPolicy'] !== undefined)
    errors.push(...oneOf(rules['selectPolicy'], `${field}.selectPolicy`, ['Disabled', 'Max', 'Min']));
  if (policies.length === 0) errors.push(required(`${field}.policies`, 'must specify at least one Policy'));
  errors.push(...policies.flatMap((policy, index) => policyErrors(policy, `${field}.policies[${index}]`)));
  if (tolerance !== undefined && (nanoOf(tolerance) ?? 0n) < 0n)
    errors.push(invalidValue(`${field}.tolerance`, tolerance, 'must be greater or equal to zero'));
  return errors;
}

/** Of the v2 form. */
export function autoscalerErrors(object: Draft): readonly FieldError[] {
  const spec = childOf(object, 'spec');
  const errors: FieldError[] = [];
  const [least, most] = [asNumber(spec['minReplicas']) ?? 1, asNumber(spec['maxReplicas']) ?? 0];
  if (least < 1) errors.push(invalidValue('spec.minReplicas', least, 'must be greater than or equal to 1'));
  if (most === 0) errors.push(required('spec.maxReplicas', 'must be set and greater than 0'));
  else if (most < 0) errors.push(invalidValue('spec.maxReplicas', most, 'must be greater than or equal to 1'));
  if (most < least)
    errors.push(invalidValue('spec.maxReplicas', most, 'must be greater than or equal to `minReplicas`'));
  errors.push(...targetReferenceErrors(asObject(spec['scaleTargetRef']) ?? {}, 'spec.scaleTargetRef'));
  const metrics = objectsOf(spec['metrics']);
  errors.push(...metrics.flatMap((metric, index) => metricErrors(metric, `spec.metrics[${index}]`)));
  if (least === 0 && !metrics.some((metric) => metric['type'] === 'Object' || metric['type'] === 'External')) {
    const detail = 'must specify at least one Object or External metric to support scaling to zero replicas';
    errors.push(forbiddenField('spec.metrics', detail));
  }
  for (const direction of ['scaleUp', 'scaleDown']) {
    const rules = asObject(at(spec, 'behavior', direction));
    if (rules) errors.push(...scalingErrors(rules, `spec.behavior.${direction}`));
  }
  return errors;
}

/**
 * How fast, where a behavior is given and says nothing else.
 * https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#default-behavior
 */
export function behaviorDefaults(behavior: Draft): void {
  const whole = { type: 'Percent', value: 100, periodSeconds: 15 };
  const up = childOf(behavior, 'scaleUp');
  up['stabilizationWindowSeconds'] ??= 0;
  if (shownEmpty(up, 'policies') === null) up['policies'] ??= [{ type: 'Pods', value: 4, periodSeconds: 15 }, whole];
  const down = childOf(behavior, 'scaleDown');
  if (shownEmpty(down, 'policies') === null) down['policies'] ??= [whole];
  for (const rules of [up, down]) rules['selectPolicy'] ??= 'Max';
}
