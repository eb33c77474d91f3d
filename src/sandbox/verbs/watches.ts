/** WATCH: what is there, then every change that the selectors see, bookmarks in between. */
import type { KubeObject } from '../../shapes/kube.ts';
import type { WatchEvent } from '../../shapes/transport.ts';
import { ApiError, expired } from '../machinery/errors.ts';
import { isSelected, type ListOptions } from './lists.ts';
import { collectionOf, type Machinery, prefixOf, served } from '../machinery/machinery.ts';
import { apiVersionOf, type ResourceType } from '../machinery/registry.ts';
import type { Session } from '../machinery/session.ts';
import type { LoggedChange } from '../machinery/store.ts';

export type Event = WatchEvent<unknown>;

/**
 * A watcher that lets this many events wait is dropped, as a real server closes a connection it can't write to: about
 * 100 MB of references at most for a thousand such watchers.
 */
const MAX_WAITING = 10_000;
/** Bookmarks come about once a minute. https://kubernetes.io/docs/reference/using-api/api-concepts/#watch-bookmarks */
const BOOKMARK_MS = 60_000;
/** And once shortly before the end. */
const LAST_BOOKMARK_MS = 2_000;
/** A watch that names no time-out lives for 30 to 60 minutes (`--min-request-timeout`). */
const MIN_LIFE_MS = 1_800_000;

export interface WatchRequest {
  readonly type: ResourceType;
  readonly namespace: string;
  readonly options: ListOptions;
  readonly signal: AbortSignal | undefined;
  /** Calls when the type is served no more; returns the function that ends it. */
  readonly onRemoved?: (handler: () => void) => () => void;
  /** The form that the client asked for. */
  readonly render: (object: KubeObject) => unknown;
  /** Where a webhook converts: the answers about what is there, and how it is asked about what comes. */
  readonly conversion?: {
    readonly session: Session | undefined;
    readonly untilAnswered: <T>(work: (session: Session | undefined) => T) => Promise<T>;
  };
}

/** A queue between the store's commits and one reader. */
class Channel implements AsyncIterable<Event> {
  readonly #waiting: Event[] = [];
  #head = 0;
  /** How many events of the present state are still to be read; they are the first. */
  #initial = 0;
  #wake: (() => void) | undefined;
  #closed = false;
  readonly #onClose: () => void;

  constructor(onClose: () => void) {
    this.#onClose = onClose;
  }

