/**
 * How Kubernetes' Events grow: one Event object counts many occurrences, and only the changes of its count tell when
 * they happened.
 */
import type { EventPoint, EventSeen } from '../core/observation.ts';
import type { CacheView } from '../kube/cache.ts';
import type { EventObject } from '../shapes/workloads.ts';
import { fromTimestamp, type Instant } from '../std/clock.ts';

/**
 * Growth of one Event object is remembered at this many points: five minutes of a kubelet's back-off events are fewer.
 */
const MAX_POINTS = 32;

export class EventGrowth {
  /** By the Event's UID; forgotten when the Event is. */
  readonly #points = new Map<string, EventPoint[]>();

  constructor(events: Pick<CacheView<EventObject>, 'subscribe'>) {
    events.subscribe(({ new: event, old }) => {
      if (event === undefined) this.#points.delete(old?.metadata.uid ?? '');
      else this.#note(event);
    });
  }

  /** The Event with its growth since this process has seen it. */
  seen(event: EventObject): EventSeen {
    const { involvedObject: about } = event;
    const now = pointOf(event);
    return {
      uid: event.metadata.uid ?? '',
      about: { uid: about.uid ?? '', kind: about.kind ?? '', name: about.name ?? '' },
      reason: event.reason ?? '',
      type: event.type ?? 'Normal',
      message: event.message ?? '',
      firstAt: fromTimestamp(event.firstTimestamp) ?? fromTimestamp(event.eventTime) ?? now.at,
      points: this.#points.get(event.metadata.uid ?? '') ?? [now],
    };
  }

  #note(event: EventObject): void {
    const uid = event.metadata.uid ?? '';
    const now = pointOf(event);
    const points = this.#points.get(uid) ?? [];
    const last = points.at(-1);
    if (last !== undefined && last.count >= now.count) return;
    points.push(now);
    if (points.length > MAX_POINTS) points.shift();
    this.#points.set(uid, points);
  }
}

const pointOf = (event: EventObject): EventPoint => ({
  at: lastAt(event),
  count: event.series?.count ?? event.count ?? 1,
});

const lastAt = (event: EventObject): Instant =>
  fromTimestamp(event.series?.lastObservedTime) ??
  fromTimestamp(event.lastTimestamp) ??
  fromTimestamp(event.eventTime) ??
  fromTimestamp(event.metadata.creationTimestamp) ??
  0;
