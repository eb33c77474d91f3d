/**
 * Follows one collection for ever: a list, then a watch from its resourceVersion, resumed where it broke. The list
 * comes in pages or, where the server has that, as the first events of the watch itself, up to a bookmark that says so.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists
 *
 *            ┌────────── history gone (410), malformed, or no progress MAX_RESUMES times ──────────┐
 *            ▼                                                                                      │
 *        ┌─────────┐  last page   ┌─────────┐   2xx    ┌──────────┐  closed · reset · silent ·  ┌───┴────┐
 *   ───▶ │ listing │ ───────────▶ │ opening │ ───────▶ │ watching │ ── error event ───────────▶ │ paused │
 *        └─────────┘              └─────────┘          └──────────┘                             └────────┘
 *          │    ▲                   ▲    │ refused                                                ▲  │  │
 *          │    │                   │    └────────────────────────────────────────────────────────┤  │  │
 *          │ failed                 └─────────────────── after the back-off ─────────────────────────┘  │
 *          └────┴─────────────────────────────────────── (no list yet: lists again) ────────────────────┘
 *
 * Guarantees
 * - The sink sees a complete list before any event (but deletions while a streamed list is under way), and after
 *   `complete` exactly the state of some
 *   resourceVersion; events follow in the server's order.
 * - It never gives up and never ends but by its signal: whatever the server answers, the next try comes after a
 *   back-off with jitter (Retry-After is obeyed).
 * - A watch that hears nothing, not even a bookmark, for `silenceMs` is replaced. Nothing of a replaced watch is
 *   delivered.
 * - An unfinished frame at the end of a stream is dropped; the resumed watch delivers it whole.
 * - A server that refuses to stream lists, never says where the list ends, or breaks the stream off again and again is
 *   asked for pages. Caveats
 * - Events may come twice (a server that repeats itself) or be coalesced into a new list: the sink compares
 *   resourceVersion and UID (see `Cache`).
 * - A deletion during a gap is known only by absence from the next list.
 *   Errors
 * - Failures of the server are reported to `onState` and retried. What the sink throws is a bug of ours: `run` rejects
 *   with it.
 */
import type { KubeObject } from '../shapes/kube.ts';
import { type Backoff, backoffDelay } from '../std/backoff.ts';
import { assert } from '../std/assert.ts';
import type { KubeClient } from './client.ts';
import { listPath, strangeItem } from './client.ts';
import { type Codec, CodecError, type WatchFrame } from './codec.ts';
import { sleepUntil, withDeadline } from './deadline.ts';
import { errorOfAnswer, errorOfTransport, isGone, isKubeError, KubeError } from './errors.ts';
import { FIRST_PAGE, nextPageSize } from './page-size.ts';
import { queryText, type ResourceType, resourcePath } from './resource.ts';
import { readWatch } from './watch-stream.ts';

/** Receives what a watcher sees. Called synchronously: the stream is read no faster than this returns. */
export interface WatchSink {
  /** A list begins; `page` follows any number of times. An unfinished list may be followed by another `begin`. */
  begin(): void;
  page(items: readonly KubeObject[]): void;
  /** The list is complete: what it did not hold does not exist. */
  complete(resourceVersion: string): void;
  event(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: KubeObject): void;
  /** Everything up to this version has been delivered. */
  bookmark(resourceVersion: string): void;
}

export type WatcherState = 'listing' | 'opening' | 'watching' | 'paused';

export type ListForm = 'streamed' | 'paged';

export interface WatcherConfig {
  readonly client: KubeClient;
  readonly type: ResourceType;
  readonly codec: Codec;
  readonly sink: WatchSink;
  /** In [0, 1). */
  readonly random: () => number;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Default `streamed`: as the first events of the watch, where the server does that. */
  readonly lists?: ListForm | undefined;
  /** Objects a page. Omitted: as many as are decoded within a moment (page-size.ts). */
  readonly pageLimit?: number | undefined;
  /** Default 150 s: API servers send a bookmark every 60 s, so this is two lost and half of a third. */
  readonly silenceMs?: number | undefined;
  readonly onState?: ((state: WatcherState, error?: unknown) => void) | undefined;
}

/**
 * client-go's reflector: 0.8 s doubling to 30 s, each up to twice as long at random. The cap bounds how stale a
 * recovered server finds us.
 */
const BACKOFF: Backoff = { baseMs: 800, multiplier: 2, maxMs: 30_000, jitter: 1 };
/** A watch that lived this long was a working one: its end starts the back-off anew. */
const HEALTHY_MS = 10_000;
/** A watch that breaks so often at one resourceVersion will break there again: a list steps over it. */
const MAX_RESUMES = 5;
const DEFAULT_SILENCE_MS = 150_000;
/**
 * Servers end watches after 30 to 60 minutes; asking for 5 to 10, spread at random, keeps a restarted server from being
 * hit by all at once.
 */
