/**
 * Leader election on a coordination.k8s.io/v1 Lease, as client-go's leaderelection does it
 * (https://pkg.go.dev/k8s.io/client-go/tools/leaderelection): whoever holds the Lease leads, and renews it every
 * `retryMs`; when it has not been renewed for `leaseMs` as seen on the candidate's own monotonic clock, others may take
 * it. Nobody compares wall clocks across machines.
 *
 *   waiting ──lease free, released or unchanged for leaseMs──▶ leading ──no renewal for renewDeadlineMs──▶ lost
 *
 * Lost is terminal: the process should end.
 *
 * Guarantees: `isLeader()` turns false at the renew deadline even while a write hangs, and the deadline counts from
 * *before* the renewal was sent, so that it lies `leaseMs - renewDeadlineMs` before anybody else may take over.
 * Caveats: a leader paused for longer (a stopped process) finds out on waking: check `isLeader()` right before each
 * effect.
 */
import type { KubeObject } from '../shapes/kube.ts';
import { assert } from '../std/assert.ts';
import { type Clock, toMicroTime } from '../std/clock.ts';
import { given } from '../std/given.ts';
import type { KubeClient } from './client.ts';
import { sleepUntil } from './deadline.ts';
import { isKubeError } from './errors.ts';
import type { ObjectKey } from './resource.ts';
import { LEASES } from './well-known.ts';

export interface LeaderElectionConfig {
  readonly client: KubeClient;
  readonly key: ObjectKey;
  /** Unique to this process: pod name and a random part. */
  readonly identity: string;
  /** In [0, 1). */
  readonly random: () => number;
  /** Defaults 15 s, 10 s, 2 s: client-go's. */
  readonly leaseMs?: number;
  readonly renewDeadlineMs?: number;
  readonly retryMs?: number;
  /** Asked before each attempt to take or to renew it. False: the attempt fails. */
  readonly permit?: (signal: AbortSignal) => Promise<boolean>;
  /** For so long a Lease that is free is left to others. Omitted: not at all. */
  readonly leaveMs?: (lease: Lease | undefined) => number;
  /** The annotations of a Lease that it takes or renews, from those that it has. Omitted: these. */
  readonly annotate?: (before: Annotations, how: 'take' | 'renew') => Annotations;
  readonly onSeen?: (lease: Lease) => void;
  readonly onLeading?: () => void;
  readonly onError?: (error: unknown) => void;
}

type Annotations = Readonly<Record<string, string>>;

export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export type Lease = KubeObject & { readonly spec?: LeaseSpec };

/** client-go spreads the candidates' attempts by this factor. */
const JITTER = 1.2;
const SPREAD_MS = 200;

export class LeaderElection {
  readonly #config: LeaderElectionConfig;
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #renewDeadlineMs: number;
  readonly #retryMs: number;
  /** The last Lease seen, absent where there was none, and when on our own clock its record changed last. */
  #seen: { readonly lease: Lease | undefined; readonly record: string; readonly at: number } | undefined;
  /** Monotonic instant before the last successful renewal was sent. */
  #renewedAt: number | undefined;

