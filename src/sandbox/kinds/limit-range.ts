/** LimitRanges: the limits that a namespace sets its pods, and the amounts that it fills in. */
import { parseQuantity } from '../../std/quantity.ts';
import { duplicate, type FieldError, forbiddenField, invalidValue, required } from '../machinery/field-errors.ts';
import { asObject, asText, childOf, type Draft, objectsOf } from '../machinery/json.ts';
import { qualifiedNameProblems } from '../../std/names.ts';
import type { Strategy } from '../machinery/registry.ts';
import { containerResourceNameErrors, mayOvercommit, resourceNameErrors } from './pod-resources.ts';

const amounts = (limit: Draft, field: string): Draft => asObject(limit[field]) ?? {};

/**
 * What is not said follows from what is: the default from the maximum, the default request from the default or the
 * minimum.
 */
function fillIn(limit: Draft): void {
  if (limit['type'] !== 'Container') return;
  const max = amounts(limit, 'max');
  const byDefault = { ...max, ...amounts(limit, 'default') };
  const requested = { ...amounts(limit, 'min'), ...byDefault, ...amounts(limit, 'defaultRequest') };
  if (Object.keys(byDefault).length > 0) limit['default'] = byDefault;
  if (Object.keys(requested).length > 0) limit['defaultRequest'] = requested;
}

const LIST = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'];
const STANDARD = ['Pod', 'Container', 'PersistentVolumeClaim'];

function typeErrors(type: string, path: string): readonly FieldError[] {
  const problems = qualifiedNameProblems(type);
  if (problems.length > 0) return problems.map((problem) => invalidValue(path, type, problem));
  const known = type.includes('/') || STANDARD.includes(type);
  return known ? [] : [invalidValue(path, type, 'must be a standard limit type or fully qualified')];
}

/** A limit of claims says how much they may store. */
function claimErrors(limit: Draft, path: string): readonly FieldError[] {
  const stored = ['min', 'max'].some((list) => amounts(limit, list)['storage'] !== undefined);
  const detail = 'either minimum or maximum storage value is required, but neither was provided';
  return limit['type'] === 'PersistentVolumeClaim' && !stored ? [required(`${path}.limits`, detail)] : [];
}

function shapeErrors(limit: Draft, path: string, repeated: readonly FieldError[]): readonly FieldError[] {
  const type = asText(limit['type']);
  const nameErrors = type === 'Pod' || type === 'Container' ? containerResourceNameErrors : resourceNameErrors;
  const errors: FieldError[] = [...typeErrors(type, `${path}.type`), ...repeated];
  for (const list of LIST) {
    if (list === 'maxLimitRequestRatio') errors.push(...claimErrors(limit, path));
    const names = Object.keys(amounts(limit, list));
    if (type === 'Pod' && list.startsWith('default')) {
      if (names.length > 0) errors.push(forbiddenField(`${path}.${list}`, "may not be specified when `type` is 'Pod'"));
    } else errors.push(...names.flatMap((name) => nameErrors(name, `${path}.${list}[${name}]`)));
  }
  return errors;
}

const NANO = 1_000_000_000n;
const nanoOf = (value: unknown) => parseQuantity(asText(value))?.nano;

function ratioErrors(limit: Draft, name: string, path: string): readonly FieldError[] {
  const ratio = amounts(limit, 'maxLimitRequestRatio')[name];
  const nano = nanoOf(ratio);
  if (nano === undefined) return [];
  const errors: FieldError[] = nano < NANO ? [invalidValue(path, ratio, `ratio ${asText(ratio)} is less than 1`)] : [];
  const [least, most] = [nanoOf(amounts(limit, 'min')[name]), nanoOf(amounts(limit, 'max')[name])];
  if (least === undefined || most === undefined) return errors;
  const bound = Number(most) / Number(least);
  const over = Number(nano) / Number(NANO) > bound;
  return over
    ? [...errors, invalidValue(path, ratio, `ratio ${asText(ratio)} is greater than max/min = ${bound.toFixed(6)}`)]
    : errors;
}

function limitErrors(limit: Draft, path: string, repeated: readonly FieldError[]): readonly FieldError[] {
  const errors: FieldError[] = [...shapeErrors(limit, path, repeated)];
  const listed = limit['type'] === 'Pod' ? ['min', 'max', 'maxLimitRequestRatio'] : LIST;
  const of = (list: string, name: string) => (listed.includes(list) ? amounts(limit, list)[name] : undefined);
  const names = new Set(listed.flatMap((list) => Object.keys(amounts(limit, list))));
  for (const name of names) {
    const [least, most] = [of('min', name), of('max', name)];
    const [request, byDefault] = [of('defaultRequest', name), of('default', name)];
    const compare = (
      low: readonly [string, unknown],
      high: readonly [string, unknown],
      [list, shown]: readonly [string, unknown],
    ) => {
      const [a, b] = [nanoOf(low[1]), nanoOf(high[1])];
      if (a === undefined || b === undefined || a <= b) return;
      const detail = `${low[0]} value ${asText(low[1])} is greater than ${high[0]} value ${asText(high[1])}`;
      errors.push(invalidValue(`${path}.${list}[${name}]`, shown, detail));
    };
    compare(['min', least], ['max', most], ['min', least]);
    compare(['min', least], ['default request', request], ['defaultRequest', request]);
    compare(['default request', request], ['max', most], ['defaultRequest', request]);
    compare(['default request', request], ['default limit', byDefault], ['defaultRequest', request]);
    compare(['min', least], ['default', byDefault], ['default', least]);
    compare(['default', byDefault], ['max', most], ['default', most]);
    errors.push(...ratioErrors(limit, name, `${path}.maxLimitRequestRatio[${name}]`));
    if (
      !mayOvercommit(name) &&
      request !== undefined &&
      byDefault !== undefined &&
      nanoOf(request) !== nanoOf(byDefault)
    ) {
      const detail = `default value ${asText(byDefault)} must equal to defaultRequest value ${asText(request)} in ${name}`;
      errors.push(invalidValue(`${path}.defaultRequest[${name}]`, request, detail));
    }
  }
  return errors;
}

function rangeErrors(object: Draft): readonly FieldError[] {
  const types = new Set<unknown>();
  return objectsOf(childOf(object, 'spec')['limits']).flatMap((limit, index) => {
    const path = `spec.limits[${index}]`;
    const repeated = types.has(limit['type']) ? [duplicate(`${path}.type`, limit['type'])] : [];
    types.add(limit['type']);
    return limitErrors(limit, path, repeated);
  });
}

export const LIMIT_RANGE: Strategy = {
  namesNameless: true,
  applyDefaults: (draft) => objectsOf(childOf(draft, 'spec')['limits']).forEach(fillIn),
  validate: rangeErrors,
};
