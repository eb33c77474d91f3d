/**
 * Many workloads of several policies that fail together have one cause, and it lies in none of them: a restart of each
 * makes an outage longer. Forty policies of one Deployment each must not mean forty restarts when the DNS is down.
 *
 * A stop is in force for all, when a large share of all that is watched fails; for a namespace likewise; and for
 * those that share a trait (a node, a ConfigMap, …) when most of those that have it fail, however few they are in the
 * cluster.
 *
 * A namespace counts for the whole cluster at most as much as all others together: one that breaks its own workloads
 * holds back its own healing, and nobody else's. A trait holds back those that have it alone.
 */
import { type CommonCauseLimits, DEFAULT_COMMON_CAUSE } from '../api/common-cause-limits.ts';
import type { Instant } from '../std/clock.ts';
import { given } from '../std/given.ts';
import { partsOf, revisionOf, TRAIT_KINDS, traitText } from './shared-traits.ts';

/** Failures that began within this time of each other began together: a rollout of a bad release takes minutes. */
const TOGETHER_MS = 600_000;
/** Once begun, a stop ends below half of both: what holds only for a moment is no end of an outage. */
const HYSTERESIS = 0.5;

/** Of those that have the trait, so many of a hundred fail when it is what they share. Else it is what all have. */
const TRAIT_SHARE_PERCENT = 50;
/** A message names a trait that nearly all have: what one of ten has not may have failed for a reason of its own. */
const NAMED_PERCENT = 80;

export interface FailingWorkload {
  /** UID of the outermost controller. */
  readonly root: string;
  /** `''` for what lies in none. */
  readonly namespace: string;
  readonly since: Instant;
  /** As `shared-traits.ts` writes them; of nodes and zones those of its pods that are not ready. */
  readonly traits: readonly string[];
}

export interface Surroundings {
  /** Targets that are watched, by namespace. */
  readonly watched: ReadonlyMap<string, number>;
  readonly failing: readonly FailingWorkload[];
  /** How many of those that have the trait are well. */
  readonly wellWith: (trait: string) => number;
  /**
   * `some`: this process has not looked at all targets yet, or for what they share, so that a stop may seem to be over
   * and is not.
   */
  readonly looked: 'all' | 'some';
}

/** What is said of a stop. */
export interface Said {
  readonly message: string;
  /** What they share, where that is known. */
  readonly trait?: string;
}

export interface CommonCauses {
  readonly everywhere?: Said;
  /** By namespace. */
  readonly within: ReadonlyMap<string, Said>;
  /** By trait. */
  readonly among: ReadonlyMap<string, Among>;
}

/** A stop for those that share a trait. */
export interface Among extends Said {
  /** UIDs of their outermost controllers. */
  readonly roots: ReadonlySet<string>;
}

export const NO_COMMON_CAUSE: CommonCauses = { within: new Map(), among: new Map() };

/**
 * Of a process that works on a part of all policies: where they fail everywhere, as large a part of the workloads fails
 * before its eyes. Two at least fail together.
 */
export const limitsOfPart = (limits: CommonCauseLimits, part: number): CommonCauseLimits => ({
  ...limits,
  minWorkloads: Math.max(2, Math.ceil(limits.minWorkloads * part)),
});

/** `before`: the stops that are in force. */
export function commonCauses(
  seen: Surroundings,
  before: CommonCauses,
  limits: CommonCauseLimits = DEFAULT_COMMON_CAUSE,
): CommonCauses {
  const isCommon = commonBy(limits);
  const { watched } = seen;
  const failing = oncePerWorkload(seen.failing);
  const group = together(failing);
  const counts = new Map<string, number>();
  for (const { namespace } of group) counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
  const within = new Map<string, Said>();
  for (const [namespace, count] of counts) {
    const all = watched.get(namespace) ?? 0;
    if (namespace === '' || !isCommon({ count, all }, before.within.has(namespace) ? 'in force' : 'none')) continue;
    const ours = group.filter((one) => one.namespace === namespace);
    within.set(namespace, say({ count, all, where: `namespace ${namespace}`, group: ours }, seen));
  }
  const largest = Math.max(0, ...counts.values());
  const capped = group.length - largest + Math.min(largest, group.length - largest);
  const all = [...watched.values()].reduce((sum, count) => sum + count, 0);
  const isEverywhere = isCommon({ count: capped, all }, before.everywhere === undefined ? 'none' : 'in force');
  const everywhere = isEverywhere ? say({ count: group.length, all, where: 'the cluster', group }, seen) : undefined;
  const among = amongThem(failing, seen, { before, limits });
  const found = { ...given({ everywhere }), within, among };
  return seen.looked === 'all' ? found : kept(before, found);
}

