/** `kube_cronjob_*`. https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/cronjob-metrics.md */
import { at, gauge, identity, type KindFamilies, listAt, textAt, time } from './family.ts';

const NAME = 'cronjob';

export const CRON_JOB: KindFamilies = {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  families: {
    kube_cronjob_info: (object, emit) =>
      emit(
        {
          ...identity(object, NAME),
          schedule: textAt(object, 'spec', 'schedule'),
          concurrency_policy: textAt(object, 'spec', 'concurrencyPolicy'),
        },
        1,
      ),
    kube_cronjob_created: time(NAME, ['metadata', 'creationTimestamp']),
    kube_cronjob_spec_suspend: (object, emit) => emit(identity(object, NAME), Number(at(object, 'spec', 'suspend') === true)),
    kube_cronjob_spec_starting_deadline_seconds: gauge(NAME, ['spec', 'startingDeadlineSeconds']),
    kube_cronjob_status_active: (object, emit) => emit(identity(object, NAME), listAt(object, 'status', 'active').length),
    kube_cronjob_status_last_schedule_time: time(NAME, ['status', 'lastScheduleTime']),
    kube_cronjob_status_last_successful_time: time(NAME, ['status', 'lastSuccessfulTime']),
  },
};
