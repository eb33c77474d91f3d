/**
 * What a Job's status may say. After ValidateJobStatusUpdate of k8s.io/kubernetes/pkg/apis/batch/validation, and
 * getStatusValidationOptions of pkg/registry/batch/job/strategy.go: what did not change is not looked at.
 */
import { duplicate, type FieldError, invalidValue, required } from '../machinery/field-errors.ts';
import { internalForm } from '../schema/internal-form.ts';
import { asList, asNumber, asObject, asText, at, type Draft, equalJson, objectsOf } from '../machinery/json.ts';
import { atLeastZero } from './field-checks.ts';
import { countIndexes, sharedIndex } from './job-indexes.ts';

type Shown = Readonly<Record<string, unknown>>;

const CONDITIONS = 'status.conditions';
const aboutConditions = (detail: string): FieldError => ({ type: 'FieldValueInvalid', field: CONDITIONS, detail });

const conditionIs =
  (status: unknown, value: 'True' | 'False') =>
  (type: string): boolean =>
    objectsOf(at(status, 'conditions')).some((each) => each['type'] === type && each['status'] === value);

/** A Job's status and the one before it. */
class StatusChange {
  readonly status: Draft;
  readonly before: Draft;
  readonly spec: Draft;
  readonly holds: (type: string) => boolean;
  readonly held: (type: string) => boolean;

  constructor(object: Draft, old: Shown) {
    this.status = asObject(object['status']) ?? {};
    this.before = asObject(old['status']) ?? {};
    this.spec = asObject(object['spec']) ?? {};
    this.holds = conditionIs(this.status, 'True');
    this.held = conditionIs(this.before, 'True');
  }

  count(name: string): number {
    return asNumber(this.status[name]) ?? 0;
  }

  /** Whether a field of the status, or what a condition says, is another than before. */
  changed(...names: readonly string[]): boolean {
    return names.some((name) => {
      if (/^[A-Z]/.test(name)) return this.holds(name) !== this.held(name);
      const zero = name === 'active' ? 0 : undefined;
      return !equalJson(this.status[name] ?? zero, this.before[name] ?? zero);
    });
  }

  get finished(): boolean {
    return this.holds('Complete') || this.holds('Failed');
  }

  get finishChanged(): boolean {
    return this.finished !== (this.held('Complete') || this.held('Failed'));
  }
}

function uncountedErrors(status: Draft): readonly FieldError[] {
  const seen = new Set<unknown>();
  return ['succeeded', 'failed'].flatMap((list) =>
    asList(at(status, 'uncountedTerminatedPods', list)).flatMap((uid, index) => {
      const field = `status.uncountedTerminatedPods.${list}[${index}]`;
      if (uid === '') return [invalidValue(field, uid, 'must not be empty')];
      if (seen.has(uid)) return [duplicate(field, uid)];
      seen.add(uid);
      return [];
    }),
  );
}

function completionErrors(change: StatusChange): readonly FieldError[] {
  const { status, holds } = change;
  const { completionTime, startTime } = status;
  const complete = holds('Complete');
  const errors: FieldError[] = [];
  const refuse = (applies: boolean, error: FieldError) => {
    if (applies) errors.push(error);
  };
  refuse(
    complete && holds('Failed') && change.changed('Complete', 'Failed'),
    aboutConditions('cannot set Complete=True and Failed=true conditions'),
  );
  refuse(
    complete && holds('FailureTarget') && change.changed('Complete', 'FailureTarget'),
    aboutConditions('cannot set Complete=True and FailureTarget=true conditions'),
  );
  const timed = change.changed('Complete', 'completionTime');
  const early = 'cannot set completionTime when there is no Complete=True condition';
  refuse(
    timed && completionTime !== undefined && !complete,
    invalidValue('status.completionTime', completionTime, early),
  );
  refuse(
    timed && complete && completionTime === undefined,
    required('status.completionTime', 'completionTime is required for Complete jobs'),
  );
  refuse(
    change.changed('startTime', 'completionTime') && Date.parse(asText(completionTime)) < Date.parse(asText(startTime)),
    invalidValue('status.completionTime', completionTime, 'must be equal to or after `startTime`'),
  );
  refuse(
    holds('Failed') && !holds('FailureTarget') && change.changed('Failed', 'failedIndexes'),
    aboutConditions('cannot set Failed=True condition without the FailureTarget=true condition'),
  );
  refuse(
    complete && !holds('SuccessCriteriaMet') && change.changed('Complete', 'SuccessCriteriaMet'),
    aboutConditions('cannot set Complete=True condition without the SuccessCriteriaMet=true condition'),
  );
  return errors;
}

function finishErrors(change: StatusChange): readonly FieldError[] {
  const { status, spec, finished, finishChanged } = change;
  const errors: FieldError[] = [];
  if (!finished) return errors;
  const active = change.count('active');
  if (active > 0 && (finishChanged || change.changed('active')))
    errors.push(invalidValue('status.active', active, 'active>0 is invalid for finished job'));
  const nothingToDo = spec['suspend'] === true && spec['completions'] === 0;
  if (status['startTime'] === undefined && (finishChanged || change.changed('startTime')) && !nothingToDo)
    errors.push(required('status.startTime', 'startTime is required for finished job'));
  const uncounted = asObject(status['uncountedTerminatedPods']) ?? {};
  const left = asList(uncounted['failed']).length + asList(uncounted['succeeded']).length;
  if (left > 0 && (finishChanged || change.changed('uncountedTerminatedPods'))) {
    const shown = internalForm('batch/v1.UncountedTerminatedPods', uncounted);
    errors.push(invalidValue('status.uncountedTerminatedPods', shown, 'must be empty for finished job'));
  }
  return errors;
}

