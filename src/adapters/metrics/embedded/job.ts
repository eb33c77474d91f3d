/** `kube_job_*`. https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/job-metrics.md */
import {
  conditionOf,
  type Emit,
  gauge,
  identity,
  type KindFamilies,
  listAt,
  numberAt,
  owners,
  type Readable,
  textAt,
  time,
} from './family.ts';

const NAME = 'job_name';
const FAILURE_REASONS = ['BackoffLimitExceeded', 'DeadlineExceeded', 'Evicted'] as const;

const condition = (type: string): ((object: Readable, emit: Emit) => void) =>
  conditionOf(type, (object) => identity(object, NAME));

/**
 * Without failures a plain 0. The known reasons come with the condition `Failed`; the count while none of them is the
 * reason.
 */
function failed(object: Readable, emit: Emit): void {
  const labels = identity(object, NAME);
  const count = numberAt(object, 'status', 'failed') ?? 0;
  if (count === 0) return emit(labels, 0);
  const reasons = listAt(object, 'status', 'conditions')
    .filter((found) => textAt(found, 'type') === 'Failed')
    .map((found) => textAt(found, 'reason'));
  if (reasons.length > 0)
    for (const reason of FAILURE_REASONS) emit({ ...labels, reason }, Number(reasons.includes(reason)));
  if (!FAILURE_REASONS.some((reason) => reasons.includes(reason))) emit({ ...labels, reason: '' }, count);
}

export const JOB: KindFamilies = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  fields: [
    'spec.parallelism',
    'spec.completions',
    'spec.activeDeadlineSeconds',
    'status.active',
    'status.ready',
    'status.succeeded',
    'status.failed',
    'status.startTime',
    'status.completionTime',
    'status.conditions',
  ],
  families: {
    kube_job_info: (object, emit) => emit(identity(object, NAME), 1),
    kube_job_created: time(NAME, ['metadata', 'creationTimestamp']),
    kube_job_owner: owners(NAME),
    kube_job_spec_parallelism: gauge(NAME, ['spec', 'parallelism']),
    kube_job_spec_completions: gauge(NAME, ['spec', 'completions']),
    kube_job_spec_active_deadline_seconds: gauge(NAME, ['spec', 'activeDeadlineSeconds']),
    kube_job_status_active: gauge(NAME, ['status', 'active'], 0),
    kube_job_status_ready: gauge(NAME, ['status', 'ready'], 0),
    kube_job_status_succeeded: gauge(NAME, ['status', 'succeeded'], 0),
    kube_job_status_failed: failed,
    kube_job_status_suspended: (object, emit) => {
      for (const found of listAt(object, 'status', 'conditions')) {
        if (textAt(found, 'type') === 'Suspended')
          emit(identity(object, NAME), Number(textAt(found, 'status') === 'True'));
      }
    },
    kube_job_status_start_time: time(NAME, ['status', 'startTime']),
    kube_job_status_completion_time: time(NAME, ['status', 'completionTime']),
    kube_job_complete: condition('Complete'),
    kube_job_failed: condition('Failed'),
  },
};
