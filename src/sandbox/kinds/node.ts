/** Nodes. */
import { duplicate, type FieldError, forbiddenField, invalidValue, required } from '../machinery/field-errors.ts';
import {
  asList,
  asObject,
  asText,
  at,
  childOf,
  type Draft,
  equalJson,
  isObject,
  objectsOf,
  setDefault,
} from '../machinery/json.ts';
import { labelValueProblems, qualifiedNameProblems } from '../../std/names.ts';
import type { Strategy } from '../machinery/registry.ts';
import { setDefaults } from './defaults.ts';
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

const rangeErrors = (object: Draft): readonly FieldError[] =>
  asList(at(object, 'spec', 'podCIDRs')).flatMap((range, index) =>
    addressRange(asText(range), `spec.podCIDRs[${index}]`),
  );

/** Given once, they stay. */
function identityErrors(object: Draft, old: Readonly<Record<string, unknown>>): readonly FieldError[] {
  const errors: FieldError[] = [];
  const changed = (field: string) => {
    const before = at(old, 'spec', field);
    return asList(before).length + asText(before).length > 0 && !equalJson(before, at(object, 'spec', field));
  };
  if (changed('podCIDRs'))
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
  validateStatusUpdate: amountsErrors,
  // The real server looks at taints twice when a node is updated, and says so twice.
  validateUpdate: (object, old) => [...taintErrors(object), ...identityErrors(object, old)],
  selectableFields: { 'spec.unschedulable': (object) => String(at(object, 'spec', 'unschedulable') === true) },
};

/** The list follows the single range, which older clients set alone. */
function listCidrs(spec: Draft): void {
  const range = asText(spec['podCIDR']);
  if (range !== '' && asList(spec['podCIDRs'])[0] !== range) spec['podCIDRs'] = [range];
}
