/**
 * What every controller of the sandbox is started with, and the only place where the store's objects get their types.
 */
import type { KubeObject, OwnerReference } from '../../shapes/kube.ts';
import { type Clock, toTimestamp } from '../../std/clock.ts';
import type { Prng } from '../../std/prng.ts';
import type { Change, Cluster, Gvr, Key, MutableObject } from '../machinery/cluster.ts';
import { eventually } from './eventually.ts';
import { Loop, type WorkQueue } from './loop.ts';
import { EventCorrelator, type Recorder } from './recorder.ts';
import { NODES, PODS, type Resource } from './resources.ts';
import { topologyOf } from '../machinery/topology.ts';
import { Timers } from './timers.ts';

/** Every kind that the API server serves now, custom ones included. */
export interface Catalog {
  kinds(): readonly CatalogEntry[];
  findKind(group: string, version: string, kind: string): CatalogEntry | undefined;
  /** Called for each change of any object of any kind, after it was committed. Returns the function that ends it. */
  subscribeAll(handler: (kind: CatalogEntry, change: Change) => void): () => void;
}

export interface CatalogEntry extends Gvr {
  readonly kind: string;
  readonly namespaced: boolean;
}

export interface TypedChange<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
  readonly old?: T;
}

export interface ContextOptions {
  readonly cluster: Cluster;
  /** `all` as a real cluster; `warnings` leaves Normal ones out, for clusters of 100,000 pods and more. */
  readonly events?: 'all' | 'warnings';
}

export class Context {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly prng: Prng;
  readonly timers: Timers;
  readonly #loop: Loop;
  readonly #events: 'all' | 'warnings';
  readonly #ends: (() => void)[] = [];

  constructor(options: ContextOptions) {
    this.cluster = options.cluster;
    this.clock = options.cluster.clock;
    this.prng = options.cluster.prng;
    this.timers = new Timers(this.clock);
    this.#loop = new Loop(this.clock, this.timers);
    this.#events = options.events ?? 'all';
  }

  now(): number {
    return this.clock.now();
  }

  queue(handle: (key: string) => void): WorkQueue {
    return this.#loop.queue(handle);
  }

  /** One recorder a component, as each has its own broadcaster (and so its own aggregation) in a real cluster. */
  recorder(component: string): Recorder {
    return new EventCorrelator(this.cluster, component, this.#events);
  }

  get<T extends KubeObject>(resource: Resource<T>, key: Key): T | undefined {
    return this.cluster.get(resource, key) as T | undefined;
  }

  list<T extends KubeObject>(resource: Resource<T>, namespace?: string): readonly T[] {
    return this.cluster.list(resource, namespace) as readonly T[];
  }

  ownedBy<T extends KubeObject>(resource: Resource<T>, uid: string): readonly T[] {
    return this.cluster.ownedBy(resource, uid) as readonly T[];
  }

  create<T extends KubeObject>(resource: Resource<T>, object: KubeObject): T {
    return this.cluster.create(resource, object) as T;
  }

  modify<T extends KubeObject>(
    resource: Resource<T>,
    object: KubeObject,
    change: (draft: MutableObject) => MutableObject | undefined,
  ): T | undefined {
    return this.cluster.modify(resource, objectKey(object), change) as T | undefined;
  }

  modifyStatus<T extends KubeObject>(
    resource: Resource<T>,
    object: KubeObject,
    change: (draft: MutableObject) => MutableObject | undefined,
  ): T | undefined {
    return this.cluster.modify(resource, objectKey(object), change, 'status') as T | undefined;
  }

  /** What `pods/binding` does. False when the pod is gone, going, or sits on a node already. */
  bind(pod: KubeObject, node: string): boolean {
    let bound = false;
    const lastTransitionTime = toTimestamp(this.now());
    const topology = topologyOf(this.get(NODES, { name: node }));
    this.cluster.modify(
      PODS,
      objectKey(pod),
      (draft) => {
        const { metadata } = draft;
        if (metadata.uid !== pod.metadata.uid || metadata.deletionTimestamp || draft['spec'].nodeName) return undefined;
        bound = true;
        const before: readonly { type: string }[] = draft['status']?.conditions ?? [];
        const scheduled = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime };
        const place = before.findIndex(({ type }) => type === 'PodScheduled');
        const conditions = place < 0 ? [...before, scheduled] : before.with(place, scheduled);
        draft['spec'].nodeName = node;
        if (Object.keys(topology).length > 0) metadata.labels = { ...metadata.labels, ...topology };
        // A node that it was promised counts no longer.
        const { nominatedNodeName: _promised, ...status } = draft['status'] ?? {};
        draft['status'] = { ...status, conditions };
        return draft;
      },
      'binding',
    );
    return bound;
  }

  /**
   * Watches from the beginning: what exists already comes as ADDED. A handler that writes hears of a change again where
   * it had to wait for a webhook.
   */
  watch<T extends KubeObject>(resource: Resource<T>, handler: (change: TypedChange<T>) => void): void {
    for (const object of this.list(resource)) eventually(() => handler({ type: 'ADDED', object }));
    this.onClose(
      this.cluster.subscribe(resource, (change) => eventually(() => handler(change as unknown as TypedChange<T>))),
    );
  }

  onClose(end: () => void): void {
    this.#ends.push(end);
  }

  close(): void {
    for (const end of this.#ends.splice(0)) end();
    this.#loop.close();
    this.timers.close();
  }
}

export const objectKey = (object: KubeObject): Key =>
  object.metadata.namespace === undefined
    ? { name: object.metadata.name }
    : { namespace: object.metadata.namespace, name: object.metadata.name };

/** `namespace/name`, or the name alone for what is cluster-scoped. */
export const keyOf = (object: KubeObject): string =>
  object.metadata.namespace === undefined
    ? object.metadata.name
    : `${object.metadata.namespace}/${object.metadata.name}`;

export function parseKey(text: string): Key {
  const slash = text.indexOf('/');
  return slash < 0 ? { name: text } : { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

export const uidOf = (object: KubeObject): string => object.metadata.uid ?? '';

export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true);
}

/** The reference that a controller puts on what it makes. */
export const controllerRef = (
  kind: { readonly apiVersion: string; readonly kind: string },
  owner: KubeObject,
): OwnerReference => ({
  apiVersion: kind.apiVersion,
  kind: kind.kind,
  name: owner.metadata.name,
  uid: uidOf(owner),
  controller: true,
  blockOwnerDeletion: true,
});
