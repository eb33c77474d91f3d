/** Ingresses and NetworkPolicies. */
import { isIP } from 'node:net';
import { type FieldError, invalidValue, required } from '../field-errors.ts';
import { asList, asObject, asText, at, childOf, type Draft, isObject, objectsOf, setDefault } from '../json.ts';
import { dnsSubdomainProblems } from '../names.ts';
import type { Strategy } from '../registry.ts';
import { oneOf } from './field-checks.ts';

function ruleErrors(object: Draft): readonly FieldError[] {
  const errors: FieldError[] = [];
  const spec = childOf(object, 'spec');
  const rules = objectsOf(spec['rules']);
  if (rules.length === 0 && spec['defaultBackend'] === undefined)
    errors.push(invalidValue('spec', spec, 'either `defaultBackend` or `rules` must be specified'));
  const fallback = asObject(spec['defaultBackend']);
  if (fallback) errors.push(...backendErrors(fallback, 'spec.defaultBackend'));
  for (const [index, rule] of rules.entries()) {
    const field = `spec.rules[${index}]`;
    const host = asText(rule['host']);
    if (isIP(host) !== 0) errors.push(invalidValue(`${field}.host`, host, 'must be a DNS name, not an IP address'));
    const plain = host.startsWith('*.') ? host.slice(2) : host;
    if (plain !== '') errors.push(...dnsSubdomainProblems(plain).map((problem) => invalidValue(`${field}.host`, host, problem)));
    for (const [at_, path] of objectsOf(at(rule, 'http', 'paths')).entries())
      errors.push(...pathErrors(path, `${field}.http.paths[${at_}]`));
  }
  return errors;
}

function pathErrors(path: Draft, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const type = asText(path['pathType']);
  const text = asText(path['path']);
  if (type === '') return [required(`${field}.pathType`, 'pathType must be specified')];
  if (!text.startsWith('/') && (type !== 'ImplementationSpecific' || text !== ''))
    errors.push(invalidValue(`${field}.path`, text, 'must be an absolute path'));
  if (type === 'Exact' || type === 'Prefix') {
    for (const bad of BAD_SEQUENCES) if (text.includes(bad)) errors.push(invalidValue(`${field}.path`, text, `must not contain '${bad}'`));
    for (const bad of BAD_ENDS) if (text.endsWith(bad)) errors.push(invalidValue(`${field}.path`, text, `cannot end with '${bad}'`));
  }
  errors.push(...oneOf(type, `${field}.pathType`, ['Exact', 'ImplementationSpecific', 'Prefix']));
  return [...errors, ...backendErrors(asObject(path['backend']) ?? {}, `${field}.backend`)];
}

/** What servers resolve before they match a path, so that it would match another. */
const BAD_SEQUENCES = ['//', '/./', '/../', '%2f', '%2F'];
const BAD_ENDS = ['/..', '/.'];

function backendErrors(backend: Draft, field: string): readonly FieldError[] {
  const service = asObject(backend['service']);
  if (service && isObject(backend['resource'])) return [invalidValue(field, '', 'cannot set both resource and service backends')];
  if (!service) return isObject(backend['resource']) ? [] : [required(field, 'resource or service backend is required')];
  const errors: FieldError[] = [];
  const name = asText(service['name']);
  if (name === '') errors.push(required(`${field}.service.name`));
  const port = asText(at(service, 'port', 'name'));
  const number = at(service, 'port', 'number') ?? 0;
  if (port !== '' && number !== 0) errors.push(invalidValue(field, '', 'cannot set both port name & port number'));
  else if (port === '' && number === 0) errors.push(required(field, 'port name or number is required'));
  return errors;
}

export const INGRESS: Strategy = {
  generation: true,
  statusSeparate: true,
  prepareForCreate: (draft) => {
    draft['status'] = { loadBalancer: {} };
  },
  validate: ruleErrors,
};

export const NETWORK_POLICY: Strategy = {
  generation: true,
  applyDefaults: (draft) => {
    const spec = childOf(draft, 'spec');
    for (const direction of ['ingress', 'egress'])
      for (const rule of objectsOf(spec[direction])) for (const port of objectsOf(rule['ports'])) setDefault(port, 'protocol', 'TCP');
    if (asList(spec['policyTypes']).length === 0)
      spec['policyTypes'] = asList(spec['egress']).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  },
  validate: (object) =>
    asList(at(object, 'spec', 'policyTypes')).flatMap((type, index) => oneOf(type, `spec.policyTypes[${index}]`, ['Egress', 'Ingress'])),
};
