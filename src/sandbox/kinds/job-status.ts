/** What a Job's status may say. After k8s.io/kubernetes/pkg/apis/batch/validation.ValidateJobStatusUpdate. */
import { type FieldError, invalidValue, required } from '../machinery/field-errors.ts';
import { asNumber, asObject, asText, at, type Draft, objectsOf } from '../machinery/json.ts';
import { atLeastZero } from './field-checks.ts';

const CONDITIONS = 'status.conditions';
const aboutConditions = (detail: string): FieldError => ({ type: 'FieldValueInvalid', field: CONDITIONS, detail });

const holdsIn =
  (status: unknown) =>
  (type: string): boolean =>
    objectsOf(at(status, 'conditions')).some((each) => each['type'] === type && each['status'] === 'True');

/** The change of a finished Job's times and counts. */
function changeErrors(object: Draft, old: Readonly<Record<string, unknown>>): readonly FieldError[] {
  const [status, before] = [asObject(object['status']) ?? {}, asObject(old['status']) ?? {}];
  const [holds, held] = [holdsIn(status), holdsIn(before)];
  const errors: FieldError[] = ['Failed', 'Complete', 'FailureTarget']
    .filter((type) => held(type) && !holds(type))
    .map((type) => aboutConditions(`cannot disable the terminal ${type}=True condition`));
  for (const count of ['failed', 'succeeded']) {
    const now = asNumber(status[count]) ?? 0;
    if (now < (asNumber(before[count]) ?? 0))
      errors.push(invalidValue(`status.${count}`, now, `cannot decrease the ${count} counter`));
  }
  const [done, doneBefore] = [status['completionTime'], before['completionTime']];
  if (done !== undefined && doneBefore !== undefined && done !== doneBefore)
    errors.push(invalidValue('status.completionTime', done, 'field is immutable'));
  if (
    before['startTime'] !== undefined &&
    before['startTime'] !== status['startTime'] &&
    at(object, 'spec', 'suspend') !== true
  )
    errors.push(required('status.startTime', 'startTime cannot be removed for unsuspended job'));
  if (held('SuccessCriteriaMet') && !holds('SuccessCriteriaMet'))
    errors.push(aboutConditions('cannot disable the SuccessCriteriaMet=True condition'));
  return errors;
}

/** A Job that is done says since when, and why it counts as done. */
export function jobStatusErrors(object: Draft, old: Readonly<Record<string, unknown>>): readonly FieldError[] {
  const status = asObject(object['status']) ?? {};
  const holds = holdsIn(status);
  const [complete, failed] = [holds('Complete'), holds('Failed')];
  const { completionTime, startTime } = status;
  const count = (name: string) => asNumber(status[name]) ?? 0;
  const errors: FieldError[] = ['active', 'succeeded', 'failed', 'ready', 'terminating'].flatMap((name) =>
    atLeastZero(status[name], `status.${name}`),
  );
  const refuse = (applies: boolean, error: FieldError) => {
    if (applies) errors.push(error);
  };
  refuse(complete && failed, aboutConditions('cannot set Complete=True and Failed=true conditions'));
  refuse(
    complete && holds('FailureTarget'),
    aboutConditions('cannot set Complete=True and FailureTarget=true conditions'),
  );
  const early = 'cannot set completionTime when there is no Complete=True condition';
  refuse(completionTime !== undefined && !complete, invalidValue('status.completionTime', completionTime, early));
  refuse(
    complete && completionTime === undefined,
    required('status.completionTime', 'completionTime is required for Complete jobs'),
  );
  const order = 'must be equal to or after `startTime`';
  const before = Date.parse(asText(completionTime)) < Date.parse(asText(startTime));
  refuse(before, invalidValue('status.completionTime', completionTime, order));
  refuse(
    failed && !holds('FailureTarget'),
    aboutConditions('cannot set Failed=True condition without the FailureTarget=true condition'),
  );
  const criteria = holds('SuccessCriteriaMet');
  refuse(
    complete && !criteria,
    aboutConditions('cannot set Complete=True condition without the SuccessCriteriaMet=true condition'),
  );
  const finished = complete || failed;
  refuse(
    finished && count('active') > 0,
    invalidValue('status.active', count('active'), 'active>0 is invalid for finished job'),
  );
  refuse(finished && startTime === undefined, required('status.startTime', 'startTime is required for finished job'));
  const terminating = count('terminating');
  refuse(
    finished && terminating > 0,
    invalidValue('status.terminating', terminating, 'terminating>0 is invalid for finished job'),
  );
  const ready = count('ready');
  refuse(ready > count('active'), invalidValue('status.ready', ready, 'cannot set more ready pods than active'));
  refuse(criteria && failed, aboutConditions('cannot set SuccessCriteriaMet=True and Failed=true conditions'));
  refuse(
    criteria && holds('FailureTarget'),
    aboutConditions('cannot set SuccessCriteriaMet=True and FailureTarget=true conditions'),
  );
  return [...errors, ...changeErrors(object, old)];
}
