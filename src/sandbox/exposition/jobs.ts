/**
 * https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/job-metrics.md and
 * cronjob-metrics.md
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { toTimestamp } from '../../std/clock.ts';
import { croner } from '../../std/late-packages.ts';
import { CRON_JOBS, JOBS } from '../runtime/resources.ts';
import {
  always,
  condition,
  count,
  field,
  flag,
  instant,
  type KindMetrics,
  list,
  namedBy,
  oneOf,
  owners,
  type Says,
  seconds,
  text,
} from './object-metrics.ts';

const REASONS = ['BackoffLimitExceeded', 'DeadlineExceeded', 'Evicted'];

/** The known reasons appear with the condition `Failed`; the count appears while none of them is the reason. */
const failed: Says = (job) => {
  const pods = field(job, 'status.failed');
  if (typeof pods !== 'number' || pods === 0) return [{ labels: {}, value: 0 }];
  const conditions = list(job, 'status.conditions').filter((found) => text(found, 'type') === 'Failed');
  const reasons = conditions.flatMap((found) => oneOf('reason', REASONS, text(found, 'reason')));
  return reasons.some(({ value }) => value === 1) ? reasons : [...reasons, { labels: { reason: '' }, value: pods }];
};

const suspended: Says = (job) =>
  list(job, 'status.conditions')
    .filter((found) => text(found, 'type') === 'Suspended')
    .map((found) => ({ labels: {}, value: text(found, 'status') === 'True' ? 1 : 0 }));

/** Nothing while it is suspended or its schedule cannot be read. */
function nextSchedule(cronJob: KubeObject): ReturnType<Says> {
  if (field(cronJob, 'spec.suspend') === true) return [];
  const after = seconds(cronJob, 'status.lastScheduleTime') ?? seconds(cronJob, 'metadata.creationTimestamp');
  if (after === undefined) return [];
  const { Cron } = croner();
  try {
    const cron = new Cron(text(cronJob, 'spec.schedule'), {
      paused: true,
      timezone: text(cronJob, 'spec.timeZone') || 'Etc/UTC',
    });
    const next = cron.nextRun(toTimestamp(after * 1000));
    return next === null ? [] : [{ labels: {}, value: next.getTime() / 1000 }];
  } catch (error) {
    if (error instanceof Error) return [];
    throw error;
  }
}

export const JOB_METRICS: readonly KindMetrics[] = [
  {
    gvr: JOBS,
    identity: namedBy('job_name'),
    families: {
      kube_job_info: always(() => ({})),
      kube_job_created: instant('metadata.creationTimestamp'),
      kube_job_owner: owners,
      kube_job_spec_parallelism: count('spec.parallelism'),
      kube_job_spec_completions: count('spec.completions'),
      kube_job_spec_active_deadline_seconds: count('spec.activeDeadlineSeconds'),
      kube_job_status_active: count('status.active', 0),
      kube_job_status_ready: count('status.ready', 0),
      kube_job_status_succeeded: count('status.succeeded', 0),
      kube_job_status_failed: failed,
      kube_job_status_suspended: suspended,
      kube_job_status_start_time: instant('status.startTime'),
      kube_job_status_completion_time: instant('status.completionTime'),
      kube_job_complete: condition('Complete'),
      kube_job_failed: condition('Failed'),
    },
  },
  {
    gvr: CRON_JOBS,
    identity: namedBy('cronjob'),
    families: {
      kube_cronjob_info: always((cronJob) => ({
        schedule: text(cronJob, 'spec.schedule'),
        concurrency_policy: text(cronJob, 'spec.concurrencyPolicy'),
        timezone: text(cronJob, 'spec.timeZone') || 'local',
      })),
      kube_cronjob_created: instant('metadata.creationTimestamp'),
      kube_cronjob_spec_suspend: flag('spec.suspend'),
      kube_cronjob_spec_starting_deadline_seconds: count('spec.startingDeadlineSeconds'),
      kube_cronjob_status_active: (cronJob) => [{ labels: {}, value: list(cronJob, 'status.active').length }],
      kube_cronjob_status_last_schedule_time: instant('status.lastScheduleTime'),
      kube_cronjob_status_last_successful_time: instant('status.lastSuccessfulTime'),
      kube_cronjob_next_schedule_time: nextSchedule,
    },
  },
];