const WATCH_SECONDS = 300;
const LIST_TIMEOUT_MS = 60_000;
/**
 * API servers send the initial events without a pause, after at most 3 s of waiting for their own cache. One that does
 * not end them will not.
 */
const INITIAL_SILENCE_MS = 30_000;
/**
 * A streamed list starts from nothing when it breaks off, pages go on where they were: after two such ends in a row
 * pages are surer.
 */
const MAX_BROKEN_STREAMS = 2;
/** Servers that do not stream lists say that the request is wrong. */
const NO_STREAMED_LISTS = new Set([400, 405, 422, 501]);

/** What the sink threw, on its way through the handling of the server's failures. */
class SinkFailure extends Error {}

export class Watcher {
  readonly #config: WatcherConfig;
  /** Where to resume. Undefined: list first. */
  #resourceVersion: string | undefined;
  /** Failures since the last healthy watch. */
  #failures = 0;
  /** Watches opened at the current resourceVersion that ended without progress. */
  #resumes = 0;
  #listsExpired = 0;
  #lists: ListForm;
  #brokenStreams = 0;
  /** Whether a streamed list was ever complete. */
  #streamed = false;
  /** Whether the watch in hand is still sending the initial state. */
  #initial = false;

  constructor(config: WatcherConfig) {
    this.#config = config;
    this.#lists = config.lists ?? 'streamed';
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#resourceVersion !== undefined) await this.#watch(this.#resourceVersion, signal);
        else if (this.#lists === 'streamed' && this.#brokenStreams < MAX_BROKEN_STREAMS) await this.#stream(signal);
        else await this.#list(signal);
      } catch (error) {
        if (error instanceof SinkFailure) throw error.cause;
        if (signal.aborted) return;
        await this.#pause(error, signal);
      }
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { client, codec, type, namespace, labelSelector, fieldSelector, pageLimit } = this.#config;
    this.#state('listing');
    // A token that expires between pages twice means that listing is slower than the server forgets: one page then, as
    // client-go's pager.
    const whole = this.#listsExpired >= 2;
    let limit = whole ? 0 : (pageLimit ?? FIRST_PAGE);
    // As client-go. Servers compress answers above 128 KiB: worth its CPU on networks up to about 2 Gbit/s, see
    // bench/README.md.
    const headers = { accept: codec.listAccept, 'accept-encoding': 'gzip' };
    this.#sink((sink) => sink.begin());
    let token: string | undefined;
    do {
      const path = listPath(type, { namespace, labelSelector, fieldSelector, limit }, token);
      const page = await withDeadline({ clock: client.clock, timeoutMs: LIST_TIMEOUT_MS, signal }, async (inner) =>
        codec.readPage(await client.open({ method: 'GET', path, headers }, { signal: inner })),
      ).catch((error: unknown) => {
        if (token !== undefined && isGone(error)) this.#listsExpired++;
        throw error;
      });
      for (const item of page.items) this.#refuseStranger(item);
      this.#sink((sink) => sink.page(page.items));
      token = page.continueToken;
      if (!whole) limit = pageLimit ?? nextPageSize(page);
      if (token === undefined) {
        this.#sink((sink) => sink.complete(page.resourceVersion));
        this.#progress(page.resourceVersion);
        this.#listsExpired = 0;
        this.#brokenStreams = 0;
      }
    } while (token !== undefined);
  }

