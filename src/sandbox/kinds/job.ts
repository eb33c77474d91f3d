/** Jobs: how many pods, how many failures, when it counts as done. */
import type { KubeObject } from '../../shapes/kube.ts';
import { type FieldError, invalidValue, required } from '../machinery/field-errors.ts';
import {
  asNumber,
  asObject,
  asText,
  at,
  childOf,
  type Draft,
  isObject,
  objectsOf,
  setDefault,
} from '../machinery/json.ts';
import { dnsLabelProblems } from '../../std/names.ts';
import type { Strategy } from '../machinery/registry.ts';
import { matchesLabels, requirementsOf } from '../machinery/selectors.ts';
import { setDefaults, templateDefaults } from './defaults.ts';
import { jobFixedErrors, jobSpecErrors } from './job-spec.ts';
import { jobStatusErrors } from './job-status.ts';
import { labelSelectorErrors, shownMap, shownSelector } from '../machinery/label-selector.ts';
import { nameWarnings, templateWarnings } from './pod-warnings.ts';
import { matchingErrors } from './workload-checks.ts';

const specOf = (draft: Draft): Draft => childOf(draft, 'spec');
const emptyStatus = (draft: Draft): void => {
  draft['status'] = {};
};

export function jobSpecDefaults(spec: Draft): void {
  if (spec['completions'] === undefined && spec['parallelism'] === undefined) spec['completions'] = 1;
  setDefaults(spec, {
    parallelism: 1,
    backoffLimit: spec['backoffLimitPerIndex'] === undefined ? 6 : 2_147_483_647,
    completionMode: 'NonIndexed',
    suspend: false,
  });
  setDefault(spec, 'podReplacementPolicy', isObject(spec['podFailurePolicy']) ? 'Failed' : 'TerminatingOrFailed');
  for (const rule of objectsOf(at(spec, 'podFailurePolicy', 'rules')))
    for (const condition of objectsOf(rule['onPodConditions']))
      if (asText(condition['status']) === '') condition['status'] = 'True';
  templateDefaults(spec);
}

/** Of more indexes than a list of the completed ones surely has room for. */
const MANY_COMPLETIONS = 100_000;
const MANY_AT_ONCE = 10_000;

/** Of a Job's spec, or of the one that a CronJob makes Jobs of. */
export function jobSpecWarnings(spec: Draft, path: string): readonly string[] {
  const many =
    spec['completionMode'] === 'Indexed' &&
    (asNumber(spec['completions']) ?? 0) > MANY_COMPLETIONS &&
    (asNumber(spec['parallelism']) ?? 0) > MANY_AT_ONCE;
  const note =
    'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes ' +
    'might not be able to track completedIndexes when a big number of indexes fail';
  return [...(many ? [`${path}: ${note}`] : []), ...templateWarnings(spec['template'], `${path}.template`)];
}

/** A Job without labels takes its template's. */
function takeLabels(job: Draft): void {
  const labels = asObject(at(job, 'spec', 'template', 'metadata', 'labels'));
  const own = asObject(at(job, 'metadata', 'labels'));
  if (labels && Object.keys(own ?? {}).length === 0) childOf(job, 'metadata')['labels'] = labels;
}

/** Unless the selector is the client's business, it is made of the Job's uid, and the template's labels with it. */
function generateSelector(job: Draft): void {
  const spec = specOf(job);
  const meta = childOf(job, 'metadata');
  const shared = meta['labels'] !== undefined && meta['labels'] === at(spec, 'template', 'metadata', 'labels');
  setDefault(spec, 'manualSelector', false);
  if (spec['manualSelector'] !== false) return;
  const labels = childOf(childOf(childOf(spec, 'template'), 'metadata'), 'labels');
  const { uid, name } = meta;
  for (const prefix of ['batch.kubernetes.io/', '']) {
    setDefault(labels, `${prefix}controller-uid`, uid);
    setDefault(labels, `${prefix}job-name`, name ?? '');
  }
  setDefault(childOf(childOf(spec, 'selector'), 'matchLabels'), 'batch.kubernetes.io/controller-uid', uid);
  // They are one map where the Job took its template's.
  if (shared) meta['labels'] = { ...labels };
}

const LEGACY_LABELS = ['controller-uid', 'job-name'];
const PREFIXED_LABELS = ['batch.kubernetes.io/controller-uid', 'batch.kubernetes.io/job-name'];

