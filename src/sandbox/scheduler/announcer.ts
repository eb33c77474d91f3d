/** What the scheduler says of a pod, as Events. */
import { toMicroTime } from '../../std/clock.ts';
import { isApiError } from '../machinery/errors.ts';
import type { Context } from '../runtime/context.ts';
import { eventually } from '../runtime/eventually.ts';
import { EVENTS } from '../runtime/resources.ts';
import type { Pod } from '../runtime/shapes.ts';

/** Bounded as client-go's broadcaster is: a series that is forgotten starts anew. */
const SERIES_KEPT = 4096;

export interface Announcement {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
  /** For whose sake. */
  readonly related?: Pod;
}

export class Announcer {
  readonly #context: Context;
  readonly #component: string;
  readonly #series = new Map<string, { readonly name: string; readonly namespace: string }>();
  #order = 0;

  constructor(context: Context, component: string) {
    this.#context = context;
    this.#component = component;
  }

  /**
   * Events of the newer API (events.k8s.io/v1), as the core API shows them: no counts, but a series once they repeat.
   */
  announce(pod: Pod, announcement: Announcement): void {
    const now = this.#context.now();
    let order: number | undefined;
    // One name, however often the writing is begun.
    eventually(() => this.#write(pod, announcement, { now, order: () => (order ??= this.#order++) }));
  }

  #write(
    pod: Pod,
    { type, reason, action, note, related }: Announcement,
    { now, order }: { readonly now: number; readonly order: () => number },
  ): void {
    const stamp = toMicroTime(now);
    const seriesKey = `${pod.metadata.uid ?? ''}|${reason}|${note}`;
    const known = this.#series.get(seriesKey);
    try {
      const repeated =
        known !== undefined &&
        this.#context.cluster.modify(EVENTS, known, (draft) => {
          const count = typeof draft['series']?.count === 'number' ? draft['series'].count : 1;
          draft['series'] = { count: count + 1, lastObservedTime: stamp };
          return draft;
        }) !== undefined;
      if (repeated) return;
      const namespace = pod.metadata.namespace ?? '';
      const nanoseconds = BigInt(Math.floor(now)) * 1_000_000n + BigInt(order() % 1_000_000);
      const name = `${pod.metadata.name}.${nanoseconds.toString(16)}`;
      this.#context.create(EVENTS, {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name, namespace },
        involvedObject: referenceTo(pod),
        ...(related !== undefined && { related: referenceTo(related) }),
        reason,
        message: note,
        source: {},
        firstTimestamp: null,
        lastTimestamp: null,
        type,
        eventTime: stamp,
        action,
        reportingComponent: this.#component,
        reportingInstance: this.#component,
      });
      if (reason !== 'FailedScheduling') return;
      if (this.#series.size >= SERIES_KEPT) this.#series.clear();
      this.#series.set(seriesKey, { name, namespace });
    } catch (cause) {
      if (!isApiError(cause)) throw cause;
    }
  }
}

const referenceTo = ({ metadata }: Pod) => ({
  kind: 'Pod',
  namespace: metadata.namespace ?? '',
  name: metadata.name,
  uid: metadata.uid ?? '',
  apiVersion: 'v1',
  resourceVersion: metadata.resourceVersion ?? '',
});
