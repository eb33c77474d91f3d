/** The caches that decisions read, and the questions they ask of them. */
import type { KubeObject, OwnerReference } from '../shapes/kube.ts';
import { LEDGER_CONFIG_MAP, PAUSE_CONFIG_MAP } from '../api/names.ts';
import type { EventObject, Pod } from '../shapes/workloads.ts';
import type { EventSeen } from '../core/observation.ts';
import { actionOf } from '../core/authority/approval.ts';
import { pauseText } from '../core/pause.ts';
import { isAbout, names, owns, subjectOfEvent } from '../core/relations.ts';
import type { CacheLease, CacheRequest, CacheSet } from '../kube/cache-set.ts';
import type { CacheView } from '../kube/cache.ts';
import type { KubeError } from '../kube/errors.ts';
import { covers, EVERYTHING, type Projection } from '../kube/projection.ts';
import { apiVersionOf, type ObjectKey, type ResourceType } from '../kube/resource.ts';
import {
  CONFIG_MAPS,
  DAEMON_SETS,
  DEPLOYMENTS,
  NAMESPACES,
  PODS,
  REPLICA_SETS,
  STATEFUL_SETS,
} from '../kube/well-known.ts';
import { ContainerRuns } from './container-runs.ts';
import { EventSight } from './event-sight.ts';
import {
  NAMESPACE_FIELDS,
  NODE_FIELDS,
  POD_FIELDS,
  REPLICA_SET_FIELDS,
  TARGET_FIELDS,
  WORKLOAD_FIELDS,
} from './projections.ts';
import type { Clock } from '../std/clock.ts';
import { given } from '../std/given.ts';

/** Pod → ReplicaSet → Deployment and one custom controller above it. Longer chains are cycles or mistakes. */
const MAX_CHAIN = 4;

export interface WorldTypes {
  /** By which Events are counted. */
  readonly clock: Pick<Clock, 'now'>;
  readonly policies: ResourceType;
  readonly actions: ResourceType;
  readonly approvals: ResourceType;
}

interface KindView {
  readonly type: ResourceType;
  readonly cache: CacheView;
  readonly fields: Projection;
  readonly lease: CacheLease;
}

/** A kind as policies name it. */
interface KindName {
  readonly apiVersion: string;
  readonly kind: string;
}

export class World {
  readonly policies: CacheView;
  readonly actions: CacheView;
  readonly approvals: CacheView;
  readonly pods: CacheView<Pod>;
  readonly namespaces: CacheView;
  readonly events: EventSight;
  readonly #replicaSets: CacheView;
  /** Holds the kill switch when it is thrown. */
  readonly pauses: CacheView;
  /** Holds the ledger of actions that are gone. */
  readonly ledgers: CacheView;
  #targets: readonly CacheView[];
  /** What every decision reads, whatever its policy selects. */
  readonly #ground: readonly { readonly resource: string; readonly lease: CacheLease }[];
  readonly #caches: CacheSet;
  readonly #byKind = new Map<string, KindView>();
  readonly #runs: ContainerRuns;

  constructor(caches: CacheSet, types: WorldTypes, operatorNamespace: string) {
    const ground: { readonly resource: string; readonly lease: CacheLease }[] = [];
    const acquire = <T extends KubeObject>(request: CacheRequest): CacheLease<T> => {
      const lease = caches.acquire<T>(request);
      ground.push({ resource: request.type.resource, lease });
      return lease;
    };
    const target = <T extends KubeObject>(type: ResourceType, fields: Projection): CacheView<T> => {
      const lease = acquire<T>({ type, projection: fields });
      const view = { type, fields, lease, cache: lease.cache } as unknown as KindView;
      this.#byKind.set(kindKey(apiVersionOf(type), type.kind), view);
      return lease.cache;
    };
    this.policies = acquire({ type: types.policies, projection: EVERYTHING }).cache;
    this.actions = acquire({ type: types.actions, projection: EVERYTHING }).cache;
    this.approvals = acquire({ type: types.approvals, projection: EVERYTHING }).cache;
    this.approvals.addIndex('action', (approval) => [`${approval.metadata.namespace}/${actionOf(approval)}`]);
    this.pods = target<Pod>(PODS, POD_FIELDS);
    this.#replicaSets = target(REPLICA_SETS, REPLICA_SET_FIELDS);
    this.namespaces = acquire({ type: NAMESPACES, projection: NAMESPACE_FIELDS }).cache;
    this.events = new EventSight({ caches, policies: this.policies, clock: types.clock });
    const configMap = (name: string) =>
      acquire({
        type: CONFIG_MAPS,
        projection: EVERYTHING,
        namespace: operatorNamespace,
        fieldSelector: `metadata.name=${name}`,
      }).cache;
    this.pauses = configMap(PAUSE_CONFIG_MAP);
    this.ledgers = configMap(LEDGER_CONFIG_MAP);
    const workloads = [DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS].map((type) => target(type, WORKLOAD_FIELDS));
    this.#caches = caches;
    this.#ground = ground;
    this.#targets = [...workloads, this.#replicaSets, this.pods];
    this.#runs = new ContainerRuns(this.pods, types.clock);
  }

