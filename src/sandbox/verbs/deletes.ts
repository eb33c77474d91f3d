/**
 * DELETE of one object and of a collection: preconditions, grace, finalizers. The garbage collector and the kubelet do
 * the rest.
 */
import type { KubeObject, Status } from '../../shapes/kube.ts';
import { fromTimestamp, toTimestamp } from '../../std/clock.ts';
import { markForDeletion } from '../crd/definition-strategy.ts';
import { conflict, forbidden, invalid, isApiError, notFound } from '../machinery/errors.ts';
import { type FieldError, invalidValue, notSupported } from '../machinery/field-errors.ts';
import { asList, asText, type Draft } from '../machinery/json.ts';
import {
  type RequestTerms,
  collectionOf,
  committed,
  type Machinery,
  served,
  validateAdmission,
  admit,
} from '../machinery/machinery.ts';
import type { ResourceType } from '../machinery/registry.ts';
import { keyText } from '../machinery/store.ts';
import { Suspended } from '../machinery/suspension.ts';

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: string;
  readonly orphanDependents?: boolean;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly raw: Draft;
}

export interface DeleteRequest {
  readonly type: ResourceType;
  readonly namespace: string;
  readonly name: string;
  readonly options: DeleteOptions;
  /** One of a collection that goes: admission hears no name. */
  readonly ofMany?: true;
}

export interface Deleted {
  /** The object where it stays for a while (or its kind answers so), a Status otherwise. */
  readonly answer: KubeObject | Status;
  /** Still there, waiting for its grace period or its finalizers. */
  readonly pending: boolean;
}

const POLICIES = ['Foreground', 'Background', 'Orphan'];

/** In the order of k8s.io/apimachinery/pkg/apis/meta/v1/validation. Throws 422. */
export function checkDeleteOptions({ propagationPolicy, orphanDependents, raw }: DeleteOptions): void {
  const errors: FieldError[] = [];
  const field = 'propagationPolicy';
  if (orphanDependents !== undefined && propagationPolicy !== undefined)
    errors.push(invalidValue(field, propagationPolicy, 'orphanDependents and deletionPropagation cannot be both set'));
  if (propagationPolicy !== undefined && !POLICIES.includes(propagationPolicy))
    errors.push(notSupported(field, propagationPolicy, [...POLICIES, 'nil']));
  const { dryRun } = raw;
  if (Array.isArray(dryRun) && dryRun.some((value) => value !== 'All'))
    errors.push(notSupported('dryRun', dryRun, ['All']));
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors);
}

export function deleteObject(machinery: Machinery, terms: RequestTerms, request: DeleteRequest): Deleted {
  const { type, namespace, name, options } = request;
  const kept = request.ofMany ? undefined : type.strategy.undeletable?.(name);
  if (kept !== undefined) throw forbidden(type, name, kept);
  const collection = collectionOf(machinery, type);
  const key = keyText(type.namespaced ? namespace : '', name);
  const old = collection.get(key);
  if (!old) throw notFound(type, name);
  admitDeletion(machinery, { terms, request, old });
  checkPreconditions(type, old, options);
  const now = machinery.clock.now();
  const { session } = machinery;
  const settle = (next: KubeObject): KubeObject =>
    terms.dryRun ? next : committed(machinery, { type, key, next }, terms);

  if (type.resource === 'customresourcedefinitions' && type.group === 'apiextensions.k8s.io') {
    const marked = markForDeletion(old, now);
    return { answer: marked ? settle(marked as unknown as KubeObject) : old, pending: true };
  }
  if (type.resource === 'namespaces' && type.group === '')
    return deleteNamespace(old, {
      now,
      settle,
      options,
      remove: () => (terms.dryRun ? undefined : collection.delete(key, terms.by)),
    });

  const finalizers = finalizersFor(type, old, options);
  const grace = graceFor(type, old, { options, now });
  if (grace === 'pending') {
    const same = sameList(finalizers, old.metadata.finalizers ?? []);
    const answer = same ? old : settle({ ...old, metadata: withFinalizers(old.metadata, finalizers) });
    return { answer: served(type, answer, session), pending: true };
  }
  if (grace !== undefined) {
    const marked = settle(markDeleted(old, { finalizers, now: grace.at, gracePeriodSeconds: grace.seconds }));
    if (finalizers.length > 0 || grace.seconds > 0) return { answer: served(type, marked, session), pending: true };
    // Two writes: the answer shows the object as of the second, like the event of its end.
    const gone = terms.dryRun ? marked : (collection.delete(key, terms.by) ?? marked);
    return { answer: served(type, gone, session), pending: false };
  }
  if (finalizers.length > 0) {
    const already = old.metadata.deletionTimestamp !== undefined;
    const next = already
      ? sameList(finalizers, old.metadata.finalizers ?? [])
        ? old
        : settle({ ...old, metadata: withFinalizers(old.metadata, finalizers) })
      : settle(markDeleted(old, { finalizers, now, gracePeriodSeconds: 0 }));
    return { answer: served(type, next, session), pending: true };
  }
  if (!terms.dryRun) collection.delete(key, terms.by);
  return {
    answer: type.strategy.deleteAnswersObject ? served(type, old, session) : deletedStatus(type, old),
    pending: false,
  };
}

