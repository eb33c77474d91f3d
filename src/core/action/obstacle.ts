/**
 * Why a workload does not become well, in the words of the component that refuses: its controller, the scheduler, a
 * kubelet. A count of replicas says that something is missing, and not which quota is used up.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import type { Pod, Workload } from '../../shapes/workloads.ts';
import { fromTimestamp, type Instant } from '../../std/clock.ts';
import { endingOf } from '../ended.ts';
import { podHealth } from '../health.ts';
import type { EventSeen } from '../observation.ts';

export interface Told {
  readonly pods: readonly Pod[];
  /** About the workload itself and the ReplicaSets of it. */
  readonly events: readonly EventSeen[];
  /** Events from before then tell of something else. */
  readonly since: Instant;
}

export function obstacleOf(workload: KubeObject, told: Told): string | undefined {
  return replicaFailure(workload) ?? failedEvent(told) ?? illPod(workload, told.pods);
}

/** https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment */
function replicaFailure(workload: Workload): string | undefined {
  const failure = workload.status?.conditions?.find(({ type }) => type === 'ReplicaFailure');
  if (failure?.status !== 'True') return undefined;
  return ['ReplicaFailure', failure.reason, failure.message].filter(Boolean).join(': ');
}

/** StatefulSets, DaemonSets and Jobs have no such condition: their controllers say it in an Event alone. */
function failedEvent({ events, since }: Told): string | undefined {
  const saidAt = ({ points }: EventSeen): Instant => points.at(-1)?.at ?? 0;
  const [newest] = events
    .filter((event) => event.type === 'Warning' && FAILED.has(event.reason) && saidAt(event) >= since)
    .toSorted((a, b) => saidAt(b) - saidAt(a));
  return newest === undefined
    ? undefined
    : `${newest.about.kind} ${newest.about.name}: ${newest.reason}: ${newest.message}`;
}

const FAILED: ReadonlySet<string> = new Set(['FailedCreate', 'FailedDelete', 'FailedUpdate']);

const createdAt = ({ metadata }: KubeObject): Instant => fromTimestamp(metadata.creationTimestamp) ?? 0;

function illPod(workload: KubeObject, pods: readonly Pod[]): string | undefined {
  if (workload.kind === 'Pod') return undefined;
  // Those of before are ill of what the action is for.
  const newestFirst = pods.toSorted((a, b) => createdAt(b) - createdAt(a));
  for (const pod of newestFirst) {
    const health = podHealth(pod);
    const counts = endingOf(pod) === undefined && pod.metadata.deletionTimestamp === undefined;
    if (counts && health.state === 'unhealthy') return health.message;
  }
  return undefined;
}
