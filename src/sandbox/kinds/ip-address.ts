/** IPAddresses and ServiceCIDRs. After k8s.io/kubernetes/pkg/apis/networking/validation. */
import { isIPv6 } from 'node:net';
import { dnsSubdomainProblems, pathSegmentProblems } from '../../std/names.ts';
import { type FieldError, invalidValue, required } from '../machinery/field-errors.ts';
import { asList, asText, at, type Draft, equalJson, isObject } from '../machinery/json.ts';
import type { Strategy } from '../machinery/registry.ts';
import { internalForm } from '../schema/internal-form.ts';
import { addressRange, ipAddress, textErrors } from './field-checks.ts';

const IMMUTABLE = 'field is immutable';
const PARENT = 'spec.parentRef';

function parentErrors(parent: unknown): readonly FieldError[] {
  if (!isObject(parent)) return [required(PARENT)];
  const [group, namespace] = [asText(parent['group']), asText(parent['namespace'])];
  return [
    ...(group === '' ? [] : textErrors(group, `${PARENT}.group`, dnsSubdomainProblems)),
    ...['resource', 'name'].flatMap((name) => {
      const value = asText(parent[name]);
      return value === ''
        ? [required(`${PARENT}.${name}`)]
        : textErrors(value, `${PARENT}.${name}`, pathSegmentProblems);
    }),
    ...(namespace === '' ? [] : textErrors(namespace, `${PARENT}.namespace`, pathSegmentProblems)),
  ];
}

export const IP_ADDRESS: Strategy = {
  validateName: (name) => ipAddress(name, '').map(({ detail }) => detail),
  validate: (object) => parentErrors(at(object, 'spec', 'parentRef')),
  validateUpdate: (object, old) => {
    const parent = at(object, 'spec', 'parentRef');
    if (equalJson(parent, at(old, 'spec', 'parentRef'))) return [];
    const shown = isObject(parent) ? internalForm('networking/v1.ParentReference', parent) : null;
    return [invalidValue(PARENT, shown, IMMUTABLE)];
  },
  selectableFields: {
    'spec.parentRef.name': (object) => asText(at(object, 'spec', 'parentRef', 'name')),
  },
};

const RANGES = 'spec.cidrs';
const rangesOf = (object: unknown): readonly string[] => asList(at(object, 'spec', 'cidrs')).map(asText);

function rangeErrors(object: Draft): readonly FieldError[] {
  const ranges = rangesOf(object);
  if (ranges.length === 0) return [required(RANGES, 'at least one CIDR required')];
  if (ranges.length > 2)
    return [
      invalidValue(
        RANGES,
        internalForm('networking/v1.ServiceCIDRSpec', { cidrs: ranges }),
        'may only hold up to 2 values',
      ),
    ];
  const errors = ranges.flatMap((range, index) => addressRange(range, `${RANGES}[${index}]`));
  const families = ranges.map((range) => isIPv6(range.split('/')[0] ?? ''));
  if (ranges.length < 2 || families[0] !== families[1] || errors.length > 0) return errors;
  const detail = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';
  return [invalidValue(RANGES, ranges, detail)];
}

export const SERVICE_CIDR: Strategy = {
  statusSeparate: true,
  updateReplacesValidate: true,
  prepareForCreate: (draft) => {
    draft['status'] = {};
  },
  validate: rangeErrors,
  validateUpdate: (object: Draft, old) => {
    const [ranges, before] = [rangesOf(object), rangesOf(old)];
    const changed = before.flatMap((range, index) =>
      range === ranges[index] ? [] : [invalidValue(`${RANGES}[${index}]`, ranges[index], IMMUTABLE)],
    );
    if (ranges.length === before.length) return changed;
    // To two families, where there was one.
    if (before.length === 1 && ranges.length === 2) return [...changed, ...rangeErrors(object)];
    return [invalidValue(RANGES, at(object, 'spec', 'cidrs') ?? null, IMMUTABLE)];
  },
};