  /** The caches whose objects can be targets. */
  get targetCaches(): readonly CacheView[] {
    return this.#targets;
  }

  typeOf(apiVersion: string, kind: string): ResourceType | undefined {
    return this.#byKind.get(kindKey(apiVersion, kind))?.type;
  }

  /** Whether an object of the kind that is in no cache is not there either. */
  isComplete(kind: KindName): boolean {
    const view = this.#viewOf(kind);
    return view !== undefined && view.cache.hasSynced && view.lease.refusal() === undefined;
  }

  /** Whether one of these kinds is being read for the first time: that an object is in no cache says nothing of it. */
  isReading(kinds: readonly KindName[]): boolean {
    return kinds.some((kind) => {
      const { cache, lease } = this.#viewOf(kind) ?? {};
      return cache !== undefined && !cache.hasSynced && lease?.refusal() === undefined;
    });
  }

  /** Why the server does not let a watched kind be read. */
  refusalOf(kind: KindName): KubeError | undefined {
    return this.#viewOf(kind)?.lease.refusal();
  }

  /** What the server refuses of that which every decision reads. */
  refusals(): readonly { readonly resource: string; readonly error: KubeError }[] {
    return this.#ground.flatMap(({ resource, lease }) => {
      const error = lease.refusal();
      return error === undefined ? [] : [{ resource, error }];
    });
  }

  /**
   * Why what is seen for a policy that selects these kinds may be out of date. A kind that could never be read is none
   * of its kinds: it is refused by name, and says nothing of the others.
   */
  staleness(kinds: readonly KindName[]): string | undefined {
    for (const { resource, lease } of this.#ground)
      if (!lease.cache.hasSynced) return `the cache of ${resource} has not synced`;
    for (const kind of kinds) {
      const { cache, lease, type } = this.#viewOf(kind) ?? {};
      if (cache === undefined || lease === undefined || type === undefined) continue;
      if (cache.hasSynced && lease.refusal() !== undefined)
        return `${type.resource} cannot be read any more: ${lease.refusal()?.message ?? ''}`;
      if (!cache.hasSynced && lease.refusal() === undefined) return `the cache of ${type.resource} has not synced`;
    }
    return undefined;
  }

  #viewOf({ apiVersion, kind }: KindName): KindView | undefined {
    return this.#byKind.get(kindKey(apiVersion, kind));
  }

  /** Starts to watch a kind that a policy selects. Undefined when it is watched already. */
  watch(type: ResourceType): CacheView | undefined {
    const key = kindKey(apiVersionOf(type), type.kind);
    if (this.#byKind.has(key)) return undefined;
    const fields = key === kindKey('v1', 'Node') ? NODE_FIELDS : TARGET_FIELDS;
    const lease = this.#caches.acquire({ type, projection: fields });
    this.#targets = [...this.#targets, lease.cache];
    this.#byKind.set(key, { type, cache: lease.cache, fields, lease });
    return lease.cache;
  }

  /** Ends what `watch` has begun. */
  unwatch(type: ResourceType): void {
    const key = kindKey(apiVersionOf(type), type.kind);
    const view = this.#byKind.get(key);
    if (view === undefined) return;
    this.#byKind.delete(key);
    this.#targets = this.#targets.filter((cache) => cache !== view.cache);
    view.lease.release();
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

  /** A lease of its own on the cache of a kind that is watched anyway, when its objects have these fields. */
  share(wanted: KindName & { readonly fields: readonly string[] }): CacheLease | undefined {
    const view = this.#viewOf(wanted);
    if (view === undefined || !covers(view.fields, wanted.fields)) return undefined;
    return this.#caches.acquire({ type: view.type, projection: view.fields });
  }

  /** `namespace`: `''` for what lies in none. */
  find({
    apiVersion,
    kind,
    namespace,
    name,
  }: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
  }): KubeObject | undefined {
    const key = namespace === '' ? { name } : { namespace, name };
    return this.#byKind.get(kindKey(apiVersion, kind))?.cache.get(key);
  }

  /** The object of a name, of whatever group the kind is, that fits. */
  named(kind: string, key: ObjectKey, fits: (object: KubeObject) => boolean): KubeObject | undefined {
    for (const view of this.#byKind.values()) {
      const found = view.type.kind === kind ? view.cache.get(key) : undefined;
      if (found !== undefined && fits(found)) return found;
    }
    return undefined;
  }

  /** The objects that it owns, and those that they own, as deep as chains of controllers go. */
  dependentsOf(object: KubeObject, depth = MAX_CHAIN): readonly KubeObject[] {
    if (depth === 0 || object.kind === 'Pod') return [];
    const owned = this.#targets.flatMap((cache) => this.#ownedBy(object, cache));
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
      const owner: OwnerReference | undefined = one.metadata.ownerReferences?.find(({ controller }) => controller);
      if (owner === undefined) break;
      const { namespace } = object.metadata;
      const named: KubeObject | undefined = this.#viewOf(owner)?.cache.byUid(owner.uid) ?? this.byUid(owner.uid);
      const known: KubeObject | undefined = named !== undefined && names(owner, named, namespace) ? named : undefined;
      // The reference names an object that is another: it is worth nothing.
      if (named !== undefined && known === undefined) break;
      chain.push(
        known ?? {
          apiVersion: owner.apiVersion,
          kind: owner.kind,
          metadata: { name: owner.name, uid: owner.uid, ...given({ namespace }) },
        },
      );
      one = known;
    }
    return chain;
  }

  /** A pod of the caches, or of a live read, with times of our own clock where decisions read them. */
  inOwnTime(pod: Pod): Pod {
    return this.#runs.inOwnTime(pod);
  }

  /** In our own time. */
  podsOf(object: KubeObject): readonly Pod[] {
    if (object.kind === 'Pod') return [this.inOwnTime(object)];
    const direct = this.#ownedBy(object, this.pods);
    const indirect = this.#ownedBy(object, this.#replicaSets).flatMap((replicaSet) =>
      this.#ownedBy(replicaSet, this.pods),
    );
    // A pod that is going says nothing of its workload any more.
    const there = [...direct, ...indirect].filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    return there.map((pod) => this.inOwnTime(pod));
  }

  #ownedBy<T extends KubeObject>(owner: KubeObject, cache: CacheView<T>): readonly T[] {
    return cache.ownedBy(owner.metadata.uid ?? '').filter((one) => owns(owner, one));
  }

  eventsAbout(object: KubeObject, pods: readonly Pod[]): readonly EventSeen[] {
    return this.events.about(new Set<KubeObject>([object, ...pods, ...this.#ownedBy(object, this.#replicaSets)]));
  }

  /** The object that an Event is about. */
  subjectOf(event: EventObject): KubeObject | undefined {
    const subject = subjectOfEvent(event);
    return subject && this.named(subject.kind, subject, (found) => isAbout(event, found));
  }

  /** Approvals and rejections of an action. */
  approvalsOf({ namespace, name }: { readonly namespace: string; readonly name: string }): readonly KubeObject[] {
    return this.approvals.byIndex('action', `${namespace}/${name}`);
  }

  /** The text of the kill switch, when it is thrown. */
  paused(): string | undefined {
    const found = this.pauses.list()[0];
    return found === undefined ? undefined : pauseText(found);
  }
}

const kindKey = (apiVersion: string, kind: string): string => `${apiVersion}/${kind}`;
