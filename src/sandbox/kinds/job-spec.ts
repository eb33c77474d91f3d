/** What a Job's spec may say, and what of it may change. After k8s.io/kubernetes/pkg/apis/batch/validation. */
import { shownEmpty } from '../machinery/given-empties.ts';
import { internalForm } from '../schema/internal-form.ts';
import { type FieldError, invalidValue, required, tooLong, tooMany } from '../machinery/field-errors.ts';
import {
  asList,
  asNumber,
  asObject,
  asText,
  at,
  type Draft,
  equalJson,
  isObject,
  objectsOf,
  thaw,
} from '../machinery/json.ts';
import { qualifiedNameProblems } from '../../std/names.ts';
import { domainPathErrors } from './domain-path.ts';
import { atLeastZero, oneOf, textErrors } from './field-checks.ts';
import { countIndexes } from './job-indexes.ts';
import { shownSelector } from '../machinery/label-selector.ts';
import { podTemplateErrors } from './pod-spec.ts';

const MOST_PARALLEL = 100_000;
const MOST_FAILED_INDEXES = 100_000;
/** Above so many completions, a Job whose indexes fail one by one is held to less. */
const MANY_COMPLETIONS = 100_000;
const MOST_OF_MANY = 10_000;
const MOST_MANAGER_BYTES = 63;
const MOST_RULES = 20;
const MOST_INDEXES_BYTES = 64 * 1024;
const COUNTS = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
];

function manyCompletionErrors(spec: Draft, path: string): readonly FieldError[] {
  const detail = `must be less than or equal to ${MOST_OF_MANY} when completions are above ${MANY_COMPLETIONS} and used with backoff limit per index`;
  const over = (name: string) =>
    (asNumber(spec[name]) ?? 0) > MOST_OF_MANY ? [invalidValue(`${path}.${name}`, spec[name], detail)] : [];
  return [
    ...(spec['maxFailedIndexes'] === undefined
      ? [required(`${path}.maxFailedIndexes`, `must be specified when completions is above ${MANY_COMPLETIONS}`)]
      : []),
    ...over('parallelism'),
    ...over('maxFailedIndexes'),
  ];
}

function completionErrors(spec: Draft, path: string): readonly FieldError[] {
  const mode = spec['completionMode'];
  const [parallelism, completions, most] = ['parallelism', 'completions', 'maxFailedIndexes'].map((name) =>
    asNumber(spec[name]),
  );
  const errors: FieldError[] =
    mode === undefined ? [] : [...oneOf(mode, `${path}.completionMode`, ['NonIndexed', 'Indexed'])];
  if (mode === 'Indexed') {
    if (completions === undefined) errors.push(required(`${path}.completions`, 'when completion mode is Indexed'));
    if ((parallelism ?? 0) > MOST_PARALLEL) {
      const detail = `must be less than or equal to ${MOST_PARALLEL} when completion mode is Indexed`;
      errors.push(invalidValue(`${path}.parallelism`, parallelism, detail));
    }
    if (completions !== undefined && (most ?? 0) > completions)
      errors.push(invalidValue(`${path}.maxFailedIndexes`, most, 'must be less than or equal to completions'));
    if ((most ?? 0) > MOST_FAILED_INDEXES)
      errors.push(
        invalidValue(`${path}.maxFailedIndexes`, most, `must be less than or equal to ${MOST_FAILED_INDEXES}`),
      );
    if ((completions ?? 0) > MANY_COMPLETIONS && spec['backoffLimitPerIndex'] !== undefined)
      errors.push(...manyCompletionErrors(spec, path));
  }
  if (mode !== undefined && mode !== 'NonIndexed') return errors;
  for (const field of ['backoffLimitPerIndex', 'maxFailedIndexes'])
    if (spec[field] !== undefined)
      errors.push(invalidValue(`${path}.${field}`, spec[field], 'requires indexed completion mode'));
  return errors;
}

