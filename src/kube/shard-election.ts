/**
 * Work divided among processes: a Lease for each shard. A process holds as many as fall to it, and each shard has one
 * holder at most. The first Lease says into how many shards the work is divided.
 *
 *   candidate ──Lease free──▶ holder ──another process asks for it, and has two fewer──▶ handing over ──▶ candidate
 *                               └──no renewal for the renew deadline──▶ lost: the process should end
 *
 * Guarantees:
 * - A process that holds shards leaves free ones to others for a moment, so that they spread.
 * - A process with fewer shards asks for one by an annotation. The holder ends what it has in hand before it gives it.
 * - While the number of shards changes nothing is held: the process that changes it waits until all that were divided
 *   otherwise have passed their renew deadline.
 */
import type { Clock } from '../std/clock.ts';
import type { KubeClient } from './client.ts';
import { isKubeError } from './errors.ts';
import { annotationsOf, type Lease, LeaderElection } from './lease.ts';
import { LEASES } from './well-known.ts';

/** Names of annotations. */
export interface ShardMarks {
  /** Of the first Lease: the number of shards, and the one that no process contradicts any more. */
  readonly shards: string;
  readonly shardsSettled: string;
  /** The identity of the process that asks for the shard. */
  readonly wantedBy: string;
}

export interface ShardElectionConfig {
  readonly client: KubeClient;
  readonly namespace: string;
  /** Of the Leases, by the number of the shard from 0 on. */
  readonly nameOf: (shard: number) => string;
  readonly count: number;
  readonly marks: ShardMarks;
  /** Unique to this process. */
  readonly identity: string;
  /** In [0, 1). */
  readonly random: () => number;
  readonly onGained: (shard: number) => void;
  /** Resolves when nothing of the shard is in hand any more: then its Lease is given away. */
  readonly onLeaving: (shard: number) => Promise<void>;
  /** The work is divided into another number of shards, by what the first Lease says. */
  readonly onOtherCount?: (count: number) => void;
  readonly onError?: (error: unknown) => void;
}

/** A process is a candidate for each shard every 2 to 4.4 s: one that holds fewer has looked by then. */
const LEAVE_MS = 2000;
/** A shard that was given away is for the one that asked: it has looked by then, or is gone. */
const RESERVED_MS = 5000;
/** The renew deadline is 10 s, and what is known of the first Lease is 2 s old at most. */
const SETTLE_MS = 15_000;
const KNOWN_FOR_MS = 2000;

/**
 * The shard to ask for: of the process that holds most, when that are two more than this one holds. `holders`: by
 * shard, all of them.
 */
export function shardToAsk(holders: ReadonlyMap<number, string>, self: string): number | undefined {
  const shards = new Map<string, number[]>([[self, []]]);
  for (const [shard, holder] of holders) shards.set(holder, [...(shards.get(holder) ?? []), shard]);
  const [most = []] = [...shards.values()].sort((a, b) => b.length - a.length);
  const own = shards.get(self) ?? [];
  return most.length >= own.length + 2 ? Math.max(...most) : undefined;
}

export class ShardElection {
  readonly #config: ShardElectionConfig;
  readonly #clock: Clock;
  readonly #elections = new Map<number, LeaderElection>();
  /** Worked on by this process. */
  readonly #held = new Set<number>();
  /** Being taken, or given away. */
  readonly #moving = new Set<number>();
  readonly #ends = new Map<number, AbortController>();
  readonly #holders = new Map<number, string>();
  /** Since when this process has said, on our own clock, that the number of shards is another. */
  #changedAt: number | undefined;
  #lost = false;
  #first: { readonly lease: Lease | undefined; readonly at: number } | undefined;

  constructor(config: ShardElectionConfig) {
    this.#config = config;
    this.#clock = config.client.clock;
  }

  /** Whether work on the shard may begin. */
  holds(shard: number): boolean {
    return this.#held.has(shard) && !this.#moving.has(shard);
  }

  /** True while it holds a shard, and none of those that it holds, or held, has passed its renew deadline. */
  isLeader(): boolean {
    // One that was lost stays among them.
    return this.#held.size > 0 && [...this.#held].every((shard) => this.#elections.get(shard)?.isLeader() === true);
  }

  /**
   * Resolves after an abort, when all Leases are released. When one is lost it tells so once: the process should end.
   */
  async run(signal: AbortSignal, onLost: () => void): Promise<void> {
    const shards = Array.from({ length: this.#config.count }, async (_, shard) => {
      if ((await this.#runOne(shard, signal)) !== 'lost' || this.#lost) return;
      this.#lost = true;
      onLost();
    });
    await Promise.all(shards);
  }

  async #runOne(shard: number, signal: AbortSignal): Promise<'stopped' | 'lost'> {
    while (!signal.aborted) {
      const end = new AbortController();
      this.#ends.set(shard, end);
      const election = this.#electionOf(shard);
      this.#elections.set(shard, election);
      if ((await election.run(AbortSignal.any([signal, end.signal]))) === 'lost') return 'lost';
      this.#held.delete(shard);
      this.#moving.delete(shard);
    }
    return 'stopped';
  }

  #electionOf(shard: number): LeaderElection {
    const { client, namespace, nameOf, identity, random, onError } = this.#config;
    return new LeaderElection({
      client,
      key: { namespace, name: nameOf(shard) },
      identity,
      random,
      permit: (signal) => this.#permits(shard, signal),
      leaveMs: (lease) => this.#leaveMs(shard, lease),
      annotate: (before, how) => this.#annotate(shard, before, how),
      onSeen: (lease) => this.#see(shard, lease),
      onLeading: () => {
        if (shard > 0) this.#gain(shard);
      },
      ...(onError === undefined ? {} : { onError }),
    });
  }

