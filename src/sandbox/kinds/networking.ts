/** Ingresses and their classes, in the words of k8s.io/kubernetes/pkg/apis/networking/validation. */
import { isIP } from 'node:net';
import { type FieldError, forbiddenField, invalidValue, required, tooLong } from '../machinery/field-errors.ts';
import { asList, asObject, asText, at, childOf, type Draft, objectsOf, setDefault } from '../machinery/json.ts';
import { dnsLabelProblems, dnsSubdomainProblems, pathSegmentProblems } from '../../std/names.ts';
import type { Strategy } from '../machinery/registry.ts';
import { domainPathErrors } from './domain-path.ts';
import { balancerAddressErrors } from './balancer-status.ts';
import { oneOf, portNameProblems, portNumber, textErrors } from './field-checks.ts';

const WILDCARD = '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';

function wildcardProblems(host: string): readonly string[] {
  if (new RegExp(`^${WILDCARD}$`).test(host)) return [];
  return [
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric " +
      `characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '${WILDCARD}')`,
  ];
}

const hostErrors = (host: string, field: string): readonly FieldError[] =>
  textErrors(host, field, host.includes('*') ? wildcardProblems : dnsSubdomainProblems);

function ruleErrors(rule: Draft, field: string): readonly FieldError[] {
  const host = asText(rule['host']);
  const http = asObject(rule['http']);
  const paths = objectsOf(http?.['paths']);
  const errors: FieldError[] = [];
  if (isIP(host) !== 0) errors.push(invalidValue(`${field}.host`, host, 'must be a DNS name, not an IP address'));
  if (host !== '') errors.push(...hostErrors(host, `${field}.host`));
  if (http && paths.length === 0) errors.push(required(`${field}.http.paths`));
  return [...errors, ...paths.flatMap((path, index) => pathErrors(path, `${field}.http.paths[${index}]`))];
}

function tlsErrors(tls: Draft, field: string): readonly FieldError[] {
  const secret = asText(tls['secretName']);
  return [
    ...asList(tls['hosts']).flatMap((host, index) => hostErrors(asText(host), `${field}.hosts[${index}]`)),
    ...(secret === '' ? [] : textErrors(secret, `${field}.secretName`, dnsSubdomainProblems)),
  ];
}

function ingressErrors(object: Draft): readonly FieldError[] {
  const errors: FieldError[] = [];
  const spec = childOf(object, 'spec');
  const rules = objectsOf(spec['rules']);
  const fallback = asObject(spec['defaultBackend']);
  if (rules.length === 0 && !fallback)
    errors.push(invalidValue('spec', spec['rules'], 'either `defaultBackend` or `rules` must be specified'));
  if (fallback) errors.push(...backendErrors(fallback, 'spec.defaultBackend'));
  errors.push(...rules.flatMap((rule, index) => ruleErrors(rule, `spec.rules[${index}]`)));
  errors.push(...objectsOf(spec['tls']).flatMap((tls, index) => tlsErrors(tls, `spec.tls[${index}]`)));
  const name = spec['ingressClassName'];
  return typeof name === 'string'
    ? [...errors, ...textErrors(name, 'spec.ingressClassName', dnsSubdomainProblems)]
    : errors;
}

/** The annotation that named the class before the field did. */
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

function classAnnotationErrors(object: Draft): readonly FieldError[] {
  const [named, annotated] = [
    at(object, 'spec', 'ingressClassName'),
    asObject(at(object, 'metadata', 'annotations'))?.[CLASS_ANNOTATION],
  ];
  if (typeof named !== 'string' || typeof annotated !== 'string' || named === annotated) return [];
  return [
    invalidValue(`annotations.${CLASS_ANNOTATION}`, annotated, 'must match `ingressClassName` when both are specified'),
  ];
}

function pathErrors(path: Draft, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const type = path['pathType'];
  const text = asText(path['path']);
  if (typeof type !== 'string') return [required(`${field}.pathType`, 'pathType must be specified')];
  const strict = type === 'Exact' || type === 'Prefix';
  if (!text.startsWith('/') && (strict || (type === 'ImplementationSpecific' && text !== '')))
    errors.push(invalidValue(`${field}.path`, text, 'must be an absolute path'));
  if (strict) {
    for (const bad of BAD_SEQUENCES)
      if (text.includes(bad)) errors.push(invalidValue(`${field}.path`, text, `must not contain '${bad}'`));
    for (const bad of BAD_ENDS)
      if (text.endsWith(bad)) errors.push(invalidValue(`${field}.path`, text, `cannot end with '${bad}'`));
  }
  errors.push(...oneOf(type, `${field}.pathType`, ['Exact', 'ImplementationSpecific', 'Prefix']));
  return [...errors, ...backendErrors(asObject(path['backend']) ?? {}, `${field}.backend`)];
}