const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
/** As Go prints a list of quoted texts. */
const goList = (values: readonly string[]): string => `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;

function exitCodeErrors(codes: Draft, path: string, containers: readonly string[]): readonly FieldError[] {
  const { operator, containerName } = codes;
  const values = asList(codes['values']);
  const errors: FieldError[] =
    asText(operator) === ''
      ? [required(`${path}.operator`, `valid values: ${goList(['In', 'NotIn'])}`)]
      : [...oneOf(operator, `${path}.operator`, ['In', 'NotIn'])];
  if (typeof containerName === 'string' && !containers.includes(containerName)) {
    const detail = 'must be one of the container or initContainer names in the pod template';
    errors.push(invalidValue(`${path}.containerName`, containerName, detail));
  }
  if (values.length === 0)
    errors.push(
      invalidValue(`${path}.values`, codes['values'] ?? shownEmpty(codes, 'values'), 'at least one value is required'),
    );
  const seen = new Set<unknown>();
  for (const [index, value] of values.entries()) {
    const field = `${path}.values[${index}]`;
    if (operator === 'In' && value === 0) errors.push(invalidValue(field, value, 'must not be 0 for the In operator'));
    if (seen.has(value)) errors.push({ type: 'FieldValueDuplicate', field, badValue: value, detail: '' });
    seen.add(value);
  }
  const ordered = values.every((value, index) => index === 0 || Number(values[index - 1]) <= Number(value));
  return ordered ? errors : [...errors, invalidValue(`${path}.values`, values, 'must be ordered')];
}

function failureRuleErrors(rule: Draft, spec: Draft, path: string): readonly FieldError[] {
  const { action, onExitCodes } = rule;
  const conditions = objectsOf(rule['onPodConditions']);
  const pod = at(spec, 'template', 'spec');
  const containers = ['containers', 'initContainers'].flatMap((list) =>
    objectsOf(at(pod, list)).map((each) => asText(each['name'])),
  );
  const errors: FieldError[] = [];
  if (asText(action) === '') errors.push(required(`${path}.action`, `valid values: ${goList(ACTIONS)}`));
  else if (action === 'FailIndex' && spec['backoffLimitPerIndex'] === undefined)
    errors.push(invalidValue(`${path}.action`, action, 'requires the backoffLimitPerIndex to be set'));
  else errors.push(...oneOf(action, `${path}.action`, ACTIONS));
  if (isObject(onExitCodes)) errors.push(...exitCodeErrors(onExitCodes, `${path}.onExitCodes`, containers));
  for (const [index, condition] of conditions.entries()) {
    const field = `${path}.onPodConditions[${index}]`;
    errors.push(...textErrors(asText(condition['type']), `${field}.type`, qualifiedNameProblems));
    errors.push(...oneOf(condition['status'], `${field}.status`, ['False', 'True', 'Unknown']));
  }
  const refuse = (detail: string) => errors.push({ type: 'FieldValueInvalid', field: path, detail });
  if (isObject(onExitCodes) && conditions.length > 0)
    refuse('specifying both OnExitCodes and OnPodConditions is not supported');
  if (!isObject(onExitCodes) && conditions.length === 0)
    refuse('specifying one of OnExitCodes and OnPodConditions is required');
  return errors;
}

function successErrors(spec: Draft, path: string): readonly FieldError[] {
  const policy = spec['successPolicy'];
  if (!isObject(policy)) return [];
  if (spec['completionMode'] !== 'Indexed')
    return [invalidValue(path, internalForm('batch/v1.SuccessPolicy', policy), 'requires indexed completion mode')];
  const rules = objectsOf(policy['rules']);
  const errors: FieldError[] = [];
  if (rules.length === 0)
    errors.push(required(`${path}.rules`, 'at least one rules must be specified when the successPolicy is specified'));
  if (rules.length > MOST_RULES) errors.push(tooMany(`${path}.rules`, rules.length, MOST_RULES));
  const completions = asNumber(spec['completions']) ?? 0;
  return [
    ...errors,
    ...rules.flatMap((rule, index) => successRuleErrors(rule, completions, `${path}.rules[${index}]`)),
  ];
}

function successRuleErrors(rule: Draft, completions: number, field: string): readonly FieldError[] {
  const count = asNumber(rule['succeededCount']);
  const indexes = rule['succeededIndexes'];
  const errors: FieldError[] = [];
  if (count === undefined && indexes === undefined)
    errors.push(required(field, 'at least one of succeededCount or succeededIndexes must be specified'));
  let named = 0;
  if (typeof indexes === 'string') {
    const path = `${field}.succeededIndexes`;
    if (Buffer.byteLength(indexes) > MOST_INDEXES_BYTES) errors.push(tooLong(path, MOST_INDEXES_BYTES));
    const counted = countIndexes(indexes, completions);
    if (typeof counted === 'number') named = counted;
    else errors.push(invalidValue(path, indexes, `error parsing succeededIndexes: ${counted}`));
  }
  if (count === undefined) return errors;
  const most = (bound: number, what: string) =>
    count > bound
      ? [
          invalidValue(
            `${field}.succeededCount`,
            count,
            `must be less than or equal to ${bound} (the number of ${what})`,
          ),
        ]
      : [];
  return [
    ...errors,
    ...atLeastZero(count, `${field}.succeededCount`),
    ...most(completions, 'specified completions'),
    ...(indexes === undefined ? [] : most(named, 'indexes in the specified succeededIndexes field')),
  ];
}

function restartErrors(spec: Draft, path: string): readonly FieldError[] {
  const field = `${path}.template.spec.restartPolicy`;
  const policy = at(spec, 'template', 'spec', 'restartPolicy') ?? 'Always';
  if (policy === 'Always' || policy === '') return [required(field, 'valid values: "OnFailure", "Never"')];
  if (policy === 'OnFailure' && isObject(spec['podFailurePolicy']))
    return [invalidValue(field, policy, 'only "Never" is supported when podFailurePolicy is specified')];
  return oneOf(policy, field, ['OnFailure', 'Never']);
}

/** Of a Job's spec, or of the one that a CronJob makes Jobs of, whose defaults come later. */
export function jobSpecErrors(spec: Draft, path: string): readonly FieldError[] {
  const errors: FieldError[] = COUNTS.flatMap((field) => atLeastZero(spec[field], `${path}.${field}`));
  const { maxFailedIndexes, podReplacementPolicy: replacement, podFailurePolicy: failure } = spec;
  errors.push(...atLeastZero(maxFailedIndexes, `${path}.maxFailedIndexes`));
  if (maxFailedIndexes !== undefined && spec['backoffLimitPerIndex'] === undefined)
    errors.push(required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  const { managedBy } = spec;
  if (typeof managedBy === 'string') {
    errors.push(...domainPathErrors(managedBy, `${path}.managedBy`));
    if (Buffer.byteLength(managedBy) > MOST_MANAGER_BYTES)
      errors.push(tooLong(`${path}.managedBy`, MOST_MANAGER_BYTES));
  }
  errors.push(...completionErrors(spec, path));
  const rules = objectsOf(at(failure, 'rules'));
  if (rules.length > MOST_RULES) errors.push(tooMany(`${path}.podFailurePolicy.rules`, rules.length, MOST_RULES));
  for (const [index, rule] of rules.entries())
    errors.push(...failureRuleErrors(rule, spec, `${path}.podFailurePolicy.rules[${index}]`));
  errors.push(...successErrors(spec, `${path}.successPolicy`));
  if (replacement !== undefined) {
    const supported = isObject(failure) ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
    errors.push(...oneOf(replacement, `${path}.podReplacementPolicy`, supported));
  }
  return [...errors, ...podTemplateErrors(spec['template'], `${path}.template`), ...restartErrors(spec, path)];
}

const DIRECTIVES = ['nodeSelector', 'tolerations', 'schedulingGates'];

/** While a Job is suspended and none of its pods runs, where they will run may still be decided. */
function fixedPod(template: unknown, before: unknown): Draft {
  const pod: Draft = thaw(asObject(at(template, 'spec')) ?? {});
  for (const field of DIRECTIVES) pod[field] = at(before, 'spec', field);
  const affinity = asObject(pod['affinity']);
  const former = at(before, 'spec', 'affinity', 'nodeAffinity');
  if (affinity) affinity['nodeAffinity'] = former;
  else if (former !== undefined) pod['affinity'] = { nodeAffinity: former };
  if (at(before, 'spec', 'affinity') === undefined && Object.values(affinity ?? {}).every((each) => each === undefined))
    delete pod['affinity'];
  // So may be what the containers ask for, as long as they are the same ones.
  for (const list of ['containers', 'initContainers']) {
    const [now, then] = [objectsOf(pod[list]), objectsOf(at(before, 'spec', list))];
    if (now.length !== then.length) continue;
    now.forEach((container, index) => {
      if (container['name'] === then[index]?.['name']) container['resources'] = then[index]?.['resources'];
    });
  }
  return pod;
}

function templateFixedErrors(spec: Draft, before: Draft, old: unknown): readonly FieldError[] {
  const template = asObject(spec['template']) ?? {};
  const status = at(old, 'status');
  const held = objectsOf(at(status, 'conditions')).some(
    ({ type, status: is }) => type === 'Suspended' && is === 'True',
  );
  const idle = (at(status, 'startTime') === undefined || held) && (asNumber(at(status, 'active')) ?? 0) === 0;
  if (before['suspend'] !== true || !idle)
    return equalJson(template, before['template'])
      ? []
      : [invalidValue('spec.template', internalForm('core/v1.PodTemplateSpec', template), 'field is immutable')];
  if (equalJson(fixedPod(template, before['template']), at(before['template'], 'spec'))) return [];
  const shown = internalForm('core/v1.PodSpec', asObject(template['spec']) ?? {});
  return [invalidValue('spec.template.spec', shown, 'field is immutable')];
}

const SHOWN: Readonly<Record<string, (value: unknown) => unknown>> = {
  selector: shownSelector,
  podFailurePolicy: (value) => internalForm('batch/v1.PodFailurePolicy', asObject(value) ?? {}),
  successPolicy: (value) => internalForm('batch/v1.SuccessPolicy', asObject(value) ?? {}),
};

export function jobFixedErrors(object: Draft, old: Readonly<Record<string, unknown>>): readonly FieldError[] {
  const [spec, before] = [asObject(object['spec']) ?? {}, asObject(old['spec']) ?? {}];
  const errors: FieldError[] = [];
  const fixed = (field: string) => {
    if (equalJson(spec[field], before[field])) return;
    const value = spec[field] === undefined ? null : (SHOWN[field]?.(spec[field]) ?? spec[field]);
    errors.push(invalidValue(`spec.${field}`, value, 'field is immutable'));
  };
  if (spec['completionMode'] !== 'Indexed') fixed('completions');
  else if (
    spec['completions'] !== undefined &&
    spec['completions'] !== before['completions'] &&
    spec['completions'] !== spec['parallelism']
  )
    errors.push(
      invalidValue('spec.completions', spec['completions'], 'can only be modified in tandem with spec.parallelism'),
    );
  fixed('selector');
  errors.push(...templateFixedErrors(spec, before, old));
  for (const field of ['completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'])
    fixed(field);
  return errors;
}
