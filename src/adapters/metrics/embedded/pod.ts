/** `kube_pod_*`, and the short name `restart_count`. https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/pod-metrics.md */
import {
  at,
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
const REASONS = ['Evicted', 'NodeAffinity', 'NodeLost', 'Shutdown', 'UnexpectedAdmissionError'] as const;
const STATUSES = ['true', 'false', 'unknown'] as const;

/** kube-state-metrics labels pods with their UID too; `kube_pod_info`'s family and all containers' have it. */
function identity({ metadata }: Readable): LabelRecord {
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
    if (value !== undefined) emit(identity(pod), value);
  };

const condition =
  (type: string): Family =>
  (pod, emit) => {
    for (const found of listAt(pod, 'status', 'conditions')) {
      if (textAt(found, 'type') !== type) continue;
      const actual = textAt(found, 'status').toLowerCase();
      for (const status of STATUSES) emit({ ...identity(pod), condition: status }, Number(actual === status));
    }
  };

/** A series for every container status; `read` gives the value, undefined leaves it out. */
const ofContainers =
  (list: 'containerStatuses' | 'initContainerStatuses', read: (status: unknown) => number | undefined): Family =>
  (pod, emit) => {
    for (const status of listAt(pod, 'status', list)) {
      const value = read(status);
      if (value !== undefined) emit({ ...identity(pod), container: textAt(status, 'name') }, value);
    }
  };

/** A series with the reason of a container state, only while there is one. */
const reasonOf =
  (list: 'containerStatuses' | 'initContainerStatuses', ...path: readonly string[]): Family =>
  (pod, emit) => {
    for (const status of listAt(pod, 'status', list)) {
      const reason = textAt(status, ...path, 'reason');
      if (reason !== '') emit({ ...identity(pod), container: textAt(status, 'name'), reason }, 1);
    }
  };

const isIn =
  (state: string) =>
  (status: unknown): number =>
    Number(at(status, 'state', state) !== undefined);

const isReady = (status: unknown): number => Number(at(status, 'ready') === true);
const restarts = (status: unknown): number | undefined => numberAt(status, 'restartCount');

function info(pod: Readable, emit: Emit): void {
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true) ?? pod.metadata.ownerReferences?.[0];
  emit(
    {
      ...identity(pod),
      host_ip: textAt(pod, 'status', 'hostIP'),
      pod_ip: textAt(pod, 'status', 'podIP'),
      node: textAt(pod, 'spec', 'nodeName'),
      created_by_kind: owner?.kind ?? '',
      created_by_name: owner?.name ?? '',
      priority_class: textAt(pod, 'spec', 'priorityClassName'),
      host_network: String(at(pod, 'spec', 'hostNetwork') === true),
    },
    1,
  );
}

function containerInfo(pod: Readable, emit: Emit): void {
  const statuses = listAt(pod, 'status', 'containerStatuses');
  for (const container of listAt(pod, 'spec', 'containers')) {
    const name = textAt(container, 'name');
    const status = statuses.find((found) => textAt(found, 'name') === name);
    if (status === undefined) continue;
    const image = { image_spec: textAt(container, 'image'), image: textAt(status, 'image'), image_id: textAt(status, 'imageID') };
    emit({ ...identity(pod), container: name, ...image, container_id: textAt(status, 'containerID') }, 1);
  }
}

function unschedulable(pod: Readable, emit: Emit): void {
  const isSo = listAt(pod, 'status', 'conditions').some(
    (found) =>
      textAt(found, 'type') === 'PodScheduled' && textAt(found, 'status') === 'False' && textAt(found, 'reason') === 'Unschedulable',
  );
  if (isSo) emit(identity(pod), 1);
}

const resources =
  (list: 'containers' | 'initContainers', which: 'requests' | 'limits'): Family =>
  (pod, emit) => {
    const node = textAt(pod, 'spec', 'nodeName');
    for (const container of listAt(pod, 'spec', list)) {
      const labels = { ...identity(pod), container: textAt(container, 'name'), node };
      emitResources({ owner: container, path: ['resources', which], labels, emit });
    }
  };

export const POD: KindFamilies = {
  apiVersion: 'v1',
  kind: 'Pod',
  families: {
    kube_pod_info: info,
    kube_pod_owner: withUid(owners('pod')),
    kube_pod_created: seconds('metadata', 'creationTimestamp'),
    kube_pod_start_time: seconds('status', 'startTime'),
    kube_pod_deletion_timestamp: seconds('metadata', 'deletionTimestamp'),
    kube_pod_status_phase: withUid(phases('pod', PHASES)),
    kube_pod_status_ready: condition('Ready'),
    kube_pod_status_scheduled: condition('PodScheduled'),
    kube_pod_status_unschedulable: unschedulable,
    kube_pod_status_reason: (pod, emit) => {
      for (const reason of REASONS) emit({ ...identity(pod), reason }, Number(textAt(pod, 'status', 'reason') === reason));
    },
    kube_pod_container_info: containerInfo,
    kube_pod_container_resource_requests: resources('containers', 'requests'),
    kube_pod_container_resource_limits: resources('containers', 'limits'),
    kube_pod_container_state_started: ofContainers('containerStatuses', (status) => secondsAt(status, 'state', 'running', 'startedAt')),
    kube_pod_container_status_ready: ofContainers('containerStatuses', isReady),
    kube_pod_container_status_running: ofContainers('containerStatuses', isIn('running')),
    kube_pod_container_status_waiting: ofContainers('containerStatuses', isIn('waiting')),
    kube_pod_container_status_terminated: ofContainers('containerStatuses', isIn('terminated')),
    kube_pod_container_status_restarts_total: ofContainers('containerStatuses', restarts),
    kube_pod_container_status_waiting_reason: reasonOf('containerStatuses', 'state', 'waiting'),
    kube_pod_container_status_terminated_reason: reasonOf('containerStatuses', 'state', 'terminated'),
    kube_pod_container_status_last_terminated_reason: reasonOf('containerStatuses', 'lastState', 'terminated'),
    kube_pod_container_status_last_terminated_exitcode: ofContainers('containerStatuses', (status) =>
      numberAt(status, 'lastState', 'terminated', 'exitCode'),
    ),
    kube_pod_init_container_status_ready: ofContainers('initContainerStatuses', isReady),
    kube_pod_init_container_status_restarts_total: ofContainers('initContainerStatuses', restarts),
    kube_pod_init_container_status_waiting_reason: reasonOf('initContainerStatuses', 'state', 'waiting'),
    kube_pod_init_container_status_terminated_reason: reasonOf('initContainerStatuses', 'state', 'terminated'),
    // The short name: per container, as a counter that people compare with a number.
    restart_count: (pod, emit) => {
      for (const status of listAt(pod, 'status', 'containerStatuses')) {
        const value = restarts(status);
        if (value !== undefined)
          emit({ namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name, container: textAt(status, 'name') }, value);
      }
    },
  },
};
