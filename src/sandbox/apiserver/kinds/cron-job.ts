/** CronJobs: schedules and what becomes of the Jobs. */
import { type FieldError, invalidValue, required } from '../field-errors.ts';
import { asObject, asText, at, childOf, type Draft } from '../json.ts';
import { dnsSubdomainProblems } from '../names.ts';
import type { Strategy } from '../registry.ts';
import { setDefaults, templateDefaults, within } from './defaults.ts';
import { atLeastZero, oneOf } from './field-checks.ts';
import { jobSpecErrors } from './job-spec.ts';
import { nameWarnings, podSpecWarnings } from './pod-warnings.ts';

/** A Job's name is the CronJob's and eleven characters more, and at most a label's 63. */
const MAX_NAME = 52;

const specOf = (draft: Draft): Draft => childOf(draft, 'spec');
const emptyStatus = (draft: Draft): void => {
  draft['status'] = {};
};

const NAMED = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']);

function scheduleProblem(schedule: string): string | undefined {
  if (NAMED.has(schedule) || /^@every \d+[hms]/.test(schedule)) return undefined;
  if (schedule.startsWith('@')) return `unrecognized descriptor: ${schedule}`;
  const fields = schedule.trim().split(/\s+/);
  return fields.length === 5 ? undefined : `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`;
}

function knownZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function validate(object: Draft): readonly FieldError[] {
  const spec = specOf(object);
  const schedule = asText(spec['schedule']);
  const zone = spec['timeZone'];
  const errors: FieldError[] = [];
  if (schedule === '') errors.push(required('spec.schedule'));
  else {
    const problem = scheduleProblem(schedule);
    if (problem !== undefined) errors.push(invalidValue('spec.schedule', schedule, problem));
    if (schedule.includes('TZ'))
      errors.push(invalidValue('spec.schedule', schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'));
  }
  errors.push(...atLeastZero(spec['startingDeadlineSeconds'], 'spec.startingDeadlineSeconds'));
  if (typeof zone === 'string') {
    if (zone === '') errors.push(invalidValue('spec.timeZone', zone, 'timeZone must be nil or non-empty string'));
    else if (!knownZone(zone)) errors.push(invalidValue('spec.timeZone', zone, `unknown time zone ${zone}`));
  }
  errors.push(...oneOf(spec['concurrencyPolicy'], 'spec.concurrencyPolicy', ['Allow', 'Forbid', 'Replace']));
  const job = asObject(at(spec, 'jobTemplate', 'spec')) ?? {};
  errors.push(...jobSpecErrors(job, 'spec.jobTemplate.spec'));
  if (job['selector'] !== undefined)
    errors.push(invalidValue('spec.jobTemplate.spec.selector', job['selector'], '`selector` will be auto-generated'));
  if (job['manualSelector'] === true) errors.push(...oneOf('true', 'spec.jobTemplate.spec.manualSelector', ['nil', 'false']));
  for (const field of ['successfulJobsHistoryLimit', 'failedJobsHistoryLimit']) errors.push(...atLeastZero(spec[field], `spec.${field}`));
  return errors;
}

export const CRON_JOB: Strategy = {
  generation: true,
  statusSeparate: true,
  prepareForCreate: emptyStatus,
  warnings: (object, old) => [
    ...(old ? [] : nameWarnings(object, 'Pod names and hostnames')),
    ...podSpecWarnings(
      asObject(at(object, 'spec', 'jobTemplate', 'spec', 'template', 'spec')) ?? {},
      'spec.jobTemplate.spec.template.spec',
    ),
  ],
  validate,
  validateName: (name) => (name.length > MAX_NAME ? [`must be no more than ${MAX_NAME} characters`] : dnsSubdomainProblems(name)),
  applyDefaults: (draft) => {
    const spec = specOf(draft);
    setDefaults(spec, { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 });
    within(spec, 'jobTemplate', (template) => {
      childOf(template, 'metadata');
      templateDefaults(childOf(template, 'spec'));
    });
  },
};
