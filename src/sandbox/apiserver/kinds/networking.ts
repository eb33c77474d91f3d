/** Ingresses and NetworkPolicies. */
import { type FieldError, invalidValue, required } from '../field-errors.ts';
import { asList, asText, at, childOf, type Draft, objectsOf, setDefault } from '../json.ts';
import { dnsSubdomainProblems } from '../names.ts';
import type { Strategy } from '../registry.ts';
import { oneOf } from './field-checks.ts';

function ruleErrors(object: Draft): readonly FieldError[] {
  const errors: FieldError[] = [];
  const spec = childOf(object, 'spec');
  const rules = objectsOf(spec['rules']);
  if (rules.length === 0 && spec['defaultBackend'] === undefined)
    errors.push(invalidValue('spec', spec, 'either `defaultBackend` or `rules` must be specified'));
  for (const [index, rule] of rules.entries()) {
    const field = `spec.rules[${index}]`;
    const host = asText(rule['host']);
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
  if (type !== 'ImplementationSpecific' && text !== '' && !text.startsWith('/'))
    errors.push(invalidValue(`${field}.path`, text, 'must be an absolute path'));
  errors.push(...oneOf(type, `${field}.pathType`, ['Exact', 'ImplementationSpecific', 'Prefix']));
  const backend = `${field}.backend`;
  const service = at(path, 'backend', 'service');
  if (service === undefined && at(path, 'backend', 'resource') === undefined)
    errors.push(required(backend, 'resource or service backend is required'));
  else if (service !== undefined && asText(at(service, 'name')) === '') errors.push(required(`${backend}.service.name`));
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
