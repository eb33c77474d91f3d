/** CronJobs: Jobs by the clock. https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ */
import type { KubeObject } from '../../shapes/kube.ts';
import { fromTimestamp, toTimestamp } from '../../std/clock.ts';
import { croner } from '../../std/late-packages.ts';
import { isApiError } from '../machinery/errors.ts';
import { equalJson, isObject } from '../machinery/json.ts';
import { type Context, controllerOf, controllerRef, objectKey, keyOf, parseKey, uidOf } from '../runtime/context.ts';
import type { WorkQueue } from '../runtime/loop.ts';
import type { Recorder } from '../runtime/recorder.ts';
import { CRON_JOBS, JOBS } from '../runtime/resources.ts';
import type { CronJobStatus } from '../runtime/cron-job-status.ts';
import type { CronJob, Job } from '../runtime/shapes.ts';
import { finishedCondition } from './job.ts';

/** The real controller tells of more than this many. */
const MANY_MISSED = 100;
/** Of one look: the minutes of a day, since schedules that leave nights out are estimated wrongly by less than that. */
const MOST_TRIES = 1440;

export function startCronJobs(context: Context): void {
  new CronJobs(context).start();
}

class CronJobs {
  readonly #context: Context;
  readonly #events: Recorder;
  readonly #queue: WorkQueue;

  constructor(context: Context) {
    this.#context = context;
    this.#events = context.recorder('cronjob-controller');
    this.#queue = context.queue((key) => this.#sync(key));
  }

