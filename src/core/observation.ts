/**
 * All that is known of one target at one instant: the input of triggers, gates and verification. Plain data; it
 * serialises.
 */
import type { KubeObject } from '../shapes/kube.ts';
import type { Pod } from '../shapes/workloads.ts';
import type { Instant } from '../std/clock.ts';
import { given } from '../std/given.ts';
import type { MetricSeen } from './metrics/answer.ts';

export interface TargetRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
}

/** How often one Event object had been counted by an instant. */
export interface EventPoint {
  readonly at: Instant;
  readonly count: number;
}

/** One Event object and what this process saw of its growth, oldest point first. */
export interface EventSeen {
  readonly uid: string;
  readonly about: { readonly uid: string; readonly kind: string; readonly name: string };
  readonly reason: string;
  readonly type: string;
  readonly message: string;
  /** When the first of its occurrences happened. */
  readonly firstAt: Instant;
  readonly points: readonly EventPoint[];
}

/** An action that has cordoned a node: by which template, and where it lies. */
export interface Cordoner {
  readonly template: string;
  readonly namespace: string;
  readonly name: string;
}

export interface Observation {
  /** The live target. */
  readonly target: KubeObject;
  /** For a Pod itself; for a workload the pods that it owns, directly or through a ReplicaSet. */
  readonly pods: readonly Pod[];
  /** Events about the target or anything it owns. */
  readonly events: readonly EventSeen[];
  /** Why there are none to count, where that does not mean that there are none. */
  readonly eventsUnread?: string;
  /** Occurrences and measurements at or before this instant were answered by an earlier action and count no more. */
  readonly eventsAfter?: Instant;
  /** The action of the policy whose cordon a node bears. */
  readonly cordonedBy?: Cordoner;
  /** By the name of the metric trigger; one that is missing has not been evaluated yet. */
  readonly metrics?: Readonly<Record<string, MetricSeen>>;
}

/** What a trigger says at one instant. It knows nothing of durations; the episode machine does. */
export interface Firing {
  /** `unknown` neither starts nor resolves anything (I13). */
  readonly holds: 'true' | 'false' | 'unknown';
  /**
   * Set when the trigger cannot say anything about this kind of object, as opposed to data that should be there and is
   * not.
   */
  readonly notApplicable?: true;
  /**
   * Set when ignorance is no sign of trouble in an object that has not fired. Of one that has, it proves no recovery
   * either.
   */
  readonly noEvidence?: true;
  /** What was seen, for a person. */
  readonly detail: string;
  readonly value?: number;
  /** When it was so; absent: now. Durations accrue up to here (I12). */
  readonly observedAt?: Instant;
  /** Before this instant the trigger was not evaluated for a while; pending begins anew there. */
  readonly unbrokenSince?: Instant;
  /** When the answer may change by the passing of time alone. */
  readonly recheckAt?: Instant;
}

export const targetRef = (object: KubeObject): TargetRef => ({
  apiVersion: object.apiVersion,
  kind: object.kind,
  ...given({ namespace: object.metadata.namespace }),
  name: object.metadata.name,
  uid: object.metadata.uid ?? '',
});

/** `Pod shop/cart-0`, as people write it. */
export const describeTarget = (ref: Pick<TargetRef, 'kind' | 'namespace' | 'name'>): string =>
  `${ref.kind} ${ref.namespace === undefined ? '' : `${ref.namespace}/`}${ref.name}`;

export const describeObject = (object: KubeObject): string => describeTarget(targetRef(object));
