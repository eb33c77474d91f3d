/** https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/pod-metrics.md */
import type { KubeObject } from '../../shapes/kube.ts';
import { PODS } from '../runtime/resources.ts';
import {
  always,
  condition,
  conditionTime,
  field,
  instant,
  type KindMetrics,
  list,
  oneOf,
  owners,
  phase,
  type Says,
  seconds,
  text,
} from './object-metrics.ts';
import { amounts } from './resource-amounts.ts';
import type { Sample } from './text-format.ts';

const REASONS = [
  'Evicted',
  'NodeAffinity',
  'NodeLost',
  'PreemptionByScheduler',
  'SchedulingGated',
  'Shutdown',
  'TerminationByKubelet',
  'UnexpectedAdmissionError',
];

type Statuses = 'containerStatuses' | 'initContainerStatuses';

const ofEach =
  (statuses: Statuses, read: (status: unknown) => readonly Sample[]): Says =>
  (pod) =>
    list(pod, `status.${statuses}`).flatMap((status) =>
      read(status).map(({ labels, value }) => ({ labels: { container: text(status, 'name'), ...labels }, value })),
    );

const number = (value: unknown): readonly Sample[] => (typeof value === 'number' ? [{ labels: {}, value }] : []);

/** 1 while the state is this one, else 0. */
const inState = (statuses: Statuses, state: string): Says =>
  ofEach(statuses, (status) => number(field(status, `state.${state}`) === undefined ? 0 : 1));

/** Present only while there is a reason. */
const reason = (statuses: Statuses, path: string): Says =>
  ofEach(statuses, (status) =>
    text(status, path) === '' ? [] : [{ labels: { reason: text(status, path) }, value: 1 }],
  );

const statusFamilies = (prefix: string, statuses: Statuses): Readonly<Record<string, Says>> => ({
  [`${prefix}_status_ready`]: ofEach(statuses, (status) => number(field(status, 'ready') === true ? 1 : 0)),
  [`${prefix}_status_restarts_total`]: ofEach(statuses, (status) => number(field(status, 'restartCount'))),
  [`${prefix}_status_running`]: inState(statuses, 'running'),
  [`${prefix}_status_waiting`]: inState(statuses, 'waiting'),
  [`${prefix}_status_terminated`]: inState(statuses, 'terminated'),
  [`${prefix}_status_waiting_reason`]: reason(statuses, 'state.waiting.reason'),
  [`${prefix}_status_terminated_reason`]: reason(statuses, 'state.terminated.reason'),
  [`${prefix}_status_last_terminated_reason`]: reason(statuses, 'lastState.terminated.reason'),
  [`${prefix}_status_last_terminated_exitcode`]: ofEach(statuses, (status) =>
    number(field(status, 'lastState.terminated.exitCode')),
  ),
  [`${prefix}_status_last_terminated_timestamp`]: ofEach(statuses, (status) =>
    number(seconds(status, 'lastState.terminated.finishedAt')),
  ),
  [`${prefix}_state_started`]: ofEach(statuses, (status) =>
    number(seconds(status, 'state.running.startedAt') ?? seconds(status, 'state.terminated.startedAt')),
  ),
});

const bounds =
  (containers: 'containers' | 'initContainers', which: 'requests' | 'limits'): Says =>
  (pod) =>
    list(pod, `spec.${containers}`).flatMap((container) =>
      amounts(container, `resources.${which}`).map(({ labels, value }) => ({
        labels: { container: text(container, 'name'), node: text(pod, 'spec.nodeName'), ...labels },
        value,
      })),
    );

function whyNot(pod: KubeObject): readonly Sample[] {
  const own = text(pod, 'status.reason');
  const given = new Set([
    own,
    ...list(pod, 'status.conditions').map((found) => text(found, 'reason')),
    ...list(pod, 'status.containerStatuses').map((status) => text(status, 'state.terminated.reason')),
  ]);
  const known = REASONS.filter((candidate) => given.has(candidate));
  const all = own === '' || REASONS.includes(own) ? known : [...known, 'Other'];
  return all.map((candidate) => ({ labels: { reason: candidate }, value: 1 }));
}

const images =
  (containers: string, statuses: string): Says =>
  (pod) =>
    list(pod, `spec.${containers}`).flatMap((container) =>
      list(pod, `status.${statuses}`)
        .filter((status) => text(status, 'name') === text(container, 'name'))
        .map((status) => ({
          labels: {
            container: text(status, 'name'),
            image_spec: text(container, 'image'),
            image: text(status, 'image'),
            image_id: text(status, 'imageID'),
            container_id: text(status, 'containerID'),
            ...(containers === 'initContainers' && { restart_policy: text(container, 'restartPolicy') }),
          },
          value: 1,
        })),
    );

