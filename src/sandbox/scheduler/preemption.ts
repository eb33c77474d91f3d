/**
 * Which pods of lower priority must go so that a pod fits, and from which node.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
 */
import { fromTimestamp } from '../../std/clock.ts';
import { podCondition } from '../runtime/pods.ts';
import { selects } from '../runtime/selectors.ts';
import type { Pod, PodDisruptionBudget } from '../runtime/shapes.ts';
import type { Attempt, Refusal } from './attempt.ts';
import { NodeTrial, type NodeUsage, type Placed } from './node-usage.ts';
import { refusalOn, type Sight, summary } from './placement.ts';
import { priorityOf } from './pod-requests.ts';

/** As kube-scheduler's minCandidateNodesAbsolute and …Percentage: so many nodes are compared. */
const ENOUGH_CANDIDATES = 100;
const CANDIDATE_SHARE = 0.1;

export type Preemption =
  | { readonly node: string; readonly victims: readonly Pod[] }
  /** `settled`: it is known that no pods can make way, so a node that the pod was to wait for is given up. */
  | { readonly node?: never; readonly message: string; readonly waits: 'on' | 'settled' };

interface Candidate {
  readonly usage: NodeUsage;
  /** The most important first. */
  readonly victims: readonly Placed[];
  readonly violations: number;
}

const NOT_HELPFUL: Refusal = { reasons: ['Preemption is not helpful for scheduling'], curable: false };
const NO_VICTIMS: Refusal = { reasons: ['No preemption victims found for incoming pod'], curable: false };

interface PreemptionSight extends Sight {
  readonly hasBelow: (priority: number) => boolean;
  readonly budgets: () => readonly PodDisruptionBudget[];
}

export function preempt(attempt: Attempt, refused: ReadonlyMap<string, Refusal>, sight: PreemptionSight): Preemption {
  const { pod } = attempt;
  if (pod.spec.preemptionPolicy === 'Never')
    return { message: 'preemption: not eligible due to preemptionPolicy=Never.', waits: 'on' };
  if (isAwaited(pod, refused, sight))
    return { message: 'preemption: not eligible due to a terminating pod on the nominated node.', waits: 'on' };
  const candidates: Candidate[] = [];
  const outcomes: Refusal[] = [];
  const enough = Math.max(ENOUGH_CANDIDATES, sight.nodes.length * CANDIDATE_SHARE);
  const budgets = sight.hasBelow(priorityOf(pod)) ? sight.budgets() : [];
  for (const usage of sight.nodes) {
    const outcome =
      refused.get(usage.node.metadata.name)?.curable !== true
        ? NOT_HELPFUL
        : victimsOn(usage, attempt, { sight, budgets });
    if ('reasons' in outcome) outcomes.push(outcome);
    else if (candidates.push(outcome) >= enough && candidates.some(({ violations }) => violations === 0)) break;
  }
  const chosen = bestOf(candidates);
  if (chosen === undefined)
    return { message: `preemption: ${summary(sight.nodes.length, outcomes)}`, waits: 'settled' };
  return { node: chosen.usage.node.metadata.name, victims: chosen.victims.map((victim) => victim.pod) };
}

/** Whether pods are going for it already from the node that it was promised. */
function isAwaited(pod: Pod, refused: ReadonlyMap<string, Refusal>, { nodes }: Sight): boolean {
  const promised = pod.status?.nominatedNodeName;
  const usage = nodes.find(({ node }) => node.metadata.name === promised);
  if (promised === undefined || usage === undefined || refused.get(promised)?.curable === false) return false;
  return [...usage.placed.values()].some(
    ({ pod: other }) => priorityOf(other) < priorityOf(pod) && isGoingByPreemption(other),
  );
}

const isGoingByPreemption = (pod: Pod): boolean => {
  const condition = podCondition(pod, 'DisruptionTarget');
  return (
    pod.metadata.deletionTimestamp !== undefined &&
    condition?.status === 'True' &&
    condition.reason === 'PreemptionByScheduler'
  );
};