/** What servers resolve before they match a path, so that it would match another. */
const BAD_SEQUENCES = ['//', '/./', '/../', '%2f', '%2F'];
const BAD_ENDS = ['/..', '/.'];

function resourceErrors(resource: Draft, field: string): readonly FieldError[] {
  const group = resource['apiGroup'];
  return [
    ...(typeof group === 'string' ? textErrors(group, `${field}.apiGroup`, dnsSubdomainProblems) : []),
    ...['kind', 'name'].flatMap((name) => {
      const value = asText(resource[name]);
      return value === '' ? [required(`${field}.${name}`)] : textErrors(value, `${field}.${name}`, pathSegmentProblems);
    }),
  ];
}

function backendErrors(backend: Draft, field: string): readonly FieldError[] {
  const [service, resource] = [asObject(backend['service']), asObject(backend['resource'])];
  if (service && resource) return [invalidValue(field, '', 'cannot set both resource and service backends')];
  if (resource) return resourceErrors(resource, `${field}.resource`);
  if (!service) return [invalidValue(field, '', 'resource or service backend is required')];
  const errors: FieldError[] = [];
  const name = asText(service['name']);
  if (name === '') errors.push(required(`${field}.service.name`));
  else errors.push(...textErrors(name, `${field}.service.name`, dnsLabelProblems));
  const port = asText(at(service, 'port', 'name'));
  const number = at(service, 'port', 'number') ?? 0;
  if (port !== '' && number !== 0) errors.push(invalidValue(field, '', 'cannot set both port name & port number'));
  else if (port !== '') errors.push(...textErrors(port, `${field}.service.port.name`, portNameProblems));
  else if (number !== 0) errors.push(...portNumber(number, `${field}.service.port.number`));
  else errors.push(required(field, 'port name or number is required'));
  return errors;
}

export const INGRESS: Strategy = {
  generation: true,
  statusSeparate: true,
  prepareForCreate: (draft) => {
    draft['status'] = { loadBalancer: {} };
  },
  validate: ingressErrors,
  validateStatusUpdate: (object, old) => balancerAddressErrors(object, old),
  validateCreate: classAnnotationErrors,
  warnings: (object, old) => {
    const annotation = 'kubernetes.io/ingress.class';
    const named = at(object, 'spec', 'ingressClassName') !== undefined;
    if (old || named || at(object, 'metadata', 'annotations', annotation) === undefined) return [];
    return [`annotation "${annotation}" is deprecated, please use 'spec.ingressClassName' instead`];
  },
};

/** A class's controller is named by a domain and a path in it. */
const MAX_CONTROLLER_BYTES = 250;

function controllerErrors(controller: string): readonly FieldError[] {
  const field = 'spec.controller';
  if (controller === '') return [required(field)];
  const long = Buffer.byteLength(controller) > MAX_CONTROLLER_BYTES ? [tooLong(field, MAX_CONTROLLER_BYTES)] : [];
  return [...long, ...domainPathErrors(controller, field)];
}

function parameterErrors(parameters: Draft): readonly FieldError[] {
  const field = 'spec.parameters';
  const { scope, namespace } = parameters;
  const errors: FieldError[] = [...resourceErrors(parameters, field)];
  if (scope === undefined) return [...errors, required(`${field}.scope`)];
  errors.push(...oneOf(scope, `${field}.scope`, ['Cluster', 'Namespace']));
  if (scope === 'Namespace' && namespace === undefined)
    errors.push(required(`${field}.namespace`, "`parameters.scope` is set to 'Namespace'"));
  else if (scope === 'Namespace') errors.push(...textErrors(asText(namespace), `${field}.namespace`, dnsLabelProblems));
  if (scope === 'Cluster' && namespace !== undefined)
    errors.push(forbiddenField(`${field}.namespace`, "`parameters.scope` is set to 'Cluster'"));
  return errors;
}

function classErrors(object: Draft): readonly FieldError[] {
  const spec = childOf(object, 'spec');
  const parameters = asObject(spec['parameters']);
  return [...controllerErrors(asText(spec['controller'])), ...(parameters ? parameterErrors(parameters) : [])];
}

export const INGRESS_CLASS: Strategy = {
  generation: true,
  applyDefaults: (draft) => {
    const parameters = asObject(at(draft, 'spec', 'parameters'));
    if (parameters) setDefault(parameters, 'scope', 'Cluster');
  },
  validate: classErrors,
  updateReplacesValidate: true,
  validateUpdate: (object, old) => {
    const [now, before] = [object, old].map((each) => asText(at(each, 'spec', 'controller')));
    const fixed = now === before ? [] : [invalidValue('spec.controller', now, 'field is immutable')];
    return [...fixed, ...classErrors(object)];
  },
};