/** One that stands there twice has one series. */
const tolerations: Says = (pod) => {
  const all = list(pod, 'spec.tolerations').map((toleration) => {
    const ofTime = field(toleration, 'tolerationSeconds');
    return {
      ...Object.fromEntries(['key', 'operator', 'value', 'effect'].map((part) => [part, text(toleration, part)])),
      toleration_seconds: typeof ofTime === 'number' ? `${ofTime}` : '',
    };
  });
  const different = new Map(all.map((labels) => [JSON.stringify(labels), labels]));
  return [...different.values()].map((labels) => ({ labels, value: 1 }));
};

const claims: Says = (pod) =>
  list(pod, 'spec.volumes').flatMap((volume) => {
    const [name, claim] = [text(volume, 'name'), text(volume, 'persistentVolumeClaim.claimName')];
    if (claim !== '') return [{ labels: { volume: name, persistentvolumeclaim: claim, ephemeral: 'false' }, value: 1 }];
    if (field(volume, 'ephemeral') === undefined) return [];
    return [
      { labels: { volume: name, persistentvolumeclaim: `${pod.metadata.name}-${name}`, ephemeral: 'true' }, value: 1 },
    ];
  });

function completion(pod: KubeObject): readonly Sample[] {
  const ends = list(pod, 'status.containerStatuses').map(
    (status) => seconds(status, 'state.terminated.finishedAt') ?? 0,
  );
  const last = Math.max(0, ...ends);
  return last > 0 ? number(last) : [];
}

export const POD_METRICS: KindMetrics = {
  gvr: PODS,
  identity: ({ metadata: { name, namespace = '', uid = '' } }) => ({ namespace, pod: name, uid }),
  families: {
    kube_pod_info: always((pod) => {
      const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true);
      return {
        host_ip: text(pod, 'status.hostIP'),
        pod_ip: text(pod, 'status.podIP'),
        node: text(pod, 'spec.nodeName'),
        created_by_kind: owner?.kind ?? '',
        created_by_name: owner?.name ?? '',
        priority_class: text(pod, 'spec.priorityClassName'),
        host_network: field(pod, 'spec.hostNetwork') === true ? 'true' : 'false',
      };
    }),
    kube_pod_owner: owners,
    kube_pod_created: instant('metadata.creationTimestamp'),
    kube_pod_start_time: instant('status.startTime'),
    kube_pod_completion_time: completion,
    kube_pod_deletion_timestamp: instant('metadata.deletionTimestamp'),
    kube_pod_restart_policy: always((pod) => ({ type: text(pod, 'spec.restartPolicy') })),
    kube_pod_status_phase: phase(['Pending', 'Succeeded', 'Failed', 'Unknown', 'Running']),
    kube_pod_status_qos_class: (pod) => {
      const actual = text(pod, 'status.qosClass');
      return actual === '' ? [] : oneOf('qos_class', ['BestEffort', 'Burstable', 'Guaranteed'], actual);
    },
    kube_pod_status_ready: condition('Ready'),
    kube_pod_status_scheduled: condition('PodScheduled'),
    kube_pod_status_initialized_time: conditionTime('Initialized'),
    kube_pod_status_scheduled_time: conditionTime('PodScheduled'),
    kube_pod_status_container_ready_time: conditionTime('ContainersReady'),
    kube_pod_status_ready_time: conditionTime('Ready'),
    kube_pod_status_unschedulable: (pod) =>
      list(pod, 'status.conditions').some(
        (found) => text(found, 'type') === 'PodScheduled' && text(found, 'status') === 'False',
      )
        ? number(1)
        : [],
    kube_pod_status_reason: whyNot,
    kube_pod_container_info: images('containers', 'containerStatuses'),
    kube_pod_init_container_info: images('initContainers', 'initContainerStatuses'),
    kube_pod_tolerations: tolerations,
    kube_pod_service_account: always((pod) => ({ service_account: text(pod, 'spec.serviceAccountName') })),
    kube_pod_container_resource_requests: bounds('containers', 'requests'),
    kube_pod_container_resource_limits: bounds('containers', 'limits'),
    kube_pod_init_container_resource_requests: bounds('initContainers', 'requests'),
    kube_pod_init_container_resource_limits: bounds('initContainers', 'limits'),
    kube_pod_spec_volumes_persistentvolumeclaims_info: claims,
    ...statusFamilies('kube_pod_container', 'containerStatuses'),
    ...statusFamilies('kube_pod_init_container', 'initContainerStatuses'),
  },
};
