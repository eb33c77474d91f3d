/** The caches that decisions read, and the questions they ask of them. */
import type { KubeObject } from '../shapes/kube.ts';
import { ANNOTATIONS, PAUSE_CONFIG_MAP } from '../api/names.ts';
import type { EventObject, Pod } from '../shapes/workloads.ts';
import type { EventPoint, EventSeen } from '../core/observation.ts';
import type { CacheLease, CacheSet } from '../kube/cache-set.ts';
import type { CacheView } from '../kube/cache.ts';
import { covers, EVERYTHING, type Projection, projection } from '../kube/projection.ts';
import { apiVersionOf, type ObjectKey, type ResourceType } from '../kube/resource.ts';
import {
  CONFIG_MAPS,
  DAEMON_SETS,
  DEPLOYMENTS,
  EVENTS,
  NAMESPACES,
  PODS,
  REPLICA_SETS,
  STATEFUL_SETS,
} from '../kube/well-known.ts';
import { fromTimestamp, type Instant } from '../std/clock.ts';

const MARKS = ['metadata.annotations[kubeskippy.io/protected]', 'metadata.annotations[kubeskippy.io/healing-disabled]'];
export const POD_FIELDS = projection('target-pod', [
  ...MARKS,
  'spec.nodeName',
  'spec.restartPolicy',
  // What memory and CPU are a share of; metrics read it.
  'spec.containers.name',
  'spec.containers.resources',
  'spec.initContainers.name',
  'spec.initContainers.resources',
  'status.phase',
  'status.reason',
  'status.qosClass',
  'status.message',
  'status.startTime',
  'status.conditions',
  'status.containerStatuses.name',
  'status.containerStatuses.ready',
  'status.containerStatuses.restartCount',
  'status.containerStatuses.state',
  'status.containerStatuses.lastState',
  'status.initContainerStatuses.name',
  'status.initContainerStatuses.ready',
  'status.initContainerStatuses.restartCount',
  'status.initContainerStatuses.state',
  'status.initContainerStatuses.lastState',
]);
const workloadFields = projection('target-workload', [
  ...MARKS,
  'spec.replicas',
  'spec.paused',
  'spec.strategy',
  'spec.updateStrategy',
  'status',
]);
const replicaSetFields = projection('owner', [
  ...MARKS,
  'spec.replicas',
  'status.observedGeneration',
  'status.replicas',
  'status.readyReplicas',
  'status.availableReplicas',
  'status.fullyLabeledReplicas',
]);
const eventFields = projection('event', [
  'involvedObject',
  'reason',
  'message',
  'type',
  'count',
  'firstTimestamp',
  'lastTimestamp',
  'eventTime',
  'series',
]);
/** Beside what every target has, what shows that a node was cordoned, and by whom. */
const nodeFields = projection('target-node', [
  ...MARKS,
  `metadata.annotations[${ANNOTATIONS.attempt}]`,
  'spec.unschedulable',
  'status.conditions',
]);
const targetFields = projection('target', [...MARKS, 'status.conditions', 'status.observedGeneration', 'status.phase']);
const namespaceFields = projection('namespace', MARKS);

/** Pod → ReplicaSet → Deployment and one custom controller above it. Longer chains are cycles or mistakes. */
const MAX_CHAIN = 4;

/**
 * Growth of one Event object is remembered at this many points: five minutes of a kubelet's back-off events are fewer.
 */
const MAX_POINTS = 32;

export interface WorldTypes {
  readonly policies: ResourceType;
  readonly actions: ResourceType;
}

interface KindView {
  readonly type: ResourceType;
  readonly cache: CacheView;
  readonly fields: Projection;
}

export class World {
  readonly policies: CacheView;
  readonly actions: CacheView;
  readonly pods: CacheView<Pod>;
  readonly namespaces: CacheView;
  readonly events: CacheView<EventObject>;
  readonly #replicaSets: CacheView;
  /** Holds the kill switch when it is thrown. */
  readonly pauses: CacheView;
  readonly #targets: CacheView[];
  readonly #caches: CacheSet;
  readonly #byKind = new Map<string, KindView>();
  readonly #points = new Map<string, EventPoint[]>();
  readonly #leases: CacheLease[];