  #gain(shard: number): void {
    this.#moving.delete(shard);
    if (this.#held.has(shard)) return;
    this.#held.add(shard);
    this.#config.onGained(shard);
  }

  /** Shards beside the first are held only while the first Lease says, and goes on saying, that there are so many. */
  async #permits(shard: number, signal: AbortSignal): Promise<boolean> {
    // The attempt before was in vain.
    if (!this.#held.has(shard)) this.#moving.delete(shard);
    if (shard === 0) return true;
    const { count, onOtherCount } = this.#config;
    const { said, settled } = this.#countsOf(await this.#firstLease(signal));
    if (said !== count) onOtherCount?.(said);
    return said === count && settled === count;
  }

  async #firstLease(signal: AbortSignal): Promise<Lease | undefined> {
    const at = this.#clock.monotonic();
    if (this.#first === undefined || at - this.#first.at > KNOWN_FOR_MS) {
      const { client, namespace, nameOf } = this.#config;
      this.#first = { lease: await client.find<Lease>(LEASES, { namespace, name: nameOf(0) }, { signal }), at };
    }
    return this.#first.lease;
  }

  #leaveMs(shard: number, lease: Lease | undefined): number {
    const wantedBy = annotationsOf(lease)[this.#config.marks.wantedBy];
    if (wantedBy === this.#config.identity) return 0;
    const others = new Set([...this.#held, ...this.#moving]);
    others.delete(shard);
    return others.size * LEAVE_MS + (wantedBy === undefined ? 0 : RESERVED_MS);
  }

  #annotate(shard: number, before: Readonly<Record<string, string>>, how: 'take' | 'renew') {
    if (how === 'take') this.#moving.add(shard);
    // It is kept for the process that has asked for it.
    const isGivenAway = how === 'renew' && this.#held.has(shard) && this.#moving.has(shard);
    const kept = isGivenAway ? before : without(before, this.#config.marks.wantedBy);
    return shard === 0 ? this.#counted(kept, how) : kept;
  }

  /** The number of shards, which is settled when all that were divided otherwise have ended. */
  #counted(before: Readonly<Record<string, string>>, how: 'take' | 'renew'): Readonly<Record<string, string>> {
    const { marks } = this.#config;
    const count = String(this.#config.count);
    const now = this.#clock.monotonic();
    if (before[marks.shardsSettled] === count && before[marks.shards] === count) return before;
    // As processes write it that know of no shards.
    if (count === '1' && before[marks.shards] === undefined) return before;
    if (how === 'take' || this.#changedAt === undefined) this.#changedAt = now;
    const isSettled = now - this.#changedAt > SETTLE_MS;
    const counted = { ...without(before, marks.shardsSettled), [marks.shards]: count };
    return isSettled ? { ...counted, [marks.shardsSettled]: count } : counted;
  }

  #see(shard: number, lease: Lease): void {
    const { identity, count, marks } = this.#config;
    const holder = lease.spec?.holderIdentity ?? '';
    if (holder === '') this.#holders.delete(shard);
    else this.#holders.set(shard, holder);
    if (shard === 0) {
      this.#first = { lease, at: this.#clock.monotonic() };
      const { said, settled } = this.#countsOf(lease);
      if (holder === identity && said === count && settled === count) this.#gain(0);
    }
    const wantedBy = annotationsOf(lease)[marks.wantedBy];
    if (holder === identity && wantedBy !== undefined && wantedBy !== identity) this.#giveAway(shard);
    if (holder !== identity && wantedBy === undefined && this.#holders.size === count) this.#ask(shard);
  }

  /** Its Lease is renewed until what is in hand has ended. */
  #giveAway(shard: number): void {
    if (this.#held.size < 2 || !this.#held.has(shard) || this.#moving.has(shard)) return;
    this.#moving.add(shard);
    const end = this.#ends.get(shard);
    void this.#config.onLeaving(shard).then(() => end?.abort(new Error('another process has asked for this shard')));
  }

  #ask(shard: number): void {
    const { identity, marks, onError } = this.#config;
    if (shardToAsk(this.#holders, identity) !== shard) return;
    this.#elections
      .get(shard)
      ?.mark({ [marks.wantedBy]: identity })
      .catch((error: unknown) => {
        if (!isKubeError(error, 'Conflict')) onError?.(error);
      });
  }

  /** A Lease that says nothing is one of processes that know of no shards. */
  #countsOf(lease: Lease | undefined): { readonly said: number; readonly settled: number | undefined } {
    const { marks } = this.#config;
    const { [marks.shards]: said, [marks.shardsSettled]: settled } = annotationsOf(lease);
    if (said === undefined) return { said: 1, settled: 1 };
    return { said: Number(said), settled: settled === undefined ? undefined : Number(settled) };
  }
}

const without = (annotations: Readonly<Record<string, string>>, name: string): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(annotations).filter(([key]) => key !== name));
