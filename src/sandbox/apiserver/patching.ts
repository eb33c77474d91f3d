/**
 * PATCH in all its forms: from the present object and the request's body to the object that is wanted. Throws ApiError.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { followLastApplied } from '../patch/last-applied.ts';
import { applyJsonPatch } from '../patch/json-patch.ts';
import { goText } from '../machinery/go-text.ts';
import { applyConfiguration, hasScaleOwner } from '../patch/managed-fields.ts';
import { applyMergePatch } from '../patch/merge-patch.ts';
import { PatchError } from '../patch/patch-error.ts';
import { applyStrategicMerge, strategicPatchProblem } from '../patch/strategic-merge.ts';
import { fieldWrite, type OwnershipTracking } from '../patch/tracking.ts';
import type { Struct } from '../../shapes/kinds.ts';
import { type Atom, atomOfStruct } from '../schema/typed-schema.ts';
import { typeProblems } from '../patch/typed-value.ts';
import { decodeKind, type Decoded } from '../schema/decode-kind.ts';
import { blankOf, decodeFields, type KindName, structOfType } from '../schema/type-decoding.ts';
import { parseBody } from './decode.ts';
import { applyConflict, badRequest, invalid, rawServerError, refuse } from '../machinery/errors.ts';
import { type FieldError, invalidValue } from '../machinery/field-errors.ts';
import { JsonSyntaxError, parseGoJson } from '../machinery/go-json.ts';
import { asText, at, childOf, type Draft, equalJson, isObject, put, thaw } from '../machinery/json.ts';
import type { RequestTerms } from '../machinery/machinery.ts';
import { metaOf } from '../machinery/metadata.ts';
import type { PatchKind } from './patches.ts';
import { apiVersionOf, type Registry, type ResourceType, scaleSpecPath } from '../machinery/registry.ts';
import { YamlError } from './yaml-body.ts';

export interface PatchRequest {
  readonly type: ResourceType;
  readonly terms: RequestTerms;
  readonly registry: Registry;
  readonly text: string;
  readonly now: number;
  readonly subresource: string;
  /** The kind that is patched where it is not the type's own (Scale). */
  readonly expected?: KindName;
}

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const result: Draft = {};
  for (const key of Object.keys(value).sort()) put(result, key, sorted(value[key]));
  return result;
};

/** As the library writes the patched document: what it looked into is sorted, the rest stays as it was. */
function patchedText(before: unknown, after: unknown): string {
  const walk = (old: unknown, now: unknown): unknown => {
    if (equalJson(old, now)) return old;
    if (!isObject(now) || !isObject(old)) return now;
    const result: Draft = {};
    for (const key of Object.keys(now).sort()) put(result, key, walk(old[key], now[key]));
    return result;
  };
  const top = walk(before, after);
  return JSON.stringify(
    isObject(top) ? Object.fromEntries(Object.entries(top).sort(([a], [b]) => (a < b ? -1 : 1))) : top,
  );
}

function read(text: string, prefix: string): { readonly value: unknown; readonly duplicates: readonly string[] } {
  try {
    return parseGoJson(text);
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw badRequest(`${prefix}${error.message}`);
    throw error;
  }
}

/** JSON patch, merge patch and strategic merge patch. */
export function patchedObject(kind: Exclude<PatchKind, 'apply'>, old: KubeObject, request: PatchRequest): Draft {
  try {
    return kind === 'strategic' ? strategic(old, request) : textual(kind, old, request);
  } catch (error) {
    if (error instanceof PatchError) throw apiError(error);
    throw error;
  }
}

function apiError(error: PatchError): Error {
  switch (error.kind) {
    case 'malformed':
      return badRequest(error.message);
    case 'internal':
      return rawServerError(error.message);
    case 'tooLarge':
      return refuse({ reason: 'RequestEntityTooLarge', message: `Request entity too large: ${error.message}` });
    default:
      return refuse({ reason: 'Invalid', message: error.message, details: {} });
  }
}