  constructor(caches: CacheSet, types: WorldTypes, operatorNamespace: string) {
    const leases: CacheLease[] = [];
    const hold = <T extends KubeObject>(lease: CacheLease<T>): CacheView<T> => {
      leases.push(lease);
      return lease.cache;
    };
    this.policies = hold(caches.acquire({ type: types.policies, projection: EVERYTHING }));
    this.actions = hold(caches.acquire({ type: types.actions, projection: EVERYTHING }));
    this.pods = hold(caches.acquire<Pod>({ type: PODS, projection: POD_FIELDS }));
    this.#replicaSets = hold(caches.acquire({ type: REPLICA_SETS, projection: replicaSetFields }));
    this.namespaces = hold(caches.acquire({ type: NAMESPACES, projection: namespaceFields }));
    this.events = hold(caches.acquire<EventObject>({ type: EVENTS, projection: eventFields }));
    this.pauses = hold(
      caches.acquire({
        type: CONFIG_MAPS,
        projection: EVERYTHING,
        namespace: operatorNamespace,
        fieldSelector: `metadata.name=${PAUSE_CONFIG_MAP}`,
      }),
    );
    const workloads = [DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS].map((type) => {
      const cache = hold(caches.acquire({ type, projection: workloadFields }));
      this.#byKind.set(kindKey(apiVersionOf(type), type.kind), { type, cache, fields: workloadFields });
      return cache;
    });
    this.#byKind.set(kindKey('apps/v1', 'ReplicaSet'), {
      type: REPLICA_SETS,
      cache: this.#replicaSets,
      fields: replicaSetFields,
    });
    this.#byKind.set(kindKey('v1', 'Pod'), { type: PODS, cache: this.pods, fields: POD_FIELDS });
    this.#caches = caches;
    this.#targets = [...workloads, this.#replicaSets, this.pods];
    this.#leases = leases;
    this.events.addIndex('about', (event) =>
      event.involvedObject.uid === undefined ? [] : [event.involvedObject.uid],
    );
  }

  release(): void {
    for (const lease of this.#leases) lease.release();
  }

  /** The caches whose objects can be targets. */
  get targetCaches(): readonly CacheView[] {
    return this.#targets;
  }

  typeOf(apiVersion: string, kind: string): ResourceType | undefined {
    return this.#byKind.get(kindKey(apiVersion, kind))?.type;
  }

  /** Whether an object of the kind that is in no cache is not there either. */
  isComplete({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): boolean {
    return this.#byKind.get(kindKey(apiVersion, kind))?.cache.hasSynced ?? false;
  }

  /** Starts to watch a kind that a policy selects. Undefined when it is watched already. */
  watch(type: ResourceType): CacheView | undefined {
    const key = kindKey(apiVersionOf(type), type.kind);
    if (this.#byKind.has(key)) return undefined;
    const fields = key === kindKey('v1', 'Node') ? nodeFields : targetFields;
    const lease = this.#caches.acquire({ type, projection: fields });
    this.#leases.push(lease);
    this.#targets.push(lease.cache);
    this.#byKind.set(key, { type, cache: lease.cache, fields });
    return lease.cache;
  }

  /**
   * Objects of a kind in these namespaces, `''` for those in none; undefined: all. None of a kind that is not watched.
   */
  ofKind(
    { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
    namespaces: readonly string[] | undefined,
  ): readonly KubeObject[] {
    const cache = this.#byKind.get(kindKey(apiVersion, kind))?.cache;
    if (cache === undefined) return [];
    return namespaces === undefined ? cache.list() : namespaces.flatMap((namespace) => cache.list(namespace));
  }

  /** The cache of a kind, when its objects have these fields. */
  viewOf(wanted: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly fields: readonly string[];
  }): CacheView | undefined {
    const view = this.#byKind.get(kindKey(wanted.apiVersion, wanted.kind));
    return view !== undefined && covers(view.fields, wanted.fields) ? view.cache : undefined;
  }

  /** The object of a name, of any version of the kind that is watched. */
  named(kind: string, key: ObjectKey): KubeObject | undefined {
    for (const view of this.#byKind.values()) {
      const found = view.type.kind === kind ? view.cache.get(key) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** What it owns, and what that owns, as deep as chains of controllers go. */
  dependentsOf(object: KubeObject, depth = MAX_CHAIN): readonly KubeObject[] {
    if (depth === 0 || object.kind === 'Pod') return [];
    const owned = this.#targets.flatMap((cache) => cache.ownedBy(object.metadata.uid ?? ''));
    return owned.flatMap((one) => [one, ...this.dependentsOf(one, depth - 1)]);
  }

  byUid(uid: string): KubeObject | undefined {
    for (const cache of this.#targets) {
      const found = cache.byUid(uid);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Controllers from the nearest to the outermost. One that no cache holds is known by its reference alone. */
  chainOf(object: KubeObject): readonly KubeObject[] {
    const chain: KubeObject[] = [];
    for (let one: KubeObject | undefined = object; one !== undefined && chain.length < MAX_CHAIN; ) {
      const owner: { apiVersion: string; kind: string; name: string; uid: string } | undefined =
        one.metadata.ownerReferences?.find(({ controller }) => controller);
      if (owner === undefined) break;
      const known = this.byUid(owner.uid);
      const { namespace } = object.metadata;
      chain.push(
        known ?? {
          apiVersion: owner.apiVersion,
          kind: owner.kind,
          metadata: { name: owner.name, uid: owner.uid, ...(namespace !== undefined && { namespace }) },
        },
      );
      one = known;
    }
    return chain;
  }

  podsOf(object: KubeObject): readonly Pod[] {
    if (object.kind === 'Pod') return [object];
    const uid = object.metadata.uid ?? '';
    const direct = this.pods.ownedBy(uid);
    const indirect = this.#replicaSets
      .ownedBy(uid)
      .flatMap((replicaSet) => this.pods.ownedBy(replicaSet.metadata.uid ?? ''));
    return [...direct, ...indirect];
  }

  eventsAbout(object: KubeObject, pods: readonly Pod[]): readonly EventSeen[] {
    const uids = new Set([object.metadata.uid ?? '', ...pods.map((pod) => pod.metadata.uid ?? '')]);
    for (const replicaSet of this.#replicaSets.ownedBy(object.metadata.uid ?? ''))
      uids.add(replicaSet.metadata.uid ?? '');
    return [...uids].flatMap((uid) => this.events.byIndex('about', uid)).map((event) => this.#seen(event));
  }

  /** Remembers how an Event grows; called for every change of one. */
  noteEvent(event: EventObject | undefined, gone: EventObject | undefined): void {
    if (event === undefined) {
      this.#points.delete(gone?.metadata.uid ?? '');
      return;
    }
    const at = lastAt(event);
    const count = event.series?.count ?? event.count ?? 1;
    const uid = event.metadata.uid ?? '';
    const points = this.#points.get(uid) ?? [];
    const last = points.at(-1);
    if (last !== undefined && last.count >= count) return;
    points.push({ at, count });
    if (points.length > MAX_POINTS) points.shift();
    this.#points.set(uid, points);
  }

  /** The text of the kill switch, when it is thrown. */
  paused(): string | undefined {
    const found = this.pauses.list()[0];
    return found === undefined ? undefined : pauseText(found);
  }

  #seen(event: EventObject): EventSeen {
    const { involvedObject: about } = event;
    const at = lastAt(event);
    return {
      uid: event.metadata.uid ?? '',
      about: { uid: about.uid ?? '', kind: about.kind ?? '', name: about.name ?? '' },
      reason: event.reason ?? '',
      type: event.type ?? 'Normal',
      message: event.message ?? '',
      firstAt: fromTimestamp(event.firstTimestamp) ?? fromTimestamp(event.eventTime) ?? at,
      points: this.#points.get(event.metadata.uid ?? '') ?? [{ at, count: event.series?.count ?? event.count ?? 1 }],
    };
  }
}

const kindKey = (apiVersion: string, kind: string): string => `${apiVersion}/${kind}`;

export function pauseText(configMap: KubeObject): string {
  const data = configMap['data'] as Readonly<Record<string, string>> | undefined;
  const why = data?.['reason'];
  return `ConfigMap ${configMap.metadata.namespace}/${configMap.metadata.name} pauses all healing${why === undefined ? '' : `: ${why}`}; delete it to go on`;
}

const lastAt = (event: EventObject): Instant =>
  fromTimestamp(event.series?.lastObservedTime) ??
  fromTimestamp(event.lastTimestamp) ??
  fromTimestamp(event.eventTime) ??
  fromTimestamp(event.metadata.creationTimestamp) ??
  0;
