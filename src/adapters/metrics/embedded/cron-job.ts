/**
 * `kube_cronjob_*`. https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/cronjob-metrics.md
 */
import { Cron } from 'croner';
import { toTimestamp } from '../../../std/clock.ts';
import {
  at,
  type Emit,
  gauge,
  identity,
  type KindFamilies,
  listAt,
  type Readable,
  secondsAt,
  textAt,
  time,
} from './family.ts';

const NAME = 'cronjob';

/** After the last run, else after its creation; nothing while it is suspended or its schedule cannot be read. */
function nextSchedule(object: Readable, emit: Emit): void {
  const after = secondsAt(object, 'status', 'lastScheduleTime') ?? secondsAt(object, 'metadata', 'creationTimestamp');
  if (after === undefined || at(object, 'spec', 'suspend') === true) return;
  const next = nextRun(textAt(object, 'spec', 'schedule'), textAt(object, 'spec', 'timeZone'), after);
  if (next !== undefined) emit(identity(object, NAME), next);
}

/** Unix seconds. Without a time zone the controller manager's own counts, which is UTC as a rule. */
function nextRun(schedule: string, timezone: string, after: number): number | undefined {
  try {
    const next = new Cron(schedule, { paused: true, timezone: timezone || 'Etc/UTC' }).nextRun(
      toTimestamp(after * 1000),
    );
    return next === null ? undefined : next.getTime() / 1000;
  } catch (error) {
    // croner throws what it has no class for; the API server lets through schedules of other dialects.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

export const CRON_JOB: KindFamilies = {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  fields: [
    'spec.schedule',
    'spec.concurrencyPolicy',
    'spec.suspend',
    'spec.timeZone',
    'spec.startingDeadlineSeconds',
    'status',
  ],
  families: {
    kube_cronjob_info: (object, emit) =>
      emit(
        {
          ...identity(object, NAME),
          schedule: textAt(object, 'spec', 'schedule'),
          concurrency_policy: textAt(object, 'spec', 'concurrencyPolicy'),
          timezone: textAt(object, 'spec', 'timeZone') || 'local',
        },
        1,
      ),
    kube_cronjob_created: time(NAME, ['metadata', 'creationTimestamp']),
    kube_cronjob_spec_suspend: (object, emit) =>
      emit(identity(object, NAME), Number(at(object, 'spec', 'suspend') === true)),
    kube_cronjob_spec_starting_deadline_seconds: gauge(NAME, ['spec', 'startingDeadlineSeconds']),
    kube_cronjob_status_active: (object, emit) =>
      emit(identity(object, NAME), listAt(object, 'status', 'active').length),
    kube_cronjob_status_last_schedule_time: time(NAME, ['status', 'lastScheduleTime']),
    kube_cronjob_status_last_successful_time: time(NAME, ['status', 'lastSuccessfulTime']),
    kube_cronjob_next_schedule_time: nextSchedule,
  },
};
