/** What fails together over all policies, counted from the book of policies. */

import type { CommonCauseLimits } from '../api/common-cause-limits.ts';
import type { PolicyStatus } from '../api/policy-status.ts';
import {
  type Among,
  type CommonCauses,
  commonCauses,
  type FailingWorkload,
  NO_COMMON_CAUSE,
  type Said,
  type Surroundings,
} from '../core/common-cause.ts';
import { rootUid } from '../core/gates/proposal.ts';
import { sleepUntil } from '../kube/deadline.ts';
import { type Clock, fromTimestamp, type Instant, toTimestamp } from '../std/clock.ts';
import { given } from '../std/given.ts';
import { amongKey, type CauseVoice, EVERYWHERE, keysOf, withinKey } from './cause-voice.ts';
import type { PolicyEntry } from './target/policy-book.ts';
import type { TraitSight } from './trait-sight.ts';
import type { World } from './world.ts';

/** All open episodes are gone through: no more often, however many targets are looked at. */
const FRESH_MS = 1000;
/** The pods of each are read, which takes 20 µs: some thousandths of a core, however many there are. */
const FRESH_MS_PER_OPEN = 5;
/** Its figures change with every pod, and stand in the status of every policy. */
const WORDS_MS = 60_000;
/**
 * A process reads all policies and looks for what is shared when it begins, which takes seconds. So long the stops of
 * the process before go on.
 */
const SEEK_MS = 60_000;
/** The first looks of the analysis take seconds: so often it is asked what those that fail share, until it is known. */
const SEARCH_MS = 10_000;

interface Counted {
  readonly clock: Clock;
  /** Ends with the operator. */
  readonly signal: AbortSignal;
  readonly book: { readonly size: number; entries(): Iterable<PolicyEntry> };
  readonly world: Pick<World, 'byUid' | 'chainOf'>;
  readonly traits: Pick<TraitSight, 'of' | 'wellWith'>;
  /** Of the part of all policies that this process works on. */
  readonly limits: () => CommonCauseLimits;
  /** Stops have begun or ended. */
  readonly onChange: () => void;
  /** Told of all that are in force, with the stops that this process has found and people have not been told of. */
  readonly voice: CauseVoice;
}

type KeptStop = NonNullable<PolicyStatus['commonCause']>;

export class SharedCauses {
  readonly #of: Counted;
  #stops: CommonCauses = NO_COMMON_CAUSE;
  /** Policies whose status was read for the stops of the process before. */
  readonly #read = new WeakSet<PolicyEntry>();
  #began: ReadonlyMap<string, Instant> = new Map();
  /** Until when no stop ends; undefined where the process before left none. */
  #seeksUntil: Instant | undefined;
  #countedAt: Instant = Number.NEGATIVE_INFINITY;
  /** So many were there when they were gone through last. */
  #policies = 0;
  #open = 0;
  #saidAt: Instant = Number.NEGATIVE_INFINITY;
  /** When they are gone through next, whether somebody asks or not. */
  #nextAt: Instant | undefined;

  constructor(of: Counted) {
    this.#of = of;
  }

  /** Why nothing is healed in a namespace now, `''` for what lies in none; and of one workload, by its root. */
  in(namespace: string, root?: string): string | undefined {
    const { everywhere, within, among } = this.#count();
    const ofTrait = root === undefined ? undefined : [...among.values()].find(({ roots }) => roots.has(root));
    return (everywhere ?? within.get(namespace) ?? ofTrait)?.message;
  }

