/** Which traffic a Service takes, from where, and through which ports of nodes. */
import { type FieldError, forbiddenField, invalidValue, required } from '../machinery/field-errors.ts';
import { asList, asNumber, asText, at, childOf, type Draft } from '../machinery/json.ts';
import { qualifiedNameProblems } from '../../std/names.ts';
import { addressRange, oneOf, portNumber, textErrors } from './field-checks.ts';

const ONLY_BALANCED = "may only be used when `type` is 'LoadBalancer'";

function healthErrors(spec: Draft): readonly FieldError[] {
  const field = 'spec.healthCheckNodePort';
  const port = asNumber(spec['healthCheckNodePort']) ?? 0;
  const checked = spec['type'] === 'LoadBalancer' && spec['externalTrafficPolicy'] === 'Local';
  if (checked) return port === 0 ? [required(field)] : portNumber(port, field);
  const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
  return port === 0 ? [] : [invalidValue(field, port, detail)];
}

const RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';

/** The annotation that came before the field. */
function annotatedRangeErrors(
  object: Draft,
  old: Readonly<Record<string, unknown>> | undefined,
): readonly FieldError[] {
  const given = at(object, 'metadata', 'annotations', RANGES);
  if (typeof given !== 'string') return [];
  const field = `metadata.annotations[${RANGES}]`;
  const errors = at(object, 'spec', 'type') === 'LoadBalancer' ? [] : [forbiddenField(field, ONLY_BALANCED)];
  if (given.trim() === '' || at(old, 'metadata', 'annotations', RANGES) === given) return errors;
  return [...errors, ...given.split(',').flatMap((range) => addressRange(range.trim(), field))];
}

export function classErrors({ type, loadBalancerClass: name }: Draft): readonly FieldError[] {
  const field = 'spec.loadBalancerClass';
  if (name === undefined) return [];
  return type === 'LoadBalancer'
    ? textErrors(asText(name), field, qualifiedNameProblems)
    : [forbiddenField(field, ONLY_BALANCED)];
}

export function trafficErrors(object: Draft, old?: Readonly<Record<string, unknown>>): readonly FieldError[] {
  const spec = childOf(object, 'spec');
  const { type, allocateLoadBalancerNodePorts: allocate, externalTrafficPolicy: external } = spec;
  const balanced = type === 'LoadBalancer';
  const errors: FieldError[] = [];
  const ranges = asList(spec['loadBalancerSourceRanges']).map(asText);
  if (ranges.length > 0) {
    if (!balanced) errors.push(forbiddenField('spec.LoadBalancerSourceRanges', ONLY_BALANCED));
    const accepted = asList(at(old, 'spec', 'loadBalancerSourceRanges')).map((range) => asText(range).trim());
    for (const [index, range] of ranges.entries())
      if (!accepted.includes(range.trim()))
        errors.push(...addressRange(range.trim(), `spec.LoadBalancerSourceRanges[${index}]`));
  } else errors.push(...annotatedRangeErrors(object, old));
  if (allocate !== undefined && !balanced)
    errors.push(forbiddenField('spec.allocateLoadBalancerNodePorts', ONLY_BALANCED));
  errors.push(...classErrors(spec));
  const outside = type === 'NodePort' || balanced || (type === 'ClusterIP' && asList(spec['externalIPs']).length > 0);
  if (outside) errors.push(...oneOf(external, 'spec.externalTrafficPolicy', ['Cluster', 'Local']));
  else if (asText(external) !== '')
    errors.push(
      invalidValue('spec.externalTrafficPolicy', external, 'may only be set for externally-accessible services'),
    );
  errors.push(...healthErrors(spec));
  const choice = (name: string, supported: readonly string[]) =>
    spec[name] === undefined ? [] : oneOf(spec[name], `spec.${name}`, supported);
  return [
    ...errors,
    ...choice('internalTrafficPolicy', ['Cluster', 'Local']),
    ...choice('trafficDistribution', ['PreferClose', 'PreferSameZone', 'PreferSameNode']),
  ];
}