/** Jobs of old servers have none. */
const hadPrefixed = (old: KubeObject): boolean =>
  PREFIXED_LABELS.every((label) => at(old, 'spec', 'template', 'metadata', 'labels', label) !== undefined);

/** Unless the selector is the client's business, it and the template's labels are as they were generated. */
function generatedErrors(job: Draft, old?: KubeObject): readonly FieldError[] {
  const spec = specOf(job);
  const selector = asObject(spec['selector']);
  if (spec['manualSelector'] === true || !selector) return [];
  const { uid, name } = childOf(job, 'metadata');
  const expected = (label: string) => asText(label.endsWith('uid') ? uid : name);
  const labels = asObject(at(spec, 'template', 'metadata', 'labels')) ?? {};
  const errors: FieldError[] = [];
  const own = old && !hadPrefixed(old) ? LEGACY_LABELS : [...LEGACY_LABELS, ...PREFIXED_LABELS];
  for (const label of own) {
    const field = `spec.template.metadata.labels[${label}]`;
    if (labels[label] === undefined) errors.push(required(field, `must be '${expected(label)}'`));
    else if (labels[label] !== expected(label))
      errors.push(invalidValue(field, shownMap(labels), `must be '${expected(label)}'`));
  }
  const generated = Object.fromEntries(own.map((label) => [label, expected(label)]));
  const requirements = requirementsOf(selector);
  if (requirements && !matchesLabels(requirements, generated))
    errors.push(invalidValue('spec.selector', shownSelector(selector), '`selector` not auto-generated'));
  return errors;
}

function jobSelectorErrors(spec: Draft): readonly FieldError[] {
  const selector = asObject(spec['selector']);
  if (!selector) return [required('spec.selector'), ...matchingErrors(undefined, spec['template'])];
  const errors = labelSelectorErrors(selector, 'spec.selector');
  return errors.length > 0 ? errors : matchingErrors(selector, spec['template']);
}

const wholeSpecErrors = (job: Draft): readonly FieldError[] => [
  ...jobSpecErrors(specOf(job), 'spec'),
  ...jobSelectorErrors(specOf(job)),
];

/** The pod of the last index is named after the Job, and its name is its host name. */
function indexedNameErrors(job: Draft): readonly FieldError[] {
  const spec = specOf(job);
  const completions = asNumber(spec['completions']) ?? 0;
  if (spec['completionMode'] !== 'Indexed' || completions <= 0) return [];
  const name = asText(at(job, 'metadata', 'name'));
  const last = `${name}-${completions - 1}`;
  const detail = `will not able to create pod with invalid DNS label: ${last}`;
  return dnsLabelProblems(last).length > 0 ? [invalidValue('metadata.name', name, detail)] : [];
}

const wholeErrors = (job: Draft, old?: KubeObject): readonly FieldError[] => [
  ...generatedErrors(job, old),
  ...wholeSpecErrors(job),
  ...indexedNameErrors(job),
];

/** An update that changed nothing of the spec. */
export const isSame = (object: Draft, old: KubeObject | undefined): boolean =>
  old !== undefined && at(object, 'metadata', 'generation') === old.metadata.generation;

export const JOB: Strategy = {
  generation: true,
  statusSeparate: true,
  orphanByDefault: true,
  orphanWarning:
    'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
  applyDefaults: (draft) => {
    jobSpecDefaults(specOf(draft));
    takeLabels(draft);
  },
  selectableFields: { 'status.successful': (object) => String(asNumber(at(object, 'status', 'succeeded')) ?? 0) },
  prepareForCreate: (draft) => {
    emptyStatus(draft);
    generateSelector(draft);
  },
  updateReplacesValidate: true,
  validate: (object) => wholeErrors(object),
  // The registry checks the spec of a changed Job twice, and tells of it twice.
  validateUpdate: (object, old) => [
    ...wholeErrors(object, old),
    ...wholeSpecErrors(object),
    ...jobFixedErrors(object, old),
  ],
  validateStatusUpdate: jobStatusErrors,
  warnings: (object, old) => [
    ...(old ? [] : nameWarnings(object, 'Pod names and hostnames')),
    ...(isSame(object, old) ? [] : jobSpecWarnings(specOf(object), 'spec')),
  ],
};
