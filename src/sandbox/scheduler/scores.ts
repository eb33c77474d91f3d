/** Which of the nodes that may take a pod is best: preferences first, then fewer siblings and more room. */
import { matchesTerm, tolerates } from '../runtime/node-fit.ts';
import type { Node, Pod } from '../runtime/shapes.ts';
import { preferences } from './affinity-terms.ts';
import type { NodeUsage } from './node-usage.ts';
import { ownerOf } from './node-usage.ts';
import { type Amount, podRequests } from './pod-requests.ts';
import { countsOf, type PodSight } from './pod-rules.ts';
import { SpreadRules } from './spread-rules.ts';

/** Of equal ones the first. */
export function best(pod: Pod, feasible: readonly NodeUsage[], sight: PodSight): NodeUsage | undefined {
  const requests = podRequests(pod.spec);
  const owner = ownerOf(pod);
  const preferred = preferredBy(pod, feasible, sight);
  let found: { readonly usage: NodeUsage; readonly score: number } | undefined;
  for (const [index, usage] of feasible.entries()) {
    const score = (preferred?.[index] ?? 0) + roomScore(usage, owner, requests);
    if (found === undefined || score > found.score) found = { usage, score };
  }
  return found?.usage;
}

/** Fewer siblings first, then the emptier node. */
function roomScore(usage: NodeUsage, owner: string, requests: Amount): number {
  const { allocatable, requested, siblings } = usage;
  const cpu = allocatable.cpu > 0 ? (requested.cpu + requests.cpu) / allocatable.cpu : 0;
  const memory = allocatable.memory > 0 ? (requested.memory + requests.memory) / allocatable.memory : 0;
  const pods = allocatable.pods > 0 ? requested.pods / allocatable.pods : 0;
  return -(siblings.get(owner) ?? 0) * 10 - cpu - memory - pods;
}

/** kube-scheduler's weights of its plugins, and the most that each gives before it is weighed. */
const WEIGHTS = { taints: 3, nodes: 2, spread: 2, pods: 2 };
const MOST = 100;

/** For each node; undefined where the pod prefers none, which is most often. */
function preferredBy(pod: Pod, feasible: readonly NodeUsage[], sight: PodSight): readonly number[] | undefined {
  const nodes = feasible.map(({ node }) => node);
  const parts = [
    weighed(taintScores(pod, nodes), WEIGHTS.taints),
    weighed(nodeScores(pod, nodes), WEIGHTS.nodes),
    weighed(spreadScores(pod, nodes, sight), WEIGHTS.spread),
    weighed(podScores(pod, nodes, sight), WEIGHTS.pods),
  ].filter((part) => part !== undefined);
  return parts.length === 0
    ? undefined
    : nodes.map((_, index) => parts.reduce((sum, part) => sum + (part[index] ?? 0), 0));
}

const weighed = (scores: readonly number[] | undefined, weight: number): readonly number[] | undefined =>
  scores?.map((score) => weight * Math.floor(score));

/** The most tolerable node has the most. */
function taintScores({ spec }: Pod, nodes: readonly Node[]): readonly number[] | undefined {
  if (!nodes.some((node) => node.spec?.taints?.some(({ effect }) => effect === 'PreferNoSchedule'))) return undefined;
  const counts = nodes.map(
    (node) =>
      (node.spec?.taints ?? []).filter(
        (taint) =>
          taint.effect === 'PreferNoSchedule' &&
          !(spec.tolerations ?? []).some((toleration) => tolerates(toleration, taint)),
      ).length,
  );
  const most = Math.max(0, ...counts);
  return most === 0 ? undefined : counts.map((count) => MOST - (MOST * count) / most);
}

function nodeScores({ spec }: Pod, nodes: readonly Node[]): readonly number[] | undefined {
  const terms = spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  if (terms.length === 0) return undefined;
  const sums = nodes.map((node) =>
    terms.reduce((sum, { weight, preference }) => sum + (matchesTerm(preference, node) ? weight : 0), 0),
  );
  const most = Math.max(0, ...sums);
  return most === 0 ? undefined : sums.map((sum) => (MOST * sum) / most);
}

function spreadScores(pod: Pod, nodes: readonly Node[], sight: PodSight): readonly number[] | undefined {
  const rules = new SpreadRules(pod, 'ScheduleAnyway', sight);
  if (rules.isEmpty) return undefined;
  const loads = rules.loads(nodes);
  const counted = loads.filter((load) => load !== undefined);
  const [least, most] = [Math.min(...counted), Math.max(0, ...counted)];
  return loads.map((load) => {
    if (load === undefined) return 0;
    return most === 0 ? MOST : (MOST * (most + least - load)) / most;
  });
}

/** What the pod says of those in place, and what they say of it. */
function podScores(pod: Pod, nodes: readonly Node[], sight: PodSight): readonly number[] | undefined {
  const sums = new Map<string, number>();
  const add = (name: string, key: string, weight: number): void => {
    const value = sight.node(name)?.metadata.labels?.[key];
    if (value !== undefined) sums.set(`${key}=${value}`, (sums.get(`${key}=${value}`) ?? 0) + weight);
  };
  const own = preferences(pod);
  for (const term of own)
    for (const [name, count] of countsOf(term, sight)) add(name, term.topologyKey, term.weight * count);
  for (const { term, effect, nodes: places } of sight.terms.matching(pod, sight.namespacesOf))
    if (effect !== 'keeps away') for (const [name, count] of places) add(name, term.topologyKey, effect * count);
  if (sums.size === 0) return undefined;
  const scores = nodes.map(({ metadata: { labels = {} } }) =>
    Object.entries(labels).reduce((sum, [key, value]) => sum + (sums.get(`${key}=${value}`) ?? 0), 0),
  );
  const [least, most] = [Math.min(...scores), Math.max(...scores)];
  return most === least ? undefined : scores.map((score) => (MOST * (score - least)) / (most - least));
}
