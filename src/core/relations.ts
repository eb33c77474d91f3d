/**
 * Which objects belong together. People with few rights can write every field that a relation is read from: an owner
 * reference in a pod of theirs, an Event about whatever they like. So a relation holds by kind, namespace and name, by
 * the UID too where there is one, and never from one namespace into another (I39).
 */
import type { KubeObject, OwnerReference } from '../shapes/kube.ts';
import type { EventObject } from '../shapes/workloads.ts';

/**
 * Whether the reference, found in an object of this namespace, names this owner. An owner without a namespace may own
 * in every namespace.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/
 */
export function names(reference: OwnerReference, owner: KubeObject, namespace: string | undefined): boolean {
  const { metadata } = owner;
  if (metadata.namespace !== undefined && metadata.namespace !== namespace) return false;
  return (
    reference.uid === metadata.uid &&
    reference.kind === owner.kind &&
    reference.name === metadata.name &&
    isSameGroup(reference.apiVersion, owner.apiVersion)
  );
}

export const owns = (owner: KubeObject, { metadata }: KubeObject): boolean =>
  (metadata.ownerReferences ?? []).some((reference) => names(reference, owner, metadata.namespace));

/** Of its owners the one that makes it anew. */
export const controls = (owner: KubeObject, { metadata }: KubeObject): boolean =>
  (metadata.ownerReferences ?? []).some(
    (reference) => reference.controller === true && names(reference, owner, metadata.namespace),
  );

/** An object as Events name it. Cluster-scoped objects have no namespace. */
export interface EventKey {
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
}

/**
 * Where Events about cluster-scoped objects lie, by the API server's validation. In every other namespace its members
 * could write them.
 * https://github.com/kubernetes/kubernetes/blob/v1.33.0/pkg/apis/core/validation/events.go (legacyValidateEvent)
 */
export const CLUSTER_EVENT_NAMESPACES: ReadonlySet<string> = new Set(['default', 'kube-system']);

/** The object that the Event names; undefined when it may not speak of that object. */
export function subjectOfEvent({ metadata, involvedObject }: EventObject): EventKey | undefined {
  const { kind, namespace, name } = involvedObject;
  if (kind === undefined || name === undefined) return undefined;
  if (namespace === undefined || namespace === '')
    return CLUSTER_EVENT_NAMESPACES.has(metadata.namespace ?? '') ? { kind, namespace: undefined, name } : undefined;
  return namespace === metadata.namespace ? { kind, namespace, name } : undefined;
}

/**
 * Whether the Event is about the object, and not about another one that had its name before. Kubelets and
 * node-problem-detector write the name of a node, or nothing, where the UID belongs.
 */
export function isAbout(event: EventObject, object: KubeObject): boolean {
  const subject = subjectOfEvent(event);
  const { uid, apiVersion } = event.involvedObject;
  return (
    subject?.kind === object.kind &&
    subject.namespace === object.metadata.namespace &&
    subject.name === object.metadata.name &&
    (apiVersion === undefined || apiVersion === '' || isSameGroup(apiVersion, object.apiVersion)) &&
    (uid === undefined || !UID.test(uid) || uid === object.metadata.uid)
  );
}

const UID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Asked about every pair of objects that may belong together: as a rule the versions are the same too. */
const isSameGroup = (one: string, other: string): boolean => one === other || groupOf(one) === groupOf(other);

/** `apps` of `apps/v1`; empty for the core group. */
export const groupOf = (apiVersion: string): string =>
  apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
