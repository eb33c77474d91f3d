/**
 * The vocabulary of plans: each request that an action of ours sends is made here, and so is what takes it back.
 *
 * - A request that changes or removes an object is made from that object as it was read, and is held to it: the request
 *   itself carries the UID and the resourceVersion, and the API server refuses it when the object has moved on (I8). An
 *   eviction is held by the UID alone: the status of a pod that is to go changes all the time.
 * - A new object has a name that derives from its action: a repetition is answered with `AlreadyExists`.
 * - A call of an endpoint has the marker of its attempt in its body, so that the receiver can tell a repetition.
 * - An inverse names the values that were set and those that were there before. It is held to the live object when it
 *   is sent.
 */
import type { Inverse, PlannedRequest, ResourceChange } from '../../api/action-status.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { given, ifGiven } from '../../std/given.ts';
import { fingerprint, mergedJson } from '../../std/json.ts';
import type { BuiltInPlan, MadeRequest } from './action-kind.ts';

const JSON_TYPE = 'application/json';
const PATCH_TYPES = {
  strategic: 'application/strategic-merge-patch+json',
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
} as const;

/** What a request is held to. */
interface Held {
  readonly uid: string;
  readonly resourceVersion: string;
}

const heldTo = ({ metadata: { uid = '', resourceVersion = '' } }: KubeObject): Held => ({ uid, resourceVersion });

const made = (request: PlannedRequest): MadeRequest => request as MadeRequest;

interface PatchRequest {
  /** Of the object, or of a subresource of it. */
  readonly path: string;
  readonly description: string;
  readonly inverse?: Inverse;
}

function patch(
  object: KubeObject,
  type: keyof typeof PATCH_TYPES,
  { path, description, inverse, body }: PatchRequest & { readonly body: unknown },
): MadeRequest {
  return made({
    method: 'PATCH',
    path,
    contentType: PATCH_TYPES[type],
    body: JSON.stringify(body),
    description,
    precondition: heldTo(object),
    ...given({ inverse }),
  });
}

const markOf = (marker: string) => ({ [ANNOTATIONS.attempt]: marker });

/**
 * `marker`: tells later which action made the change. Left out where the object keeps no annotation (a scale
 * subresource).
 */
export function mergePatch(
  object: KubeObject,
  { fields, marker, ...rest }: PatchRequest & { readonly fields: object; readonly marker?: string },
): MadeRequest {
  const annotations = marker === undefined ? undefined : markOf(marker);
  return patch(object, 'merge', {
    ...rest,
    body: { metadata: { ...heldTo(object), ...given({ annotations }) }, ...fields },
  });
}

/** A patch in the words of a policy. The mark and what it is held to win over these. */
export function policyPatch(
  object: KubeObject,
  { type, fields, marker, ...rest }: PatchRequest & PolicyPatch,
): MadeRequest {
  const body = mergedJson(fields, { metadata: { ...heldTo(object), annotations: markOf(marker) } });
  return patch(object, type, { ...rest, body });
}

interface PolicyPatch {
  /** Those that merge maps. */
  readonly type: 'strategic' | 'merge';
  readonly fields: object;
  readonly marker: string;
}

/**
 * UID and resourceVersion are replaced by themselves: an object that has moved on, or another in its place, is a
 * conflict then, as with a merge patch; a `test` that fails would be 422.
 */
export function jsonPatch(
  object: KubeObject,
  { operations, ...rest }: PatchRequest & { readonly operations: readonly unknown[] },
): MadeRequest {
  const held = (['uid', 'resourceVersion'] as const).map((field) => ({
    op: 'replace',
    path: `/metadata/${field}`,
    value: heldTo(object)[field],
  }));
  return patch(object, 'json', { ...rest, body: [...held, ...operations] });
}

