/**
 * Many workloads of several policies that fail together have one cause, and it lies in none of them: a restart of each
 * makes an outage longer. Forty policies of one Deployment each must not mean forty restarts when the DNS is down.
 *
 * A namespace counts for the whole cluster at most as much as all others together: one that breaks its own workloads
 * holds back its own healing, and nobody else's.
 */
import { type CommonCauseLimits, DEFAULT_COMMON_CAUSE } from '../api/common-cause-limits.ts';
import type { Instant } from '../std/clock.ts';

/** Failures that began within this time of each other began together: a rollout of a bad release takes minutes. */
const TOGETHER_MS = 600_000;
/** Once begun, a stop ends below half of both: what holds only for a moment is no end of an outage. */
const HYSTERESIS = 0.5;

export interface FailingWorkload {
  /** UID of the outermost controller. */
  readonly root: string;
  /** `''` for what lies in none. */
  readonly namespace: string;
  readonly since: Instant;
  /** Of its pods that are not ready. */
  readonly nodes: readonly string[];
}

export interface Surroundings {
  /** Targets that are watched, by namespace. */
  readonly watched: ReadonlyMap<string, number>;
  readonly failing: readonly FailingWorkload[];
}

export interface CommonCauses {
  readonly everywhere?: string;
  /** By namespace. */
  readonly within: ReadonlyMap<string, string>;
}

export const NO_COMMON_CAUSE: CommonCauses = { within: new Map() };

/** `before`: the stops that are in force. */
export function commonCauses(
  { watched, failing }: Surroundings,
  before: CommonCauses,
  limits: CommonCauseLimits = DEFAULT_COMMON_CAUSE,
): CommonCauses {
  const isCommon = commonBy(limits);
  const group = together(oncePerWorkload(failing));
  const counts = new Map<string, number>();
  for (const { namespace } of group) counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
  const within = new Map<string, string>();
  for (const [namespace, count] of counts) {
    const all = watched.get(namespace) ?? 0;
    if (namespace === '' || !isCommon({ count, all }, before.within.has(namespace) ? 'in force' : 'none')) continue;
    const where = `namespace ${namespace}`;
    within.set(namespace, say({ count, all, where, group: group.filter((one) => one.namespace === namespace) }));
  }
  const largest = Math.max(0, ...counts.values());
  const capped = group.length - largest + Math.min(largest, group.length - largest);
  const all = [...watched.values()].reduce((sum, count) => sum + count, 0);
  return isCommon({ count: capped, all }, before.everywhere === undefined ? 'none' : 'in force')
    ? { everywhere: say({ count: group.length, all, where: 'the cluster', group }), within }
    : { within };
}

interface Share {
  readonly count: number;
  readonly all: number;
}

const commonBy =
  ({ minWorkloads, sharePercent }: CommonCauseLimits) =>
  ({ count, all }: Share, stop: 'in force' | 'none'): boolean => {
    const part = stop === 'in force' ? HYSTERESIS : 1;
    return count >= minWorkloads * part && count * 100 >= all * sharePercent * part;
  };

/** A workload that several policies select fails once, from the first of them on. */
function oncePerWorkload(failing: readonly FailingWorkload[]): readonly FailingWorkload[] {
  const byRoot = new Map<string, FailingWorkload>();
  for (const one of failing) {
    const known = byRoot.get(one.root);
    if (known === undefined || one.since < known.since) byRoot.set(one.root, one);
  }
  return [...byRoot.values()];
}

/** The largest group that began within TOGETHER_MS of each other. */
function together(failing: readonly FailingWorkload[]): readonly FailingWorkload[] {
  const sorted = failing.toSorted((a, b) => a.since - b.since || (a.root < b.root ? -1 : 1));
  let best: readonly FailingWorkload[] = [];
  let from = 0;
  for (const [to, one] of sorted.entries()) {
    while (one.since - (sorted[from]?.since ?? one.since) > TOGETHER_MS) from++;
    if (to - from + 1 > best.length) best = sorted.slice(from, to + 1);
  }
  return best;
}

interface Told {
  readonly count: number;
  readonly all: number;
  readonly where: string;
  readonly group: readonly FailingWorkload[];
}

function say({ count, all, where, group }: Told): string {
  const [first] = group;
  const node = first?.nodes.find((name) => group.every(({ nodes }) => nodes.includes(name)));
  const namespaces = new Set(group.map(({ namespace }) => namespace));
  const factor =
    node !== undefined
      ? `all of them have pods on node ${node} that are not ready: look at that node first`
      : namespaces.size === 1
        ? 'look for what they share: a ConfigMap, a quota, a service that all need'
        : 'they share neither a node nor a namespace: look at DNS, the registry, the network, a service that all need';
  return `${count} of ${all} watched targets of ${where} began to fail within 10 minutes; ${factor}`;
}
