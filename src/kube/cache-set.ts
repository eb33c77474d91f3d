/**
 * The caches of a process: one watch per (type, projection, namespace, selector), whoever asks. The first asker starts
 * it, the last one to let go stops it.
 */
import type { KubeObject } from '../shapes/kube.ts';
import type { Prng } from '../std/prng.ts';
import { assert } from '../std/assert.ts';
import { Cache, type CacheView } from './cache.ts';
import type { KubeClient } from './client.ts';
import { KubeError } from './errors.ts';
import type { Projection } from './projection.ts';
import { wireCodec } from './protobuf/codec.ts';
import { apiVersionOf, type ResourceType } from './resource.ts';
import { StringPool } from './string-pool.ts';
import { type ListForm, Watcher, type WatcherState } from './watcher.ts';

export interface CacheRequest {
  readonly type: ResourceType;
  readonly projection: Projection;
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface CacheLease<T extends KubeObject = KubeObject> {
  readonly cache: CacheView<T>;
  /**
   * Why the server does not let the collection be watched: not permitted (403), or not served (404, 405). It is asked
   * for again all the time; until it answers, the cache is as old as the refusal.
   */
  refusal(): KubeError | undefined;
  /** Idempotent. */
  release(): void;
}

export interface CacheHealth {
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly synced: boolean;
  readonly objects: number;
  readonly state: WatcherState;
  /** Why it is paused; undefined while it works. */
  readonly error: unknown;
  /** For how long it has had no watch, and so hears of no change. 0 while it has one. */
  readonly deafMs: number;
}

interface Entry {
  readonly request: CacheRequest;
  readonly cache: Cache;
  readonly stop: AbortController;
  readonly done: Promise<void>;
  holders: number;
  state: WatcherState;
  /** Monotonic; undefined while a watch is there. */
  deafSince: number | undefined;
  error: unknown;
  refusal: KubeError | undefined;
}

export interface CacheSetConfig {
  readonly client: KubeClient;
  readonly prng: Prng;
  /** How caches are filled; default `streamed` where the server does that. */
  readonly lists?: ListForm;
  readonly pageLimit?: number;
  readonly silenceMs?: number;
  /**
   * A subscriber of a cache threw: a broken assumption. Default: rethrown from a promise that nobody handles, which
   * ends the process.
   */
  readonly onCrash?: (error: unknown) => void;
  /** A collection of the type has synced, is refused, or is refused no longer. */
  readonly onStanding?: (type: ResourceType) => void;
}

export class CacheSet {
  readonly #config: CacheSetConfig;
  readonly #pool = new StringPool();
  readonly #entries = new Map<string, Entry>();

  constructor(config: CacheSetConfig) {
    this.#config = config;
  }

  acquire<T extends KubeObject = KubeObject>(request: CacheRequest): CacheLease<T> {
    const id = identity(request);
    let entry = this.#entries.get(id);
    if (entry === undefined) {
      entry = this.#start(request);
      this.#entries.set(id, entry);
    }
    assert(
      entry.request.projection.fields.join() === request.projection.fields.join(),
      `two projections are called ${request.projection.name}`,
    );
    entry.holders++;
    const held = entry;
    let released = false;
    return {
      // The projection is the caller's claim about what T has.
      cache: held.cache as unknown as CacheView<T>,
      refusal: () => held.refusal,
      release: () => {
        if (released) return;
        released = true;
        held.holders--;
        if (held.holders > 0) return;
        held.stop.abort();
        this.#entries.delete(id);
      },
    };
  }

  health(): readonly CacheHealth[] {
    const now = this.#config.client.clock.monotonic();
    return [...this.#entries.values()].map(({ request, cache, state, error, deafSince }) => ({
      resource: request.type.group === '' ? request.type.resource : `${request.type.resource}.${request.type.group}`,
      namespace: request.namespace,
      synced: cache.hasSynced,
      objects: cache.size,
      state,
      error,
      deafMs: deafSince === undefined ? 0 : now - deafSince,
    }));
  }

  /** Resolves when every cache that is held now has synced; rejects when aborted first. */
  async synced(signal: AbortSignal): Promise<void> {
    const all = Promise.all([...this.#entries.values()].map((entry) => entry.cache.synced));
    await new Promise<void>((resolve, reject) => {
      const abort = () => reject(signal.reason as Error);
      if (signal.aborted) abort();
      signal.addEventListener('abort', abort, { once: true });
      all.then(() => resolve(), reject).finally(() => signal.removeEventListener('abort', abort));
    });
  }

  /** Ends every watch, whoever holds it. */
  async stop(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const entry of entries) entry.stop.abort();
    await Promise.all(entries.map((entry) => entry.done));
  }

  #start(request: CacheRequest): Entry {
    const { client, prng, lists, pageLimit, silenceMs, onCrash, onStanding } = this.#config;
    const cache = new Cache();
    const stop = new AbortController();
    const watcher = new Watcher({
      client,
      type: request.type,
      codec: wireCodec(request.type, request.projection, this.#pool),
      sink: cache,
      random: () => prng.float(),
      namespace: request.namespace,
      labelSelector: request.labelSelector,
      fieldSelector: request.fieldSelector,
      lists,
      pageLimit,
      silenceMs,
      onState: (state, error) => {
        entry.state = state;
        entry.error = error;
        entry.deafSince = state === 'watching' ? undefined : (entry.deafSince ?? client.clock.monotonic());
        const refusal = refusalIn(state, error, entry.refusal);
        const changed = refusal?.status !== entry.refusal?.status;
        entry.refusal = refusal;
        if (changed) onStanding?.(request.type);
      },
    });
    const entry: Entry = {
      request,
      cache,
      stop,
      done: Promise.resolve(),
      holders: 0,
      state: 'listing',
      deafSince: client.clock.monotonic(),
      error: undefined,
      refusal: undefined,
    };
    const done = watcher.run(stop.signal).catch((error: unknown) => {
      if (onCrash === undefined) throw error;
      onCrash(error);
    });
    void cache.synced.then(() => {
      if (!stop.signal.aborted) onStanding?.(request.type);
    });
    return Object.assign(entry, { done });
  }
}

/** The server does not let it be read, or has no such collection. Other failures pass. */
const REFUSALS = new Set([403, 404, 405]);

/** A refusal stands until the server lets a watch begin: another try that is under way proves nothing. */
function refusalIn(state: WatcherState, error: unknown, before: KubeError | undefined): KubeError | undefined {
  if (state === 'watching') return undefined;
  return error instanceof KubeError && error.status !== undefined && REFUSALS.has(error.status) ? error : before;
}

const identity = ({ type, projection, namespace, labelSelector, fieldSelector }: CacheRequest): string =>
  JSON.stringify([
    apiVersionOf(type),
    type.resource,
    projection.name,
    namespace ?? null,
    labelSelector ?? '',
    fieldSelector ?? '',
  ]);
