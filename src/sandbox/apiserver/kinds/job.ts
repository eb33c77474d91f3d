/** Jobs: how many pods, how many failures, when it counts as done. */
import { type FieldError, required } from '../field-errors.ts';
import { asNumber, asObject, at, childOf, type Draft, isObject, objectsOf, setDefault } from '../json.ts';
import type { Strategy } from '../registry.ts';
import { setDefaults, templateDefaults } from './defaults.ts';
import { atLeastZero, oneOf } from './field-checks.ts';
import { podSpecErrors } from './pod-spec.ts';

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
  templateDefaults(spec);
}

/** Of a Job's spec, or of the one that a CronJob makes Jobs of, whose defaults come later. */
export function jobSpecErrors(spec: Draft, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished'])
    errors.push(...atLeastZero(spec[field], `${path}.${field}`));
  const template = asObject(at(spec, 'template', 'spec')) ?? {};
  errors.push(...podSpecErrors(template, `${path}.template.spec`));
  if (template['restartPolicy'] === 'Always')
    errors.push(...oneOf('Always', `${path}.template.spec.restartPolicy`, ['OnFailure', 'Never']));
  return errors;
}

/** A Job that is done says since when, and why it counts as done. */
function statusErrors(object: Draft): readonly FieldError[] {
  const status = asObject(object['status']) ?? {};
  const holds = (type: string) => objectsOf(status['conditions']).some((each) => each['type'] === type && each['status'] === 'True');
  const errors: FieldError[] = [];
  for (const field of ['active', 'succeeded', 'failed', 'ready', 'terminating'])
    errors.push(...atLeastZero(status[field], `status.${field}`));
  if (holds('Complete') && status['completionTime'] === undefined)
    errors.push(required('status.completionTime', 'completionTime is required for Complete jobs'));
  if (holds('Complete') && !holds('SuccessCriteriaMet')) {
    const detail = 'cannot set Complete=True condition without the SuccessCriteriaMet=true condition';
    errors.push({ type: 'FieldValueInvalid', field: 'status.conditions', detail });
  }
  if (holds('Failed') && !holds('FailureTarget')) {
    const detail = 'cannot set Failed=True condition without the FailureTarget=true condition';
    errors.push({ type: 'FieldValueInvalid', field: 'status.conditions', detail });
  }
  if ((holds('Complete') || holds('Failed')) && status['startTime'] === undefined)
    errors.push(required('status.startTime', 'startTime is required for finished job'));
  return errors;
}

/** Unless the selector is the client's business, it is made of the Job's uid, and the template's labels with it. */
function generateSelector(job: Draft): void {
  const spec = specOf(job);
  const meta = childOf(job, 'metadata');
  const labels = childOf(childOf(childOf(spec, 'template'), 'metadata'), 'labels');
  setDefault(spec, 'manualSelector', false);
  if (spec['manualSelector'] === false) {
    const { uid, name } = meta;
    for (const prefix of ['batch.kubernetes.io/', '']) {
      setDefault(labels, `${prefix}controller-uid`, uid);
      setDefault(labels, `${prefix}job-name`, name);
    }
    setDefault(childOf(childOf(spec, 'selector'), 'matchLabels'), 'batch.kubernetes.io/controller-uid', uid);
  }
  // A Job without labels takes its template's.
  if (Object.keys(asObject(meta['labels']) ?? {}).length === 0) meta['labels'] = { ...labels };
}

export const JOB: Strategy = {
  generation: true,
  statusSeparate: true,
  orphanByDefault: true,
  applyDefaults: (draft) => jobSpecDefaults(specOf(draft)),
  selectableFields: { 'status.successful': (object) => String(asNumber(at(object, 'status', 'succeeded')) ?? 0) },
  prepareForCreate: (draft) => {
    emptyStatus(draft);
    generateSelector(draft);
  },
  validate: (object) => jobSpecErrors(specOf(object), 'spec'),
  validateStatusUpdate: statusErrors,
};