  constructor(config: LeaderElectionConfig) {
    const { leaseMs = 15_000, renewDeadlineMs = 10_000, retryMs = 2000 } = config;
    assert(
      leaseMs > renewDeadlineMs && renewDeadlineMs > JITTER * retryMs,
      'leaseMs > renewDeadlineMs > 1.2 × retryMs',
    );
    this.#config = config;
    this.#clock = config.client.clock;
    [this.#leaseMs, this.#renewDeadlineMs, this.#retryMs] = [leaseMs, renewDeadlineMs, retryMs];
  }

  isLeader(): boolean {
    return this.#renewedAt !== undefined && this.#clock.monotonic() - this.#renewedAt < this.#renewDeadlineMs;
  }

  /** Who leads, as last seen. */
  get holder(): string | undefined {
    return this.#seen?.lease?.spec?.holderIdentity || undefined;
  }

  /**
   * Waits for leadership and keeps it. Answers `stopped` after an abort (the lease is released), `lost` when leadership
   * was lost.
   */
  async run(signal: AbortSignal): Promise<'stopped' | 'lost'> {
    while (!(await this.#attempt(signal))) {
      if (!(await this.#wait(signal, this.#patienceMs()))) return 'stopped';
    }
    if (!signal.aborted) this.#config.onLeading?.();
    while (await this.#wait(signal, this.#retryMs)) {
      await this.#attempt(signal);
      if (!this.isLeader()) {
        this.#renewedAt = undefined;
        return 'lost';
      }
    }
    await this.#release();
    return 'stopped';
  }

  #wait(signal: AbortSignal, ms: number): Promise<boolean> {
    return sleepUntil(this.#clock, this.#clock.now() + ms, signal);
  }

  /** Writes annotations to the Lease of another. @throws KubeError Conflict when that one has written since. */
  async mark(annotations: Annotations): Promise<void> {
    const lease = this.#seen?.lease;
    if (lease === undefined) return;
    const metadata = { ...lease.metadata, annotations: { ...annotationsOf(lease), ...annotations } };
    this.#observe(await this.#config.client.update<Lease>(LEASES, { ...lease, metadata }));
  }

  /** Of a candidate: it looks again when the Lease that it has seen is free, where that comes before its next look. */
  #patienceMs(): number {
    const { random } = this.#config;
    const usualMs = this.#retryMs * (1 + JITTER * random());
    const leftMs = this.#waitMs();
    // With a spread, so that several candidates do not ask in the same moment.
    return leftMs > 0 ? Math.min(usualMs, leftMs + SPREAD_MS * random()) : usualMs;
  }

  /** One try to take or renew. False when somebody else holds it, or when the try failed. */
  async #attempt(signal: AbortSignal): Promise<boolean> {
    // A renewal that hangs must not outlive the deadline that it was for.
    const limit = new AbortController();
    const leftMs =
      this.#renewedAt === undefined
        ? this.#renewDeadlineMs
        : this.#renewDeadlineMs - (this.#clock.monotonic() - this.#renewedAt);
    const timer = new AbortController();
    void sleepUntil(this.#clock, this.#clock.now() + Math.max(0, leftMs), timer.signal).then((late) => {
      if (late) limit.abort(new Error('the renew deadline has passed'));
    });
    try {
      return await this.#tryTake(AbortSignal.any([signal, limit.signal]));
    } catch (error) {
      // Somebody else was faster; the next attempt sees who.
      if (!isKubeError(error, 'Conflict', 'AlreadyExists') && !signal.aborted) this.#config.onError?.(error);
      return false;
    } finally {
      timer.abort();
    }
  }

  async #tryTake(signal: AbortSignal): Promise<boolean> {
    const { client, key, identity, permit } = this.#config;
    if (permit !== undefined && !(await permit(signal))) return false;
    const known = this.#seen?.lease;
    if (known !== undefined && this.isLeader() && this.holder === identity && (await this.#renewed(known, signal)))
      return true;
    const lease = await client.find<Lease>(LEASES, key, { signal });
    this.#observe(lease);
    if (lease?.spec?.holderIdentity !== identity && this.#waitMs() > 0) return false;
    await this.#write(lease, signal);
    return true;
  }

  /** The last answer spares a read. False: the Lease is another by now. */
  async #renewed(known: Lease, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#write(known, signal);
      return true;
    } catch (error) {
      if (isKubeError(error, 'Conflict', 'NotFound')) return false;
      throw error;
    }
  }

  async #write(lease: Lease | undefined, signal: AbortSignal): Promise<void> {
    const { client, key, identity, annotate = (before) => before } = this.#config;
    const old = lease?.spec ?? {};
    const mine = old.holderIdentity === identity;
    const now = toMicroTime(this.#clock.now());
    const spec: LeaseSpec = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(this.#leaseMs / 1000),
      acquireTime: mine ? (old.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: lease === undefined ? 0 : (old.leaseTransitions ?? 0) + (mine ? 0 : 1),
    };
    const annotations = annotate(annotationsOf(lease), mine ? 'renew' : 'take');
    const before = lease ?? {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { ...given({ namespace: key.namespace }), name: key.name },
    };
    const written: Lease = { ...before, metadata: { ...before.metadata, annotations }, spec };
    // The deadline counts from before the request was sent.
    const sentAt = this.#clock.monotonic();
    this.#observe(
      lease === undefined
        ? await client.create<Lease>(LEASES, written, { signal })
        : await client.update<Lease>(LEASES, written, { signal }),
    );
    this.#renewedAt = sentAt;
  }

  #observe(lease: Lease | undefined): void {
    const record = lease === undefined ? '' : JSON.stringify(lease.spec ?? {});
    const before = this.#seen;
    const at = before?.record === record ? before.at : this.#clock.monotonic();
    this.#seen = { lease, record, at };
    if (lease !== undefined) this.#config.onSeen?.(lease);
  }

  /** Until the Lease of another, or of none, may be taken. */
  #waitMs(): number {
    const now = this.#clock.monotonic();
    const { lease, at } = this.#seen ?? { lease: undefined, at: now };
    const { holderIdentity = '', leaseDurationSeconds } = lease?.spec ?? {};
    // The holder's own duration counts: it may run with another configuration.
    const heldMs = holderIdentity === '' ? 0 : (leaseDurationSeconds ?? this.#leaseMs / 1000) * 1000;
    return at + heldMs + (this.#config.leaveMs?.(lease) ?? 0) - now;
  }

  /** An empty holder: the next one need not wait. Best effort: without it the lease simply expires. */
  async #release(): Promise<void> {
    const { client, key, onError } = this.#config;
    const leading = this.isLeader();
    this.#renewedAt = undefined;
    const lease = this.#seen?.lease;
    if (!leading || lease === undefined) return;
    try {
      await this.#writeFree(lease);
    } catch (error) {
      if (!isKubeError(error, 'Conflict')) return onError?.(error);
      // The stop has cut off a renewal that was written, or another process has left its mark.
      await client
        .get<Lease>(LEASES, key)
        .then((found) => this.#writeFree(found))
        .catch((again: unknown) => onError?.(again));
    }
  }

  async #writeFree(lease: Lease): Promise<void> {
    if (lease.spec?.holderIdentity !== this.#config.identity) return;
    const now = toMicroTime(this.#clock.now());
    const spec: LeaseSpec = {
      ...lease.spec,
      holderIdentity: '',
      leaseDurationSeconds: 1,
      acquireTime: now,
      renewTime: now,
    };
    this.#observe(await this.#config.client.update<Lease>(LEASES, { ...lease, spec }));
  }
}

export const annotationsOf = (lease: Lease | undefined): Annotations => lease?.metadata.annotations ?? {};
