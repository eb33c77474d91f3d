/** PriorityClasses. */
import type { KubeObject } from '../../shapes/kube.ts';
import { type FieldError, forbiddenField, invalidValue, required } from '../machinery/field-errors.ts';
import { asNumber, asText, at, childOf, type Draft, setDefault } from '../machinery/json.ts';
import type { Strategy } from '../machinery/registry.ts';
import { oneOf } from './field-checks.ts';

/** Above lie the system's own classes. */
const HIGHEST_USER_PRIORITY = 1_000_000_000;

/** The system's own classes and their values. */
const SYSTEM: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

/** The server makes them when it starts. */
export const SYSTEM_CLASSES: readonly KubeObject[] = [
  ['system-node-critical', 'Used for system critical pods that must not be moved from their current node.'],
  [
    'system-cluster-critical',
    'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  ],
].map(([name = '', description = '']) => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name, generation: 1 },
  value: SYSTEM[name],
  description,
  preemptionPolicy: 'PreemptLowerPriority',
}));

function nameErrors(object: Draft): readonly FieldError[] {
  const name = asText(at(object, 'metadata', 'name'));
  const known = SYSTEM[name];
  const refuse = (why: string) => {
    const detail = `priority class names with 'system-' prefix are reserved for system use only. error: ${why}`;
    return [forbiddenField('metadata.name', detail)];
  };
  if (known === undefined) return refuse(`${name} is not a known system priority class`);
  if (object['value'] !== known) return refuse(`value of ${name} PriorityClass must be ${known}`);
  return object['globalDefault'] === true ? refuse(`globalDefault of ${name} PriorityClass must be false`) : [];
}

function classErrors(object: Draft): readonly FieldError[] {
  const policy = object['preemptionPolicy'];
  const errors: FieldError[] = [];
  if (asText(at(object, 'metadata', 'name')).startsWith('system-')) errors.push(...nameErrors(object));
  else if ((asNumber(object['value']) ?? 0) > HIGHEST_USER_PRIORITY)
    errors.push(
      forbiddenField('value', `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`),
    );
  if (policy === undefined) return errors;
  if (policy === '') return [...errors, required('preemptionPolicy')];
  return [...errors, ...oneOf(policy, 'preemptionPolicy', ['PreemptLowerPriority', 'Never'])];
}

export const PRIORITY_CLASS: Strategy = {
  // A class is never of another generation than the first.
  prepareForCreate: (draft) => {
    childOf(draft, 'metadata')['generation'] = 1;
  },
  updateReplacesValidate: true,
  undeletable: (name) =>
    Object.hasOwn(SYSTEM, name) ? 'this is a system priority class and cannot be deleted' : undefined,
  applyDefaults: (draft) => setDefault(draft, 'preemptionPolicy', 'PreemptLowerPriority'),
  validateCreate: classErrors,
  validateUpdate: (object, old) => [
    ...(object['value'] === old['value'] ? [] : [forbiddenField('value', 'may not be changed in an update.')]),
    ...(object['preemptionPolicy'] === old['preemptionPolicy']
      ? []
      : [invalidValue('preemptionPolicy', object['preemptionPolicy'], 'field is immutable')]),
  ],
};
