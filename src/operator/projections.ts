/**
 * The fields that the caches keep: those that a decision reads, and no others (law 6). A field that a
 * trigger, a gate or a metric comes to read has to be added here.
 */
import { ANNOTATIONS, NEIGHBOURS_MARKS } from '../api/names.ts';
import { projection } from '../kube/projection.ts';

export const MARKS = [
  'metadata.annotations[kubeskippy.io/protected]',
  'metadata.annotations[kubeskippy.io/healing-disabled]',
];
const neighboursMarks = (where: string): readonly string[] =>
  NEIGHBOURS_MARKS.map(({ key }) => `${where}.annotations[${key}]`);

export const POD_FIELDS = projection('target-pod', [
  ...MARKS,
  ...neighboursMarks('metadata'),
  'spec.nodeName',
  'spec.restartPolicy',
  // What memory and CPU are a share of; metrics read it.
  'spec.containers.name',
  'spec.containers.resources',
  'spec.initContainers.name',
  'spec.initContainers.resources',
  'status.phase',
  'status.reason',
  'status.qosClass',
  'status.message',
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
]);
export const WORKLOAD_FIELDS = projection('target-workload', [
  ...MARKS,
  ...neighboursMarks('spec.template.metadata'),
  // What workloads that fail together may share. Values of variables are not kept.
  'spec.template.spec.imagePullSecrets',
  ...['containers', 'initContainers'].flatMap((list) =>
    ['image', 'env.valueFrom', 'envFrom'].map((field) => `spec.template.spec.${list}.${field}`),
  ),
  ...['configMap', 'secret', 'projected.sources.configMap', 'projected.sources.secret'].map(
    (source) => `spec.template.spec.volumes.${source}`,
  ),
  'spec.replicas',
  'spec.paused',
  'spec.strategy',
  'spec.updateStrategy',
  'status',
]);
export const REPLICA_SET_FIELDS = projection('owner', [
  ...MARKS,
  'spec.replicas',
  'status.observedGeneration',
  'status.replicas',
  'status.readyReplicas',
  'status.availableReplicas',
  'status.fullyLabeledReplicas',
]);
export const EVENT_FIELDS = projection('event', [
  'involvedObject',
  'reason',
  'message',
  'type',
  'count',
  'firstTimestamp',
  'lastTimestamp',
  'eventTime',
  'series',
]);
/** Beside what every target has, what shows that a node was cordoned, and by whom. */
export const NODE_FIELDS = projection('target-node', [
  ...MARKS,
  ...neighboursMarks('metadata'),
  `metadata.annotations[${ANNOTATIONS.attempt}]`,
  'spec.unschedulable',
  'status.conditions',
]);
export const TARGET_FIELDS = projection('target', [
  ...MARKS,
  'status.conditions',
  'status.observedGeneration',
  'status.phase',
]);
export const NAMESPACE_FIELDS = projection('namespace', MARKS);