function indexErrors(change: StatusChange): readonly FieldError[] {
  const { status, spec } = change;
  const completions = asNumber(spec['completions']);
  const [completed, failed] = [asText(status['completedIndexes']), status['failedIndexes']];
  const perIndex = spec['backoffLimitPerIndex'] !== undefined;
  const [now, failing] = [change.changed('completedIndexes'), change.changed('failedIndexes')];
  const errors: FieldError[] = [];
  const parsed = (name: string, text: string) => {
    const counted = completions === undefined ? 0 : countIndexes(text, completions);
    if (typeof counted === 'string')
      errors.push(invalidValue(`status.${name}`, text, `error parsing ${name}: ${counted}`));
  };
  if (now) parsed('completedIndexes', completed);
  if (failing && perIndex && typeof failed === 'string') parsed('failedIndexes', failed);
  if (now && completed !== '' && spec['completionMode'] !== 'Indexed') {
    const detail = 'cannot set non-empty completedIndexes when non-indexed completion mode';
    errors.push(invalidValue('status.completedIndexes', completed, detail));
  }
  if (typeof failed !== 'string') return errors;
  if (failing && !perIndex) {
    const detail = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null';
    errors.push(invalidValue('status.failedIndexes', failed, detail));
  }
  const shared =
    (now || failing) && completions !== undefined && completed !== '' && failed !== ''
      ? sharedIndex(completed, failed, completions)
      : undefined;
  if (shared !== undefined)
    errors.push(
      invalidValue('status.failedIndexes', failed, `failedIndexes and completedIndexes overlap at index: ${shared}`),
    );
  return errors;
}

function criteriaErrors(change: StatusChange): readonly FieldError[] {
  const { spec, holds } = change;
  const met = holds('SuccessCriteriaMet');
  const and = (other: string) =>
    met && holds(other) ? [aboutConditions(`cannot set SuccessCriteriaMet=True and ${other}=true conditions`)] : [];
  const unmet = 'cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True';
  return [
    ...and('Failed'),
    ...and('FailureTarget'),
    ...(spec['successPolicy'] !== undefined && !met && holds('Complete') ? [aboutConditions(unmet)] : []),
  ];
}

/** What may not be taken back. */
function backwardErrors(change: StatusChange): readonly FieldError[] {
  const { status, before, spec, holds, held } = change;
  const errors: FieldError[] = ['Failed', 'Complete', 'FailureTarget']
    .filter((type) => held(type) && !holds(type))
    .map((type) => aboutConditions(`cannot disable the terminal ${type}=True condition`));
  const scaled = spec['completionMode'] === 'Indexed' && spec['completions'] === spec['parallelism'];
  for (const name of scaled ? ['failed'] : ['failed', 'succeeded'])
    if (change.count(name) < (asNumber(before[name]) ?? 0))
      errors.push(invalidValue(`status.${name}`, change.count(name), `cannot decrease the ${name} counter`));
  const { completionTime, startTime } = status;
  if (completionTime !== undefined && before['completionTime'] !== undefined && change.changed('completionTime'))
    errors.push(invalidValue('status.completionTime', completionTime, 'field is immutable'));
  const resuming = held('Suspended') && conditionIs(status, 'False')('Suspended');
  if (before['startTime'] !== undefined && change.changed('startTime') && !resuming && spec['suspend'] !== true)
    errors.push(invalidValue('status.startTime', startTime, 'field is immutable for unsuspended job once set'));
  const criteria = 'SuccessCriteriaMet';
  if (held(criteria) && !holds(criteria))
    errors.push(aboutConditions('cannot disable the SuccessCriteriaMet=True condition'));
  if (held('Complete') && !held(criteria) && holds(criteria))
    errors.push(aboutConditions('cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions'));
  return errors;
}

export function jobStatusErrors(object: Draft, old: Shown): readonly FieldError[] {
  const change = new StatusChange(object, old);
  const { status, finished, finishChanged } = change;
  const [terminating, ready] = [change.count('terminating'), change.count('ready')];
  const lingering = finished && terminating > 0 && (finishChanged || change.changed('terminating'));
  const idle = ready > change.count('active') && change.changed('ready', 'active');
  return [
    ...['active', 'succeeded', 'failed', 'ready', 'terminating'].flatMap((name) =>
      atLeastZero(status[name], `status.${name}`),
    ),
    ...uncountedErrors(status),
    ...completionErrors(change),
    ...finishErrors(change),
    ...indexErrors(change),
    ...(lingering
      ? [invalidValue('status.terminating', terminating, 'terminating>0 is invalid for finished job')]
      : []),
    ...(idle ? [invalidValue('status.ready', ready, 'cannot set more ready pods than active')] : []),
    ...criteriaErrors(change),
    ...backwardErrors(change),
  ];
}
