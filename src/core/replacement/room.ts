/**
 * Whether a node takes a pod, on what is there: it is ready and not cordoned, its taints are tolerated, its labels are
 * those that pod and volumes ask for, and it has free what the pod requests. Affinity to other pods and topology spread
 * are left out: what the pods that go leave behind changes them.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/
 */
import { compareQuantity, formatQuantity, parseQuantity, type Quantity } from '../../std/quantity.ts';
import { requestOf, tolerates } from '../analysis/causes/scheduling/fit.ts';
import { condition } from '../analysis/causes/facts.ts';
import type { NodeObject, NodeSelectorTerm, PodObject, PodSpec } from '../analysis/objects.ts';
import { matches, matchesNode } from '../analysis/selectors.ts';

export interface RoomSight {
  readonly nodes: readonly NodeObject[];
  /** `some`: the cluster has more nodes than were read. */
  readonly seen: 'all' | 'some';
  /** Of candidates whose pods were read, by name. */
  readonly podsOn: ReadonlyMap<string, readonly PodObject[]>;
  /** What the volumes of the pod ask of its node, one entry for each. */
  readonly volumes: readonly (readonly NodeSelectorTerm[])[];
}

type Obstacle =
  | 'is not ready'
  | 'is cordoned'
  | 'has a taint that it does not tolerate'
  | 'lacks labels that it asks for'
  | 'cannot reach its volumes';

function obstacle(spec: PodSpec, node: NodeObject, volumes: RoomSight['volumes']): Obstacle | undefined {
  if (condition(node, 'Ready')?.status !== 'True') return 'is not ready';
  if (node.spec?.unschedulable === true) return 'is cordoned';
  const { tolerations = [], nodeSelector = {}, affinity } = spec;
  if (!(node.spec?.taints ?? []).every((taint) => tolerates(tolerations, taint)))
    return 'has a taint that it does not tolerate';
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (
    !matches({ matchLabels: nodeSelector }, node.metadata.labels) ||
    (terms !== undefined && !matchesNode(terms, node))
  )
    return 'lacks labels that it asks for';
  return volumes.every((needs) => matchesNode(needs, node)) ? undefined : 'cannot reach its volumes';
}

/** Nodes that would take it if they had room. */
export const candidates = (
  { spec = {} }: PodObject,
  { nodes, volumes }: Pick<RoomSight, 'nodes' | 'volumes'>,
): readonly NodeObject[] => nodes.filter((node) => obstacle(spec, node, volumes) === undefined);

/** What it asks for, by the names of the resources. A pod that asks for nothing fits wherever it may go. */
export function requestsOf({ spec }: PodObject): ReadonlyMap<string, Quantity> {
  const names = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].flatMap(({ resources }) =>
    Object.keys(resources?.requests ?? {}),
  );
  const asked = [...new Set(names)].map((name) => [name, requestOf(spec, name)] as const);
  return new Map(asked.filter(([, { nano }]) => nano > 0n));
}

export type Room = { readonly room: 'yes' } | { readonly room: 'unknown' | 'no'; readonly why: string };

/** `going`: pods that go first, whose room is free by then. */
export function roomFor(pod: PodObject, going: readonly PodObject[], sight: RoomSight): Room {
  const { nodes, seen, podsOn } = sight;
  const open = candidates(pod, sight);
  const unread =
    seen === 'all' ? undefined : ({ room: 'unknown', why: 'the cluster has more nodes than were read' } as const);
  if (open.length === 0) return unread ?? { room: 'no', why: `no node takes it: ${obstacles(pod, sight)}` };
  const asked = requestsOf(pod);
  if (asked.size === 0) return { room: 'yes' };
  const free = open.map((node) => ({ node, free: freeOn(node, podsOn.get(node.metadata.name), going) }));
  if (free.some((one) => one.free !== undefined && fits(asked, one.free))) return { room: 'yes' };
  const read = free.filter((one) => one.free !== undefined);
  if (read.length < open.length) return unread ?? { room: 'unknown', why: 'the pods of not all nodes were read' };
  if (unread !== undefined) return unread;
  const wants = [...asked].map(([name, amount]) => `${name} ${formatQuantity(amount)}`).join(', ');
  const best = read.map(({ node, free: left }) => leftOn(node, asked, left)).slice(0, MOST_NAMED);
  const more = read.length > best.length ? `; ${read.length - best.length} more have no room either` : '';
  return {
    room: 'no',
    why: `it asks for ${wants}, and none of ${open.length} of ${nodes.length} nodes that would take it has that free (${best.join('; ')}${more})`,
  };
}

