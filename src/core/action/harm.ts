/** Is a workload worse off than before? Counted in ready pods, or in the node itself (I7). */
import type { KubeObject } from '../../shapes/kube.ts';
import type { Pod, Workload } from '../../shapes/workloads.ts';
import type { Instant } from '../../std/clock.ts';
import { healthOf } from '../health.ts';
import { isFlickering } from './illness.ts';

/** Reason of an action that ended so. */
export const MADE_WORSE = 'MadeWorse' as const;

export interface Baseline {
  readonly wanted: number;
  readonly ready: number;
  /** Go duration, of the illness; absent: none was seen. */
  readonly recursWithin?: string;
}

/** Of a workload with its pods. Undefined for kinds whose readiness nobody counts. */
export function baselineOf(object: KubeObject, pods: readonly Pod[], now: Instant): Baseline | undefined {
  const counted = countsOf(object);
  const flickering = pods.filter((pod) => isFlickering(pod, now)).length;
  return counted && { ...counted, ready: Math.max(0, counted.ready - flickering) };
}

function countsOf(object: KubeObject): Baseline | undefined {
  switch (object.kind) {
    case 'Pod':
    case 'Node':
      return { wanted: 1, ready: healthOf(object).state === 'healthy' ? 1 : 0 };
    case 'Deployment':
    case 'StatefulSet':
    case 'ReplicaSet': {
      const { spec, status }: Workload = object;
      return { wanted: spec?.replicas ?? 1, ready: status?.readyReplicas ?? 0 };
    }
    case 'DaemonSet': {
      const { status }: Workload = object;
      return { wanted: status?.desiredNumberScheduled ?? 0, ready: status?.numberReady ?? 0 };
    }
    default:
      return undefined;
  }
}

/** Fewer are ready than before, and more are missing: a workload that was made smaller on purpose is not worse. */
export function harmOf(before: Baseline | undefined, after: Baseline | undefined): string | undefined {
  if (before === undefined || after === undefined) return undefined;
  if (after.ready >= before.ready || after.wanted - after.ready <= before.wanted - before.ready) return undefined;
  return `${after.ready} of ${after.wanted} are ready; before it were ${before.ready} of ${before.wanted}`;
}
