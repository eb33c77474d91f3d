/**
 * What the sandbox's own controllers (deployment, kubelet, garbage collector …) see of its API server: the same verbs,
 * admission, validation and resource versions as over HTTP, but synchronous, because everything is in memory. A
 * controller reacts to `subscribe` and never holds state that the store does not have.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import type { Clock } from '../../std/clock.ts';
import type { Prng } from '../../std/prng.ts';

/** Which collection: `{group: '', version: 'v1', resource: 'pods'}`. */
export interface Gvr {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** Frozen and shared. For DELETED the last state, with the deletion's resourceVersion. */
  readonly object: KubeObject;
  /** The state before; absent for ADDED. */
  readonly old?: KubeObject;
}

export interface Key {
  readonly namespace?: string;
  readonly name: string;
}

export interface Cluster {
  readonly clock: Clock;
  readonly prng: Prng;

  /** Frozen and shared; undefined when absent. */
  get(gvr: Gvr, key: Key): KubeObject | undefined;
  /** Frozen and shared, in key order. */
  list(gvr: Gvr, namespace?: string): readonly KubeObject[];
  /** The objects that name `ownerUid` in metadata.ownerReferences. */
  ownedBy(gvr: Gvr, ownerUid: string): readonly KubeObject[];

  // Each write throws an ApiError (errors.ts) exactly where the HTTP server would answer with a Status.
  create(gvr: Gvr, object: KubeObject): KubeObject;
  /**
   * Replaces spec and metadata (status when `subresource` is `status`). A resourceVersion in the object is a
   * precondition.
   */
  update(gvr: Gvr, object: KubeObject, subresource?: 'status'): KubeObject;
  /**
   * Puts an object where it was in another cluster, whole: with its UID, its times and its status. As a restore of etcd
   * from a backup it asks nothing of admission and validation.
   */
  restore(gvr: Gvr, object: KubeObject): KubeObject;
  /**
   * Reads, changes, writes: `change` gets a deep mutable copy, returns it (or undefined to leave things as they are).
   * No-ops write nothing.
   */
  modify(
    gvr: Gvr,
    key: Key,
    change: (draft: MutableObject) => MutableObject | undefined,
    /** `binding` may set what only `pods/binding` may: spec.nodeName; `finalize` a namespace's spec.finalizers. */
    subresource?: 'status' | 'binding' | 'finalize',
  ): KubeObject | undefined;
  /** `gracePeriodSeconds: 0` removes at once. Undefined when the object is gone already. */
  remove(
    gvr: Gvr,
    key: Key,
    options?: {
      readonly gracePeriodSeconds?: number;
      readonly uid?: string;
      readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
    },
  ): void;

  /** Called synchronously after each committed change, in commit order. Returns the function that ends it. */
  subscribe(gvr: Gvr, handler: (change: Change) => void): () => void;
}

// oxlint-disable-next-line typescript/no-explicit-any -- a draft of any kind; controllers know what they are writing
export type MutableObject = { apiVersion: string; kind: string; metadata: any; [field: string]: any };
