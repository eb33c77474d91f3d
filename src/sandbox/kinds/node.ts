/** Nodes. */
import { duplicate, type FieldError, forbiddenField, invalidValue, required } from '../machinery/field-errors.ts';
import {
  asList,
  asObject,
  asText,
  at,
  childOf,
  type Draft,
  isObject,
  objectsOf,
  setDefault,
} from '../machinery/json.ts';
import { labelValueProblems, qualifiedNameProblems } from '../../std/names.ts';
import type { Strategy } from '../machinery/registry.ts';
import { setDefaults } from './defaults.ts';
import { rangeWarnings } from './address-warnings.ts';
import { addressRange, oneOf, textErrors } from './field-checks.ts';
import { TAINT_EFFECTS } from './pod-placement.ts';
import { amountErrors } from './pod-resources.ts';

const INFO = [
  'machineID',
  'systemUUID',
  'bootID',
  'kernelVersion',
  'osImage',
  'containerRuntimeVersion',
  'kubeletVersion',
  'kubeProxyVersion',
  'operatingSystem',
  'architecture',
];

const emptyInfo = (): Draft => Object.fromEntries(INFO.map((field) => [field, '']));

function taintErrors(object: Draft): readonly FieldError[] {
  const seen = new Set<string>();
  return objectsOf(at(object, 'spec', 'taints')).flatMap((taint, index) => {
    const field = `metadata.taints[${index}]`;
    const [key, value, effect] = ['key', 'value', 'effect'].map((name) => asText(taint[name])) as [
      string,
      string,
      string,
    ];
    const problems = labelValueProblems(value);
    const errors: FieldError[] = [...textErrors(key, `${field}.key`, qualifiedNameProblems)];
    if (problems.length > 0) errors.push(invalidValue(`${field}.value`, value, problems.join(';')));
    errors.push(...(effect === '' ? [required(`${field}.effect`)] : oneOf(effect, `${field}.effect`, TAINT_EFFECTS)));
    if (seen.has(`${key}:${effect}`)) {
      const shown = { Key: key, Value: value, Effect: effect, TimeAdded: taint['timeAdded'] ?? null };
      errors.push({ ...duplicate(field, shown), detail: 'taints must be unique by key and effect pair' });
    }
    seen.add(`${key}:${effect}`);
    return errors;
  });
}

const amountsErrors = (object: Draft): readonly FieldError[] =>
  ['capacity', 'allocatable'].flatMap((list) =>
    Object.entries(asObject(at(object, 'status', list)) ?? {}).flatMap(([name, amount]) =>
      amountErrors(name, amount, `status.${list}.${name}`),
    ),
  );

function rangeErrors(object: Draft): readonly FieldError[] {
  const field = 'spec.podCIDRs';
  const ranges = asList(at(object, 'spec', 'podCIDRs')).map(asText);
  const errors = ranges.flatMap((range, index) => addressRange(range, `${field}[${index}]`));
  const newer = ranges.filter((range) => range.includes(':')).length;
  if (ranges.length <= 1 || (ranges.length === 2 && newer === 1)) return errors;
  return [...errors, invalidValue(field, ranges, 'may specify no more than one CIDR for each IP family')];
}

function addressErrors(object: Draft): readonly FieldError[] {
  const seen = new Set<string>();
  return objectsOf(at(object, 'status', 'addresses')).flatMap((address, index) => {
    const shown = { Type: asText(address['type']), Address: asText(address['address']) };
    const key = JSON.stringify(shown);
    const again = seen.has(key);
    seen.add(key);
    return again ? [duplicate(`status.addresses[${index}]`, shown)] : [];
  });
}

/** Of an update, whichever half it is about; the taints of one of the spec have been looked at once already. */
const changeErrors = (object: Draft, old: Readonly<Record<string, unknown>>): readonly FieldError[] => [
  ...amountsErrors(object),
  ...addressErrors(object),
  ...identityErrors(object, old),
  ...taintErrors(object),
  ...(asText(at(object, 'spec', 'externalID')) === asText(at(old, 'spec', 'externalID'))
    ? []
    : [forbiddenField('spec.externalID', 'may not be updated')]),
];

function nodeWarnings(object: Draft): readonly string[] {
  const spec = asObject(object['spec']) ?? {};
  return [
    ...(spec['configSource'] === undefined ? [] : ['spec.configSource: the feature is removed']),
    ...(asText(spec['externalID']) === ''
      ? []
      : ['spec.externalID: this field is deprecated, and is unused by Kubernetes']),
    ...asList(spec['podCIDRs']).flatMap((range, index) => rangeWarnings(asText(range), `spec.podCIDRs[${index}]`)),
  ];
}

/** Given once, they stay. */
function identityErrors(object: Draft, old: Readonly<Record<string, unknown>>): readonly FieldError[] {
  const errors: FieldError[] = [];
  const changed = (field: string) => {
    const before = asText(at(old, 'spec', field));
    return before !== '' && before !== asText(at(object, 'spec', field));
  };
  const ranges = asList(at(object, 'spec', 'podCIDRs'));
  const before = asList(at(old, 'spec', 'podCIDRs'));
  // Told for each range that is another one, or once when there are more or fewer.
  const others = before.length === ranges.length ? before.filter((range, index) => range !== ranges[index]).length : 1;
  for (let told = 0; before.length > 0 && told < others; told += 1)
    errors.push(forbiddenField('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  if (changed('providerID'))
    errors.push(forbiddenField('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  return errors;
}

export const NODE: Strategy = {
  statusSeparate: true,
  applyDefaults: (draft) => {
    childOf(draft, 'spec');
    const status = childOf(draft, 'status');
    if (isObject(status['capacity'])) setDefault(status, 'allocatable', { ...status['capacity'] });
    setDefaults(status, { daemonEndpoints: { kubeletEndpoint: { Port: 0 } }, nodeInfo: emptyInfo() });
  },
  prepareForCreate: (draft) => listCidrs(childOf(draft, 'spec')),
  prepareForUpdate: (draft) => listCidrs(childOf(draft, 'spec')),
  validate: (object) => [...taintErrors(object), ...amountsErrors(object), ...rangeErrors(object)],
  validateStatusUpdate: changeErrors,
  // The real server looks at taints and amounts twice when a node is updated, and says so twice.
  validateUpdate: changeErrors,
  warnings: nodeWarnings,
  selectableFields: { 'spec.unschedulable': (object) => String(at(object, 'spec', 'unschedulable') === true) },
};

/** The list follows the single range, which older clients set alone, and the single range is the first of the list. */
function listCidrs(spec: Draft): void {
  const range = asText(spec['podCIDR']);
  const [first] = asList(spec['podCIDRs']);
  if (range === '' && first !== undefined) spec['podCIDR'] = first;
  if (range !== '' && asList(spec['podCIDRs'])[0] !== range) spec['podCIDRs'] = [range];
}
