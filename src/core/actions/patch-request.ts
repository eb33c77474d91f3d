/**
 * From the block of a `patch` action to the one request that it stands for: on the object that was read, and no other.
 */
import { parse } from 'yaml';
import { MAX_BODY, type PlannedRequest } from '../../api/action-status.ts';
import type { patchActionSchema } from '../../api/action-template.ts';
import { MAX_MESSAGE } from '../../api/fields.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import { fieldPath } from '../../api/problem.ts';
import { pointerOf } from '../../std/json.ts';
import { describeTarget, targetRef } from '../observation.ts';
import { heldTo } from './field-changes.ts';
import type { z } from 'zod';

export type PatchSpec = z.output<typeof patchActionSchema>;
type JsonObject = Readonly<Record<string, unknown>>;

const CONTENT_TYPES = {
  strategic: 'application/strategic-merge-patch+json',
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
} as const;

/** A text: what is wrong with the block. */
export function patchRequest(
  spec: PatchSpec,
  { target, path, marker }: { readonly target: KubeObject; readonly path: string; readonly marker: string },
): PlannedRequest | string {
  const body = spec.type === 'json' ? jsonBody(spec, target, marker) : mergeBody(spec, target, marker);
  if (typeof body === 'string') return body;
  const text = JSON.stringify(body);
  if (text.length > MAX_BODY)
    return `it has ${text.length} characters as JSON; at most ${MAX_BODY} can be kept in the action's status`;
  const { uid = '', resourceVersion = '' } = target.metadata;
  return {
    method: 'PATCH',
    path,
    contentType: CONTENT_TYPES[spec.type],
    body: text,
    description: `${spec.type} patch of ${describeTarget(targetRef(target))}`.slice(0, MAX_MESSAGE),
    precondition: { uid, resourceVersion },
  };
}

function mergeBody({ patch, patches = [] }: PatchSpec, { metadata }: KubeObject, marker: string): JsonObject | string {
  const base = patch === undefined || patch === '' ? { value: {} } : valueOf(patch);
  if (typeof base === 'string') return `patch ${base}`;
  if (!isObject(base.value)) return 'patch must be a map of fields';
  let body: JsonObject = base.value;
  for (const { path, value } of patches) {
    if (path.some((segment) => /^\d+$/.test(segment)))
      return `patches[${fieldPath(path)}] names an element of a list by its place, which only a patch of type json can`;
    const set = valueOf(value);
    if (typeof set === 'string') return `patches[${fieldPath(path)}] ${set}`;
    body = merged(body, nested(path, set.value)) as JsonObject;
  }
  const given = body['metadata'];
  if (given === null || (isObject(given) && given['annotations'] === null))
    return 'patch takes all annotations away, ours included; name those that are to go';
  const { uid, resourceVersion } = metadata;
  return merged(body, {
    metadata: { uid, resourceVersion, annotations: { [ANNOTATIONS.attempt]: marker } },
  }) as JsonObject;
}

function jsonBody({ patch, patches = [] }: PatchSpec, target: KubeObject, marker: string): readonly unknown[] | string {
  const base = patch === undefined || patch === '' ? { value: [] } : valueOf(patch);
  if (typeof base === 'string') return `patch ${base}`;
  if (!Array.isArray(base.value)) return 'patch must be a list of operations ({op, path, value})';
  const additions: object[] = [];
  for (const { path, value } of patches) {
    const set = valueOf(value);
    if (typeof set === 'string') return `patches[${fieldPath(path)}] ${set}`;
    additions.push({ op: 'add', path: pointerOf(path), value: set.value });
  }
  // The marker goes first: what follows may count on annotations being there, and must not take them away.
  const marked = [
    ...(target.metadata.annotations === undefined ? [{ op: 'add', path: '/metadata/annotations', value: {} }] : []),
    { op: 'add', path: pointerOf(['metadata', 'annotations', ANNOTATIONS.attempt]), value: marker },
  ];
  return [...heldTo(target), ...marked, ...(base.value as readonly unknown[]), ...additions];
}

/** A text: what is wrong with the document. */
function valueOf(text: string): { readonly value: unknown } | string {
  try {
    return { value: parse(text) as unknown };
  } catch (error) {
    return `is neither YAML nor JSON: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`;
  }
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const nested = (path: readonly string[], value: unknown): unknown =>
  path.reduceRight<unknown>((inner, segment) => ({ [segment]: inner }), value);

/** Maps become one, key by key; anything else is replaced by the later value. */
function merged(earlier: unknown, later: unknown): unknown {
  if (!isObject(earlier) || !isObject(later)) return later;
  const keys = new Set([...Object.keys(earlier), ...Object.keys(later)]);
  return Object.fromEntries(
    [...keys].map((key) => [
      key,
      Object.hasOwn(later, key)
        ? merged(Object.hasOwn(earlier, key) ? earlier[key] : undefined, later[key])
        : earlier[key],
    ]),
  );
}
