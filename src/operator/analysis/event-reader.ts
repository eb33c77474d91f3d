/**
 * Events for the looks of the analysis while no policy counts them, and so none are watched. A namespace's Events are
 * read whole: an API server that is asked for those about one object reads through all of them anyway, and looks come
 * in crowds.
 */
import type { Gap } from '../../core/analysis/snapshot.ts';
import { CLUSTER_EVENT_NAMESPACES, type EventKey } from '../../core/relations.ts';
import type { EventObject } from '../../shapes/workloads.ts';
import type { Clock, Instant } from '../../std/clock.ts';
import { eventKey, keysOf } from '../event-sight.ts';
import type { PartReader } from './part-reader.ts';

/** Reading an Event costs 10 µs here, and about as much at the server: with this, a few thousandths of a core. */
const SHARED_MS_PER_EVENT = 5;
/** Looks at what fails together begin within such a time. */
const MIN_SHARED_MS = 5000;
/** What is older may say nothing yet of what fails now. */
const MAX_SHARED_MS = 30_000;
/** Events live for an hour: a thousand workloads in a crash loop have so many. */
const MAX_EVENTS = 5000;
/** As client-go asks for them. */
const PAGE = 500;
/** Of all namespaces: 0.6 KB each. */
const MAX_KEPT = 20_000;

export interface SaidOf {
  readonly events: readonly EventObject[];
  readonly gaps: readonly Gap[];
}

interface Read {
  readonly byKey: ReadonlyMap<string, readonly EventObject[]>;
  readonly count: number;
  readonly gap?: Gap | undefined;
}

interface Shared {
  readonly read: Promise<Read>;
  /** Undefined: it is being read. */
  until?: Instant;
  count: number;
}

export interface EventReaderConfig {
  readonly reader: Pick<PartReader, 'pages'>;
  readonly clock: Pick<Clock, 'now'>;
}

export class EventReader {
  readonly #config: EventReaderConfig;
  /** By namespace; those that were read last come last. */
  readonly #shared = new Map<string, Shared>();

  constructor(config: EventReaderConfig) {
    this.#config = config;
  }

  /** All about objects of these names, as it was some seconds ago. Rejects with the reason of the signal alone. */
  async naming(names: readonly EventKey[], signal: AbortSignal): Promise<SaidOf> {
    const namespaces = new Set(names.flatMap(({ namespace }) => namespace ?? [...CLUSTER_EVENT_NAMESPACES]));
    const reads = await Promise.all([...namespaces].map((namespace) => this.#in(namespace, signal)));
    return {
      events: names.flatMap((name) => reads.flatMap(({ byKey }) => byKey.get(eventKey(name)) ?? [])),
      gaps: reads.flatMap(({ gap }) => gap ?? []),
    };
  }

  #in(namespace: string, signal: AbortSignal): Promise<Read> {
    const { clock } = this.#config;
    const known = this.#shared.get(namespace);
    if (known !== undefined && (known.until === undefined || clock.now() < known.until)) return known.read;
    const shared: Shared = { read: this.#read(namespace, signal), count: 0 };
    this.#shared.delete(namespace);
    this.#shared.set(namespace, shared);
    shared.read.then(
      ({ count, gap }) => {
        // What could not be read is asked for again by the next look.
        if (gap !== undefined && count === 0) return this.#forget(namespace, shared);
        shared.count = count;
        shared.until = clock.now() + Math.min(MAX_SHARED_MS, Math.max(MIN_SHARED_MS, count * SHARED_MS_PER_EVENT));
        this.#makeRoom();
      },
      () => this.#forget(namespace, shared),
    );
    return shared.read;
  }

  async #read(namespace: string, signal: AbortSignal): Promise<Read> {
    const options = { namespace, limit: PAGE, most: MAX_EVENTS, signal };
    const { items, gap } = await this.#config.reader.pages('Event', options);
    const byKey = new Map<string, EventObject[]>();
    for (const item of items) {
      const event = trimmed(item as EventObject);
      for (const key of keysOf(event)) {
        const others = byKey.get(key);
        if (others === undefined) byKey.set(key, [event]);
        else others.push(event);
      }
    }
    return { byKey, count: items.length, gap };
  }

  #forget(namespace: string, shared: Shared): void {
    if (this.#shared.get(namespace) === shared) this.#shared.delete(namespace);
  }

  #makeRoom(): void {
    let kept = 0;
    for (const { count } of this.#shared.values()) kept += count;
    for (const [namespace, { count, until }] of this.#shared) {
      if (kept <= MAX_KEPT) return;
      if (until === undefined) continue;
      this.#shared.delete(namespace);
      kept -= count;
    }
  }
}

/** Field managers take more room than what an Event says. */
function trimmed({ metadata, ...event }: EventObject): EventObject {
  const {
    managedFields: _managers,
    annotations: _annotations,
    ...rest
  } = metadata as EventObject['metadata'] & {
    readonly managedFields?: unknown;
  };
  return { ...event, metadata: rest };
}
