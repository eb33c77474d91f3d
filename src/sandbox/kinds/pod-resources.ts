/**
 * Amounts of resources that containers, quotas and nodes name. After k8s.io/kubernetes/pkg/apis/core/helper and
 * /validation.
 */
import { memoised } from '../../std/memo.ts';
import { parseQuantity } from '../../std/quantity.ts';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notFoundValue,
  notSupported,
  required,
} from '../machinery/field-errors.ts';
import { asObject, asText, at, type Draft, objectsOf } from '../machinery/json.ts';
import { ofEach, together } from '../machinery/together.ts';
import { dnsLabelProblems, qualifiedNameProblems } from '../../std/names.ts';
import { textErrors } from './field-checks.ts';

const CONTAINER = new Set(['cpu', 'memory', 'ephemeral-storage']);
const COUNTED = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]);
const isCompute = (name: string): boolean =>
  CONTAINER.has(name) || CONTAINER.has(name.replace(/^(requests|limits)\./, ''));
export const isHugePage = (name: string): boolean => name.startsWith('hugepages-');

/** Names without a slash, and those of the project itself. */
export const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');
export const isQuotaName = (name: string): boolean =>
  isCompute(name) || COUNTED.has(name) || name === 'requests.storage' || isHugePage(name.replace(/^requests\./, ''));
const isWhole = (name: string): boolean => COUNTED.has(name) || (!isNative(name) && !name.startsWith('requests.'));
export const mayOvercommit = (name: string): boolean => isNative(name) && !isHugePage(name);

const NANO = 1_000_000_000n;
/** No amount is longer. */
const MOST_CHARACTERS = 64;
/** A cluster names few amounts, and each of them again and again. */
const amountOf = memoised(1024, (text) => ({ nano: parseQuantity(text)?.nano }));

export function nanoOf(amount: unknown): bigint | undefined {
  const text = typeof amount === 'number' ? String(amount) : asText(amount);
  return text === '' || text.length > MOST_CHARACTERS ? undefined : amountOf(text).nano;
}

/** Not negative, and whole where halves make no sense. */
export function amountErrors(name: string, amount: unknown, field: string): readonly FieldError[] {
  const nano = nanoOf(amount) ?? 0n;
  const errors: FieldError[] = [];
  if (nano < 0n) errors.push(invalidValue(field, amount, 'must be greater than or equal to 0'));
  if (isWhole(name) && nano % NANO !== 0n) errors.push(invalidValue(field, amount, 'must be an integer'));
  return errors;
}

export function resourceNameErrors(name: string, field: string): readonly FieldError[] {
  const problems = qualifiedNameProblems(name);
  if (problems.length > 0) return problems.map((problem) => invalidValue(field, name, problem));
  const known = name.includes('/') || isQuotaName(name) || name === 'storage';
  return known ? [] : [invalidValue(field, name, 'must be a standard resource type or fully qualified')];
}

export function containerResourceNameErrors(name: string, field: string): readonly FieldError[] {
  const errors = resourceNameErrors(name, field);
  if (!name.includes('/')) {
    if (CONTAINER.has(name) || isHugePage(name)) return errors;
    return [...errors, invalidValue(field, name, 'must be a standard resource for containers')];
  }
  const extended =
    isNative(name) || (!name.startsWith('requests.') && qualifiedNameProblems(`requests.${name}`).length === 0);
  return extended ? errors : [...errors, invalidValue(field, name, "doesn't follow extended resource name standard")];
}

export function quotaNameErrors(name: string, field: string): readonly FieldError[] {
  const errors = resourceNameErrors(name, field);
  if (name.includes('/') || isQuotaName(name)) return errors;
  return [...errors, invalidValue(field, name, 'must be a standard resource for quota')];
}

function hugePageErrors(name: string, amount: unknown, field: string): readonly FieldError[] {
  if (!isHugePage(name)) return [];
  const page = nanoOf(name.slice('hugepages-'.length)) ?? 0n;
  const nano = nanoOf(amount) ?? 0n;
  const fits = page > 0n && nano > 0n && nano % page === 0n;
  return fits ? [] : [invalidValue(field, amount, `${asText(amount)} is not positive integer multiple of ${name}`)];
}

