/**
 * `kube_pod_*`, and the short name `restart_count`.
 * https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/pod-metrics.md
 */
import {
  at,
  conditionOf,
  type Emit,
  type KindFamilies,
  type LabelRecord,
  listAt,
  numberAt,
  owners,
  phases,
  type Readable,
  secondsAt,
  textAt,
} from './family.ts';
import { emitResources } from './resources.ts';

type Family = (pod: Readable, emit: Emit) => void;

const PHASES = ['Pending', 'Succeeded', 'Failed', 'Unknown', 'Running'] as const;
const QOS_CLASSES = ['BestEffort', 'Burstable', 'Guaranteed'] as const;
const REASONS: readonly string[] = [
  'Evicted',
  'NodeAffinity',
  'NodeLost',
  'PreemptionByScheduler',
  'SchedulingGated',
  'Shutdown',
  'TerminationByKubelet',
  'UnexpectedAdmissionError',
];

/** kube-state-metrics labels pods with their UID too; `kube_pod_info`'s family and all containers' have it. */
export function podIdentity({ metadata }: Readable): LabelRecord {
  return { namespace: metadata.namespace ?? '', pod: metadata.name, uid: metadata.uid ?? '' };
}

const withUid =
  (family: Family): Family =>
  (pod, emit) =>
    family(pod, (labels, value) => emit({ ...labels, uid: pod.metadata.uid ?? '' }, value));

const seconds =
  (...path: readonly string[]): Family =>
  (pod, emit) => {
    const value = secondsAt(pod, ...path);
    if (value !== undefined) emit(podIdentity(pod), value);
  };

const condition = (type: string): Family => conditionOf(type, podIdentity);

/** When a condition became true; nothing while it is not. */
const trueSince =
  (type: string): Family =>
  (pod, emit) => {
    for (const found of listAt(pod, 'status', 'conditions')) {
      const at =
        textAt(found, 'type') === type && textAt(found, 'status') === 'True'
          ? secondsAt(found, 'lastTransitionTime')
          : undefined;
      if (at !== undefined) emit(podIdentity(pod), at);
    }
  };

/** A series for every container status; `read` gives the value, undefined leaves it out. */
type Statuses = 'containerStatuses' | 'initContainerStatuses';

const ofContainers =
  (list: Statuses, read: (status: unknown) => number | undefined): Family =>
  (pod, emit) => {
    for (const status of listAt(pod, 'status', list)) {
      const value = read(status);
      if (value !== undefined) emit({ ...podIdentity(pod), container: textAt(status, 'name') }, value);
    }
  };

/** A series with the reason of a container state, only while there is one. */
const reasonOf =
  (list: Statuses, ...path: readonly string[]): Family =>
  (pod, emit) => {
    for (const status of listAt(pod, 'status', list)) {
      const reason = textAt(status, ...path, 'reason');
      if (reason !== '') emit({ ...podIdentity(pod), container: textAt(status, 'name'), reason }, 1);
    }
  };

const isIn =
  (state: string) =>
  (status: unknown): number =>
    Number(at(status, 'state', state) !== undefined);

const isReady = (status: unknown): number => Number(at(status, 'ready') === true);
const restarts = (status: unknown): number | undefined => numberAt(status, 'restartCount');

function unschedulable(pod: Readable, emit: Emit): void {
  const isSo = listAt(pod, 'status', 'conditions').some(
    (found) => textAt(found, 'type') === 'PodScheduled' && textAt(found, 'status') === 'False',
  );
  if (isSo) emit(podIdentity(pod), 1);
}

/**
 * Only reasons that are given, by the pod, a condition or an ended container; the pod's own is `Other` when it is none
 * of those known.
 */
function reasons(pod: Readable, emit: Emit): void {
  const own = textAt(pod, 'status', 'reason');
  const given = new Set([own]);
  for (const found of listAt(pod, 'status', 'conditions')) given.add(textAt(found, 'reason'));
  for (const status of listAt(pod, 'status', 'containerStatuses'))
    given.add(textAt(status, 'state', 'terminated', 'reason'));
  for (const reason of REASONS) if (given.has(reason)) emit({ ...podIdentity(pod), reason }, 1);
  if (own !== '' && !REASONS.includes(own)) emit({ ...podIdentity(pod), reason: 'Other' }, 1);
}

function qosClass(pod: Readable, emit: Emit): void {
  const actual = textAt(pod, 'status', 'qosClass');
  if (actual !== '')
    for (const qos_class of QOS_CLASSES) emit({ ...podIdentity(pod), qos_class }, Number(actual === qos_class));
}