  start(): void {
    this.#context.watch(CRON_JOBS, ({ type, object }) => {
      if (type !== 'DELETED') this.#queue.add(keyOf(object));
    });
    this.#context.watch(JOBS, ({ object }) => {
      const owner = controllerOf(object);
      if (owner?.kind === 'CronJob') this.#queue.add(`${object.metadata.namespace ?? ''}/${owner.name}`);
    });
  }

  #sync(key: string): void {
    const cron = this.#context.get(CRON_JOBS, parseKey(key));
    if (cron === undefined) return;
    const jobs = this.#context.ownedBy(JOBS, uidOf(cron));
    const deleted = this.#trimHistory(cron, jobs);
    const seen = this.#seen(
      cron,
      jobs.filter((job) => !deleted.has(uidOf(job))),
    );
    this.#writeStatus(cron, this.#scheduled(key, cron, seen));
  }

  /** Active are the Jobs that this controller started: others that have the same owner are none of its own. */
  #seen(cron: CronJob, jobs: readonly Job[]): CronJobStatus {
    let { lastSuccessfulTime } = cron.status ?? {};
    let active = cron.status?.active ?? [];
    for (const job of jobs) {
      const found = active.some(({ uid }) => uid === uidOf(job));
      const condition = finishedCondition(job)?.type;
      if (condition === undefined) {
        const told = `Saw a job that the controller did not create or forgot: ${job.metadata.name}`;
        if (!found) this.#events.warning(cron, 'UnexpectedJob', told);
        continue;
      }
      if (found) {
        active = active.filter(({ uid }) => uid !== uidOf(job));
        const told = `Saw completed job: ${job.metadata.name}, condition: ${condition}`;
        this.#events.normal(cron, 'SawCompletedJob', told);
      }
      const time = condition === 'Complete' ? job.status?.completionTime : undefined;
      if (time !== undefined && (lastSuccessfulTime === undefined || time > lastSuccessfulTime))
        lastSuccessfulTime = time;
    }
    const present = new Set(jobs.map(uidOf));
    for (const { uid, name } of active.filter((reference) => !present.has(reference.uid))) {
      this.#events.normal(cron, 'MissingJob', `Active job went missing: ${name}`);
      active = active.filter((reference) => reference.uid !== uid);
    }
    return { ...cron.status, active, ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }) };
  }

  #scheduled(key: string, cron: CronJob, status: CronJobStatus): CronJobStatus {
    if (cron.metadata.deletionTimestamp !== undefined || cron.spec.suspend === true) return status;
    const schedule = parseSchedule(cron);
    if (schedule === undefined) {
      this.#events.warning(cron, 'UnparseableSchedule', `unparseable schedule: "${cron.spec.schedule}"`);
      return status;
    }
    const now = this.#context.now();
    const { due, missed } = lastDue(cron, schedule, now);
    if (missed > MANY_MISSED)
      this.#events.warning(
        cron,
        'TooManyMissedTimes',
        'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
      );
    const next = schedule(now);
    if (next !== undefined) this.#queue.addAt(key, next);
    return due === undefined ? status : this.#run(cron, status, due);
  }

  /** The status with the run that is due, or as it was where that does not start. */
  #run(cron: CronJob, status: CronJobStatus, due: number): CronJobStatus {
    const deadline = cron.spec.startingDeadlineSeconds;
    if (deadline !== undefined && due + deadline * 1000 < this.#context.now()) {
      this.#events.warning(cron, 'MissSchedule', `Missed scheduled time to start a job: ${mailTime(due)}`);
      return status;
    }
    let active = status.active ?? [];
    const wanted = jobOf(cron, due);
    if (active.some(({ name }) => name === wanted.metadata.name) || status.lastScheduleTime === toTimestamp(due))
      return status;
    if (cron.spec.concurrencyPolicy === 'Forbid' && active.length > 0) {
      this.#events.normal(
        cron,
        'JobAlreadyActive',
        'Not starting job because prior execution is running and concurrency policy is Forbid',
      );
      return status;
    }
    if (cron.spec.concurrencyPolicy === 'Replace') {
      for (const { name, uid } of active) this.#delete(cron, { namespace: cron.metadata.namespace ?? '', name }, uid);
      active = [];
    }
    const job = this.#start(cron, wanted);
    if (job === undefined) return { ...status, active };
    const reference = {
      kind: 'Job',
      namespace: cron.metadata.namespace ?? '',
      name: job.metadata.name,
      uid: uidOf(job),
      apiVersion: 'batch/v1',
      resourceVersion: job.metadata.resourceVersion ?? '',
    };
    return { ...status, active: [...active, reference], lastScheduleTime: toTimestamp(due) };
  }

  /** Undefined: a Job of this name is another's. */
  #start(cron: CronJob, wanted: KubeObject): KubeObject | undefined {
    try {
      const job = this.#context.create(JOBS, wanted);
      this.#events.normal(cron, 'SuccessfulCreate', `Created job ${wanted.metadata.name}`);
      return job;
    } catch (cause) {
      if (!isApiError(cause)) throw cause;
      if (cause.reason === 'AlreadyExists') {
        const there = this.#context.get(JOBS, objectKey(wanted));
        return there && controllerOf(there)?.uid === uidOf(cron) ? there : undefined;
      }
      this.#events.warning(cron, 'FailedCreate', `Error creating job: ${cause.message}`);
      throw cause;
    }
  }

  #delete(cron: CronJob, key: { readonly namespace?: string; readonly name: string }, uid: string): void {
    this.#context.cluster.remove(JOBS, key, { uid, propagationPolicy: 'Background' });
    this.#events.normal(cron, 'SuccessfulDelete', `Deleted job ${key.name}`);
  }

  /** The UIDs of those that went. */
  #trimHistory(cron: CronJob, jobs: readonly Job[]): ReadonlySet<string> {
    const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = cron.spec;
    const deleted = new Set<string>();
    for (const [type, limit] of [
      ['Complete', successfulJobsHistoryLimit],
      ['Failed', failedJobsHistoryLimit],
    ] as const) {
      const finished = jobs.filter((job) => finishedCondition(job)?.type === type).sort(byStart);
      for (const job of finished.slice(0, Math.max(0, finished.length - limit))) {
        this.#delete(cron, objectKey(job), uidOf(job));
        deleted.add(uidOf(job));
      }
    }
    return deleted;
  }

  #writeStatus(cron: CronJob, { active = [], ...times }: CronJobStatus): void {
    const status = active.length > 0 ? { active, ...times } : times;
    if (equalJson(status, cron.status ?? {})) return;
    this.#context.modifyStatus(CRON_JOBS, cron, (draft) => ({ ...draft, status }));
  }
}