function admitDeletion(
  machinery: Machinery,
  { terms, request, old }: { terms: RequestTerms; request: DeleteRequest; old: KubeObject },
): void {
  const { type, namespace, name, options } = request;
  const attributes = {
    operation: 'DELETE',
    type,
    subresource: '',
    namespace,
    name: request.ofMany ? '' : name,
    old: served(type, old, machinery.session),
    terms,
    options: { ...options.raw, kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1' },
  } as const;
  admit(machinery, attributes);
  validateAdmission(machinery, attributes);
}

/** Has the webhooks asked about the deletion of many objects at once. Throws Suspended until they have answered. */
export function askAboutAll(machinery: Machinery, terms: RequestTerms, requests: readonly DeleteRequest[]): void {
  const waits: Promise<void>[] = [];
  for (const request of requests) {
    const { type, namespace, name } = request;
    const old = collectionOf(machinery, type).get(keyText(type.namespaced ? namespace : '', name));
    if (!old) continue;
    try {
      admitDeletion(machinery, { terms, request, old });
    } catch (cause) {
      // The deletion itself meets it again, in its turn.
      if (isApiError(cause)) break;
      if (!(cause instanceof Suspended)) throw cause;
      waits.push(cause.ready);
    }
  }
  if (waits.length > 0) throw new Suspended(Promise.all(waits).then(() => undefined));
}

/** @throws 409 when the object is another one, or another version, than the options ask for. */
export function checkPreconditions(type: ResourceType, old: KubeObject, { uid, resourceVersion }: DeleteOptions): void {
  const gk = { group: type.custom ? type.group : type.group, resource: type.kind };
  const { name } = old.metadata;
  if (uid !== undefined && uid !== old.metadata.uid) {
    throw conflict(
      gk,
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${old.metadata.uid ?? ''}). The object might have been deleted and then recreated`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== old.metadata.resourceVersion) {
    throw conflict(
      gk,
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${old.metadata.resourceVersion ?? ''}). The object might have been modified`,
    );
  }
}

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, index) => item === b[index]);

/** The garbage collector's finalizers follow the propagation policy; the others stay. */
function finalizersFor(type: ResourceType, old: KubeObject, options: DeleteOptions): readonly string[] {
  const present = old.metadata.finalizers ?? [];
  const policy = options.propagationPolicy;
  const orphan =
    options.orphanDependents ??
    (policy !== undefined
      ? policy === 'Orphan'
      : present.includes('orphan') ||
        (type.strategy.orphanByDefault === true && !present.includes('foregroundDeletion')));
  const foreground =
    !orphan &&
    options.orphanDependents === undefined &&
    (policy !== undefined ? policy === 'Foreground' : present.includes('foregroundDeletion'));
  const wanted = orphan ? ['orphan'] : foreground ? ['foregroundDeletion'] : [];
  const rest = present.filter((finalizer) => finalizer !== 'orphan' && finalizer !== 'foregroundDeletion');
  const kept = wanted.length > 0 && present.includes(wanted[0] as string);
  return kept && rest.length + 1 === present.length ? present : [...rest, ...wanted];
}

