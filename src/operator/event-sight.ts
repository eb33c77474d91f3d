/**
 * Events, watched for as long as a policy counts them. Of many clusters they are the largest part of all that is
 * written: where no trigger asks for them, they would cost the operator as much as pods and workloads together.
 *
 * Policies are asked as they are written, by whichever process works on them: one that waits for its turn to lead sees
 * how Events grow, as long as a policy counts them.
 */
import type { EventSeen } from '../core/observation.ts';
import { type EventKey, isAbout, subjectOfEvent } from '../core/relations.ts';
import type { CacheView } from '../kube/cache.ts';
import type { CacheLease, CacheSet } from '../kube/cache-set.ts';
import type { KubeError } from '../kube/errors.ts';
import { EVENTS } from '../kube/well-known.ts';
import type { KubeObject } from '../shapes/kube.ts';
import type { EventObject } from '../shapes/workloads.ts';
import type { Clock } from '../std/clock.ts';
import { EventGrowth } from './event-growth.ts';
import { EVENT_FIELDS } from './projections.ts';

/**
 * The newest that are looked at. Kubernetes' own programs count on in one Event, and a hundred objects about one pod
 * are many already.
 */
const MAX_ABOUT = 500;

export interface EventSightConfig {
  readonly caches: Pick<CacheSet, 'acquire'>;
  readonly policies: Pick<CacheView, 'subscribe'>;
  /** By which Events are counted. */
  readonly clock: Pick<Clock, 'now'>;
}

interface EventWatch {
  readonly lease: CacheLease<EventObject>;
  readonly growth: EventGrowth;
}

export class EventSight {
  readonly #config: EventSightConfig;
  /** Keys of the policies that count Events. */
  readonly #counting = new Set<string>();
  readonly #listeners = new Set<(event: EventObject) => void>();
  #watch: EventWatch | undefined;

  constructor(config: EventSightConfig) {
    this.#config = config;
    config.policies.subscribe(({ key, new: policy }) => {
      if (policy !== undefined && asksForEvents(policy)) this.#counting.add(key);
      else this.#counting.delete(key);
      if (this.#counting.size > 0) this.#watch ??= this.#begin();
      else this.#end();
    });
  }

  /** Hears of each Event that is new, or has grown, while Events are watched. */
  subscribe(listener: (event: EventObject) => void): void {
    this.#listeners.add(listener);
  }

  /** Whether they are being read for the first time. */
  get isReading(): boolean {
    return this.#watch !== undefined && !this.#watch.lease.cache.hasSynced && this.refusal === undefined;
  }

  /** Why the server does not let them be read. */
  get refusal(): KubeError | undefined {
    return this.#watch?.lease.refusal();
  }

  /** Why nothing is known of them; undefined where something is. */
  get unread(): string | undefined {
    if (this.#watch === undefined) return 'Events are not watched yet';
    if (this.#watch.lease.cache.hasSynced) return undefined;
    return this.refusal === undefined
      ? 'the cache of events has not synced'
      : `Events cannot be read: ${this.refusal.message}`;
  }

  /** Why what is known of them may be out of date. */
  get staleness(): string | undefined {
    return this.unread ?? (this.refusal && `Events cannot be read any more: ${this.refusal.message}`);
  }

  /** Those about the objects, as far as Events are watched. */
  about(objects: Iterable<KubeObject>): readonly EventSeen[] {
    const watch = this.#watch;
    if (watch === undefined) return [];
    const { lease, growth } = watch;
    return [...objects].flatMap((one) =>
      lease.cache
        .byIndex('about', eventKey({ kind: one.kind, namespace: one.metadata.namespace, name: one.metadata.name }))
        .slice(-MAX_ABOUT)
        .filter((event) => isAbout(event, one))
        .map((event) => growth.seen(event)),
    );
  }

  /** All about objects of these names, whether of these or of others before them. Undefined: they are not known. */
  naming(names: readonly EventKey[]): readonly EventObject[] | undefined {
    const watch = this.#watch;
    if (watch === undefined || this.staleness !== undefined) return undefined;
    return names.flatMap((name) => watch.lease.cache.byIndex('about', eventKey(name)));
  }

  #begin(): EventWatch {
    const { caches, clock } = this.#config;
    const lease = caches.acquire<EventObject>({ type: EVENTS, projection: EVENT_FIELDS });
    const { cache } = lease;
    const growth = new EventGrowth(cache, clock);
    cache.addIndex('about', (event) => keysOf(event));
    cache.subscribe(({ new: event }) => {
      if (event !== undefined) for (const listener of this.#listeners) listener(event);
    });
    return { lease, growth };
  }

  #end(): void {
    this.#watch?.lease.release();
    this.#watch = undefined;
  }
}

/** As it is written: a policy that cannot be used costs a watch too many, and one that is of another shard as well. */
function asksForEvents(policy: KubeObject): boolean {
  const { triggers } = (policy['spec'] ?? {}) as { readonly triggers?: unknown };
  return (
    Array.isArray(triggers) && triggers.some((trigger: { readonly type?: unknown } | null) => trigger?.type === 'event')
  );
}

/** Of what the Event is about; none when it may not speak of that. */
export function keysOf(event: EventObject): readonly string[] {
  const subject = subjectOfEvent(event);
  return subject === undefined ? [] : [eventKey(subject)];
}

export const eventKey = ({ kind, namespace = '', name }: EventKey): string => `${kind}/${namespace}/${name}`;
