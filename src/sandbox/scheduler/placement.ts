/** Where a pod goes, and why not elsewhere. */
import { namedNodes } from '../runtime/node-fit.ts';
import type { Node, Pod } from '../runtime/shapes.ts';
import type { Attempt, AttemptSight, Refusal } from './attempt.ts';
import { NodeTrial, type NodeUsage, type Placed } from './node-usage.ts';
import { best } from './scores.ts';

/** As kube-scheduler's minFeasibleNodesToFind: a large cluster is not searched to its end when enough nodes fit. */
const ENOUGH_NODES = 100;

export interface Sight extends AttemptSight {
  /** Pods of at least its priority that wait for room on the node, as if they were there. */
  readonly nominated: (node: string, pod: Pod) => readonly Placed[];
}

export type Placement =
  | { readonly node: Node; readonly attempt: Attempt; readonly examined: number }
  | { readonly node?: never; readonly attempt: Attempt; readonly refused: ReadonlyMap<string, Refusal> };

/** What it says of a node at which it did not look, since the pod names others. */
const ELSEWHERE: Refusal = { reasons: ["node(s) didn't satisfy plugin(s) [NodeAffinity]"], curable: false };

/** `start` rotates, so that a large cluster fills evenly although only part of it is looked at. */
export function place(attempt: Attempt, start: number, sight: Sight): Placement {
  const { nodes } = sight;
  const { pod } = attempt;
  const promised = pod.status?.nominatedNodeName;
  if (promised !== undefined) {
    const nominee = nodes.find(({ node }) => node.metadata.name === promised);
    if (nominee !== undefined && refusalOn(nominee, attempt, sight) === undefined)
      return { node: nominee.node, attempt, examined: 0 };
  }
  const named = namedNodes(pod.spec);
  const refused = new Map<string, Refusal>();
  const feasible: NodeUsage[] = [];
  let examined = 0;
  while (examined < nodes.length && feasible.length < ENOUGH_NODES) {
    const usage = nodes[(start + examined++) % nodes.length] as NodeUsage;
    const { name } = usage.node.metadata;
    const away = named === undefined || named.includes(name) ? undefined : ELSEWHERE;
    const refusal = away ?? refusalOn(usage, attempt, sight);
    if (refusal === undefined) feasible.push(usage);
    else refused.set(name, refusal);
  }
  const found = best(pod, feasible, sight);
  return found === undefined ? { attempt, refused } : { node: found.node, attempt, examined };
}

/** A node must take the pod with those that are to come there, and without them, since they may not. */
export function refusalOn(usage: NodeUsage, attempt: Attempt, sight: Sight): Refusal | undefined {
  const guests = sight.nominated(usage.node.metadata.name, attempt.pod);
  if (guests.length > 0) {
    const trial = new NodeTrial(usage);
    for (const guest of guests) {
      trial.add(guest);
      attempt.shift(guest, usage.node, 1);
    }
    const refusal = attempt.refusal(trial);
    for (const guest of guests) attempt.shift(guest, usage.node, -1);
    if (refusal !== undefined) return refusal;
  }
  return attempt.refusal(usage);
}

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.` */
export function summary(total: number, refusals: Iterable<Refusal>): string {
  const counts = new Map<string, number>();
  for (const { reasons } of refusals) for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const listed = [...counts].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${total} nodes are available:${listed.length === 0 ? '' : ` ${listed.join(', ')}.`}`;
}
