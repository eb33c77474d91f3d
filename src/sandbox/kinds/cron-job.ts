/** CronJobs: schedules and what becomes of the Jobs. */
import { type FieldError, invalidValue, required } from '../machinery/field-errors.ts';
import { asObject, asText, at, childOf, type Draft } from '../machinery/json.ts';
import { dnsSubdomainProblems } from '../../std/names.ts';
import type { Strategy } from '../machinery/registry.ts';
import { setDefaults, templateDefaults, within } from './defaults.ts';
import { atLeastZero, oneOf } from './field-checks.ts';
import { jobSpecErrors } from './job-spec.ts';
import { shownSelector } from '../machinery/label-selector.ts';
import { isSame, jobSpecWarnings } from './job.ts';
import { nameWarnings } from './pod-warnings.ts';

/** A Job's name is the CronJob's and eleven characters more, and at most a label's 63. */
const MAX_NAME = 52;

const specOf = (draft: Draft): Draft => childOf(draft, 'spec');
const emptyStatus = (draft: Draft): void => {
  draft['status'] = {};
};

const NAMED = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']);

/** Of the five fields: the least and the greatest number, and names that stand for numbers. */
interface Bounds {
  readonly least: number;
  readonly most: number;
  readonly names?: readonly string[];
}
const FIELDS: readonly Bounds[] = [
  { least: 0, most: 59 },
  { least: 0, most: 23 },
  { least: 1, most: 31 },
  {
    least: 1,
    most: 12,
    names: ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { least: 0, most: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
];

/** A number, or the words of what is wrong with it. */
function numberOf(text: string, names: readonly string[] = []): number | string {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0 && text !== '') return named;
  if (/^[+]?\d+$/.test(text)) return Number(text);
  if (/^-\d+$/.test(text)) return `negative number (${Number(text)}) not allowed: ${text}`;
  return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
}

/** One `3`, `1-5`, `*` or a step of a field, as https://pkg.go.dev/github.com/robfig/cron/v3 reads it. */
function rangeProblem(text: string, { least, most, names }: Bounds): string | undefined {
  const [span = '', step, ...moreSteps] = text.split('/');
  const [low = '', high, ...moreEnds] = span.split('-');
  const whole = low === '*' || low === '?';
  const start = whole ? least : numberOf(low, names);
  if (typeof start === 'string') return start;
  if (moreEnds.length > 0 && !whole) return `too many hyphens: ${text}`;
  let end = whole ? most : high === undefined ? start : numberOf(high, names);
  if (typeof end === 'string') return end;
  if (moreSteps.length > 0) return `too many slashes: ${text}`;
  const every = step === undefined ? 1 : numberOf(step);
  if (typeof every === 'string') return every;
  if (step !== undefined && high === undefined && !whole) end = most;
  if (start < least) return `beginning of range (${start}) below minimum (${least}): ${text}`;
  if (end > most) return `end of range (${end}) above maximum (${most}): ${text}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${text}`;
  return every === 0 ? `step of range should be a positive number: ${text}` : undefined;
}

function scheduleProblem(text: string): string | undefined {
  const zone = /^(?:CRON_)?TZ=(\S*) +/.exec(text);
  if (zone && !knownZone(zone[1] ?? '')) return `provided bad location ${zone[1]}: unknown time zone ${zone[1]}`;
  const schedule = zone ? text.slice(zone[0].length).trim() : text;
  if (NAMED.has(schedule)) return undefined;
  if (schedule.startsWith('@every ')) {
    const every = schedule.slice('@every '.length);
    const read = /^[+-]?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$/.test(every) || /^[+-]?0$/.test(every);
    return read ? undefined : `failed to parse duration ${schedule}: time: invalid duration ${JSON.stringify(every)}`;
  }
  if (schedule.startsWith('@')) return `unrecognized descriptor: ${schedule}`;
  const fields = schedule.split(/\s+/).filter((field) => field !== '');
  if (fields.length !== FIELDS.length)
    return `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`;
  for (const [index, bounds] of FIELDS.entries())
    for (const part of (fields[index] ?? '').split(',').filter((each) => each !== '')) {
      const problem = rangeProblem(part, bounds);
      if (problem !== undefined) return problem;
    }
  return undefined;
}

function knownZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** One that was written before schedules could not name a zone may stay. */
function scheduleErrors(spec: Draft, old: unknown): readonly FieldError[] {
  const [field, schedule] = ['spec.schedule', asText(spec['schedule'])];
  if (schedule === '') return [required(field)];
  const problem = scheduleProblem(schedule);
  const errors = problem === undefined ? [] : [invalidValue(field, schedule, problem)];
  if (!schedule.includes('TZ')) return errors;
  if (!asText(at(old, 'schedule')).includes('TZ'))
    errors.push(invalidValue(field, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'));
  else if (spec['timeZone'] !== undefined)
    errors.push(invalidValue(field, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule'));
  return errors;
}

const zonePart = (part: string): boolean =>
  part !== '.' && part !== '..' && !part.startsWith('-') && /^[A-Za-z.\-_0-9+]{1,}$/.test(part);

function zoneErrors(zone: unknown): readonly FieldError[] {
  const field = 'spec.timeZone';
  if (typeof zone !== 'string') return [];
  if (zone === '') return [invalidValue(field, zone, 'timeZone must be nil or non-empty string')];
  const unknown = invalidValue(field, zone, `unknown time zone ${zone}`);
  if (!zone.split('/').every(zonePart)) return [unknown];
  if (zone.toLowerCase() === 'local') {
    const detail = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    return [invalidValue(field, zone, detail), ...(zone === 'Local' ? [] : [unknown])];
  }
  return knownZone(zone) ? [] : [unknown];
}

function validateAgainst(object: Draft, old: unknown): readonly FieldError[] {
  const spec = specOf(object);
  const errors: FieldError[] = [
    ...scheduleErrors(spec, old),
    ...atLeastZero(spec['startingDeadlineSeconds'], 'spec.startingDeadlineSeconds'),
    ...(old !== undefined && at(old, 'timeZone') === spec['timeZone'] ? [] : zoneErrors(spec['timeZone'])),
    ...oneOf(spec['concurrencyPolicy'], 'spec.concurrencyPolicy', ['Allow', 'Forbid', 'Replace']),
  ];
  const job = asObject(at(spec, 'jobTemplate', 'spec')) ?? {};
  errors.push(...jobSpecErrors(job, 'spec.jobTemplate.spec'));
  if (job['selector'] !== undefined)
    errors.push(
      invalidValue(
        'spec.jobTemplate.spec.selector',
        shownSelector(job['selector']),
        '`selector` will be auto-generated',
      ),
    );
  if (job['manualSelector'] === true)
    errors.push(...oneOf('true', 'spec.jobTemplate.spec.manualSelector', ['nil', 'false']));
  for (const field of ['successfulJobsHistoryLimit', 'failedJobsHistoryLimit'])
    errors.push(...atLeastZero(spec[field], `spec.${field}`));
  return errors;
}

const zoneNote =
  'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see ' +
  'https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details';

export const CRON_JOB: Strategy = {
  generation: true,
  statusSeparate: true,
  prepareForCreate: emptyStatus,
  warnings: (object, old) => [
    ...(old ? [] : nameWarnings(object, 'Pod names and hostnames')),
    ...(isSame(object, old)
      ? []
      : jobSpecWarnings(asObject(at(object, 'spec', 'jobTemplate', 'spec')) ?? {}, 'spec.jobTemplate.spec')),
    ...(old && asText(specOf(object)['schedule']).includes('TZ') ? [zoneNote] : []),
  ],
  validate: (object) => validateAgainst(object, undefined),
  updateReplacesValidate: true,
  validateUpdate: (object, old) => validateAgainst(object, old['spec']),
  validateName: (name) =>
    name.length > MAX_NAME ? [`must be no more than ${MAX_NAME} characters`] : dnsSubdomainProblems(name),
  applyDefaults: (draft) => {
    const spec = specOf(draft);
    setDefaults(spec, {
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    within(spec, 'jobTemplate', (template) => {
      childOf(template, 'metadata');
      templateDefaults(childOf(template, 'spec'));
    });
  },
};
