/**
 * Services: addresses, ports, what depends on the type. Addresses and node ports are given out by the admission plugin
 * of that name.
 */
import { isIP } from 'node:net';
import { type FieldError, forbiddenField, invalidValue, required } from '../machinery/field-errors.ts';
import {
  asList,
  asObject,
  asText,
  at,
  childOf,
  type Draft,
  equalJson,
  objectsOf,
  setDefault,
} from '../machinery/json.ts';
import { dnsLabelProblems, dnsSubdomainProblems, qualifiedNameProblems } from '../../std/names.ts';
import type { Strategy } from '../machinery/registry.ts';
import { setDefaults } from './defaults.ts';
import {
  ipAddress,
  labelMapErrors,
  oneOf,
  portNumber,
  portNumberOrName,
  specialAddress,
  textErrors,
} from './field-checks.ts';
import { addressListWarnings, addressWarnings, rangeWarnings } from './address-warnings.ts';
import { addressErrors, familyErrors } from './service-addresses.ts';
import { trafficErrors } from './service-traffic.ts';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
/** Fields that a Service without a cluster address does not have. */
const ADDRESS_FIELDS = ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'];

export const hasNodePorts = (spec: Draft): boolean =>
  spec['type'] === 'NodePort' || (spec['type'] === 'LoadBalancer' && spec['allocateLoadBalancerNodePorts'] !== false);