/** When the last of its containers ended. */
function completionTime(pod: Readable, emit: Emit): void {
  const ends = listAt(pod, 'status', 'containerStatuses').map(
    (status) => secondsAt(status, 'state', 'terminated', 'finishedAt') ?? 0,
  );
  const last = Math.max(0, ...ends);
  if (last > 0) emit(podIdentity(pod), last);
}

const resources =
  (list: 'containers' | 'initContainers', which: 'requests' | 'limits'): Family =>
  (pod, emit) => {
    const node = textAt(pod, 'spec', 'nodeName');
    for (const container of listAt(pod, 'spec', list)) {
      const labels = { ...podIdentity(pod), container: textAt(container, 'name'), node };
      emitResources({ owner: container, path: ['resources', which], labels, emit });
    }
  };

const ofStatuses = (prefix: string, list: Statuses): Readonly<Record<string, Family>> => ({
  [`${prefix}_state_started`]: ofContainers(
    list,
    (status) =>
      secondsAt(status, 'state', 'running', 'startedAt') ?? secondsAt(status, 'state', 'terminated', 'startedAt'),
  ),
  [`${prefix}_status_ready`]: ofContainers(list, isReady),
  [`${prefix}_status_running`]: ofContainers(list, isIn('running')),
  [`${prefix}_status_waiting`]: ofContainers(list, isIn('waiting')),
  [`${prefix}_status_terminated`]: ofContainers(list, isIn('terminated')),
  [`${prefix}_status_restarts_total`]: ofContainers(list, restarts),
  [`${prefix}_status_waiting_reason`]: reasonOf(list, 'state', 'waiting'),
  [`${prefix}_status_terminated_reason`]: reasonOf(list, 'state', 'terminated'),
  [`${prefix}_status_last_terminated_reason`]: reasonOf(list, 'lastState', 'terminated'),
  [`${prefix}_status_last_terminated_exitcode`]: ofContainers(list, (status) =>
    numberAt(status, 'lastState', 'terminated', 'exitCode'),
  ),
  [`${prefix}_status_last_terminated_timestamp`]: ofContainers(list, (status) =>
    secondsAt(status, 'lastState', 'terminated', 'finishedAt'),
  ),
});

export const POD: KindFamilies = {
  apiVersion: 'v1',
  kind: 'Pod',
  // What the operator's own view of pods has too: no second watch is needed for these.
  fields: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.containers.name',
    'spec.containers.resources',
    'spec.initContainers.name',
    'spec.initContainers.resources',
    'status.phase',
    'status.reason',
    'status.qosClass',
    'status.startTime',
    'status.conditions',
    'status.containerStatuses.name',
    'status.containerStatuses.ready',
    'status.containerStatuses.restartCount',
    'status.containerStatuses.state',
    'status.containerStatuses.lastState',
    'status.initContainerStatuses.name',
    'status.initContainerStatuses.ready',
    'status.initContainerStatuses.restartCount',
    'status.initContainerStatuses.state',
    'status.initContainerStatuses.lastState',
  ],
  families: {
    kube_pod_owner: withUid(owners('pod')),
    kube_pod_created: seconds('metadata', 'creationTimestamp'),
    kube_pod_start_time: seconds('status', 'startTime'),
    kube_pod_completion_time: completionTime,
    kube_pod_deletion_timestamp: seconds('metadata', 'deletionTimestamp'),
    kube_pod_status_phase: withUid(phases('pod', PHASES)),
    kube_pod_status_ready: condition('Ready'),
    kube_pod_status_scheduled: condition('PodScheduled'),
    kube_pod_status_unschedulable: unschedulable,
    kube_pod_status_reason: reasons,
    kube_pod_status_qos_class: qosClass,
    kube_pod_status_initialized_time: trueSince('Initialized'),
    kube_pod_status_scheduled_time: trueSince('PodScheduled'),
    kube_pod_status_container_ready_time: trueSince('ContainersReady'),
    kube_pod_status_ready_time: trueSince('Ready'),
    kube_pod_restart_policy: (pod, emit) =>
      emit({ ...podIdentity(pod), type: textAt(pod, 'spec', 'restartPolicy') }, 1),
    kube_pod_container_resource_requests: resources('containers', 'requests'),
    kube_pod_container_resource_limits: resources('containers', 'limits'),
    kube_pod_init_container_resource_requests: resources('initContainers', 'requests'),
    kube_pod_init_container_resource_limits: resources('initContainers', 'limits'),
    ...ofStatuses('kube_pod_container', 'containerStatuses'),
    ...ofStatuses('kube_pod_init_container', 'initContainerStatuses'),
    // The short name: per container, as a counter that people compare with a number.
    restart_count: (pod, emit) => {
      for (const status of listAt(pod, 'status', 'containerStatuses')) {
        const value = restarts(status);
        if (value !== undefined)
          emit(
            { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name, container: textAt(status, 'name') },
            value,
          );
      }
    },
  },
};
