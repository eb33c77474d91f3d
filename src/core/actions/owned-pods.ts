/**
 * The pods of a workload, read live: those that it owns, itself or through its ReplicaSets, whatever else their labels
 * match.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import type { Pod, Workload } from '../../shapes/workloads.ts';
import type { Answer, Need } from './action-kind.ts';
import { controllerOf } from './eviction.ts';

/**
 * Narrows a list to what the workload's selector can match; its `matchExpressions` are left to the owner references.
 */
export function selectedBy(target: KubeObject): { readonly namespace?: string; readonly labelSelector?: string } {
  const { namespace } = target.metadata;
  const labels = Object.entries((target as Workload).spec?.selector?.matchLabels ?? {}).map(
    ([key, value]) => `${key}=${value}`,
  );
  return {
    ...(namespace !== undefined && { namespace }),
    ...(labels.length > 0 && { labelSelector: labels.join(',') }),
  };
}

export const ownedPodNeeds = (target: KubeObject): Readonly<Record<string, Need>> => ({
  pods: { list: { apiVersion: 'v1', kind: 'Pod' }, ...selectedBy(target) },
  ...(target.kind === 'Deployment' && {
    replicaSets: { list: { apiVersion: 'apps/v1', kind: 'ReplicaSet' }, ...selectedBy(target) },
  }),
});

/** A text: why that cannot be told. */
export function ownedPods(target: KubeObject, answers: Readonly<Record<string, Answer>>): readonly Pod[] | string {
  const { pods, replicaSets } = answers;
  for (const answer of [pods, replicaSets]) if (answer?.found === 'no') return answer.message;
  const own = (uids: ReadonlySet<string | undefined>, answer: Answer | undefined) =>
    answer?.found === 'yes' ? answer.objects.filter((object) => uids.has(controllerOf(object)?.uid)) : [];
  const itself = new Set([target.metadata.uid]);
  const owners =
    target.kind === 'Deployment' ? new Set(own(itself, replicaSets).map(({ metadata }) => metadata.uid)) : itself;
  return own(owners, pods);
}