  /** `bounded`: events of the present state do not count as falling behind. */
  push(event: Event, bounded: 'bounded' | 'initial' = 'bounded'): void {
    if (this.#closed) return;
    this.#waiting.push(event);
    this.#wake?.();
    if (bounded === 'initial') this.#initial++;
    else if (this.#waiting.length - this.#head - this.#initial > MAX_WAITING) this.#drop();
  }

  end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
    this.#wake?.();
  }

  #drop(): void {
    this.#waiting.length = 0;
    this.#head = 0;
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Event> {
    try {
      for (;;) {
        const event = this.#waiting[this.#head];
        if (event !== undefined) {
          this.#head++;
          if (this.#initial > 0) this.#initial--;
          if (this.#head > 1024 && this.#head * 2 > this.#waiting.length) {
            this.#waiting.splice(0, this.#head);
            this.#head = 0;
          }
          yield event;
        } else if (this.#closed) {
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
          this.#wake = undefined;
        }
      }
    } finally {
      this.end();
    }
  }
}

/** A watch's last event. */
function fail(channel: Channel, { status }: ApiError): void {
  channel.push({ type: 'ERROR', object: status });
  channel.end();
}

/** What a webhook has to convert first is told in its turn; where none converts, at once. */
function turnsOf(
  channel: Channel,
  conversion: WatchRequest['conversion'],
): (tell: (session: Session | undefined) => void) => void {
  if (!conversion) return (tell) => tell(undefined);
  let turn = Promise.resolve();
  return (tell) => {
    turn = turn
      .then(() => conversion.untilAnswered(tell))
      .catch((cause: unknown) => {
        if (!(cause instanceof ApiError)) throw cause;
        fail(channel, cause);
      });
  };
}

export function watchObjects(machinery: Machinery, request: WatchRequest): AsyncIterable<Event> {
  const { type, options, render, signal } = request;
  const collection = collectionOf(machinery, type);
  const prefix = prefixOf(type, request.namespace);
  const timers = new AbortController();
  const channel = new Channel(() => {
    unsubscribe();
    forget?.();
    timers.abort(new Error('the watch has ended'));
    signal?.removeEventListener('abort', stop);
  });
  const stop = () => channel.end();
  const forget = request.onRemoved?.(stop);
  const { conversion } = request;
  const emit = (change: LoggedChange, session: Session | undefined) => {
    const event = filtered({ type, options, prefix, session }, change);
    if (event) channel.push({ type: event.type, object: render(event.object) });
  };
  const inTurn = turnsOf(channel, conversion);
  const bookmark = (initial: boolean) => {
    const revision = String(collection.revision);
    inTurn(() => channel.push({ type: 'BOOKMARK', object: bookmarkOf(type, revision, initial) }));
  };

  const asked = options.resourceVersion === '' ? 0 : Number(options.resourceVersion);
  const initial = options.sendInitialEvents ?? asked === 0;
  // Who wants neither a version nor what is there begins with what comes.
  const fromNow = !initial && asked === 0;
  const missed = initial || fromNow || asked > collection.revision ? [] : collection.since(asked);
  const session = conversion?.session;
  // About what is there a webhook is asked before the watch begins.
  if (session) {
    const present = initial ? [...collection.scan(prefix)].map(([, object]) => object) : [];
    askAbout(type, [...present, ...(missed ?? []).flatMap(statesOf)], session);
  }
  // A server has nothing to bookmark before its cache has seen a change. Those of built-in kinds are as old as the
  // server; that of a custom kind is taken to begin with the watch.
  let changed = !type.custom || (missed?.length ?? 0) > 0;
  const unsubscribe = collection.subscribe((change) => {
    changed = true;
    if (change.revision > asked) inTurn((answers) => emit(change, answers));
  });
  if (missed === undefined) {
    fail(channel, expired(`too old resource version: ${asked} (${collection.compactedAt})`));
    return channel;
  }
  if (initial) {
    for (const [, object] of collection.scan(prefix)) {
      const shown = served(type, object, session);
      if (isSelected(options, shown)) channel.push({ type: 'ADDED', object: render(shown) }, 'initial');
    }
    if (options.sendInitialEvents === true && options.allowBookmarks) bookmark(true);
  }
  for (const change of missed) emit(change, session);
  if (signal?.aborted) stop();
  else signal?.addEventListener('abort', stop, { once: true });
  void keepTime(machinery, {
    options,
    bookmark: () => (changed ? bookmark(false) : undefined),
    stop,
    signal: timers.signal,
  });
  return channel;
}

const statesOf = ({ object, old }: LoggedChange): readonly KubeObject[] => (old ? [object, old] : [object]);

/** All at once: what is there, or what changed from what to what. Throws Suspended. */
function askAbout(type: ResourceType, objects: readonly KubeObject[], session: Session): void {
  type.custom?.conversion?.ask(
    objects.map((object) => served(type, object)),
    apiVersionOf(type),
    session,
  );
}

async function keepTime(
  machinery: Machinery,
  watch: {
    readonly options: ListOptions;
    readonly bookmark: () => void;
    readonly stop: () => void;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { clock, prng } = machinery;
  const life = watch.options.timeoutSeconds ? watch.options.timeoutSeconds * 1000 : MIN_LIFE_MS * (1 + prng.float());
  const end = clock.now() + life;
  try {
    if (watch.options.allowBookmarks) {
      for (let next = clock.now() + BOOKMARK_MS; next < end - LAST_BOOKMARK_MS; next = clock.now() + BOOKMARK_MS) {
        await clock.until(next, watch.signal);
        watch.bookmark();
      }
      if (end - LAST_BOOKMARK_MS >= clock.now()) {
        await clock.until(end - LAST_BOOKMARK_MS, watch.signal);
        watch.bookmark();
      }
    }
    await clock.until(end, watch.signal);
    watch.stop();
  } catch (error) {
    if (!watch.signal.aborted) throw error;
  }
}

function bookmarkOf(type: ResourceType, resourceVersion: string, initial: boolean): unknown {
  return {
    kind: type.kind,
    apiVersion: apiVersionOf(type),
    metadata: { resourceVersion, ...(initial ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}) },
  };
}

/**
 * What one watcher sees of a change: an object that leaves its selectors is deleted for it, with its former state and
 * the new version.
 */
function filtered(
  {
    type,
    options,
    prefix,
    session,
  }: {
    readonly type: ResourceType;
    readonly options: ListOptions;
    readonly prefix: string;
    readonly session: Session | undefined;
  },
  change: LoggedChange,
): { readonly type: Event['type']; readonly object: KubeObject } | undefined {
  if (!change.key.startsWith(prefix)) return undefined;
  if (session) askAbout(type, statesOf(change), session);
  const object = served(type, change.object, session);
  const old = change.old && served(type, change.old, session);
  const was = old !== undefined && isSelected(options, old);
  const is = change.type !== 'DELETED' && isSelected(options, object);
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object };
  if (!was || !old) return undefined;
  const gone =
    change.type === 'DELETED'
      ? object
      : { ...old, metadata: { ...old.metadata, resourceVersion: String(change.revision) } };
  return { type: 'DELETED', object: gone };
}
