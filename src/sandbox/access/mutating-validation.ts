/** What MutatingAdmissionPolicies and their bindings must look like, beside what validating ones must. */
import type { KubeObject } from '../../shapes/kube.ts';
import { type FieldError, invalidValue, notSupported, required } from '../machinery/field-errors.ts';
import { asList, asObject, asText, type Draft, objectsOf } from '../machinery/json.ts';
import { type ExpressionCheck, expressionCheck, sharedBindingErrors, sharedErrors } from './policy-validation.ts';

/** Those of requests whose objects can be changed. */
const MUTABLE = ['*', 'CONNECT', 'CREATE', 'UPDATE'];
const REINVOCATIONS = ['IfNeeded', 'Never'];

/** A deletion has no object that could be changed. */
const deletionErrors = (match: Draft, path: string): FieldError[] =>
  objectsOf(match['resourceRules']).flatMap((rule) =>
    asList(rule['operations'])
      .map(asText)
      .filter((operation) => !MUTABLE.includes(operation))
      .map((operation) => notSupported(`${path}.resourceRules.operations`, operation, MUTABLE)),
  );

/** Of a MutatingAdmissionPolicy. */
export function mutatingPolicyErrors(object: Draft, old?: KubeObject): FieldError[] {
  const spec = asObject(object['spec']) ?? {};
  const { expression } = expressionCheck(object);
  const errors = sharedErrors(object, old, {
    expression,
    operations: (match) => deletionErrors(match, 'spec.matchConstraints'),
  });
  const mutations = objectsOf(spec['mutations']);
  if (mutations.length === 0) errors.push(required('spec.mutations', 'mutations must contain at least one item'));
  for (const [i, mutation] of mutations.entries())
    errors.push(...mutationErrors(mutation, `spec.mutations[${i}]`, expression));
  const reinvocation = asText(spec['reinvocationPolicy']);
  if (reinvocation === '') errors.push(required('spec.reinvocationPolicy'));
  else if (!REINVOCATIONS.includes(reinvocation))
    errors.push(notSupported('spec.reinvocationPolicy', reinvocation, REINVOCATIONS));
  return errors;
}

const PATCH_FIELDS = { ApplyConfiguration: 'applyConfiguration', JSONPatch: 'jsonPatch' } as const;

function mutationErrors(mutation: Draft, path: string, expression: ExpressionCheck): FieldError[] {
  const patchType = asText(mutation['patchType']);
  if (patchType === '') return [required(`${path}.patchType`)];
  if (patchType !== 'JSONPatch' && patchType !== 'ApplyConfiguration')
    return [notSupported(`${path}.patchType`, patchType, Object.keys(PATCH_FIELDS))];
  const own = PATCH_FIELDS[patchType];
  const other = own === 'jsonPatch' ? 'applyConfiguration' : 'jsonPatch';
  const holder = asObject(mutation[own]);
  const errors = holder
    ? [...expression(`${path}.${own}.expression`, asText(holder['expression']), '')]
    : [required(`${path}.${own}`, `must be specified when patchType is ${patchType}`)];
  if (asObject(mutation[other]))
    errors.push(invalidValue(`${path}.${other}`, `{${other}}`, `must not be specified when patchType is ${patchType}`));
  return errors;
}

/** Of a MutatingAdmissionPolicyBinding. */
export const mutatingBindingErrors = (object: Draft): FieldError[] => [
  ...sharedBindingErrors(object),
  ...deletionErrors(asObject(asObject(object['spec'])?.['matchResources']) ?? {}, 'spec.matchResources'),
];
