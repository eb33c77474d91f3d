/**
 * Services: addresses, ports, what depends on the type. Addresses and node ports are given out by the admission plugin
 * of that name.
 */
import { type FieldError, forbiddenField, invalidValue, required } from '../machinery/field-errors.ts';
import { asList, asObject, asText, at, childOf, type Draft, objectsOf, setDefault } from '../machinery/json.ts';
import { dnsLabelProblems, dnsSubdomainProblems, qualifiedNameProblems } from '../../std/names.ts';
import type { Strategy } from '../machinery/registry.ts';
import { setDefaults } from './defaults.ts';
import { labelMapErrors } from '../machinery/label-selector.ts';
import { ipAddress, oneOf, portNumber, portNumberOrName, specialAddress, textErrors } from './field-checks.ts';
import { addressListWarnings, addressWarnings, rangeWarnings } from './address-warnings.ts';
import { balancerAddressErrors } from './balancer-status.ts';
import { addressErrors, familyErrors } from './service-addresses.ts';
import {
  dropWhatTypeLost,
  isHeadless,
  isReachedFromOutside,
  needsHealthPort,
  takesNodePorts,
} from './service-types.ts';
import { classErrors, trafficErrors } from './service-traffic.ts';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

function applyDefaults(draft: Draft): void {
  const spec = childOf(draft, 'spec');
  for (const field of ['sessionAffinity', 'type']) if (spec[field] === '') delete spec[field];
  setDefaults(spec, { sessionAffinity: 'None', type: 'ClusterIP' });
  if (spec['sessionAffinity'] === 'None') delete spec['sessionAffinityConfig'];
  if (spec['sessionAffinity'] === 'ClientIP' && at(spec, 'sessionAffinityConfig', 'clientIP', 'timeoutSeconds') == null)
    spec['sessionAffinityConfig'] = { clientIP: { timeoutSeconds: 10_800 } };
  for (const port of objectsOf(spec['ports'])) {
    setDefault(port, 'protocol', 'TCP');
    const target = port['targetPort'];
    if (target === undefined || target === null || target === 0 || target === '') port['targetPort'] = port['port'];
  }
  if (takesNodePorts(spec) || spec['type'] === 'ClusterIP') setDefault(spec, 'internalTrafficPolicy', 'Cluster');
  if (isReachedFromOutside(spec) && asText(spec['externalTrafficPolicy']) === '')
    spec['externalTrafficPolicy'] = 'Cluster';
  if (spec['type'] !== 'LoadBalancer') return;
  setDefault(spec, 'allocateLoadBalancerNodePorts', true);
  for (const ingress of objectsOf(at(draft, 'status', 'loadBalancer', 'ingress')))
    if (asText(ingress['ip']) !== '') setDefault(ingress, 'ipMode', 'VIP');
}

function portErrors(ports: readonly Draft[]): readonly FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const field = `spec.ports[${index}]`;
    const name = asText(port['name']);
    if (ports.length > 1 && name === '') errors.push(required(`${field}.name`));
    else if (name !== '') {
      errors.push(...dnsLabelProblems(name).map((problem) => invalidValue(`${field}.name`, name, problem)));
      if (names.has(name))
        errors.push({ type: 'FieldValueDuplicate', field: `${field}.name`, badValue: name, detail: '' });
      names.add(name);
    }
    errors.push(...portNumber(port['port'], `${field}.port`));
    errors.push(...oneOf(port['protocol'], `${field}.protocol`, ['SCTP', 'TCP', 'UDP']));
    errors.push(...portNumberOrName(port['targetPort'], `${field}.targetPort`));
    const protocol = port['appProtocol'];
    if (typeof protocol === 'string')
      errors.push(...textErrors(protocol, `${field}.appProtocol`, qualifiedNameProblems));
  }
  return errors;
}

/** As Go's encoder shows the key by which ports are compared. */
function repeatedPorts(ports: readonly Draft[]): readonly FieldError[] {
  const seen = new Set<string>();
  return ports.flatMap((port, index) => {
    const id = `${asText(port['protocol'])}/${String(port['port'])}`;
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    const badValue = {
      Name: '',
      Protocol: port['protocol'],
      AppProtocol: null,
      Port: port['port'],
      TargetPort: 0,
      NodePort: 0,
    };
    return [{ type: 'FieldValueDuplicate' as const, field: `spec.ports[${index}]`, badValue, detail: '' }];
  });
}

