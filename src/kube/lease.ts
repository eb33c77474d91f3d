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
  readonly onLeading?: () => void;
  readonly onError?: (error: unknown) => void;
}

export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

type Lease = KubeObject & { readonly spec?: LeaseSpec };

/** client-go spreads the candidates' attempts by this factor. */
const JITTER = 1.2;
const SPREAD_MS = 200;

export class LeaderElection {
  readonly #config: LeaderElectionConfig;
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #renewDeadlineMs: number;
  readonly #retryMs: number;
  /** The last Lease seen, and when on our own clock its record changed last. */
  #seen: { readonly lease: Lease; readonly record: string; readonly at: number } | undefined;
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
    return this.#seen?.lease.spec?.holderIdentity || undefined;
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

  /** Of a candidate: it looks again when the Lease that it has seen ends, where that comes before its next look. */
  #patienceMs(): number {
    const { random } = this.#config;
    const usualMs = this.#retryMs * (1 + JITTER * random());
    const leftMs = this.#leftMs(this.#seen?.lease.spec ?? {});
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
    const { client, key, identity } = this.#config;
    const lease = await client.find<Lease>(LEASES, key, { signal });
    const sentAt = this.#clock.monotonic();
    const now = toMicroTime(this.#clock.now());
    const leaseDurationSeconds = Math.ceil(this.#leaseMs / 1000);
    if (lease === undefined) {
      const spec: LeaseSpec = {
        holderIdentity: identity,
        leaseDurationSeconds,
        acquireTime: now,
        renewTime: now,
        leaseTransitions: 0,
      };
      const metadata = { name: key.name, ...(key.namespace === undefined ? {} : { namespace: key.namespace }) };
      this.#observe(
        await client.create<Lease>(
          LEASES,
          { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec },
          { signal },
        ),
      );
      this.#renewedAt = sentAt;
      return true;
    }
    this.#observe(lease);
    const old = lease.spec ?? {};
    const mine = old.holderIdentity === identity;
    if (!mine && (old.holderIdentity ?? '') !== '' && this.#leftMs(old) > 0) return false;
    const spec: LeaseSpec = {
      holderIdentity: identity,
      leaseDurationSeconds,
      acquireTime: mine ? (old.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (old.leaseTransitions ?? 0) + (mine ? 0 : 1),
    };
    this.#observe(await client.update<Lease>(LEASES, { ...lease, spec }, { signal }));
    this.#renewedAt = sentAt;
    return true;
  }

  #observe(lease: Lease): void {
    const record = JSON.stringify(lease.spec ?? {});
    const changed = this.#seen?.record !== record;
    this.#seen = { lease, record, at: changed ? this.#clock.monotonic() : (this.#seen?.at ?? this.#clock.monotonic()) };
  }

  /** Until a Lease of another ends. */
  #leftMs(spec: LeaseSpec): number {
    const now = this.#clock.monotonic();
    // The holder's own duration counts: it may run with another configuration.
    return (this.#seen?.at ?? now) + (spec.leaseDurationSeconds ?? this.#leaseMs / 1000) * 1000 - now;
  }

  /** An empty holder: the next one need not wait. Best effort: without it the lease simply expires. */
  async #release(): Promise<void> {
    const leading = this.isLeader();
    this.#renewedAt = undefined;
    const lease = this.#seen?.lease;
    if (!leading || lease === undefined) return;
    const now = toMicroTime(this.#clock.now());
    const spec: LeaseSpec = {
      ...lease.spec,
      holderIdentity: '',
      leaseDurationSeconds: 1,
      acquireTime: now,
      renewTime: now,
    };
    try {
      this.#observe(await this.#config.client.update<Lease>(LEASES, { ...lease, spec }));
    } catch (error) {
      this.#config.onError?.(error);
    }
  }
}
