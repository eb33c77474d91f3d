/** Fields of a pod, ConfigMaps and Secrets that containers and volumes refer to. */
import { parseQuantity } from '../../std/quantity.ts';
import { type FieldError, invalidValue, required } from '../machinery/field-errors.ts';
import { asText, type Draft, isObject } from '../machinery/json.ts';
import { dnsSubdomainProblems, qualifiedNameProblems } from '../../std/names.ts';
import { configKeyProblems, oneOf, textErrors } from './field-checks.ts';

/** Whatever a pod may show of itself somewhere. */
const SHOWN = new Set([
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.restartPolicy',
  'spec.schedulerName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.phase',
  'status.podIP',
  'status.podIPs',
]);
export const ENV_FIELDS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
export const FILE_FIELDS = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];

const RESOURCES = ['cpu', 'ephemeral-storage', 'memory'];
const RESOURCE_FIELDS = ['limits', 'requests'].flatMap((list) => RESOURCES.map((name) => `${list}.${name}`));
const BYTE_DIVISORS = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];

/** `allowed`: what this place may show. https://kubernetes.io/docs/concepts/workloads/pods/downward-api/ */
export function fieldRefErrors(ref: Draft, allowed: readonly string[], path: string): readonly FieldError[] {
  const field = `${path}.fieldPath`;
  const name = asText(ref['fieldPath']);
  if (name === '') return [required(field)];
  const version = asText(ref['apiVersion']);
  const fails = (why: string) => [invalidValue(field, name, `error converting fieldPath: ${why}`)];
  if (version !== '' && version !== 'v1') return fails(`unsupported pod version: ${version}`);
  const [, base = name, key] = /^(.+)\['(.*)'\]$/.exec(name) ?? [];
  if (key !== undefined) {
    if (base === 'metadata.annotations') return textErrors(key.toLowerCase(), path, qualifiedNameProblems);
    if (base === 'metadata.labels') return textErrors(key, path, qualifiedNameProblems);
    return fails('field label does not support subscript');
  }
  return SHOWN.has(name) ? oneOf(name, field, allowed) : fails(`field label not supported: ${name}`);
}

function divisorErrors(ref: Draft, path: string): readonly FieldError[] {
  const resource = asText(ref['resource']);
  const divisor = asText(ref['divisor']);
  if ((parseQuantity(divisor)?.nano ?? 0n) === 0n) return [];
  const refuse = (detail: string) => [invalidValue(`${path}.divisor`, resource, `only divisor's values ${detail}`)];
  if (/^(limits|requests)\.cpu$/.test(resource))
    return ['1m', '1'].includes(divisor) ? [] : refuse('1m and 1 are supported with the cpu resource');
  if (BYTE_DIVISORS.includes(divisor)) return [];
  const what = /^(?:limits|requests)\.(memory|ephemeral-storage|hugepages)/.exec(resource)?.[1];
  const title = what === 'ephemeral-storage' ? 'local ephemeral storage' : what;
  return title === undefined ? [] : refuse(`${BYTE_DIVISORS.join(', ')} are supported with the ${title} resource`);
}

export function resourceRefErrors(ref: Draft, path: string): readonly FieldError[] {
  const resource = asText(ref['resource']);
  const errors: FieldError[] = [];
  if (resource === '') errors.push(required(`${path}.resource`));
  else if (!/^(limits|requests)\.hugepages-/.test(resource))
    errors.push(...oneOf(resource, `${path}.resource`, RESOURCE_FIELDS));
  return [...errors, ...divisorErrors(ref, path)];
}

/** A key of a ConfigMap or Secret. */
export function keyRefErrors(ref: Draft, path: string): readonly FieldError[] {
  const key = asText(ref['key']);
  return [
    ...textErrors(asText(ref['name']), `${path}.name`, dnsSubdomainProblems),
    ...(key === '' ? [required(`${path}.key`)] : textErrors(key, `${path}.key`, configKeyProblems)),
  ];
}

/** Relative, and not upwards. */
export function descendingPathErrors(path: string, field: string): readonly FieldError[] {
  return [
    ...(path.startsWith('/') ? [invalidValue(field, path, 'must be a relative path')] : []),
    ...backstepErrors(path, field),
  ];
}

export const backstepErrors = (path: string, field: string): readonly FieldError[] =>
  path.split('/').includes('..') ? [invalidValue(field, path, "must not contain '..'")] : [];

/** The kubelet keeps names that begin with two dots for itself. */
export function localPathErrors(path: string, field: string): readonly FieldError[] {
  const errors = descendingPathErrors(path, field);
  const reserved = path.startsWith('..') && !path.startsWith('../');
  return reserved ? [...errors, invalidValue(field, path, "must not start with '..'")] : errors;
}

/** Required by name where the object is there. */
export const requiredText = (holder: unknown, name: string, path: string): readonly FieldError[] =>
  isObject(holder) && asText(holder[name]) === '' ? [required(`${path}.${name}`)] : [];
