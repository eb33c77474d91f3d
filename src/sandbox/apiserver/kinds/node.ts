/** Nodes. */
import { type FieldError, forbiddenField } from '../field-errors.ts';
import { asList, asText, at, childOf, type Draft, equalJson, isObject, objectsOf, setDefault } from '../json.ts';
import type { Strategy } from '../registry.ts';
import { setDefaults } from './defaults.ts';
import { oneOf } from './field-checks.ts';

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
  return objectsOf(at(object, 'spec', 'taints')).flatMap(({ effect }, index) =>
    oneOf(effect, `metadata.taints[${index}].effect`, ['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
  );
}

/** Given once, they stay. */
function identityErrors(object: Draft, old: Readonly<Record<string, unknown>>): readonly FieldError[] {
  const errors: FieldError[] = [];
  const changed = (field: string) => {
    const before = at(old, 'spec', field);
    return asList(before).length + asText(before).length > 0 && !equalJson(before, at(object, 'spec', field));
  };
  if (changed('podCIDRs')) errors.push(forbiddenField('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
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
  validate: taintErrors,
  // The real server looks at taints twice when a node is updated, and says so twice.
  validateUpdate: (object, old) => [...taintErrors(object), ...identityErrors(object, old)],
  selectableFields: { 'spec.unschedulable': (object) => String(at(object, 'spec', 'unschedulable') === true) },
};

/** The list follows the single range, which older clients set alone. */
function listCidrs(spec: Draft): void {
  const range = asText(spec['podCIDR']);
  if (range !== '' && asList(spec['podCIDRs'])[0] !== range) spec['podCIDRs'] = [range];
}