const structFor = ({ type, expected }: PatchRequest): Struct | undefined =>
  type.custom && !expected ? undefined : structOfType(expected ?? type);

/** The document as the server writes it before patching it. */
function documentOf(old: KubeObject, request: PatchRequest): Draft {
  const struct = structFor(request);
  return struct ? decodeKind(struct, old).object : (sorted(old) as Draft);
}

function textual(kind: 'json' | 'merge', old: KubeObject, request: PatchRequest): Draft {
  const before = documentOf(old, request);
  const { value, duplicates } = read(request.text, 'error decoding patch: ');
  const problems: string[] = [];
  let result: unknown;
  if (kind === 'json') {
    const patched = applyJsonPatch(thaw(before), value);
    result = patched.result;
    problems.push(...duplicates.map((path) => `json patch duplicate field ${JSON.stringify(path)}`));
    problems.push(...patched.unknown.map((path) => `json patch unknown field ${JSON.stringify(path)}`));
  } else {
    problems.push(...duplicates.map((path) => `duplicate field ${JSON.stringify(path)}`));
    result = applyMergePatch(before, value);
  }
  const text = () => patchedText(before, result);
  const other = kindProblem(result, request);
  if (other) throw badPatch(text(), other);
  if (isObject(result)) checkIdentity(result, request);
  const managed = at(result, 'metadata', 'managedFields');
  // What is decoded against a struct is made anew; else the decoder changes what it is given.
  const draft = (structFor(request) ? result : thaw(result)) as Draft;
  const object = checked(decodeFields(request.type, draft, request.expected ? { expected: request.expected } : {}), {
    request,
    problems,
    text,
  });
  // The decoder drops an empty list, but here it says that nobody shall own anything. Custom resources do not hear it.
  if (Array.isArray(managed) && managed.length === 0 && !request.type.custom) metaOf(object)['managedFields'] = [];
  return object;
}

/** Custom resources keep their kind and version. */
function checkIdentity(result: Draft, { type, expected, terms }: PatchRequest): void {
  if (!type.custom || expected) return;
  const [apiVersion, kind] = [asText(result['apiVersion']), asText(result['kind'])];
  if (apiVersion !== apiVersionOf(type) && terms.validation === 'Warn') {
    // A version that is not there has no schema: nothing in the object is known.
    const unknown = Object.keys(result).filter((field) => !['apiVersion', 'kind', 'metadata'].includes(field));
    terms.warnings.push(...unknown.sort().map((field) => `unknown field ${JSON.stringify(field)}`));
  }
  const errors = [
    ...(apiVersion === apiVersionOf(type)
      ? []
      : [invalidValue('apiVersion', apiVersion, `must be ${apiVersionOf(type)}`)]),
    ...(kind === type.kind ? [] : [invalidValue('kind', kind, `must be ${type.kind}`)]),
  ];
  if (errors.length > 0) throw invalid({ group: type.group, kind }, asText(at(result, 'metadata', 'name')), errors);
}

function strategic(old: KubeObject, request: PatchRequest): Draft {
  const { value, duplicates } = read(request.text, '');
  const problem = strategicPatchProblem(value);
  if (problem) throw badRequest(problem);
  const struct = structOfType(request.expected ?? request.type);
  if (!struct) throw badRequest('strategic merge patch format is not supported');
  const patch = isObject(value) ? value : {};
  const given = goText(patch);
  const merged = applyStrategicMerge(struct, documentOf(old, request), patch);
  const problems = duplicates.map((path) => `duplicate field ${JSON.stringify(path)}`);
  return checked(decodeKind(struct, merged, { reading: 'conversion' }), { request, problems, text: () => given });
}

const badPatch = (text: string, problem: string) =>
  invalid({ group: '', kind: '' }, '', [invalidValue('patch', text, problem)]);

