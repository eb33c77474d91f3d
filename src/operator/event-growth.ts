/**
 * How Kubernetes' Events grow: one Event object counts many occurrences, and only the changes of its count tell when
 * they happened. What this process saw grow is counted at the time at which it saw it. The times in an Event are those
 * of its writer, whose clock may be minutes off: they are a hint for what happened before this process looked.
 */
import type { EventPoint, EventSeen } from '../core/observation.ts';
import type { CacheView } from '../kube/cache.ts';
import type { EventObject } from '../shapes/workloads.ts';
import { type Clock, fromTimestamp, type Instant } from '../std/clock.ts';

/**
 * Growth of one Event object is remembered at this many points: five minutes of a kubelet's back-off events are fewer.
 */
const MAX_POINTS = 32;

interface Growth {
  readonly firstAt: Instant;
  readonly points: EventPoint[];
}

/** As long as the API of Events allows: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ */
const MAX_MESSAGE = 1024;

export class EventGrowth {
  /** By the Event's UID; forgotten when the Event is. */
  readonly #growth = new Map<string, Growth>();
  readonly #events: Pick<CacheView<EventObject>, 'subscribe' | 'hasSynced'>;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(events: Pick<CacheView<EventObject>, 'subscribe' | 'hasSynced'>, clock: Pick<Clock, 'now'>) {
    this.#events = events;
    this.#clock = clock;
    events.subscribe(({ new: event, old }) => {
      if (event === undefined) this.#growth.delete(old?.metadata.uid ?? '');
      else this.#note(event);
    });
  }

  /** The Event with its growth since this process has seen it. */
  seen(event: EventObject): EventSeen {
    return eventSeen(event, this.#growth.get(event.metadata.uid ?? ''));
  }

  #note(event: EventObject): void {
    const uid = event.metadata.uid ?? '';
    const count = countOf(event);
    const known = this.#growth.get(uid);
    if (known === undefined) {
      // Before the first list is complete, it may have been there for long.
      this.#growth.set(uid, this.#events.hasSynced ? seenNow(event, this.#clock.now()) : foundThere(event));
      return;
    }
    const last = known.points.at(-1);
    if (last !== undefined && last.count >= count) return;
    known.points.push({ at: this.#clock.now(), count });
    if (known.points.length > MAX_POINTS) known.points.shift();
  }
}

/** Without its growth: as it was found. */
export function eventSeen(event: EventObject, { firstAt, points }: Growth = foundThere(event)): EventSeen {
  const { involvedObject: about } = event;
  return {
    uid: event.metadata.uid ?? '',
    about: { uid: about.uid ?? '', kind: about.kind ?? '', name: about.name ?? '' },
    reason: event.reason ?? '',
    type: event.type ?? 'Normal',
    message: (event.message ?? '').slice(0, MAX_MESSAGE),
    firstAt,
    points,
  };
}

/** By the clock of its writer: there is no other. */
const foundThere = (event: EventObject): Growth => {
  const at = lastAt(event);
  return { firstAt: firstAt(event) ?? at, points: [{ at, count: countOf(event) }] };
};

/** Its writer's clock tells how long it took to come to its count, whatever time it shows. */
const seenNow = (event: EventObject, now: Instant): Growth => {
  const took = Math.max(0, lastAt(event) - (firstAt(event) ?? lastAt(event)));
  return { firstAt: now - took, points: [{ at: now, count: countOf(event) }] };
};

const countOf = (event: EventObject): number => event.series?.count ?? event.count ?? 1;

const firstAt = (event: EventObject): Instant | undefined =>
  fromTimestamp(event.firstTimestamp) ?? fromTimestamp(event.eventTime);

const lastAt = (event: EventObject): Instant =>
  fromTimestamp(event.series?.lastObservedTime) ??
  fromTimestamp(event.lastTimestamp) ??
  fromTimestamp(event.eventTime) ??
  fromTimestamp(event.metadata.creationTimestamp) ??
  0;
