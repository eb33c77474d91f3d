/** EndpointSlices, in the words of k8s.io/kubernetes/pkg/apis/discovery/validation. */
import { isIP } from 'node:net';
import { duplicate, type FieldError, invalidValue, required, tooMany } from '../machinery/field-errors.ts';
import { asList, asObject, asText, at, type Draft, equalJson, objectsOf, setDefault } from '../machinery/json.ts';
import { dnsLabelProblems, dnsSubdomainProblems, labelValueProblems, qualifiedNameProblems } from '../../std/names.ts';
import { addressListWarnings } from './address-warnings.ts';
import type { Strategy } from '../machinery/registry.ts';
import { ipAddress, oneOf, specialAddress, textErrors } from './field-checks.ts';

const MAX_ENDPOINTS = 1_000;
const MAX_ADDRESSES = 100;
const MAX_PORTS = 100;
/** Of hints: how many zones or nodes an endpoint may be for. */
const MAX_HINTS = 8;

function domainErrors(name: string, field: string): readonly FieldError[] {
  if (name === '') return [required(field)];
  const plain = name.endsWith('.') ? name.slice(0, -1) : name;
  const problems = dnsSubdomainProblems(plain);
  if (problems.length > 0) return [invalidValue(field, plain, problems.join(','))];
  const labels = plain.split('.');
  if (labels.length < 2)
    return [invalidValue(field, plain, 'should be a domain with at least two segments separated by dots')];
  const wrong = labels.find((label) => dnsLabelProblems(label).length > 0);
  return wrong === undefined ? [] : [invalidValue(field, wrong, dnsLabelProblems(wrong).join(','))];
}

function addressErrors(address: string, field: string, type: unknown): readonly FieldError[] {
  if (type === 'FQDN') return domainErrors(address, field);
  if (type !== 'IPv4' && type !== 'IPv6') return [];
  const family = isIP(address);
  if (family === 0) return ipAddress(address, field);
  const other =
    family === (type === 'IPv4' ? 4 : 6) ? [] : [invalidValue(field, address, `must be an ${type} address`)];
  return [...other, ...specialAddress(address, field)];
}

function hintErrors(hints: Draft, path: string): readonly FieldError[] {
  return ['forZones', 'forNodes'].flatMap((kind) => {
    const names = objectsOf(hints[kind]).map((hint) => asText(hint['name']));
    const field = `${path}.${kind}`;
    if (names.length > MAX_HINTS) return [tooMany(field, names.length, MAX_HINTS)];
    return names.flatMap((name, index) => {
      const twice = names.indexOf(name) < index ? [duplicate(`${field}[${index}].name`, name)] : [];
      return [
        ...twice,
        ...textErrors(name, `${field}[${index}].name`, kind === 'forZones' ? labelValueProblems : dnsSubdomainProblems),
      ];
    });
  });
}

function endpointErrors(endpoint: Draft, path: string, type: unknown): readonly FieldError[] {
  const addresses = asList(endpoint['addresses']).map(asText);
  const { nodeName, hostname } = endpoint;
  const errors: FieldError[] = [];
  if (addresses.length === 0) errors.push(required(`${path}.addresses`, 'must contain at least 1 address'));
  else if (addresses.length > MAX_ADDRESSES) errors.push(tooMany(`${path}.addresses`, addresses.length, MAX_ADDRESSES));
  errors.push(...addresses.flatMap((address, index) => addressErrors(address, `${path}.addresses[${index}]`, type)));
  if (typeof nodeName === 'string') errors.push(...textErrors(nodeName, `${path}.nodeName`, dnsSubdomainProblems));
  if (typeof hostname === 'string') errors.push(...textErrors(hostname, `${path}.hostname`, dnsLabelProblems));
  const hints = asObject(endpoint['hints']);
  return hints ? [...errors, ...hintErrors(hints, `${path}.hints`)] : errors;
}

function portErrors(ports: readonly Draft[]): readonly FieldError[] {
  if (ports.length > MAX_PORTS) return [tooMany('ports', ports.length, MAX_PORTS)];
  const names = ports.map((port) => asText(port['name']));
  return ports.flatMap((port, index) => {
    const [path, name, protocol] = [`ports[${index}]`, asText(port['name']), port['appProtocol']];
    return [
      ...(name === '' ? [] : textErrors(name, `${path}.name`, dnsLabelProblems)),
      ...(names.indexOf(name) < index ? [duplicate(`${path}.name`, name)] : []),
      ...oneOf(port['protocol'], `${path}.protocol`, ['SCTP', 'TCP', 'UDP']),
      ...(typeof protocol === 'string' ? textErrors(protocol, `${path}.appProtocol`, qualifiedNameProblems) : []),
    ];
  });
}

function validate(object: Draft): readonly FieldError[] {
  const type = object['addressType'];
  const endpoints = objectsOf(object['endpoints']);
  const typed = asText(type) === '' ? [required('addressType')] : oneOf(type, 'addressType', ['FQDN', 'IPv4', 'IPv6']);
  const within =
    endpoints.length > MAX_ENDPOINTS
      ? [tooMany('endpoints', endpoints.length, MAX_ENDPOINTS)]
      : endpoints.flatMap((endpoint, index) => endpointErrors(endpoint, `endpoints[${index}]`, type));
  return [...typed, ...portErrors(objectsOf(object['ports'])), ...within];
}

/** What the first version said of places is read, not written: an endpoint that comes back keeps its node's name. */
function dropTopology(draft: Draft, old?: unknown): void {
  const former = objectsOf(at(old, 'endpoints'));
  const endpoints = objectsOf(draft['endpoints']);
  if (old !== undefined && equalJson(endpoints, former)) return;
  const host = (endpoint: Draft) => at(endpoint, 'deprecatedTopology', 'kubernetes.io/hostname');
  const known = new Set(former.map(host));
  for (const endpoint of endpoints) {
    const node = host(endpoint);
    if (typeof node === 'string' && known.has(node) && dnsSubdomainProblems(node).length === 0)
      setDefault(endpoint, 'nodeName', node);
    delete endpoint['deprecatedTopology'];
  }
}

export const ENDPOINT_SLICE: Strategy = {
  prepareForCreate: (draft) => dropTopology(draft),
  prepareForUpdate: dropTopology,
  generation: true,
  labelsCount: true,
  applyDefaults: (draft) => {
    for (const port of objectsOf(draft['ports'])) {
      setDefault(port, 'name', '');
      setDefault(port, 'protocol', 'TCP');
    }
  },
  validate,
  warnings: (object, old) => {
    const machine = ['endpointslice-controller.k8s.io', 'endpointslicemirroring-controller.k8s.io'];
    const by = asText(at(object, 'metadata', 'labels', 'endpointslice.kubernetes.io/managed-by'));
    const deprecated =
      !old && object['addressType'] === 'FQDN' ? ['spec.addressType: FQDN endpoints are deprecated'] : [];
    if (machine.includes(by)) return deprecated;
    return [
      ...deprecated,
      ...objectsOf(object['endpoints']).flatMap((endpoint, index) =>
        addressListWarnings(endpoint['addresses'], `endpoints[${index}].addresses`),
      ),
    ];
  },
  validateUpdate: (object, old) =>
    object['addressType'] === old['addressType']
      ? []
      : [invalidValue('addressType', object['addressType'], 'field is immutable')],
};