function requestErrors(
  name: string,
  [amount, limit]: readonly [unknown, unknown],
  path: string,
): readonly FieldError[] {
  if (limit === undefined)
    return mayOvercommit(name)
      ? []
      : [required(`${path}.limits`, 'Limit must be set for non overcommitable resources')];
  const [asked, allowed] = [nanoOf(amount) ?? 0n, nanoOf(limit) ?? 0n];
  if (asked !== allowed && !mayOvercommit(name))
    return [invalidValue(`${path}.requests`, amount, `must be equal to ${name} limit of ${asText(limit)}`)];
  return asked > allowed
    ? [invalidValue(`${path}.requests`, amount, `must be less than or equal to ${name} limit of ${asText(limit)}`)]
    : [];
}

export function podResourceNameErrors(name: string, field: string): readonly FieldError[] {
  const errors = resourceNameErrors(name, field);
  if (errors.length > 0 || name === 'cpu' || name === 'memory' || isHugePage(name)) return errors;
  return [notSupported(field, name, ['cpu', 'hugepages-', 'memory'])];
}

/** What asks for resources: a container, or a pod as a whole. */
export interface Amounted {
  readonly resources: unknown;
  readonly names: (name: string, field: string) => readonly FieldError[];
  /** Names of the pod's claims of devices. */
  readonly claims: ReadonlySet<string>;
}

const NO_CLAIMS: ReadonlySet<string> = new Set();

/** Of one container: names, amounts, and requests against limits. */
export const resourceErrors = (
  resources: unknown,
  path: string,
  claims: ReadonlySet<string> = NO_CLAIMS,
): readonly FieldError[] => requirementErrors({ resources, names: containerResourceNameErrors, claims }, path);

export function requirementErrors({ resources, names, claims }: Amounted, path: string): readonly FieldError[] {
  const limits: Draft = asObject(at(resources, 'limits')) ?? {};
  const requests: Draft = asObject(at(resources, 'requests')) ?? {};
  const common = (name: string, amount: unknown, field: string) =>
    together(names(name, field), amountErrors(name, amount, field));
  const all = [...Object.keys(limits), ...Object.keys(requests)];
  return together(
    ofEach(Object.keys(limits), (name) => {
      const [amount, field] = [limits[name], `${path}.limits[${name}]`];
      return together(common(name, amount, field), hugePageErrors(name, amount, field));
    }),
    ofEach(Object.keys(requests), (name) => {
      const [amount, field] = [requests[name], `${path}.requests[${name}]`];
      return together(
        common(name, amount, field),
        requestErrors(name, [amount, limits[name]], path),
        hugePageErrors(name, amount, field),
      );
    }),
    all.some(isHugePage) && !all.includes('cpu') && !all.includes('memory')
      ? [forbiddenField(path, 'HugePages require cpu or memory')]
      : [],
    claimNameErrors(at(resources, 'claims'), claims, `${path}.claims`),
  );
}

/** A claim is used as a whole once, or each of its requests is. */
function claimNameErrors(claims: unknown, known: ReadonlySet<string>, path: string): readonly FieldError[] {
  if (claims === undefined) return [];
  const used = new Set<string>();
  const detail = `must be one of the names in pod.spec.resourceClaims${known.size === 0 ? ' which is empty' : `: ${[...known].sort().join(', ')}`}`;
  return objectsOf(claims).flatMap((claim, index) => {
    const [name, request, field] = [asText(claim['name']), asText(claim['request']), `${path}[${index}]`];
    if (name === '') return [required(field)];
    const errors: FieldError[] = [];
    const key = request === '' ? name : `${name}/${request}`;
    if (used.has(name)) errors.push(duplicate(field, name));
    else {
      if (request !== '') errors.push(...textErrors(request, `${field}.request`, dnsLabelProblems));
      if (used.has(key)) errors.push(duplicate(field, key));
      else if (request === '')
        for (const other of used) if (other.startsWith(`${name}/`)) errors.push(duplicate(field, name));
      used.add(key);
    }
    return known.has(name) ? errors : [...errors, { ...notFoundValue(field, name), detail }];
  });
}