  /** A watch that begins with the state there is. */
  async #stream(signal: AbortSignal): Promise<void> {
    this.#state('listing');
    this.#initial = true;
    this.#sink((sink) => sink.begin());
    try {
      await this.#watch(undefined, signal);
    } catch (error) {
      if (!this.#initial || error instanceof SinkFailure || signal.aborted) throw error;
      this.#brokenStreams++;
      const refused = error instanceof KubeError && error.status !== undefined && NO_STREAMED_LISTS.has(error.status);
      // One that never said where a list ends does not know how.
      if (!refused && (this.#streamed || !isKubeError(error, 'WatchSilent'))) throw error;
      // Pages come at once: the server is well, it only has no such lists.
      this.#lists = 'paged';
    } finally {
      this.#initial = false;
    }
  }

  /** From a version on; without one, the initial state first. */
  async #watch(from: string | undefined, signal: AbortSignal): Promise<void> {
    const { client, codec, type, namespace, labelSelector, fieldSelector, random } = this.#config;
    const { clock } = client;
    if (from !== undefined) this.#state('opening');
    const query = queryText({
      watch: 'true',
      ...(from === undefined
        ? { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }
        : { resourceVersion: from }),
      allowWatchBookmarks: 'true',
      timeoutSeconds: Math.round(WATCH_SECONDS * (1 + random())),
      labelSelector: labelSelector || undefined,
      fieldSelector: fieldSelector || undefined,
    });
    const path = resourcePath(type, { namespace }) + query;
    const ended = new AbortController();
    const forward = () => ended.abort(signal.reason);
    signal.addEventListener('abort', forward, { once: true });
    const openedAt = clock.monotonic();
    this.#resumes++;
    try {
      const response = await client.open(
        { method: 'GET', path, headers: { accept: codec.watchAccept } },
        { signal: ended.signal },
      );
      if (from !== undefined) this.#state('watching');
      const silenceMs = this.#config.silenceMs ?? DEFAULT_SILENCE_MS;
      await readWatch({
        clock,
        breaks: client.breaks,
        codec,
        response,
        resource: type.resource,
        kind: type.kind,
        silenceMs: () => (this.#initial ? Math.min(silenceMs, INITIAL_SILENCE_MS) : silenceMs),
        deliver: (frame) => this.#deliver(frame),
        ended,
      });
      // The end that servers give every watch after a while, however quiet the collection.
      if (clock.monotonic() - openedAt >= HEALTHY_MS) this.#resumes = 0;
      throw new KubeError(`watch of ${type.resource}: closed by the server`, { code: 'WatchClosed', delivered: 'yes' });
    } finally {
      signal.removeEventListener('abort', forward);
      ended.abort();
      if (clock.monotonic() - openedAt >= HEALTHY_MS) this.#failures = 0;
    }
  }

  #deliver(frame: WatchFrame): void {
    switch (frame.type) {
      case 'ERROR': {
        const { status } = frame;
        throw errorOfAnswer({
          status: status?.code ?? 500,
          body: status,
          what: `watch of ${this.#config.type.resource}`,
        });
      }
      case 'BOOKMARK':
        if (frame.resourceVersion === '') return;
        if (!this.#initial) this.#sink((sink) => sink.bookmark(frame.resourceVersion));
        else if (frame.initialEventsEnd) this.#initialEnds(frame.resourceVersion);
        else return;
        this.#progress(frame.resourceVersion);
        return;
      default: {
        this.#refuseStranger(frame.object);
        const { resourceVersion } = frame.object.metadata;
        if (resourceVersion === undefined)
          throw new CodecError(this.#config.type.kind, { offset: 0, message: 'an object without resourceVersion' });
        if (this.#initial) {
          this.#sink((sink) =>
            frame.type === 'DELETED' ? sink.event(frame.type, frame.object) : sink.page([frame.object]),
          );
          return;
        }
        this.#sink((sink) => sink.event(frame.type, frame.object));
        this.#progress(resourceVersion);
      }
    }
  }

  #refuseStranger(object: KubeObject): void {
    const { type, namespace } = this.#config;
    const stranger = strangeItem({ ...type, namespace }, object);
    if (stranger !== undefined)
      throw new KubeError(`list and watch of ${type.resource}: ${stranger}`, { code: 'Malformed', delivered: 'yes' });
  }

  #initialEnds(resourceVersion: string): void {
    this.#initial = false;
    this.#streamed = true;
    this.#brokenStreams = 0;
    this.#sink((sink) => sink.complete(resourceVersion));
    this.#state('watching');
  }

  #progress(resourceVersion: string): void {
    if (resourceVersion !== this.#resourceVersion) this.#resumes = 0;
    this.#resourceVersion = resourceVersion;
  }

  async #pause(error: unknown, signal: AbortSignal): Promise<void> {
    const { client, random, type } = this.#config;
    const failure = error instanceof CodecError ? error : errorOfTransport(error, `watch of ${type.resource}`);
    // 400: a server that cannot read our resourceVersion (restored from a backup, another server behind the same
    // address).
    const lost =
      failure instanceof CodecError ||
      isGone(failure) ||
      (failure.status === 400 && this.#resourceVersion !== undefined);
    if (lost || this.#resumes >= MAX_RESUMES) {
      this.#resourceVersion = undefined;
      this.#resumes = 0;
    }
    this.#failures++;
    this.#state('paused', failure);
    const retryAfterMs = failure instanceof KubeError ? (failure.retryAfterMs ?? 0) : 0;
    const delayMs = backoffDelay(BACKOFF, this.#failures, random());
    // Retry-After is a server's wish, bounded so that a mistaken hour does not blind us.
    await sleepUntil(
      client.clock,
      client.clock.now() + Math.max(delayMs, Math.min(retryAfterMs, 2 * BACKOFF.maxMs)),
      signal,
    );
  }

  #state(state: WatcherState, error?: unknown): void {
    this.#config.onState?.(state, error);
  }

  #sink(call: (sink: WatchSink) => void): void {
    try {
      call(this.#config.sink);
    } catch (cause) {
      throw new SinkFailure('the sink failed', { cause });
    }
  }
}

assert(DEFAULT_SILENCE_MS > BACKOFF.maxMs, 'a pause must not look like silence');
