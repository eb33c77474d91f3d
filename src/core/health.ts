/** Is a workload well? Judged from its own status, as `kubectl rollout status` does, never from a request's answer. */
import type { Pod, Workload } from '../shapes/workloads.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { type Health, healthy, objectHealth, unhealthy, unknown } from './object-health.ts';

export type { Health } from './object-health.ts';

/** The health of one object by its kind. Kinds that we know nothing of are unknown. */
export function healthOf(object: KubeObject): Health {
  switch (object.kind) {
    case 'Pod':
      return podHealth(object);
    case 'Deployment':
    case 'StatefulSet':
    case 'ReplicaSet':
      return replicatedHealth(object);
    case 'DaemonSet':
      return daemonSetHealth(object);
    default:
      return objectHealth(object) ?? unknown(`no health rule for kind ${object.kind}`);
  }
}

export function podHealth(pod: Pod): Health {
  if (pod.metadata.deletionTimestamp !== undefined) return unhealthy(`pod ${pod.metadata.name} is terminating`);
  const phase = pod.status?.phase;
  if (phase === undefined) return unknown(`pod ${pod.metadata.name} has no status yet`);
  if (phase === 'Succeeded') return healthy;
  const ready = pod.status?.conditions?.find((condition) => condition.type === 'Ready');
  if (phase === 'Running' && ready?.status === 'True') return healthy;
  return unhealthy(`pod ${pod.metadata.name} is not ready (${whyNotReady(pod) ?? ready?.reason ?? phase})`);
}

/** In the words of the scheduler or of the kubelet. */
function whyNotReady({ status }: Pod): string | undefined {
  const { initContainerStatuses = [], containerStatuses = [], conditions = [] } = status ?? {};
  const waiting = [...initContainerStatuses, ...containerStatuses]
    .map(({ state }) => state?.waiting)
    .find((state) => state?.reason !== undefined && state.reason !== 'PodInitializing');
  if (waiting !== undefined) return said(waiting);
  if (status?.reason !== undefined) return said(status);
  const scheduled = conditions.find(({ type }) => type === 'PodScheduled');
  return scheduled?.status === 'False' ? said(scheduled) : undefined;
}

const said = ({ reason, message }: { readonly reason?: string; readonly message?: string }): string =>
  [reason, message].filter((part) => part !== undefined && part !== '').join(': ');

/**
 * https://github.com/kubernetes/kubectl: polymorphichelpers/rollout_status asks the same questions in the same order.
 */
function replicatedHealth(workload: Workload): Health {
  const name = `${workload.kind} ${workload.metadata.name}`;
  const status = workload.status;
  if (status === undefined) return unknown(`${name} has no status yet`);
  if (lagging(workload)) return unhealthy(`${name}: its controller has not seen the latest change yet`);
  const wanted = workload.spec?.replicas ?? 1;
  const total = status.replicas ?? 0;
  if (workload.kind !== 'ReplicaSet' && !keepsOldPods(workload)) {
    const updated = updatedReplicas(workload);
    if (updated < wanted) return unhealthy(`${name}: ${updated} of ${wanted} replicas are updated`);
    if (total > updated) return unhealthy(`${name}: ${total - updated} old replicas are still there`);
  }
  const ready = status.readyReplicas ?? 0;
  if (ready < wanted) return unhealthy(`${name}: ${ready} of ${wanted} replicas are ready`);
  const available = status.availableReplicas ?? 0;
  if (available < wanted) return unhealthy(`${name}: ${available} of ${wanted} replicas are available`);
  return healthy;
}

function daemonSetHealth(workload: Workload): Health {
  const name = `DaemonSet ${workload.metadata.name}`;
  const status = workload.status;
  if (status === undefined) return unknown(`${name} has no status yet`);
  if (lagging(workload)) return unhealthy(`${name}: its controller has not seen the latest change yet`);
  const wanted = status.desiredNumberScheduled ?? 0;
  const updated = status.updatedNumberScheduled ?? 0;
  if (updated < wanted && !keepsOldPods(workload))
    return unhealthy(`${name}: ${updated} of ${wanted} pods are updated`);
  const available = status.numberAvailable ?? 0;
  if (available < wanted) return unhealthy(`${name}: ${available} of ${wanted} pods are available`);
  return healthy;
}

/** Pods of an older revision stay by intention: OnDelete waits for a person, a partition for its next stage. */
const keepsOldPods = ({ spec }: Workload): boolean =>
  spec?.updateStrategy?.type === 'OnDelete' || (spec?.updateStrategy?.rollingUpdate?.partition ?? 0) > 0;

const lagging = (workload: Workload): boolean =>
  (workload.status?.observedGeneration ?? 0) < (workload.metadata.generation ?? 0);

/**
 * A StatefulSet whose revisions are equal counts every pod as current rather than updated, and `updatedReplicas` may be
 * left out.
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/stateful-set-v1/#StatefulSetStatus
 */
function updatedReplicas(workload: Workload): number {
  const status = workload.status;
  if (workload.kind === 'StatefulSet' && status?.currentRevision === status?.updateRevision)
    return status?.replicas ?? 0;
  return status?.updatedReplicas ?? 0;
}

/**
 * Why a rollout is under way, or undefined when none is. A rollout that passed its progress deadline is stuck, not
 * under way.
 */
export function rolloutInProgress(workload: KubeObject): string | undefined {
  if (!['Deployment', 'StatefulSet', 'DaemonSet'].includes(workload.kind)) return undefined;
  const { status, spec, metadata }: Workload = workload;
  const name = `${workload.kind} ${metadata.name}`;
  if (status === undefined || lagging(workload)) return `${name} has a change that its controller has not seen yet`;
  const progressing = status.conditions?.find((condition) => condition.type === 'Progressing');
  if (progressing?.status === 'False' && progressing.reason === 'ProgressDeadlineExceeded') return undefined;
  if (workload.kind === 'DaemonSet') {
    const [updated, wanted] = [status.updatedNumberScheduled ?? 0, status.desiredNumberScheduled ?? 0];
    return updated < wanted && spec?.updateStrategy?.type !== 'OnDelete'
      ? `${name}: ${updated} of ${wanted} pods are updated`
      : undefined;
  }
  if (spec?.updateStrategy?.type === 'OnDelete' || (spec?.updateStrategy?.rollingUpdate?.partition ?? 0) > 0)
    return undefined;
  const [updated, total] = [updatedReplicas(workload), status.replicas ?? 0];
  if (total > updated) return `${name}: ${total - updated} old replicas are still to be replaced`;
  return undefined;
}