function validate(object: Draft, old?: Readonly<Record<string, unknown>>): readonly FieldError[] {
  const spec = childOf(object, 'spec');
  const ports = objectsOf(spec['ports']);
  const { type } = spec;
  const errors: FieldError[] = [...topologyErrors(object)];
  const headless = spec['clusterIP'] === 'None';
  if (ports.length === 0 && !isHeadless(spec) && type !== 'ExternalName') errors.push(required('spec.ports'));
  if (headless && (type === 'NodePort' || type === 'LoadBalancer'))
    errors.push(invalidValue('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${asText(type)} services`));
  if (type === 'ExternalName') {
    for (const field of ['clusterIPs', 'ipFamilies', 'ipFamilyPolicy'])
      if (asList(spec[field]).length + asText(spec[field]).length > 0)
        errors.push(forbiddenField(`spec.${field}`, 'may not be set for ExternalName services'));
    const name = asText(spec['externalName']).replace(/\.$/, '');
    errors.push(
      ...(name === '' ? [required('spec.externalName')] : textErrors(name, 'spec.externalName', dnsSubdomainProblems)),
    );
  }
  errors.push(...portErrors(ports));
  errors.push(...labelMapErrors(spec['selector'], 'spec.selector'));
  errors.push(...oneOf(spec['sessionAffinity'], 'spec.sessionAffinity', ['ClientIP', 'None']));
  errors.push(...affinityErrors(spec));
  if (type !== 'ExternalName') errors.push(...familyErrors(spec, asList(at(old, 'spec', 'clusterIPs'))));
  const accepted = asList(at(old, 'spec', 'externalIPs'));
  for (const [index, ip] of asList(spec['externalIPs']).map(asText).entries()) {
    const wrong = accepted.includes(ip) ? [] : ipAddress(ip, `spec.externalIPs[${index}]`);
    errors.push(...(wrong.length > 0 ? wrong : specialAddress(ip, `spec.externalIPs[${index}]`)));
  }
  errors.push(...oneOf(type, 'spec.type', TYPES));
  errors.push(...nodePortErrors(type, ports));
  errors.push(...repeatedPorts(ports));
  return [...errors, ...trafficErrors(object, old)];
}

const MODE = 'service.kubernetes.io/topology-mode';
const HINTS = 'service.kubernetes.io/topology-aware-hints';

/** Two annotations that say the same must say the same. */
function topologyErrors(object: Draft): readonly FieldError[] {
  const [mode, hints] = [at(object, 'metadata', 'annotations', MODE), at(object, 'metadata', 'annotations', HINTS)];
  if (mode === undefined || hints === undefined || mode === hints) return [];
  const detail = `must match annotations[${HINTS}] when both are specified`;
  return [invalidValue(`metadata.annotations[${MODE}]`, mode, detail)];
}

const MOST_AFFINITY_SECONDS = 86_400;

function affinityErrors(spec: Draft): readonly FieldError[] {
  const seconds = at(spec, 'sessionAffinityConfig', 'clientIP', 'timeoutSeconds');
  if (spec['sessionAffinity'] !== 'ClientIP' || typeof seconds !== 'number') return [];
  if (seconds > 0 && seconds <= MOST_AFFINITY_SECONDS) return [];
  const field = 'spec.sessionAffinityConfig.clientIP.timeoutSeconds';
  return [invalidValue(field, seconds, `must be greater than 0 and less than ${MOST_AFFINITY_SECONDS}`)];
}

function nodePortErrors(type: unknown, ports: readonly Draft[]): readonly FieldError[] {
  const taken = new Set<string>();
  const errors: FieldError[] = [];
  const given = [...ports.entries()].filter(([, port]) => (port['nodePort'] ?? 0) !== 0);
  for (const [index] of given)
    if (type === 'ClusterIP')
      errors.push(forbiddenField(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'"));
  for (const [index, port] of given) {
    const id = `${asText(port['protocol'])}/${String(port['nodePort'])}`;
    if (taken.has(id))
      errors.push({
        type: 'FieldValueDuplicate',
        field: `spec.ports[${index}].nodePort`,
        badValue: port['nodePort'],
        detail: '',
      });
    taken.add(id);
  }
  return errors;
}

/** What an external name has no use for is not shown (defaultOnReadInternalTrafficPolicy of its storage). */
function prepareForUpdate(draft: Draft, old: Readonly<Record<string, unknown>>): void {
  dropWhatTypeLost(draft, old);
  const spec = childOf(draft, 'spec');
  if (spec['type'] === 'ExternalName') delete spec['internalTrafficPolicy'];
}

function modeErrors(ingress: Draft, field: string): readonly FieldError[] {
  const [ip, mode] = [asText(ingress['ip']), asText(ingress['ipMode'])];
  if (mode === '') return ip === '' ? [] : [required(`${field}.ipMode`, 'must be specified when `ip` is set')];
  if (ip === '') return [forbiddenField(`${field}.ipMode`, 'may not be specified when `ip` is not set')];
  return oneOf(mode, `${field}.ipMode`, ['Proxy', 'VIP']);
}

function statusErrors(object: Draft, old: unknown): readonly FieldError[] {
  const ingresses = objectsOf(at(object, 'status', 'loadBalancer', 'ingress'));
  if (ingresses.length > 0 && at(object, 'spec', 'type') !== 'LoadBalancer')
    return [forbiddenField('status.loadBalancer.ingress', 'may only be used when `spec.type` is "LoadBalancer"')];
  return balancerAddressErrors(object, old, modeErrors);
}

/** What a load balancer has may not change while it stays one. */
function balancerErrors(object: Draft, old: Readonly<Record<string, unknown>>): readonly FieldError[] {
  const [spec, before] = [asObject(object['spec']) ?? {}, asObject(old['spec']) ?? {}];
  const errors: FieldError[] = [];
  const { loadBalancerClass } = spec;
  if (
    spec['type'] === 'LoadBalancer' &&
    before['type'] === 'LoadBalancer' &&
    loadBalancerClass !== before['loadBalancerClass']
  )
    errors.push(invalidValue('spec.loadBalancerClass', loadBalancerClass, 'may not change once set'));
  // Looked at here and with the rest.
  errors.push(...classErrors(spec));
  if (
    needsHealthPort(spec) &&
    needsHealthPort(before) &&
    (spec['healthCheckNodePort'] ?? 0) !== (before['healthCheckNodePort'] ?? 0)
  )
    errors.push(forbiddenField('spec.healthCheckNodePort', 'field is immutable'));
  return errors;
}

/** After k8s.io/kubernetes/pkg/api/service/warnings.go. */
function serviceWarnings(object: Draft): readonly string[] {
  const spec = childOf(object, 'spec');
  const { type } = spec;
  const external = asList(spec['externalIPs']);
  const named = type === 'ExternalName';
  const headless = asList(spec['clusterIPs'])[0] === 'None';
  const balancer = asText(spec['loadBalancerIP']);
  return [
    ...(at(object, 'metadata', 'annotations', HINTS) === undefined
      ? []
      : [`annotation ${HINTS} is deprecated, please use service.kubernetes.io/topology-mode instead`]),
    ...(headless ? [] : addressListWarnings(spec['clusterIPs'], 'spec.clusterIPs')),
    ...(headless && balancer !== '' ? ['spec.loadBalancerIP is ignored for headless services'] : []),
    ...(headless && external.length > 0 ? ['spec.externalIPs is ignored for headless services'] : []),
    ...(headless && spec['sessionAffinity'] !== 'None'
      ? ['spec.SessionAffinity is ignored for headless services']
      : []),
    ...addressListWarnings(external, 'spec.externalIPs'),
    ...(external.length > 0 && !headless && !named
      ? ['spec.externalIPs is deprecated and may no longer be implemented in some clusters']
      : []),
    ...addressWarnings(balancer, 'spec.loadBalancerIP'),
    ...asList(spec['loadBalancerSourceRanges']).flatMap((range, index) =>
      rangeWarnings(asText(range), `spec.loadBalancerSourceRanges[${index}]`),
    ),
    ...(named && external.length > 0 ? ['spec.externalIPs is ignored when spec.type is "ExternalName"'] : []),
    ...(!named && asText(spec['externalName']) !== ''
      ? ['spec.externalName is ignored when spec.type is not "ExternalName"']
      : []),
    ...(spec['trafficDistribution'] === 'PreferClose'
      ? ['spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"']
      : []),
  ];
}

const ingressWarnings = (object: Draft): readonly string[] =>
  objectsOf(at(object, 'status', 'loadBalancer', 'ingress')).flatMap((ingress, index) =>
    addressWarnings(asText(ingress['ip']), `status.loadBalancer.ingress[${index}]`),
  );

export const SERVICE: Strategy = {
  statusSeparate: true,
  deleteAnswersObject: true,
  validateName: dnsLabelProblems,
  applyDefaults,
  prepareForCreate: (draft) => {
    draft['status'] = { loadBalancer: {} };
    const spec = childOf(draft, 'spec');
    if (spec['type'] === 'ExternalName') delete spec['internalTrafficPolicy'];
  },
  prepareForUpdate,
  validate: (object) => validate(object),
  updateReplacesValidate: true,
  validateUpdate: (object, old) => [
    ...addressErrors(object, old),
    ...balancerErrors(object, old),
    ...validate(object, old),
  ],
  validateStatusUpdate: statusErrors,
  warnings: (object, _old, { subresource }) =>
    subresource === 'status' ? ingressWarnings(object) : serviceWarnings(object),
  selectableFields: {
    'spec.clusterIP': (object) => asText(at(object, 'spec', 'clusterIP')),
    'spec.type': (object) => asText(at(object, 'spec', 'type')),
  },
};
