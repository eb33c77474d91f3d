/**
 * What the body of a request says, against what its reach lets it say. A patch is applied to the object that was read
 * live, and every field that it changes is compared. A patch is held to one version of the object, in words that
 * nothing else in it changes: on any other version the server refuses it, so that what was judged is what happens.
 */
import type { PlannedRequest } from '../../api/action-status.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { canonicalJson, pointerOf, valueAt } from '../../std/json.ts';
import { differencesOf, leavesOf, type Difference } from '../actions/field-changes.ts';
import { listOf, ownMark } from '../actions/patch-fields.ts';
import { isMap, isOperation, merged, operated, type Operation } from './patched.ts';
import { coversField } from './pointer-pattern.ts';
import type { Address } from './request-path.ts';

type Body = Pick<PlannedRequest, 'contentType' | 'body'>;

const STRATEGIC = 'application/strategic-merge-patch+json';
const MERGE = 'application/merge-patch+json';
const JSON_PATCH = 'application/json-patch+json';
/** What the API server keeps itself; a patch that writes it takes the ownership of fields away, say. */
const SERVERS_OWN = ['managedFields', 'generation', 'creationTimestamp', 'deletionTimestamp', 'selfLink'];
/** The mark of the attempt. */
const MARK = pointerOf(['metadata', 'annotations', ANNOTATIONS.attempt]);

function parsed({ body = '' }: Body): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

/** Undefined for a text that two readers could read in two ways: with a key twice, say. */
function bodyOf(request: Body): unknown {
  const value = parsed(request);
  return JSON.stringify(value) === request.body ? value : undefined;
}

/**
 * What is wrong with the body of a patch; undefined when nothing is. `object`: as it was read live at the path; absent
 * where only its parent was (the scale of a workload). A strategic patch cannot be applied here: it was tried out by a
 * dry run of this very request, and no way back is one.
 */
export function patchProblem(
  request: Body,
  { uid, object, fields }: { readonly uid: string; readonly object?: KubeObject; readonly fields: readonly string[] },
): string | undefined {
  if (![MERGE, JSON_PATCH, STRATEGIC].includes(request.contentType ?? '')) return 'it is no patch of a known type';
  const body = bodyOf(request);
  const operations = request.contentType === JSON_PATCH ? operationsIn(body) : undefined;
  if (request.contentType !== JSON_PATCH && !isMap(body)) return 'its body is no patch';
  if (request.contentType === JSON_PATCH && operations === undefined) return 'its body is no JSON patch';
  const held = operations === undefined ? heldByMap(body) : heldByOperations(operations);
  if (held === undefined) return 'it is not held to the object and the version that were read';
  if (held.uid !== uid) return 'it is held to another object';
  if (request.contentType === STRATEGIC) return undefined;
  // The server refuses a patch of a version that is over, whatever it says.
  if (object !== undefined && held.resourceVersion !== object.metadata.resourceVersion) return undefined;
  const changes = changesOf({ body, operations, object });
  if (typeof changes === 'string') return changes;
  const outside = changes.filter(({ path }) => !coversField([...fields, MARK], path));
  return outside.length === 0 ? undefined : `it changes ${listOf(outside)}`;
}

/** Of a patch that a plugin made: it may change every field but the marks that only people set. */
export function markProblem(request: Body, object: KubeObject): string | undefined {
  const body = parsed(request);
  const operations = request.contentType === JSON_PATCH ? operationsIn(body) : undefined;
  const directives = request.contentType === STRATEGIC ? writtenBy([], body).filter(isDirective) : [];
  if (directives.length > 0) return `it replaces what it does not name: ${listOf(directives)}`;
  const changes = changesOf({ body, operations, object });
  // The server refuses what does not apply.
  if (typeof changes === 'string') return undefined;
  const marks = changes.filter(ownMark);
  return marks.length === 0 ? undefined : `it changes marks that only people set: ${listOf(marks)}`;
}

/** `$patch` and the like, where they would reach the marks. */
const isDirective = ({ path }: Difference): boolean =>
  path.at(-1)?.startsWith('$') === true && (path.length === 1 || path[0] === 'metadata');

interface Patch {
  readonly body: unknown;
  readonly operations: readonly Operation[] | undefined;
  readonly object: KubeObject | undefined;
}