/**
 * Whether there is room for all of them together: the largest first, each on the first node that takes it. A scheduler
 * may find room where this does not, so that `no` is said only of a pod that no node has room for on what is left.
 */
export function roomForAll(pods: readonly PodObject[], sight: RoomSight): Room {
  const free = new Map(
    sight.nodes.flatMap((node) => {
      const left = freeOn(node, sight.podsOn.get(node.metadata.name), []);
      return left === undefined ? [] : [[node.metadata.name, new Map(left)] as const];
    }),
  );
  const largest = pods.toSorted((a, b) => Number(weight(b) - weight(a)));
  for (const pod of largest) {
    const asked = requestsOf(pod);
    const open = candidates(pod, sight);
    const taken = open.find(({ metadata }) => fits(asked, free.get(metadata.name) ?? NO_ROOM));
    const left = taken && free.get(taken.metadata.name);
    if (left === undefined) {
      const isKnown = sight.seen === 'all' && open.every(({ metadata }) => free.has(metadata.name));
      if (!isKnown) return { room: 'unknown', why: 'the pods of not all nodes were read' };
      const wants = [...asked].map(([name, amount]) => `${name} ${formatQuantity(amount)}`).join(', ');
      const what = `${pod.metadata.namespace}/${pod.metadata.name}`;
      return {
        room: 'no',
        why: `with the others on their way, no other node has room for ${what} (${wants || 'a pod'})`,
      };
    }
    for (const [name, amount] of [...asked, ['pods', ONE] as const]) {
      const there = left.get(name);
      if (there !== undefined) left.set(name, { ...there, nano: there.nano - amount.nano });
    }
  }
  return { room: 'yes' };
}

const NO_ROOM: Free = new Map([['pods', { nano: 0n, format: 'DecimalSI' }]]);
const weight = (pod: PodObject): bigint => [...requestsOf(pod).values()].reduce((sum, { nano }) => sum + nano, 0n);

/** As many as a message of 1,024 characters has room for beside its other words. */
const MOST_NAMED = 3;

function obstacles({ spec = {} }: PodObject, { nodes, volumes }: RoomSight): string {
  if (nodes.length === 0) return 'there is none';
  const counts = new Map<string, number>();
  for (const node of nodes) {
    const why = obstacle(spec, node, volumes) ?? '';
    counts.set(why, (counts.get(why) ?? 0) + 1);
  }
  return [...counts].map(([why, count]) => `${count} of ${nodes.length} ${why}`).join(', ');
}

type Free = ReadonlyMap<string, Quantity>;

/** Undefined where its pods were not read. */
function freeOn(
  node: NodeObject,
  pods: readonly PodObject[] | undefined,
  going: readonly PodObject[],
): Free | undefined {
  if (pods === undefined) return undefined;
  const gone = new Set(going.map(({ metadata }) => metadata.uid));
  const left = pods.filter(
    ({ metadata, status }) => !gone.has(metadata.uid) && status?.phase !== 'Succeeded' && status?.phase !== 'Failed',
  );
  return new Map(
    Object.entries(node.status?.allocatable ?? {}).flatMap(([name, amount]) => {
      const total = parseQuantity(String(amount));
      if (total === undefined) return [];
      const used =
        name === 'pods'
          ? BigInt(left.length) * 1_000_000_000n
          : left.reduce((sum, { spec }) => sum + requestOf(spec, name).nano, 0n);
      return [[name, { nano: total.nano - used, format: total.format }] as const];
    }),
  );
}

const ONE: Quantity = { nano: 1_000_000_000n, format: 'DecimalSI' };
const NONE: Quantity = { nano: 0n, format: 'DecimalSI' };

function fits(asked: ReadonlyMap<string, Quantity>, free: Free): boolean {
  const slots = free.get('pods');
  if (slots !== undefined && compareQuantity(slots, ONE) < 0) return false;
  return [...asked].every(([name, amount]) => compareQuantity(amount, free.get(name) ?? NONE) <= 0);
}

function leftOn(node: NodeObject, asked: ReadonlyMap<string, Quantity>, free: Free | undefined): string {
  const slots = free?.get('pods');
  if (slots !== undefined && compareQuantity(slots, ONE) < 0) return `${node.metadata.name}: room for no more pods`;
  const left = [...asked.keys()].map((name) => `${name} ${formatQuantity(atLeastNone(free?.get(name)))}`);
  return `${node.metadata.name}: ${left.join(', ')}`;
}

const atLeastNone = (amount: Quantity = NONE): Quantity => (amount.nano < 0n ? { ...amount, nano: 0n } : amount);