interface Checking {
  readonly request: PatchRequest;
  readonly problems: readonly string[];
  readonly text: () => string;
}

function checked(decoded: Decoded, { request: { terms }, problems, text }: Checking): Draft {
  if (decoded.problem !== undefined) throw badPatch(text(), decoded.problem);
  const all = [...problems, ...decoded.strict];
  if (all.length > 0 && terms.validation === 'Strict')
    throw badPatch(text(), `strict decoding error: ${all.join(', ')}`);
  if (terms.validation === 'Warn') terms.warnings.push(...all);
  return decoded.object;
}

/** A patch may name another kind: the result is then decoded as that, and refused. */
function kindProblem(result: unknown, { type, registry, expected }: PatchRequest): string | undefined {
  if (type.custom || expected || !isObject(result)) return undefined;
  const [apiVersion, kind] = [asText(result['apiVersion']), asText(result['kind'])];
  if ((apiVersion === '' || apiVersion === apiVersionOf(type)) && (kind === '' || kind === type.kind)) return undefined;
  const [group, version] =
    apiVersion === ''
      ? [type.group, type.version]
      : apiVersion.includes('/')
        ? (apiVersion.split('/') as [string, string])
        : ['', apiVersion];
  const named = { group, version, kind: kind === '' ? type.kind : kind };
  const other = registry.findKind(group, version, named.kind);
  if (!other)
    return `no kind ${JSON.stringify(named.kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/api/legacyscheme/scheme.go:30"`;
  const decoded = decodeFields(other, thaw(result));
  const goPackage = (name: string) => (name === '' ? 'core' : (name.split('.')[0] as string));
  return (
    decoded.problem ??
    `converting (${goPackage(group)}.${named.kind}) to (${goPackage(type.group)}.${type.kind}): unknown conversion`
  );
}

// --- server-side apply

export interface ApplyRequest extends PatchRequest {
  readonly force: boolean;
  readonly tracking: OwnershipTracking;
}

/** The applied configuration, checked against its kind. */
function configurationOf(
  text: string,
  kind: KindName,
  atom: Atom,
): { readonly value: Draft; readonly duplicates: readonly string[] } {
  const { value, duplicates } = readConfiguration(text);
  const [apiVersion, named] = [asText(value['apiVersion']), asText(value['kind'])];
  const slash = apiVersion.indexOf('/');
  const shown = `${slash < 0 ? '' : apiVersion.slice(0, slash)}/${apiVersion.slice(slash + 1)}, Kind=${named}`;
  if (apiVersion !== apiVersionOf(kind) || named !== kind.kind) throw badRequest(`invalid object type: ${shown}`);
  const meta = value['metadata'];
  if (isObject(meta) && meta['managedFields'] !== undefined && meta['managedFields'] !== null)
    throw badRequest('metadata.managedFields must be nil');
  const problems = typeProblems(atom, value, 'refused');
  if (problems.length === 0) return { value, duplicates };
  const [namespace, name] = isObject(meta) ? [asText(meta['namespace']), asText(meta['name'])] : ['', ''];
  const list =
    problems.length === 1 ? problems[0] : ['errors:', ...problems.map((problem) => `  ${problem}`)].join('\n');
  throw rawServerError(`failed to create typed patch object (${namespace}/${name}; ${shown}): ${list}`);
}