/** The fields that it changes, or why that cannot be told. */
function changesOf({ body, operations, object }: Patch): readonly Difference[] | string {
  if (object === undefined)
    return operations === undefined ? writtenBy([], body).filter(isNoHold) : 'what it changes was not read';
  const after = operations === undefined ? { value: merged(object, body) } : operated(object, operations);
  if ('whyNot' in after) return `it does not apply: ${after.whyNot}`;
  if (!isMap(after.value)) return 'it replaces the whole object';
  const made = after.value as unknown as KubeObject;
  const kept = SERVERS_OWN.filter((name) => {
    const at = ['metadata', name];
    return canonicalJson(valueAt(object, at)) !== canonicalJson(valueAt(made, at));
  });
  if (kept.length > 0) return `it changes ${kept.map((name) => pointerOf(['metadata', name])).join(', ')}`;
  return differencesOf(object, made).flatMap(leavesOf);
}

const HOLDS = ['uid', 'resourceVersion'];
const isNoHold = ({ path: [first, second = '', ...more] }: Difference): boolean =>
  first !== 'metadata' || more.length > 0 || !HOLDS.includes(second);

/** Every field that a merge patch names. */
function writtenBy(path: readonly string[], value: unknown): readonly Difference[] {
  const entries = isMap(value) ? Object.entries(value) : [];
  if (entries.length === 0) return [{ path, before: undefined, after: value }];
  return entries.flatMap(([key, member]) => writtenBy([...path, key], member));
}

interface Held {
  readonly uid: string;
  readonly resourceVersion: string;
}

const heldIn = (uid: unknown, resourceVersion: unknown): Held | undefined =>
  typeof uid === 'string' && uid !== '' && typeof resourceVersion === 'string' && resourceVersion !== ''
    ? { uid, resourceVersion }
    : undefined;

const heldByMap = (body: unknown): Held | undefined =>
  heldIn(valueAt(body, ['metadata', 'uid']), valueAt(body, ['metadata', 'resourceVersion']));

const operationsIn = (body: unknown): readonly Operation[] | undefined =>
  Array.isArray(body) && body.every(isOperation) ? body : undefined;

/** Each of the two is named once, by a value, and nothing around them is written. */
function heldByOperations(operations: readonly Operation[]): Held | undefined {
  const held: Record<string, unknown> = {};
  for (const { op, path, from = '', value } of operations) {
    const touched = op === 'move' ? [path, from] : [path];
    const name = HOLDS.find((one) => touched.some((at) => at === `/metadata/${one}`));
    const isAround = touched.some(
      (at) => at === '' || at === '/metadata' || HOLDS.some((one) => at.startsWith(`/metadata/${one}/`)),
    );
    if (op !== 'test' && isAround) return undefined;
    if (name === undefined || (op === 'test' && name === 'resourceVersion')) continue;
    if (op !== 'test' && op !== 'replace') return undefined;
    if (held[name] !== undefined && held[name] !== value) return undefined;
    held[name] = value;
  }
  return heldIn(held['uid'], held['resourceVersion']);
}

/** Of an eviction: the pod that its path names, by its UID, and nothing more. */
export function evictionProblem(request: Body, { name, namespace }: Address, uid: string): string | undefined {
  const body = bodyOf(request);
  const wanted = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
  const { deleteOptions, ...rest } = isMap(body) ? body : {};
  if (canonicalJson(rest) !== canonicalJson(wanted)) return 'its body is no eviction of the pod that its path names';
  return removalProblem({ body: JSON.stringify(deleteOptions ?? {}) }, uid);
}

const OPTIONS = ['apiVersion', 'kind', 'preconditions', 'gracePeriodSeconds', 'propagationPolicy'];

/** Of a deletion: held to the UID of the object that was read. */
export function removalProblem(request: Body, uid: string): string | undefined {
  const body = bodyOf(request);
  if (!isMap(body) || valueAt(body, ['preconditions', 'uid']) !== uid) return 'it is not held to the object';
  const strange = Object.keys(body).filter((key) => !OPTIONS.includes(key));
  return strange.length === 0 ? undefined : `it has options that no action sets: ${strange.join(', ')}`;
}

/** Of an object to be made: of the kind and namespace of its path, under a name, with the mark of this action. */
export function creationProblem(
  request: Body,
  {
    apiVersion,
    kind,
    namespace,
    action,
  }: Pick<KubeObject, 'apiVersion' | 'kind'> & {
    readonly namespace: string;
    /** UID of the action. */
    readonly action: string;
  },
): string | undefined {
  const body = bodyOf(request);
  const at = (...path: readonly string[]): unknown => valueAt(body, path);
  if (at('apiVersion') !== apiVersion || at('kind') !== kind) return `its body is no ${kind}`;
  if (at('metadata', 'namespace') !== namespace) return 'its body names another namespace';
  if (typeof at('metadata', 'name') !== 'string') return 'its object has no name of its own';
  const mark = at('metadata', 'annotations', ANNOTATIONS.attempt);
  return typeof mark === 'string' && mark.split('/')[0] === action ? undefined : 'it is not marked as of this action';
}
