/**
 * Writes core/v1 Events as client-go's EventBroadcaster and EventCorrelator do
 * (https://pkg.go.dev/k8s.io/client-go/tools/record):
 *
 * - the same event again raises `count` and `lastTimestamp` of the first by a patch;
 * - more than 10 events within 10 minutes that differ only in their message become one, "(combined from similar
 *   events): …";
 * - per object and source at most 25 at once, then one in 300 s: what exceeds that is dropped.
 *
 * Beyond client-go: notices of one crowd, which say the same of many objects, are written for 100 of them at once, and
 * then for one in ten seconds. Each costs the server a write, and a crowd that fills the queue leaves no place for
 * others.
 *
 * Guarantees: `record` never blocks and never throws. Events are written one after the other: those that people need
 * before the others, else in order. While the API server is away or busy, the first of them is tried again, for an
 * hour. What the server refuses is dropped at once. Events that people need have limits of their own. What is dropped
 * goes to `onDropped`. Caveats: events are best effort by nature: nothing may depend on one. `drain` writes what waits,
 * for the end of a process, as far as that takes no longer than seconds, and waits for no server that is away.
 */
import { createHash } from 'node:crypto';
import type { KubeObject } from '../shapes/kube.ts';
import { backoffDelay } from '../std/backoff.ts';
import { type Clock, type Instant, toTimestamp } from '../std/clock.ts';
import type { KubeClient } from './client.ts';
import { sleepUntil } from './deadline.ts';
import { isKubeError, KubeError } from './errors.ts';
import { given } from '../std/given.ts';
import { Generations } from './string-pool.ts';
import { type RateLimit, TokenBucket } from './token-bucket.ts';
import { EVENTS } from './well-known.ts';

export interface EventReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly fieldPath?: string | undefined;
}

export interface EventNotice {
  readonly about: EventReference;
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, for machines. */
  readonly reason: string;
  readonly message: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** `needed`: somebody has to act on it. Others give way to it, and it counts apart from them. */
  readonly weight?: Weight;
  /** The name of what is said of many objects, in any words. One that is `needed` is written however many they are. */
  readonly crowd?: string;
}

type Weight = 'needed' | 'usual';

export type EventDrop = 'QueueFull' | 'Spam' | 'WriteFailed';

export interface EventRecorderConfig {
  readonly client: KubeClient;
  /** `source.component`. */
  readonly component: string;
  /** `source.host`: the node or pod. */
  readonly host?: string;
  readonly onDropped?: (dropped: {
    readonly notice: EventNotice;
    readonly why: EventDrop;
    readonly error?: unknown;
  }) => void;
}

/** client-go's figures, from EventCorrelator. */
const SIMILAR_LIMIT = 10;
const SIMILAR_WINDOW_MS = 600_000;
const SPAM = { qps: 1 / 300, burst: 25 };
/** So many show how a crowd fares; the rest is told by counts. */
const CROWD = { qps: 1 / 10, burst: 100 };
/** client-go remembers 4096 of each in an LRU; two generations of half are at least as many. */
const REMEMBERED = 4096;
/** client-go's broadcaster queues 1000 a watcher. At 50 writes a second that is 20 s of backlog. */
const QUEUE_LIMIT = 1000;
/** Later than an hour an Event is no news: the server itself keeps Events for an hour. */
const RETRY_FOR_MS = 3_600_000;
/** A server that restarts is back within seconds; one that is down for long is asked once a minute. */
const RETRY = { baseMs: 1000, multiplier: 2, maxMs: 60_000, jitter: 0 };
/** Refusals that pass by themselves, beside 5xx and lost connections. */
const PASSING = new Set([408, 429]);
/** The API server refuses longer notes. */
const MAX_MESSAGE = 1024;

/** Of the eight seconds that the end of the operator may take; what is left over is dropped. */
const DRAIN_MS = 5000;
/** A reason made once: one of the runtime's own comes with a stack. */
const WRITTEN = new Error('everything is written');

type Event = KubeObject & { readonly count?: number };

interface Written {
  readonly name: string;
  readonly namespace: string;
  count: number;
}

interface Queued {
  readonly notice: EventNotice;
  readonly at: Instant;
}

interface Similar {
  readonly messages: Set<string>;
  at: Instant;
}

export class EventRecorder {
  readonly #config: EventRecorderConfig;
  readonly #clock: Clock;
  readonly #written = new Generations<Written>(REMEMBERED);
  readonly #similar = new Generations<Similar>(REMEMBERED);
  readonly #buckets = new Generations<TokenBucket>(REMEMBERED);
  readonly #queues: Readonly<Record<Weight, Queued[]>> = { needed: [], usual: [] };
  #writing: Promise<void> | undefined;
  /** Aborted by `drain`: nothing waits for the server any more. */
  #patience = new AbortController();

  constructor(config: EventRecorderConfig) {
    this.#config = config;
    this.#clock = config.client.clock;
  }

