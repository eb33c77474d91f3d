/** What fails together over all policies, counted from the book of policies. */
import { type CommonCauses, commonCauses, type FailingWorkload, NO_COMMON_CAUSE } from '../core/common-cause.ts';
import type { CommonCauseLimits } from '../api/common-cause-limits.ts';
import { rootUid } from '../core/gates/proposal.ts';
import { podHealth } from '../core/health.ts';
import type { Clock, Instant } from '../std/clock.ts';
import type { PolicyEntry } from './target/policy-book.ts';
import type { World } from './world.ts';

/** All open episodes are gone through: no more often, however many targets are looked at. */
const FRESH_MS = 1000;
/** Its figures change with every pod, and stand in the status of every policy. */
const WORDS_MS = 60_000;

interface Counted {
  readonly clock: Pick<Clock, 'now'>;
  readonly book: { entries(): Iterable<PolicyEntry> };
  readonly world: Pick<World, 'byUid' | 'chainOf' | 'podsOf'>;
  readonly limits: CommonCauseLimits;
  /** A stop has begun or ended. */
  readonly onChange: (everywhere: string | undefined) => void;
}

export class SharedCauses {
  readonly #of: Counted;
  #stops: CommonCauses = NO_COMMON_CAUSE;
  #countedAt: Instant = Number.NEGATIVE_INFINITY;
  #saidAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(of: Counted) {
    this.#of = of;
  }

  /** Why nothing is healed in a namespace now; `''` for what lies in none. */
  in(namespace: string): string | undefined {
    this.#count();
    return this.#stops.everywhere ?? this.#stops.within.get(namespace);
  }

  #count(): void {
    const { clock, book, limits, onChange } = this.#of;
    const now = clock.now();
    if (now - this.#countedAt < FRESH_MS) return;
    this.#countedAt = now;
    const entries = [...book.entries()];
    const open = entries.reduce((sum, entry) => sum + entry.open.size, 0);
    const held = this.#stops;
    const isHeld = held.everywhere !== undefined || held.within.size > 0;
    if (!isHeld && open < limits.minWorkloads) return;
    const next = commonCauses({ watched: watchedIn(entries), failing: this.#failing(entries) }, held, limits);
    const same = keysOf(next) === keysOf(held);
    if (same && now - this.#saidAt < WORDS_MS) return;
    this.#stops = next;
    this.#saidAt = now;
    if (!same) onChange(next.everywhere ?? [...next.within.values()][0]);
  }

  #failing(entries: readonly PolicyEntry[]): readonly FailingWorkload[] {
    const { world } = this.#of;
    return entries.flatMap((entry) =>
      [...entry.open].flatMap((id): FailingWorkload[] => {
        const view = entry.targets.get(id);
        if (view === undefined || view.standing !== 'unhealthy') return [];
        const { ref, state } = view;
        const object = world.byUid(ref.uid);
        if (object === undefined) return [];
        return [
          {
            root: view.rootUid ?? rootUid(ref, world.chainOf(object)),
            namespace: ref.namespace ?? '',
            since: state.startedAt ?? this.#of.clock.now(),
            // Only the sentence about a stop asks for them, and of most of its workloads it does not.
            get nodes() {
              const ill = world.podsOf(object).filter((pod) => podHealth(pod).state !== 'healthy');
              return [...new Set(ill.flatMap(({ spec }) => spec?.nodeName ?? []))];
            },
          },
        ];
      }),
    );
  }
}

const keysOf = ({ everywhere, within }: CommonCauses): string =>
  JSON.stringify([everywhere !== undefined, [...within.keys()].toSorted((a, b) => (a < b ? -1 : 1))]);

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