/**
 * All pods of lower priority are taken away; then as many as can stay are put back: those first that a disruption
 * budget protects, and of these the most important.
 */
function victimsOn(
  usage: NodeUsage,
  attempt: Attempt,
  { sight, budgets }: { readonly sight: Sight; readonly budgets: readonly PodDisruptionBudget[] },
): Candidate | Refusal {
  const below = [...usage.placed.values()].filter(({ pod }) => priorityOf(pod) < priorityOf(attempt.pod));
  if (below.length === 0) return NO_VICTIMS;
  const { node } = usage;
  const trial = new NodeTrial(usage);
  const gone = new Set<Placed>();
  const take = (placed: Placed): void => {
    gone.add(placed);
    trial.remove(placed);
    attempt.shift(placed, node, -1);
  };
  const putBack = (placed: Placed): void => {
    gone.delete(placed);
    trial.add(placed);
    attempt.shift(placed, node, 1);
  };
  for (const placed of below) take(placed);
  const refusal = refusalOn(trial, attempt, sight);
  const victims: Placed[] = [];
  let violations = 0;
  if (refusal === undefined) {
    const { violating, others } = byBudget(below.sort(byImportance), budgets);
    for (const placed of [...violating, ...others]) {
      putBack(placed);
      if (refusalOn(trial, attempt, sight) === undefined) continue;
      take(placed);
      victims.push(placed);
      if (violating.includes(placed)) violations++;
    }
  }
  for (const placed of gone) attempt.shift(placed, node, 1);
  return refusal ?? { usage, victims: victims.sort(byImportance), violations };
}

const startOf = (pod: Pod): number => fromTimestamp(pod.status?.startTime) ?? Number.POSITIVE_INFINITY;

/** Higher priority first, then the older. */
const byImportance = (a: Placed, b: Placed): number =>
  priorityOf(b.pod) - priorityOf(a.pod) || compare(startOf(a.pod), startOf(b.pod));

const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

function byBudget(pods: readonly Placed[], budgets: readonly PodDisruptionBudget[]) {
  const left = budgets.map(({ status }) => status?.disruptionsAllowed ?? 0);
  const violating: Placed[] = [];
  const others: Placed[] = [];
  for (const placed of pods) {
    const { name, namespace, labels } = placed.pod.metadata;
    let violates = false;
    for (const [index, { metadata, spec, status }] of budgets.entries()) {
      const { selector } = spec;
      const isEmpty = Object.keys(selector?.matchLabels ?? {}).length + (selector?.matchExpressions ?? []).length === 0;
      if (metadata.namespace !== namespace || isEmpty || !selects(selector, labels)) continue;
      // It went through an eviction already, and was counted there.
      if (status?.disruptedPods?.[name] !== undefined) continue;
      left[index] = (left[index] ?? 0) - 1;
      violates ||= (left[index] ?? 0) < 0;
      if (violates) break;
    }
    (violates ? violating : others).push(placed);
  }
  return { violating, others };
}

/** The order in which kube-scheduler compares nodes; more is better. */
const MERITS: readonly ((candidate: Candidate) => number)[] = [
  ({ violations }) => -violations,
  ({ victims }) => -Math.max(...victims.map(({ pod }) => priorityOf(pod))),
  // Above zero each, so that fewer pods of a negative priority are better than more.
  ({ victims }) => -victims.reduce((sum, { pod }) => sum + priorityOf(pod) + 2 ** 31, 0),
  ({ victims }) => -victims.length,
  ({ victims }) => {
    const highest = Math.max(...victims.map(({ pod }) => priorityOf(pod)));
    return Math.min(...victims.filter(({ pod }) => priorityOf(pod) === highest).map(({ pod }) => startOf(pod)));
  },
];

function bestOf(candidates: readonly Candidate[]): Candidate | undefined {
  let left = candidates;
  for (const merit of MERITS) {
    const most = Math.max(...left.map(merit));
    left = left.filter((candidate) => merit(candidate) === most);
    if (left.length <= 1) break;
  }
  return left[0];
}