/** Counts of some targets end nothing, and free none that was held back. */
const kept = (before: CommonCauses, found: CommonCauses): CommonCauses => ({
  ...given({ everywhere: found.everywhere ?? before.everywhere }),
  within: new Map([...before.within, ...found.within]),
  among: new Map([
    ...found.among,
    ...[...before.among].map(([name, old]): [string, Among] => {
      const now = found.among.get(name) ?? old;
      return [name, { ...now, roots: new Set([...old.roots, ...now.roots]) }];
    }),
  ]),
});

function amongThem(
  failing: readonly FailingWorkload[],
  { wellWith }: Surroundings,
  { before, limits }: { readonly before: CommonCauses; readonly limits: CommonCauseLimits },
): ReadonlyMap<string, Among> {
  const least = limits.minWorkloads * HYSTERESIS;
  const byTrait = new Map<string, FailingWorkload[]>();
  for (const one of failing)
    for (const name of one.traits) {
      const others = byTrait.get(name);
      if (others === undefined) byTrait.set(name, [one]);
      else others.push(one);
    }
  const stops = new Map<string, Among>();
  for (const [name, all] of byTrait) {
    if (all.length < least) continue;
    const having = counted(all, least);
    const group = together(having);
    const part = before.among.has(name) ? HYSTERESIS : 1;
    if (group.length < limits.minWorkloads * part) continue;
    const sharing = group.length + wellWith(name);
    if (group.length * 100 < sharing * TRAIT_SHARE_PERCENT * part) continue;
    const message = `${group.length} workloads began to fail within 10 minutes, most of those that share something: ${traitText(name)}`;
    stops.set(name, { message, trait: name, roots: new Set(having.map(({ root }) => root)) });
  }
  // Where all that read an object fail, its change says no more than the object does, and people are told once.
  for (const name of stops.keys()) if (stops.has(revisionOf(name)?.of ?? '')) stops.delete(name);
  return stops;
}

/**
 * One namespace counts at most as much as all others together: where these are too few, it holds back its own alone.
 */
function counted(having: readonly FailingWorkload[], least: number): readonly FailingWorkload[] {
  const counts = new Map<string, number>();
  for (const { namespace } of having) counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
  const [largest, most] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a));
  const others = having.length - most;
  return 2 * others >= least ? having : having.filter(({ namespace }) => namespace === largest);
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
  let best = { from: 0, count: 0 };
  let from = 0;
  for (const [to, one] of sorted.entries()) {
    while (one.since - (sorted[from]?.since ?? one.since) > TOGETHER_MS) from++;
    // Copied once at the end: each of 50,000 that fail at once makes the group larger by one.
    if (to - from + 1 > best.count) best = { from, count: to - from + 1 };
  }
  return sorted.slice(best.from, best.from + best.count);
}

interface Told {
  readonly count: number;
  readonly all: number;
  readonly where: string;
  readonly group: readonly FailingWorkload[];
}

function say({ count, all, where, group }: Told, seen: Surroundings): Said {
  const shared = sharedBy(group, seen);
  const namespaces = new Set(group.map(({ namespace }) => namespace));
  const factor =
    shared !== undefined
      ? `${shared.count === group.length ? 'all' : shared.count} of them: ${traitText(shared.name)}`
      : namespaces.size === 1
        ? 'look for what they share: a quota, the network, a service that all need'
        : 'no node, zone, image, registry, ConfigMap or Secret is known to be shared by them and the others not: look at DNS, the network, a service that all need';
  const message = `${count} of ${all} watched targets of ${where} began to fail within 10 minutes; ${factor}`;
  return { message, ...given({ trait: shared?.name }) };
}

/** What nearly all have, and most of those that are well have not. */
export function sharedBy(
  group: readonly FailingWorkload[],
  { wellWith }: Pick<Surroundings, 'wellWith'>,
): { readonly name: string; readonly count: number } | undefined {
  const counts = new Map<string, number>();
  for (const { traits } of group) for (const name of new Set(traits)) counts.set(name, (counts.get(name) ?? 0) + 1);
  const common = [...counts]
    .map(([name, count]) => ({ name, count, place: TRAIT_KINDS.findIndex((kind) => kind === partsOf(name)?.kind) }))
    .filter(({ count }) => count > 1 && count * 100 >= group.length * NAMED_PERCENT)
    .filter(({ name, count }) => count * 100 >= (count + wellWith(name)) * TRAIT_SHARE_PERCENT);
  return common.toSorted((a, b) => a.place - b.place || b.count - a.count || (a.name < b.name ? -1 : 1))[0];
}
