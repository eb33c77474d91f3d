/** CronJobs: Jobs by the clock. https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ */
import { Cron } from 'croner';
import type { KubeObject } from '../../shapes/kube.ts';
import { fromTimestamp, toTimestamp } from '../../std/clock.ts';
import { isApiError } from '../machinery/errors.ts';
import { equalJson, isObject } from '../machinery/json.ts';
import { type Context, controllerOf, controllerRef, objectKey, keyOf, parseKey, uidOf } from '../runtime/context.ts';
import type { WorkQueue } from '../runtime/loop.ts';
import type { Recorder } from '../runtime/recorder.ts';
import { CRON_JOBS, JOBS } from '../runtime/resources.ts';
import type { CronJob, Job } from '../runtime/shapes.ts';
import { finishedCondition, isJobFinished } from './job.ts';

/** Looking back for missed runs stops here; the real controller refuses to start after more than this many. */
const MAX_MISSED = 100;

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
    if (cron === undefined || cron.metadata.deletionTimestamp !== undefined) return;
    const jobs = this.#context.ownedBy(JOBS, uidOf(cron));
    this.#trimHistory(cron, jobs);
    let lastScheduleTime = cron.status?.lastScheduleTime;
    const schedule = parseSchedule(cron);
    if (schedule === undefined) {
      const problem = `unparseable schedule: "${cron.spec.schedule}"`;
      this.#events.warning(cron, 'UnparseableSchedule', problem);
    } else if (cron.spec.suspend !== true) {
      const due = lastDue(cron, schedule, this.#context.now());
      if (due !== undefined) lastScheduleTime = this.#run(cron, jobs, due) ?? lastScheduleTime;
      const next = schedule(this.#context.now());
      if (next !== undefined) this.#queue.addAt(key, next);
    }
    this.#writeStatus(cron, lastScheduleTime);
  }

  /** Returns the schedule time that is settled by this: started, or given up. */
  #run(cron: CronJob, jobs: readonly Job[], due: number): string | undefined {
    const deadline = cron.spec.startingDeadlineSeconds;
    if (deadline !== undefined && due + deadline * 1000 < this.#context.now()) {
      this.#events.warning(cron, 'MissSchedule', `Missed scheduled time to start a job: ${toTimestamp(due)}`);
      return undefined;
    }
    const running = jobs.filter((job) => !isJobFinished(job) && job.metadata.deletionTimestamp === undefined);
    if (cron.spec.concurrencyPolicy === 'Forbid' && running.length > 0) {
      this.#events.normal(
        cron,
        'JobAlreadyActive',
        'Not starting job because prior execution is running and concurrency policy is Forbid',
      );
      return undefined;
    }
    if (cron.spec.concurrencyPolicy === 'Replace')
      for (const job of running) {
        this.#context.cluster.remove(JOBS, objectKey(job), { uid: uidOf(job), propagationPolicy: 'Background' });
        this.#events.normal(cron, 'SuccessfulDelete', `Deleted job ${job.metadata.name}`);
      }
    const wanted = jobOf(cron, due);
    try {
      this.#context.create(JOBS, wanted);
      this.#events.normal(cron, 'SuccessfulCreate', `Created job ${wanted.metadata.name}`);
    } catch (cause) {
      // The name is made of the schedule time: it exists because this run was started already.
      if (!isApiError(cause)) throw cause;
      if (cause.reason !== 'AlreadyExists') {
        this.#events.warning(cron, 'FailedCreate', `Error creating job: ${cause.message}`);
        throw cause;
      }
    }
    return toTimestamp(due);
  }

  #trimHistory(cron: CronJob, jobs: readonly Job[]): void {
    const by = (type: string): readonly Job[] =>
      jobs.filter((job) => finishedCondition(job)?.type === type).sort(byAge);
    const keep = { Complete: cron.spec.successfulJobsHistoryLimit ?? 3, Failed: cron.spec.failedJobsHistoryLimit ?? 1 };
    for (const [type, limit] of Object.entries(keep)) {
      const finished = by(type);
      for (const job of finished.slice(0, Math.max(0, finished.length - limit))) {
        this.#context.cluster.remove(JOBS, objectKey(job), { uid: uidOf(job), propagationPolicy: 'Background' });
        this.#events.normal(cron, 'SuccessfulDelete', `Deleted job ${job.metadata.name}`);
      }
    }
  }

  #writeStatus(cron: CronJob, lastScheduleTime: string | undefined): void {
    const jobs = this.#context.ownedBy(JOBS, uidOf(cron));
    const active = [...jobs]
      .filter((job) => !isJobFinished(job))
      .sort(byAge)
      .map((job) => ({
        kind: 'Job',
        namespace: job.metadata.namespace,
        name: job.metadata.name,
        uid: uidOf(job),
        apiVersion: 'batch/v1',
        resourceVersion: job.metadata.resourceVersion,
      }));
    const successes = jobs.map((job) => job.status?.completionTime).filter((time) => time !== undefined);
    const lastSuccessfulTime = [cron.status?.lastSuccessfulTime, ...successes]
      .filter((time) => time !== undefined)
      .sort()
      .at(-1);
    const status = {
      ...(active.length > 0 ? { active } : {}),
      ...(lastScheduleTime === undefined ? {} : { lastScheduleTime }),
      ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }),
    };
    const versionless = (value: unknown): unknown =>
      JSON.parse(
        JSON.stringify(value ?? {}, (field, inner: unknown) => (field === 'resourceVersion' ? undefined : inner)),
      );
    if (equalJson(versionless(status), versionless(cron.status))) return;
    this.#context.modifyStatus(CRON_JOBS, cron, (draft) => ({ ...draft, status }));
  }
}

const byAge = (a: KubeObject, b: KubeObject): number =>
  (a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') || a.metadata.name < b.metadata.name
    ? -1
    : 1;

type Schedule = (after: number) => number | undefined;

function parseSchedule({ spec }: CronJob): Schedule | undefined {
  try {
    const cron = new Cron(spec.schedule, { paused: true, timezone: spec.timeZone ?? 'Etc/UTC' });
    return (after) => cron.nextRun(toTimestamp(after))?.getTime();
  } catch (cause) {
    if (cause instanceof Error) return undefined;
    throw cause;
  }
}

/** The latest schedule time that has passed and was not settled. */
function lastDue(cron: CronJob, schedule: Schedule, now: number): number | undefined {
  const since = fromTimestamp(cron.status?.lastScheduleTime) ?? fromTimestamp(cron.metadata.creationTimestamp) ?? now;
  const deadline = cron.spec.startingDeadlineSeconds;
  let from = deadline === undefined ? since : Math.max(since, now - deadline * 1000);
  let due: number | undefined;
  for (let i = 0; i < MAX_MISSED; i++) {
    const next = schedule(from);
    if (next === undefined || next > now) break;
    due = next;
    from = next;
  }
  return due;
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
      annotations: { ...metadata?.annotations, 'batch.kubernetes.io/cronjob-scheduled-timestamp': toTimestamp(due) },
      ownerReferences: [controllerRef(CRON_JOBS, cron)],
    },
    spec: isObject(spec) ? spec : {},
  };
}