/** https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/ */
export function eviction(
  pod: KubeObject,
  /** Without `gracePeriodSeconds`: as long as the pod itself asks for. */
  { description, gracePeriodSeconds }: { readonly description: string; readonly gracePeriodSeconds?: number },
): MadeRequest {
  const { name, namespace = '' } = pod.metadata;
  // A label or an owner that comes to the pod after it was read makes another version of it.
  const body = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, namespace },
    deleteOptions: { preconditions: heldTo(pod), ...given({ gracePeriodSeconds }) },
  };
  return made({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/pods/${name}/eviction`,
    contentType: JSON_TYPE,
    body: JSON.stringify(body),
    description,
    precondition: heldTo(pod),
  });
}

export function removal(
  object: KubeObject,
  {
    path,
    description,
    gracePeriodSeconds,
    propagationPolicy,
  }: {
    readonly path: string;
    readonly description: string;
    readonly gracePeriodSeconds: number;
    /** Absent: the default of its kind. */
    readonly propagationPolicy?: string;
  },
): MadeRequest {
  const options = { gracePeriodSeconds, ...given({ propagationPolicy }) };
  return made({
    method: 'DELETE',
    path,
    contentType: JSON_TYPE,
    body: JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions: heldTo(object), ...options }),
    description,
    precondition: heldTo(object),
  });
}

/** `path`: of the collection. The object must have a name that derives from its action. */
export const creation = (
  object: KubeObject,
  { path, description }: { readonly path: string; readonly description: string },
): MadeRequest => made({ method: 'POST', path, contentType: JSON_TYPE, body: JSON.stringify(object), description });

/** Of an endpoint or channel, by the name that it has in the operator's configuration. */
export const call = (
  endpoint: string,
  { body, description }: { readonly body: Readonly<Record<string, unknown>>; readonly description: string },
): MadeRequest =>
  made({ method: 'POST', path: '', endpoint, contentType: JSON_TYPE, body: JSON.stringify(body), description });

/** A field, by JSON pointer, and what it holds before and after a change; `undefined`: it is not there. */
export interface ChangedField {
  readonly pointer: string;
  readonly before: unknown;
  readonly after: unknown;
}

interface WayBack {
  readonly path: string;
  readonly description: string;
  /**
   * The fields that the change sets. It is taken back only while each of them still has its value `after`, and not when
   * all have their value `before`.
   */
  readonly changed: readonly ChangedField[];
}

function inverse(type: keyof typeof PATCH_TYPES, { path, description, changed }: WayBack, body: unknown): Inverse {
  const values = (side: 'before' | 'after') =>
    Object.fromEntries(changed.map((field) => [field.pointer, fingerprint(field[side])]));
  return {
    method: 'PATCH',
    path,
    contentType: PATCH_TYPES[type],
    body: JSON.stringify(body),
    description,
    guard: values('after'),
    restores: values('before'),
  };
}

export const mergeInverse = ({ fields, ...way }: WayBack & { readonly fields: object }): Inverse =>
  inverse('merge', way, fields);

export const jsonInverse = ({ operations, ...way }: WayBack & { readonly operations: readonly object[] }): Inverse =>
  inverse('json', way, operations);

/** The request of an inverse, held to the object as it is now: somebody may change it after it was compared. */
export function reversal({ guard: _guard, restores: _restores, ...request }: Inverse, live: KubeObject): MadeRequest {
  const body = ifGiven(request.body, (text) => JSON.stringify(heldBody(request.contentType, JSON.parse(text), live)));
  return made({ ...request, ...given({ body }), precondition: heldTo(live) });
}

function heldBody(contentType: string | undefined, body: unknown, live: KubeObject): unknown {
  const { uid, resourceVersion } = heldTo(live);
  if (contentType === PATCH_TYPES.json && Array.isArray(body))
    return [
      { op: 'test', path: '/metadata/uid', value: uid },
      { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
      ...(body as readonly unknown[]),
    ];
  const fields = body as { readonly metadata?: object };
  return { ...fields, metadata: { ...fields.metadata, uid, resourceVersion } };
}

/** `Kind/namespace/name`, as changes name an object. */
export const refOf = ({ kind, metadata }: KubeObject): string =>
  [kind, ...(metadata.namespace === undefined ? [] : [metadata.namespace]), metadata.name].join('/');

/** The change that an eviction or a removal makes: this object goes, and another may come in its place. */
export const removalOf = (object: KubeObject): ResourceChange => ({
  resourceRef: refOf(object),
  changeType: 'delete',
  field: 'metadata.uid',
  oldValue: heldTo(object).uid,
});

export const replicasChange = (
  object: KubeObject,
  { from, to }: { readonly from: number; readonly to: number },
): ResourceChange => ({
  resourceRef: refOf(object),
  changeType: 'scale',
  field: 'spec.replicas',
  oldValue: String(from),
  newValue: String(to),
});

/** A stage of one request, whose description says it all. */
export const oneRequest = (
  request: MadeRequest,
  {
    changes = [],
    fields,
    next = 'verify',
  }: {
    readonly changes?: readonly ResourceChange[];
    readonly fields?: readonly (readonly string[])[];
    readonly next?: 'verify' | 'plan again';
  } = {},
): BuiltInPlan => ({
  kind: 'requests',
  summary: request.description,
  requests: [request],
  changes,
  ...given({ fields }),
  next,
});
