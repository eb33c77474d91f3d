/**
 * From the block of a `patch` action to the one request that it stands for: on the object that was read, and no other.
 */
import { parse } from 'yaml';
import { MAX_BODY } from '../../api/action-status.ts';
import type { patchActionSchema } from '../../api/action-template.ts';
import { MAX_MESSAGE } from '../../api/fields.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { fieldPath } from '../../api/problem.ts';
import { mergedJson, pointerOf } from '../../std/json.ts';
import { mapped, type Result, whyNot } from '../../std/result.ts';
import { describeObject } from '../observation.ts';
import type { MadeRequest } from './action-kind.ts';
import { jsonPatch, policyPatch } from './requests.ts';
import type * as z from 'zod';

export type PatchSpec = z.output<typeof patchActionSchema>;
type JsonObject = Readonly<Record<string, unknown>>;

/** `whyNot`: what is wrong with the block. */
export function patchRequest(
  spec: PatchSpec,
  { target, path, marker }: { readonly target: KubeObject; readonly path: string; readonly marker: string },
): Result<MadeRequest> {
  const { type } = spec;
  const description = `${type} patch of ${describeObject(target)}`.slice(0, MAX_MESSAGE);
  const request =
    type === 'json'
      ? mapped(operationsOf(spec, target, marker), (operations) => jsonPatch(target, { path, description, operations }))
      : mapped(fieldsOf(spec), (fields) => policyPatch(target, { path, description, type, fields, marker }));
  if ('whyNot' in request) return request;
  const { length } = request.value.body ?? '';
  return length > MAX_BODY
    ? whyNot(`it has ${length} characters as JSON; at most ${MAX_BODY} can be kept in the action's status`)
    : request;
}

function fieldsOf({ patch, patches = [] }: PatchSpec): Result<JsonObject> {
  const base = patch === undefined || patch === '' ? { value: {} } : valueOf(patch);
  if ('whyNot' in base) return whyNot(`patch ${base.whyNot}`);
  if (!isObject(base.value)) return whyNot('patch must be a map of fields');
  let fields: JsonObject = base.value;
  for (const { path, value } of patches) {
    if (path.some((segment) => /^\d+$/.test(segment)))
      return whyNot(
        `patches[${fieldPath(path)}] names an element of a list by its place, which only a patch of type json can`,
      );
    const set = valueOf(value);
    if ('whyNot' in set) return whyNot(`patches[${fieldPath(path)}] ${set.whyNot}`);
    fields = mergedJson(fields, nested(path, set.value)) as JsonObject;
  }
  const metadata = fields['metadata'];
  if (metadata === null || (isObject(metadata) && metadata['annotations'] === null))
    return whyNot('patch takes all annotations away, ours included; name those that are to go');
  return { value: fields };
}

function operationsOf(
  { patch, patches = [] }: PatchSpec,
  target: KubeObject,
  marker: string,
): Result<readonly unknown[]> {
  const base = patch === undefined || patch === '' ? { value: [] } : valueOf(patch);
  if ('whyNot' in base) return whyNot(`patch ${base.whyNot}`);
  if (!Array.isArray(base.value)) return whyNot('patch must be a list of operations ({op, path, value})');
  const additions: object[] = [];
  for (const { path, value } of patches) {
    const set = valueOf(value);
    if ('whyNot' in set) return whyNot(`patches[${fieldPath(path)}] ${set.whyNot}`);
    additions.push({ op: 'add', path: pointerOf(path), value: set.value });
  }
  // The marker goes first: the policy's operations may count on annotations being there, and must not take them away.
  const marked = [
    ...(target.metadata.annotations === undefined ? [{ op: 'add', path: '/metadata/annotations', value: {} }] : []),
    { op: 'add', path: pointerOf(['metadata', 'annotations', ANNOTATIONS.attempt]), value: marker },
  ];
  return { value: [...marked, ...(base.value as readonly unknown[]), ...additions] };
}

/** `whyNot`: what is wrong with the document. */
function valueOf(text: string): Result<unknown> {
  try {
    return { value: parse(text) as unknown };
  } catch (error) {
    const problem = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return whyNot(`is neither YAML nor JSON: ${problem}`);
  }
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const nested = (path: readonly string[], value: unknown): unknown =>
  path.reduceRight<unknown>((inner, segment) => ({ [segment]: inner }), value);