/** Undefined: this kind knows no grace. `pending`: deletion is under way already and nothing gets shorter. */
function graceFor(
  type: ResourceType,
  old: KubeObject,
  { options, now }: { readonly options: DeleteOptions; readonly now: number },
): { readonly seconds: number; readonly at: number } | 'pending' | undefined {
  const { gracePeriod } = type.strategy;
  if (!gracePeriod) return undefined;
  const { deletionTimestamp, deletionGracePeriodSeconds } = old.metadata;
  const requested = options.gracePeriodSeconds;
  if (deletionTimestamp !== undefined) {
    if (requested === undefined || deletionGracePeriodSeconds === undefined) return 'pending';
    const wanted = requested < 0 ? 1 : requested;
    if (wanted >= deletionGracePeriodSeconds)
      return deletionGracePeriodSeconds === 0 && (old.metadata.finalizers ?? []).length === 0
        ? { seconds: 0, at: now }
        : 'pending';
    const asked = (fromTimestamp(deletionTimestamp) ?? now) - deletionGracePeriodSeconds * 1000;
    return { seconds: wanted, at: asked + wanted * 1000 };
  }
  const seconds = gracePeriod(old, requested);
  return seconds === undefined ? undefined : { seconds, at: now + seconds * 1000 };
}

function withFinalizers(meta: KubeObject['metadata'], finalizers: readonly string[]): KubeObject['metadata'] {
  const { finalizers: _, ...rest } = meta;
  return finalizers.length > 0 ? { ...rest, finalizers } : rest;
}

function markDeleted(
  old: KubeObject,
  {
    finalizers,
    now,
    gracePeriodSeconds: deletionGracePeriodSeconds,
  }: { readonly finalizers: readonly string[]; readonly now: number; readonly gracePeriodSeconds: number },
): KubeObject {
  const already = old.metadata.deletionTimestamp !== undefined;
  const generation = old.metadata.generation;
  return {
    ...old,
    metadata: {
      ...withFinalizers(old.metadata, finalizers),
      ...(generation && !already ? { generation: generation + 1 } : {}),
      deletionTimestamp: toTimestamp(now),
      deletionGracePeriodSeconds,
    },
  };
}

function deleteNamespace(
  old: KubeObject,
  {
    now,
    settle,
    remove,
    options,
  }: { now: number; settle: (next: KubeObject) => KubeObject; remove: () => void; options: DeleteOptions },
): Deleted {
  const spec = old['spec'] as Draft | undefined;
  const held = asList(spec?.['finalizers']).length > 0 || (old.metadata.finalizers ?? []).length > 0;
  if (old.metadata.deletionTimestamp === undefined) {
    const policy =
      options.propagationPolicy === 'Foreground'
        ? ['foregroundDeletion']
        : options.propagationPolicy === 'Orphan'
          ? ['orphan']
          : [];
    const status = { ...(old['status'] as Draft | undefined), phase: 'Terminating' };
    const finalizers = [...(old.metadata.finalizers ?? []), ...policy];
    const next: KubeObject = {
      ...old,
      metadata: { ...withFinalizers(old.metadata, finalizers), deletionTimestamp: toTimestamp(now) },
      status,
    };
    return { answer: settle(next), pending: true };
  }
  if (held) return { answer: old, pending: true };
  remove();
  return { answer: old, pending: false };
}

export function deletedStatus(type: ResourceType, object: KubeObject): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: asText(object.metadata.name),
      ...(type.group === '' ? {} : { group: type.group }),
      kind: type.resource,
      ...(object.metadata.uid ? { uid: object.metadata.uid } : {}),
    },
  };
}