  record(notice: EventNotice): void {
    if (!this.#allowed(notice)) return this.#drop(notice, 'Spam');
    const { weight = 'usual' } = notice;
    const { needed, usual } = this.#queues;
    if (needed.length + usual.length >= QUEUE_LIMIT) {
      const gone = weight === 'needed' ? usual.shift() : undefined;
      if (gone === undefined) return this.#drop(notice, 'QueueFull');
      this.#drop(gone.notice, 'QueueFull');
    }
    this.#queues[weight].push({ notice, at: this.#clock.now() });
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Resolves when everything recorded so far has been written or dropped. */
  async drain(): Promise<void> {
    this.#patience.abort();
    const written = new AbortController();
    void sleepUntil(this.#clock, this.#clock.now() + DRAIN_MS, written.signal).then((due) => {
      if (due)
        for (let gone = this.#next(); gone !== undefined; gone = this.#next()) this.#drop(gone.notice, 'QueueFull');
    });
    while (this.#writing !== undefined) await this.#writing;
    written.abort(WRITTEN);
    this.#patience = new AbortController();
  }

  async #writeAll(): Promise<void> {
    for (let next = this.#next(); next !== undefined; next = this.#next()) await this.#persist(next);
  }

  #next(): Queued | undefined {
    return this.#queues.needed.shift() ?? this.#queues.usual.shift();
  }

  async #persist({ notice, at }: Queued): Promise<void> {
    const combined = this.#combine(notice, at);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#write(combined, at);
      } catch (error) {
        const due = this.#clock.now() + backoffDelay(RETRY, attempt, 0);
        const waits = passes(error) && due <= at + RETRY_FOR_MS;
        if (waits && (await sleepUntil(this.#clock, due, this.#patience.signal))) continue;
        return this.#drop(notice, 'WriteFailed', error);
      }
    }
  }

  #drop(notice: EventNotice, why: EventDrop, error?: unknown): void {
    this.#config.onDropped?.({ notice, why, ...given({ error }) });
  }

  #allowed({ about, crowd, weight = 'usual' }: EventNotice): boolean {
    if (!this.#takes(`${weight} ${identity(about)}`, SPAM)) return false;
    return crowd === undefined || weight === 'needed' || this.#takes(`crowd ${crowd}`, CROWD);
  }

  #takes(id: string, limit: RateLimit): boolean {
    let bucket = this.#buckets.get(id);
    if (bucket === undefined) {
      bucket = new TokenBucket(this.#clock, limit);
      this.#buckets.set(id, bucket);
    }
    return bucket.tryTake();
  }

  /**
   * Many messages for one reason become one event: a message with a figure in it would otherwise never be the same
   * twice.
   */
  #combine(notice: EventNotice, at: Instant): { readonly notice: EventNotice; readonly id: string } {
    const group = JSON.stringify([identity(notice.about), notice.type, notice.reason]);
    let similar = this.#similar.get(group);
    if (similar === undefined || at - similar.at > SIMILAR_WINDOW_MS) {
      similar = { messages: new Set(), at };
      this.#similar.set(group, similar);
    }
    similar.at = at;
    if (similar.messages.size < SIMILAR_LIMIT) similar.messages.add(notice.message);
    if (similar.messages.has(notice.message)) return { notice, id: JSON.stringify([group, notice.message]) };
    return { notice: { ...notice, message: `(combined from similar events): ${notice.message}` }, id: group };
  }

  async #write({ notice, id }: { readonly notice: EventNotice; readonly id: string }, at: Instant): Promise<void> {
    const known = this.#written.get(id);
    if (known !== undefined && (await this.#raise(known, { message: notice.message, at }))) return;
    const written = await this.#create(notice, { id, at });
    this.#written.set(id, written);
  }

  /** False when the event has expired on the server: it is written anew. */
  async #raise(known: Written, { message, at }: { readonly message: string; readonly at: Instant }): Promise<boolean> {
    const body = { count: known.count + 1, lastTimestamp: toTimestamp(at), message: clip(message) };
    try {
      await this.#config.client.patch(
        EVENTS,
        { namespace: known.namespace, name: known.name },
        { type: 'merge', body },
      );
      known.count++;
      return true;
    } catch (error) {
      if (isKubeError(error, 'NotFound')) return false;
      throw error;
    }
  }

  async #create(notice: EventNotice, { id, at }: { readonly id: string; readonly at: Instant }): Promise<Written> {
    const { client, component, host } = this.#config;
    const { about } = notice;
    // Events about cluster-scoped objects live in `default`, as kubectl describe expects.
    const namespace = about.namespace ?? 'default';
    const name = `${about.name.slice(0, 200)}.${createHash('sha256').update(`${id}${at}`).digest('hex').slice(0, 16)}`;
    const event: Event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace, ...(notice.annotations === undefined ? {} : { annotations: notice.annotations }) },
      involvedObject: { ...about },
      reason: notice.reason,
      message: clip(notice.message),
      source: { component, ...(host === undefined ? {} : { host }) },
      firstTimestamp: toTimestamp(at),
      lastTimestamp: toTimestamp(at),
      count: 1,
      type: notice.type,
      reportingComponent: component,
      reportingInstance: host ?? '',
    };
    await client.create(EVENTS, event);
    return { name, namespace, count: 1 };
  }
}

/** Whether the same write may be taken later. */
const passes = (error: unknown): boolean =>
  error instanceof KubeError && (error.status === undefined || error.status >= 500 || PASSING.has(error.status));

const identity = (about: EventReference): string =>
  JSON.stringify([about.apiVersion, about.kind, about.namespace, about.name, about.uid, about.fieldPath]);

const clip = (message: string): string =>
  message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE - 1)}…`;
