/**
 * Events as client-go's recorder writes them: repeated ones are counted on one object, more than ten similar ones
 * within ten minutes are combined, and a source that talks too much about one object is cut off.
 * https://pkg.go.dev/k8s.io/client-go/tools/record#EventCorrelator
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { toTimestamp } from '../../std/clock.ts';
import { isApiError } from '../machinery/errors.ts';
import type { Cluster } from '../machinery/cluster.ts';
import { eventually } from './eventually.ts';
import { EVENTS } from './resources.ts';

export interface EventText {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** `spec.containers{main}`. */
  readonly fieldPath?: string;
  /** Name of the node whose kubelet speaks. */
  readonly host?: string;
}

export interface Recorder {
  /**
   * Writes or counts up an Event about `object`. Never throws: a refused event (its namespace is going away) is
   * dropped, as client-go does.
   */
  record(object: KubeObject, text: EventText): void;
  normal(object: KubeObject, reason: string, message: string): void;
  warning(object: KubeObject, reason: string, message: string): void;
}

/** The defaults of client-go's events_cache.go. */
const CACHE_ENTRIES = 4096;
const AGGREGATE_AFTER = 10;
const AGGREGATE_WINDOW_MS = 600_000;
const SPAM_BURST = 25;
const SPAM_REFILL_MS = 300_000;

export class EventCorrelator implements Recorder {
  readonly #cluster: Cluster;
  readonly #component: string;
  readonly #level: 'all' | 'warnings';
  readonly #written = new Recent<{ readonly namespace: string; readonly name: string }>(CACHE_ENTRIES);
  readonly #similar = new Recent<{ messages: Set<string>; lastAt: number }>(CACHE_ENTRIES);
  readonly #buckets = new Recent<{ tokens: number; at: number }>(CACHE_ENTRIES);
  #order = 0;

  constructor(cluster: Cluster, component: string, level: 'all' | 'warnings') {
    this.#cluster = cluster;
    this.#component = component;
    this.#level = level;
  }

  normal(object: KubeObject, reason: string, message: string): void {
    this.record(object, { type: 'Normal', reason, message });
  }

  warning(object: KubeObject, reason: string, message: string): void {
    this.record(object, { type: 'Warning', reason, message });
  }

  record(object: KubeObject, text: EventText): void {
    if (text.type === 'Normal' && this.#level === 'warnings') return;
    const now = this.#cluster.clock.now();
    const about = `${text.host ?? ''}|${object.metadata.uid ?? ''}|${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    const { key, message } = this.#aggregate(
      `${about}|${text.fieldPath ?? ''}|${text.type}|${text.reason}`,
      text.message,
      now,
    );
    if (!this.#admit(about, now)) return;
    let order: number | undefined;
    eventually(() => {
      try {
        if (this.#countUp(key, message, now)) return;
        // One name, however often the writing is begun.
        order ??= this.#freeOrder(object, now);
        this.#create(object, { ...text, message }, { key, now, order });
      } catch (cause) {
        if (!isApiError(cause)) throw cause;
      }
    });
  }

  #aggregate(similar: string, message: string, now: number): { readonly key: string; readonly message: string } {
    let record = this.#similar.get(similar);
    if (record === undefined || now - record.lastAt > AGGREGATE_WINDOW_MS)
      record = { messages: new Set(), lastAt: now };
    record.lastAt = now;
    if (record.messages.size < AGGREGATE_AFTER) record.messages.add(message);
    else if (!record.messages.has(message)) {
      this.#similar.set(similar, record);
      return { key: similar, message: `(combined from similar events): ${message}` };
    }
    this.#similar.set(similar, record);
    return { key: `${similar}|${message}`, message };
  }

  #admit(about: string, now: number): boolean {
    const bucket = this.#buckets.get(about) ?? { tokens: SPAM_BURST, at: now };
    bucket.tokens = Math.min(SPAM_BURST, bucket.tokens + (now - bucket.at) / SPAM_REFILL_MS);
    bucket.at = now;
    const admitted = bucket.tokens >= 1;
    if (admitted) bucket.tokens -= 1;
    this.#buckets.set(about, bucket);
    return admitted;
  }

  #countUp(key: string, message: string, now: number): boolean {
    const known = this.#written.get(key);
    if (known === undefined) return false;
    const updated = this.#cluster.modify(EVENTS, known, (draft) => {
      draft.count = (typeof draft.count === 'number' ? draft.count : 1) + 1;
      draft.lastTimestamp = toTimestamp(now);
      draft.message = message;
      return draft;
    });
    return updated !== undefined;
  }

  /**
   * A kubelet knows its node by name alone, and writes the name where the UID belongs.
   * https://github.com/kubernetes/kubernetes/blob/v1.33.0/pkg/kubelet/kubelet.go (nodeRef)
   */
  #reference({ apiVersion, kind, metadata }: KubeObject): Record<string, string> {
    const { name, namespace, uid, resourceVersion } = metadata;
    if (this.#component === 'kubelet' && kind === 'Node') return { kind, name, uid: name };
    return {
      kind,
      name,
      apiVersion,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
    };
  }

  /** Another component may have spoken of the object in the same millisecond. */
  #freeOrder(object: KubeObject, now: number): number {
    const namespace = object.metadata.namespace ?? 'default';
    while (this.#cluster.get(EVENTS, { namespace, name: eventName(object, now, this.#order) }) !== undefined)
      this.#order++;
    return this.#order++;
  }

  #create(
    object: KubeObject,
    text: EventText,
    { key, now, order }: { readonly key: string; readonly now: number; readonly order: number },
  ): void {
    const namespace = object.metadata.namespace ?? 'default';
    const name = eventName(object, now, order);
    const stamp = toTimestamp(now);
    const involvedObject = this.#reference(object);
    if (text.fieldPath !== undefined) involvedObject['fieldPath'] = text.fieldPath;
    this.#cluster.create(EVENTS, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject,
      reason: text.reason,
      message: text.message,
      source:
        text.host === undefined ? { component: this.#component } : { component: this.#component, host: text.host },
      firstTimestamp: stamp,
      lastTimestamp: stamp,
      count: 1,
      type: text.type,
      eventTime: null,
      reportingComponent: this.#component,
      reportingInstance: text.host ?? '',
    });
    this.#written.set(key, { namespace, name });
  }
}

/**
 * The real suffix is the time in nanoseconds; the order takes the place of what a millisecond clock cannot tell apart.
 */
const eventName = ({ metadata }: KubeObject, now: number, order: number): string =>
  `${metadata.name}.${(BigInt(Math.floor(now)) * 1_000_000n + BigInt(order % 1_000_000)).toString(16)}`;

/** A map that forgets what was used longest ago. */
class Recent<V> {
  readonly #limit: number;
  readonly #entries = new Map<string, V>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string): V | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#limit) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}