/** By when they started, then by name; what never started goes last. */
const byStart = (a: Job, b: Job): number => {
  const [left, right] = [a, b].map((job) => `${job.status?.startTime ?? '~'} ${job.metadata.name}`);
  return (left ?? '') < (right ?? '') ? -1 : 1;
};

/** As a mail's header has it, with the zone as a number: Go's RFC1123Z. */
const mailTime = (time: number): string => new Date(time).toUTCString().replace('GMT', '+0000');

type Schedule = (after: number) => number | undefined;

function parseSchedule({ spec }: CronJob): Schedule | undefined {
  const { Cron } = croner();
  try {
    const cron = new Cron(spec.schedule, { paused: true, timezone: spec.timeZone ?? 'Etc/UTC' });
    return (after) => cron.nextRun(toTimestamp(after))?.getTime();
  } catch (cause) {
    if (cause instanceof Error) return undefined;
    throw cause;
  }
}

interface Due {
  /** The latest time of the schedule that has passed and was not settled. */
  readonly due?: number;
  readonly missed: number;
}

/**
 * How many were missed is estimated by the first two, and the search begins one before the last of so many: a clock
 * that was set forward by years costs no more than one by minutes.
 */
function lastDue(cron: CronJob, schedule: Schedule, now: number): Due {
  const since = fromTimestamp(cron.status?.lastScheduleTime) ?? fromTimestamp(cron.metadata.creationTimestamp) ?? now;
  const deadline = cron.spec.startingDeadlineSeconds;
  const first = schedule(deadline === undefined ? since : Math.max(since, now - deadline * 1000));
  if (first === undefined || first > now) return { missed: 0 };
  const second = schedule(first);
  if (second === undefined || second > now) return { due: first, missed: 0 };
  const between = Math.max(1000, second - first);
  const missed = Math.floor((now - first) / between) + 1;
  let due = first;
  let next = schedule(first + (missed - 2) * between);
  for (let tries = 0; next !== undefined && next <= now && tries < MOST_TRIES; tries += 1) {
    due = next;
    next = schedule(next);
  }
  return { due, missed };
}

/** In the CronJob's zone: `2026-01-02T03:00:00+02:00`. */
function zonedTime(time: number, zone: string | undefined): string {
  if (zone === undefined) return toTimestamp(time);
  const options = { timeZone: zone, hourCycle: 'h23', dateStyle: 'short', timeStyle: 'medium' } as const;
  const local = new Intl.DateTimeFormat('sv-SE', options).format(time).replace(' ', 'T');
  const minutes = Math.round((Date.parse(`${local}Z`) - time) / 60_000);
  if (minutes === 0) return `${local}Z`;
  const parts = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${local}${minutes < 0 ? '-' : '+'}${parts.map((part) => String(part).padStart(2, '0')).join(':')}`;
}

/** Named after the scheduled minute, so that a run cannot be started twice. */
function jobOf(cron: CronJob, due: number): KubeObject {
  const { metadata, spec } = cron.spec.jobTemplate;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: `${cron.metadata.name}-${Math.floor(due / 60_000)}`,
      namespace: cron.metadata.namespace ?? '',
      labels: { ...metadata?.labels },
      annotations: {
        ...metadata?.annotations,
        'batch.kubernetes.io/cronjob-scheduled-timestamp': zonedTime(due, cron.spec.timeZone),
      },
      ownerReferences: [controllerRef(CRON_JOBS, cron)],
    },
    spec: isObject(spec) ? spec : {},
  };
}
