/** Where a pod goes, and why not elsewhere: filters, score and the message of a real kube-scheduler. */
import { matchesNode, untolerated } from '../runtime/node-fit.ts';
import { selects } from '../runtime/selectors.ts';
import type { Pod, PodAffinityTerm } from '../runtime/shapes.ts';
import { type Amount, type NodeUsage, podRequests } from './node-usage.ts';

/** Looks up the pods on a node; asked only for pods with (anti-)affinity. */
export type PodsOn = (node: string) => readonly Pod[];

/** As kube-scheduler's minFeasibleNodesToFind: a large cluster is not searched to its end when enough nodes fit. */
const ENOUGH_NODES = 100;

export type Placement =
  | { readonly node: string; readonly examined: number }
  | { readonly node?: never; readonly message: string };

/** Why this node cannot take the pod; empty when it can. */
export function refusals(
  pod: Pod,
  usage: NodeUsage,
  { requests, podsOn }: { requests: Amount; podsOn: PodsOn },
): readonly string[] {
  const { node, allocatable, requested } = usage;
  const tolerations = pod.spec.tolerations ?? [];
  const cordon = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const;
  if (
    node.spec?.unschedulable === true &&
    untolerated({ ...node, spec: { taints: [cordon] } }, tolerations, ['NoSchedule']) !== undefined
  )
    return ['node(s) were unschedulable'];
  if (untolerated(node, tolerations, ['NoSchedule', 'NoExecute']) !== undefined)
    return ['node(s) had untolerated taint(s)'];
  if (!matchesNode(pod.spec, node)) return ["node(s) didn't match Pod's node affinity/selector"];
  const full: string[] = [];
  if (requested.pods + 1 > allocatable.pods) full.push('Too many pods');
  if (requests.cpu > 0 && requested.cpu + requests.cpu > allocatable.cpu + 1e-9) full.push('Insufficient cpu');
  if (requests.memory > 0 && requested.memory + requests.memory > allocatable.memory) full.push('Insufficient memory');
  if (full.length > 0) return full;
  const affinity = pod.spec.affinity;
  const against = affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  if (against.some((term) => matchesPods(term, pod, podsOn(node.metadata.name))))
    return ["node(s) didn't match pod anti-affinity rules"];
  const towards = affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  if (
    !towards.every(
      (term) => selects(term.labelSelector, pod.metadata.labels) || matchesPods(term, pod, podsOn(node.metadata.name)),
    )
  )
    return ["node(s) didn't match pod affinity rules"];
  return [];
}

function matchesPods(term: PodAffinityTerm, pod: Pod, others: readonly Pod[]): boolean {
  const namespaces = term.namespaces ?? [pod.metadata.namespace ?? ''];
  return others.some(
    (other) =>
      namespaces.includes(other.metadata.namespace ?? '') && selects(term.labelSelector, other.metadata.labels),
  );
}

/** Fewer siblings first, then the emptier node. */
function score(usage: NodeUsage, owner: string, requests: Amount): number {
  const { allocatable, requested, siblings } = usage;
  const cpu = allocatable.cpu > 0 ? (requested.cpu + requests.cpu) / allocatable.cpu : 0;
  const memory = allocatable.memory > 0 ? (requested.memory + requests.memory) / allocatable.memory : 0;
  const pods = allocatable.pods > 0 ? requested.pods / allocatable.pods : 0;
  return -(siblings.get(owner) ?? 0) * 10 - cpu - memory - pods;
}

/** `start` rotates, so that a large cluster fills evenly although only part of it is looked at. */
export function place(
  pod: Pod,
  nodes: readonly NodeUsage[],
  { start, podsOn }: { readonly start: number; readonly podsOn: PodsOn },
): Placement {
  if (nodes.length === 0) return { message: 'no nodes available to schedule pods' };
  const requests = podRequests(pod.spec);
  const owner = pod.metadata.ownerReferences?.find((reference) => reference.controller === true)?.uid ?? '';
  const reasons = new Map<string, number>();
  let helpful = 0;
  let best: { readonly node: string; readonly score: number } | undefined;
  let fitting = 0;
  let examined = 0;
  while (examined < nodes.length && fitting < ENOUGH_NODES) {
    const usage = nodes[(start + examined++) % nodes.length] as NodeUsage;
    const refused = refusals(pod, usage, { requests, podsOn });
    if (refused.length > 0) {
      for (const reason of refused) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      if (
        refused.some(
          (reason) =>
            reason.startsWith('Insufficient') || reason === 'Too many pods' || reason.includes('pod anti-affinity'),
        )
      )
        helpful++;
      continue;
    }
    fitting++;
    const value = score(usage, owner, requests);
    if (best === undefined || value > best.score) best = { node: usage.node.metadata.name, score: value };
  }
  if (best !== undefined) return { node: best.node, examined };
  return { message: explain(nodes.length, reasons, helpful) };
}

/** https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/#my-pod-stays-pending */
function explain(total: number, reasons: ReadonlyMap<string, number>, helpful: number): string {
  const listed = (counts: Iterable<readonly [string, number]>): string =>
    [...counts]
      .map(([reason, count]) => `${count} ${reason}`)
      .sort()
      .join(', ');
  const preemption: [string, number][] = [];
  if (helpful > 0) preemption.push(['No preemption victims found for incoming pod', helpful]);
  if (total > helpful) preemption.push(['Preemption is not helpful for scheduling', total - helpful]);
  const all = `0/${total} nodes are available: `;
  return `${all}${listed(reasons)}. no new claims to deallocate, preemption: ${all}${listed(preemption)}.`;
}
