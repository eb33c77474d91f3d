/**
 * Which pods a ReplicaSet gives up first.
 * https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/#scaling-a-replicaset
 */
import { fromTimestamp } from '../../std/clock.ts';
import { isPodReady, maxRestarts, podCondition } from '../runtime/pods.ts';
import type { Pod } from '../runtime/shapes.ts';

const PHASE_RANK: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** `count` of the pods, the least missed first. */
export function victims(pods: readonly Pod[], count: number): readonly Pod[] {
  if (count >= pods.length) return pods;
  const perNode = new Map<string, number>();
  for (const pod of pods) {
    const node = pod.spec.nodeName ?? '';
    perNode.set(node, (perNode.get(node) ?? 0) + 1);
  }
  const keys = pods.map((pod) => ({ pod, key: rank(pod, perNode.get(pod.spec.nodeName ?? '') ?? 0) }));
  keys.sort((a, b) => compare(a.key, b.key));
  return keys.slice(0, count).map(({ pod }) => pod);
}

/** Smaller goes first, position by position. */
function rank(pod: Pod, neighbours: number): readonly number[] {
  const ready = isPodReady(pod);
  const readySince = fromTimestamp(podCondition(pod, 'Ready')?.lastTransitionTime) ?? 0;
  return [
    pod.spec.nodeName === undefined ? 0 : 1,
    PHASE_RANK[pod.status?.phase ?? 'Pending'] ?? 0,
    ready ? 1 : 0,
    Number.parseInt(pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? '0', 10) || 0,
    -neighbours,
    ready ? -readySince : 0,
    -maxRestarts(pod),
    -(fromTimestamp(pod.metadata.creationTimestamp) ?? 0),
  ];
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
