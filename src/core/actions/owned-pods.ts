/**
 * The pods of a workload, read live: those that it owns, itself or through its ReplicaSets, whatever else their labels
 * match.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import type { Pod, Workload } from '../../shapes/workloads.ts';
import { given } from '../../std/given.ts';
import { type Result, whyNot } from '../../std/result.ts';
import type { Answer, Answers, Needs } from './action-kind.ts';
import { controls } from '../relations.ts';

/**
 * Narrows a list to what the workload's selector can match; its `matchExpressions` are left to the owner references.
 */
export function selectedBy(target: KubeObject): { readonly namespace?: string; readonly labelSelector?: string } {
  const { namespace } = target.metadata;
  const labels = Object.entries((target as Workload).spec?.selector?.matchLabels ?? {}).map(
    ([key, value]) => `${key}=${value}`,
  );
  return given({ namespace, labelSelector: labels.length > 0 ? labels.join(',') : undefined });
}

const isDeployment = ({ kind }: KubeObject): boolean => kind === 'Deployment';

export const ownedPodNeeds = (target: KubeObject): Needs => {
  const pods = { list: { apiVersion: 'v1', kind: 'Pod' }, ...selectedBy(target) };
  if (!isDeployment(target)) return { pods };
  return { pods, replicaSets: { list: { apiVersion: 'apps/v1', kind: 'ReplicaSet' }, ...selectedBy(target) } };
};

export function ownedPods(target: KubeObject, answers: Answers): Result<readonly Pod[]> {
  const { pods, replicaSets } = answers;
  for (const answer of [pods, replicaSets]) if (answer?.found === 'no') return whyNot(answer.message);
  const own = (owners: readonly KubeObject[], answer: Answer | undefined) =>
    answer?.found === 'yes' ? answer.objects.filter((one) => owners.some((owner) => controls(owner, one))) : [];
  return { value: own(isDeployment(target) ? own([target], replicaSets) : [target], pods) };
}