/** `old` is undefined where the object is to be created. Sets managedFields. */
export function appliedObject(old: KubeObject | undefined, request: ApplyRequest): Draft {
  const { type, terms, text, now, subresource, tracking, expected } = request;
  const write = fieldWrite({ type, manager: terms.manager, now, subresource });
  const scale = expected ? structOfType(expected) : undefined;
  const { value, duplicates } = configurationOf(text, expected ?? type, scale ? atomOfStruct(scale) : write.atom);
  const config = scale && old ? scaledConfiguration(type, old, value) : value;
  const blank = blankOf(type);
  const struct = type.custom ? undefined : structOfType(type);
  const live = old ? (struct ? decodeKind(struct, old).object : thaw({ ...old })) : blank;
  // The owner of what was there before cannot be told: a custom kind converts to its own versions alone.
  if (scale && old && type.custom && !hasScaleOwner(old.metadata.managedFields, write))
    throw rawServerError(
      `failed to create manager for existing fields: ${notConvertible('live object (/; autoscaling/v1, Kind=Scale)')}`,
    );
  const force = request.force ? 'take-over' : 'never';
  const applied = applyConfiguration({ live, blank, config, force }, write);
  if (applied.outcome === 'conflict') {
    throw applyConflict(
      applied.conflicts.map(({ message, field }) => ({ reason: 'FieldManagerConflict', message, field })),
      applied.message,
    );
  }
  // Nor can what came of it be converted.
  if (scale && type.custom && !applied.unchanged)
    throw rawServerError(notConvertible(`new object (/${old?.metadata.name ?? ''}; autoscaling/v1, Kind=Scale)`));
  reportDuplicates(duplicates, terms);
  const decoded = decodeFields(type, thaw(applied.object) as Draft);
  if (decoded.problem !== undefined)
    throw rawServerError(`failed to convert new typed object to object: ${decoded.problem}`);
  type.custom?.fill(decoded.object);
  const nulls = nullErrors(type, decoded.object, request);
  if (nulls.length > 0) throw invalid(type, asText(at(decoded.object, 'metadata', 'name')), nulls);
  tracking.set(decoded.object, applied.managedFields);
  followLastApplied(decoded.object, config, terms.manager);
  return decoded.object;
}

const notConvertible = (what: string): string =>
  `failed to convert ${what} to proper version: request to convert CR to an invalid group/version: autoscaling/v1`;

/**
 * Elsewhere stray nulls of custom resources are dropped on the way in; what is applied keeps them, and is refused for
 * them.
 */
function nullErrors(type: ResourceType, object: Draft, { terms: { user }, now }: PatchRequest): readonly FieldError[] {
  if (!type.custom) return [];
  // Schemas of custom kinds do not ask about namespaces.
  const errors = type.strategy.validate?.(object, { type, user, now, labelsOf: () => ({}) }) ?? [];
  return errors.filter(
    ({ type: kind, badValue }) => kind === 'FieldValueTypeInvalid' && (badValue === null || badValue === 'null'),
  );
}

/** Applying a Scale is applying the replicas of what is scaled. */
function scaledConfiguration(type: ResourceType, old: KubeObject, scale: Draft): Draft {
  const config: Draft = { apiVersion: apiVersionOf(type), kind: type.kind, metadata: { name: old.metadata.name } };
  const path = scaleSpecPath(type);
  const replicas = at(scale, 'spec', 'replicas');
  if (replicas === undefined) return config;
  let target = config;
  for (const field of path.slice(0, -1)) target = childOf(target, field);
  put(target, path.at(-1) as string, replicas);
  return config;
}

function reportDuplicates(duplicates: readonly string[], terms: RequestTerms): void {
  if (duplicates.length === 0 || terms.validation === 'Ignore') return;
  if (terms.validation === 'Warn') terms.warnings.push(...duplicates);
  else
    throw badRequest(
      `error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  ${duplicates.join('\n  ')}`,
    );
}

function readConfiguration(text: string): { readonly value: Draft; readonly duplicates: readonly string[] } {
  try {
    const { value, duplicates } = parseBody(text, 'yaml');
    if (value === null || value === undefined) return { value: {}, duplicates };
    if (isObject(value)) return { value, duplicates };
    const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
    throw badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${found} into Go value of type map[string]interface {}`,
    );
  } catch (error) {
    if (error instanceof YamlError)
      throw badRequest(`error decoding YAML: error converting YAML to JSON: ${error.message}`);
    throw error;
  }
}