function applyDefaults(draft: Draft): void {
  const spec = childOf(draft, 'spec');
  for (const field of ['sessionAffinity', 'type']) if (spec[field] === '') delete spec[field];
  setDefaults(spec, { sessionAffinity: 'None', type: 'ClusterIP' });
  if (spec['sessionAffinity'] === 'None') delete spec['sessionAffinityConfig'];
  if (spec['sessionAffinity'] === 'ClientIP')
    setDefault(spec, 'sessionAffinityConfig', { clientIP: { timeoutSeconds: 10_800 } });
  for (const port of objectsOf(spec['ports'])) {
    setDefault(port, 'protocol', 'TCP');
    const target = port['targetPort'];
    if (target === undefined || target === null || target === 0 || target === '') port['targetPort'] = port['port'];
  }
  if (spec['type'] !== 'ExternalName') setDefault(spec, 'internalTrafficPolicy', 'Cluster');
  const external =
    spec['type'] === 'NodePort' || spec['type'] === 'LoadBalancer' || asList(spec['externalIPs']).length > 0;
  if (external) setDefault(spec, 'externalTrafficPolicy', 'Cluster');
  if (spec['type'] === 'LoadBalancer') setDefault(spec, 'allocateLoadBalancerNodePorts', true);
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

function validate(object: Draft): readonly FieldError[] {
  const spec = childOf(object, 'spec');
  const ports = objectsOf(spec['ports']);
  const { type } = spec;
  const errors: FieldError[] = [];
  const headless = spec['clusterIP'] === 'None';
  if (ports.length === 0 && !headless && type !== 'ExternalName') errors.push(required('spec.ports'));
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
  if (type !== 'ExternalName') errors.push(...familyErrors(spec));
  for (const [index, ip] of asList(spec['externalIPs']).map(asText).entries()) {
    const wrong = ipAddress(ip, `spec.externalIPs[${index}]`);
    errors.push(...(wrong.length > 0 ? wrong : specialAddress(ip, `spec.externalIPs[${index}]`)));
  }
  errors.push(...oneOf(type, 'spec.type', TYPES));
  errors.push(...nodePortErrors(type, ports));
  errors.push(...repeatedPorts(ports));
  return [...errors, ...trafficErrors(object)];
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

const BALANCED_FIELDS = ['allocateLoadBalancerNodePorts', 'loadBalancerClass'];

/** Follows the type: what the old type gave and the new one does not have goes, when the client left it as it was. */
function prepareForUpdate(draft: Draft, old: Readonly<Record<string, unknown>>): void {
  const spec = childOf(draft, 'spec');
  const before = asObject(old['spec']) ?? {};
  if (spec['type'] === 'ExternalName') {
    if (before['type'] === 'ExternalName') return;
    for (const field of [...ADDRESS_FIELDS, 'internalTrafficPolicy'])
      if (equalJson(spec[field], before[field])) delete spec[field];
  } else {
    for (const field of ADDRESS_FIELDS) if (before[field] !== undefined) setDefault(spec, field, before[field]);
    // A client of the single field changes that one alone.
    if (spec['clusterIP'] !== before['clusterIP'] && equalJson(spec['clusterIPs'], before['clusterIPs']))
      spec['clusterIPs'] = [spec['clusterIP']];
    setDefaults(spec, { clusterIPs: [spec['clusterIP']], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
  }
  const checked = (of: Draft): boolean => of['type'] === 'LoadBalancer' && of['externalTrafficPolicy'] === 'Local';
  if (checked(before) && !checked(spec) && spec['healthCheckNodePort'] === before['healthCheckNodePort'])
    delete spec['healthCheckNodePort'];
  if (checked(before) && checked(spec) && before['healthCheckNodePort'] !== undefined)
    setDefault(spec, 'healthCheckNodePort', before['healthCheckNodePort']);
  if (hasNodePorts(before) && !hasNodePorts(spec)) {
    const given = new Set(objectsOf(before['ports']).map((port) => port['nodePort']));
    for (const port of objectsOf(spec['ports'])) if (given.has(port['nodePort'])) delete port['nodePort'];
    if (spec['type'] !== 'LoadBalancer')
      for (const field of BALANCED_FIELDS) if (equalJson(spec[field], before[field])) delete spec[field];
    if (spec['type'] === 'ClusterIP' && asList(spec['externalIPs']).length === 0) delete spec['externalTrafficPolicy'];
  }
}

function statusErrors(object: Draft): readonly FieldError[] {
  const ingresses = objectsOf(at(object, 'status', 'loadBalancer', 'ingress'));
  if (ingresses.length > 0 && at(object, 'spec', 'type') !== 'LoadBalancer')
    return [forbiddenField('status.loadBalancer.ingress', 'may only be used when `spec.type` is "LoadBalancer"')];
  return ingresses.flatMap((ingress, index) => {
    const field = `status.loadBalancer.ingress[${index}]`;
    const [ip, mode, host] = [asText(ingress['ip']), asText(ingress['ipMode']), asText(ingress['hostname'])];
    const errors: FieldError[] = [];
    if (ip !== '') errors.push(...ipAddress(ip, `${field}.ip`));
    if (ip !== '' && mode === '') errors.push(required(`${field}.ipMode`, 'must be specified when `ip` is set'));
    else if (ip === '' && mode !== '')
      errors.push(forbiddenField(`${field}.ipMode`, 'may not be specified when `ip` is not set'));
    else if (mode !== '') errors.push(...oneOf(mode, `${field}.ipMode`, ['Proxy', 'VIP']));
    if (host !== '') errors.push(...textErrors(host, `${field}.hostname`, dnsSubdomainProblems));
    if (isIP(host) !== 0) errors.push(invalidValue(`${field}.hostname`, host, 'must be a DNS name, not an IP address'));
    return errors;
  });
}

function healthPortErrors(object: Draft, old: Readonly<Record<string, unknown>>): readonly FieldError[] {
  const [now, before] = [at(object, 'spec', 'healthCheckNodePort'), at(old, 'spec', 'healthCheckNodePort')];
  if (now === before || before === undefined || now === undefined) return [];
  return [invalidValue('spec.healthCheckNodePort', now, 'field is immutable')];
}

/** After k8s.io/kubernetes/pkg/api/service/warnings.go. */
function serviceWarnings(object: Draft): readonly string[] {
  const spec = childOf(object, 'spec');
  const { type } = spec;
  const external = asList(spec['externalIPs']);
  const named = type === 'ExternalName';
  const headless = asList(spec['clusterIPs'])[0] === 'None';
  const hints = 'service.kubernetes.io/topology-aware-hints';
  const balancer = asText(spec['loadBalancerIP']);
  return [
    ...(at(object, 'metadata', 'annotations', hints) === undefined
      ? []
      : [`annotation ${hints} is deprecated, please use service.kubernetes.io/topology-mode instead`]),
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

export const SERVICE: Strategy = {
  statusSeparate: true,
  deleteAnswersObject: true,
  validateName: dnsLabelProblems,
  applyDefaults,
  prepareForCreate: (draft) => {
    draft['status'] = { loadBalancer: {} };
    const spec = childOf(draft, 'spec');
    if (asText(spec['clusterIP']) !== '') setDefault(spec, 'clusterIPs', [spec['clusterIP']]);
    if (spec['type'] === 'ExternalName') return;
    setDefaults(spec, { ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
  },
  prepareForUpdate,
  validate,
  validateUpdate: (object, old) => [...addressErrors(object, old), ...healthPortErrors(object, old)],
  validateStatusUpdate: statusErrors,
  warnings: (object) => serviceWarnings(object),
  selectableFields: {
    'spec.clusterIP': (object) => asText(at(object, 'spec', 'clusterIP')),
    'spec.type': (object) => asText(at(object, 'spec', 'type')),
  },
};