  /** What a policy keeps in its status, so that a stop outlasts this process. */
  keptFor(entry: Pick<PolicyEntry, 'object' | 'open' | 'targets'>): KeptStop | undefined {
    const { everywhere, within, among } = this.#count();
    const { namespace = '' } = entry.object.metadata;
    const of = (key: string) => ({
      since: toTimestamp(this.#began.get(key) ?? this.#of.clock.now()),
      told: this.#of.voice.hasTold(key),
    });
    if (everywhere !== undefined) return { scope: 'Cluster', ...of(EVERYWHERE) };
    if (within.has(namespace)) return { scope: 'Namespace', ...of(withinKey(namespace)) };
    for (const [trait, { roots }] of among)
      if ([...entry.open].some((id) => roots.has(entry.targets.get(id)?.rootUid ?? '')))
        return { scope: 'Trait', trait, ...of(amongKey(trait)) };
    return undefined;
  }

  #count(): CommonCauses {
    const { clock, book, onChange, voice } = this.#of;
    const limits = this.#of.limits();
    const now = clock.now();
    const pause = Math.max(FRESH_MS, FRESH_MS_PER_OPEN * this.#open);
    const isFresh = now >= this.#countedAt && now - this.#countedAt < pause;
    // Others may have come to fail since. What they share has to be asked for before the laps that act.
    if (isFresh) this.#countAt(this.#countedAt + pause);
    if (isFresh && book.size === this.#policies) return this.#stops;
    this.#policies = book.size;
    const entries = [...book.entries()];
    // The targets of a policy that has just been read may come next: its stops are in force by then.
    this.#remember(entries);
    if (isFresh) return this.#stops;
    this.#countedAt = now;
    this.#open = entries.reduce((sum, entry) => sum + entry.open.size, 0);
    const before = this.#stops;
    if (keysOf(before).length === 0 && this.#open < limits.minWorkloads) return before;
    const next = commonCauses(this.#seen(entries), before, limits);
    const same = keysOf(next).join() === keysOf(before).join();
    if (same && now - this.#saidAt < this.#pauseOfWords(now)) {
      // Others that share a trait come to fail, and are held back at once.
      this.#stops = { ...before, among: new Map([...before.among].map(joined(next.among))) };
      return this.#stops;
    }
    this.#stops = next;
    this.#saidAt = now;
    this.#began = new Map(keysOf(next).map((key) => [key, this.#began.get(key) ?? now]));
    if (voice.say(next, this.#began) === 'told' || !same) onChange();
    return next;
  }

  #countAt(at: Instant): void {
    if (this.#nextAt !== undefined && this.#nextAt <= at) return;
    this.#nextAt = at;
    const { clock, signal } = this.#of;
    void sleepUntil(clock, at, signal).then((isDue) => {
      // An earlier one was asked for since.
      if (!isDue || this.#nextAt !== at) return;
      this.#nextAt = undefined;
      this.#count();
    });
  }

  #pauseOfWords(now: Instant): number {
    const { everywhere, within } = this.#stops;
    const isSearched = [...(everywhere === undefined ? [] : [everywhere]), ...within.values()].some(
      ({ trait }) => trait === undefined,
    );
    const newest = Math.max(...this.#began.values());
    return isSearched && now - newest < WORDS_MS ? SEARCH_MS : WORDS_MS;
  }

  /** The stops of the process before, as they stand in policies that were not looked at yet. */
  #remember(entries: readonly PolicyEntry[]): void {
    const within = new Map(this.#stops.within);
    const among = new Map(this.#stops.among);
    const began = new Map(this.#began);
    let { everywhere } = this.#stops;
    for (const entry of entries.filter((one) => !this.#read.has(one))) {
      this.#read.add(entry);
      const { object, status } = entry;
      const kept = status.commonCause;
      if (kept === undefined) continue;
      this.#seeksUntil ??= this.#of.clock.now() + SEEK_MS;
      const { scope, trait = '', since, told } = kept;
      const { namespace = '' } = object.metadata;
      const key = scope === 'Cluster' ? EVERYWHERE : scope === 'Namespace' ? withinKey(namespace) : amongKey(trait);
      if (told) this.#of.voice.remember(key);
      if (!began.has(key)) began.set(key, fromTimestamp(since) ?? this.#of.clock.now());
      if (scope === 'Cluster') everywhere ??= REMEMBERED;
      else if (scope === 'Namespace') within.set(namespace, within.get(namespace) ?? REMEMBERED);
      else {
        const known = among.get(trait) ?? { ...REMEMBERED, roots: new Set<string>() };
        among.set(trait, { ...known, roots: new Set([...known.roots, ...this.#rootsIn(status)]) });
      }
    }
    this.#began = began;
    this.#stops = { ...given({ everywhere }), within, among };
  }

  /** The status does not say which of its targets share the trait: all that were in trouble are held back meanwhile. */
  #rootsIn({ episodes = [] }: PolicyStatus): readonly string[] {
    const { world } = this.#of;
    return episodes.flatMap(({ target: { uid = '' } }) => {
      const object = world.byUid(uid);
      return object === undefined ? [] : [rootUid({ uid }, world.chainOf(object))];
    });
  }

  #seen(entries: readonly PolicyEntry[]): Surroundings {
    const failing = this.#failing(entries);
    const roots = new Set(failing.map(({ root }) => root));
    const isSeeking = this.#seeksUntil !== undefined && this.#of.clock.now() < this.#seeksUntil;
    return {
      failing,
      watched: watchedIn(entries),
      wellWith: (trait) => this.#of.traits.wellWith(trait, { entries, failing: roots }),
      looked: isSeeking || entries.some(({ unseen }) => unseen > 0) ? 'some' : 'all',
    };
  }

  #failing(entries: readonly PolicyEntry[]): readonly FailingWorkload[] {
    const { world, traits, clock } = this.#of;
    return entries.flatMap((entry) =>
      [...entry.open].flatMap((id): FailingWorkload[] => {
        const view = entry.targets.get(id);
        if (view === undefined || view.standing !== 'unhealthy') return [];
        const { ref, state } = view;
        const object = world.byUid(ref.uid);
        if (object === undefined) return [];
        const root = view.rootUid ?? rootUid(ref, world.chainOf(object));
        const since = state.startedAt ?? clock.now();
        return [{ root, namespace: ref.namespace ?? '', since, traits: traits.of(object, since) }];
      }),
    );
  }
}

const REMEMBERED: Said = {
  message: 'many workloads failed together before this process began, and it has not counted them yet',
};

const joined =
  (next: CommonCauses['among']) =>
  ([trait, old]: readonly [string, Among]): [string, Among] => [
    trait,
    { ...old, roots: next.get(trait)?.roots ?? old.roots },
  ];

/** Each target once, however many policies select it. */
function watchedIn(entries: readonly PolicyEntry[]): ReadonlyMap<string, number> {
  const seen = new Set<string>();
  const counts = new Map<string, number>();
  for (const entry of entries)
    for (const { ref, standing } of entry.targets.values()) {
      if (standing === 'ended' || seen.has(ref.uid)) continue;
      seen.add(ref.uid);
      counts.set(ref.namespace ?? '', (counts.get(ref.namespace ?? '') ?? 0) + 1);
    }
  return counts;
}
