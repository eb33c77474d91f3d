/**
 * Amounts of resources that containers, quotas and nodes name. After k8s.io/kubernetes/pkg/apis/core/helper and
 * /validation.
 */
import { parseQuantity } from '../../std/quantity.ts';
import { type FieldError, forbiddenField, invalidValue, required } from '../machinery/field-errors.ts';
import { asObject, asText, at, type Draft } from '../machinery/json.ts';
import { qualifiedNameProblems } from '../../std/names.ts';

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
const isCompute = (name: string): boolean => CONTAINER.has(name.replace(/^(requests|limits)\./, ''));
const isHugePage = (name: string): boolean => name.startsWith('hugepages-');

/** Names without a slash, and those of the project itself. */
const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');
const isQuotaName = (name: string): boolean =>
  isCompute(name) || COUNTED.has(name) || name === 'requests.storage' || isHugePage(name.replace(/^requests\./, ''));
const isWhole = (name: string): boolean => COUNTED.has(name) || (!isNative(name) && !name.startsWith('requests.'));
const mayOvercommit = (name: string): boolean => isNative(name) && !isHugePage(name);

const NANO = 1_000_000_000n;
export const nanoOf = (amount: unknown): bigint | undefined =>
  parseQuantity(typeof amount === 'number' ? String(amount) : asText(amount))?.nano;

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

/** Of one container: names, amounts, and requests against limits. */
export function resourceErrors(resources: unknown, path: string): readonly FieldError[] {
  const limits: Draft = asObject(at(resources, 'limits')) ?? {};
  const requests: Draft = asObject(at(resources, 'requests')) ?? {};
  const errors: FieldError[] = [];
  const check = (name: string, amount: unknown, field: string) => {
    errors.push(...containerResourceNameErrors(name, field), ...amountErrors(name, amount, field));
  };
  for (const [name, amount] of Object.entries(limits)) {
    const field = `${path}.limits[${name}]`;
    check(name, amount, field);
    errors.push(...hugePageErrors(name, amount, field));
  }
  for (const [name, amount] of Object.entries(requests)) {
    const field = `${path}.requests[${name}]`;
    check(name, amount, field);
    errors.push(...requestErrors(name, [amount, limits[name]], path), ...hugePageErrors(name, amount, field));
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePage) && !names.includes('cpu') && !names.includes('memory'))
    errors.push(forbiddenField(path, 'HugePages require cpu or memory'));
  return errors;
}
