/** Applies a projection to objects that were parsed from JSON or come from the in-process transport. The input is never changed. */
import type { KubeObject, ObjectMeta } from '../api/kube.ts';
import type { FieldTree, Projection } from './projection.ts';
import { apiVersionOf, type ResourceType } from './resource.ts';
import type { StringPool } from './string-pool.ts';

export type Trim = (object: unknown) => KubeObject;

type Fields = Readonly<Record<string, unknown>>;

/** The trimming function of a type: apiVersion and kind are filled in (items of lists lack them), repeated values are shared through the pool. */
export function trimmer(type: Pick<ResourceType, 'group' | 'version' | 'kind'>, projection: Projection, pool: StringPool): Trim {
  const apiVersion = apiVersionOf(type);
  const { kind } = type;
  const { tree } = projection;
  if (tree === true) {
    return (object) => {
      const { managedFields: _dropped, ...metadata } = metadataOf(object);
      return { ...(object as Fields), apiVersion, kind, metadata: shareMetadata(metadata, pool) };
    };
  }
  const metadataTree = tree.get('metadata');
  const rest = [...tree].filter(([field]) => field !== 'metadata' && field !== 'apiVersion' && field !== 'kind');
  return (object) => {
    const metadata = shareMetadata(keep(metadataOf(object), metadataTree ?? true, pool) as ObjectMeta, pool);
    const trimmed: { apiVersion: string; kind: string; metadata: ObjectMeta; [field: string]: unknown } = { apiVersion, kind, metadata };
    for (const [field, below] of rest) {
      const value = (object as Fields)[field];
      if (value !== undefined && value !== null) trimmed[field] = keep(value, below, pool);
    }
    return trimmed;
  };
}

function metadataOf(object: unknown): ObjectMeta {
  const metadata = typeof object === 'object' && object !== null ? (object as { metadata?: unknown }).metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || typeof (metadata as { name?: unknown }).name !== 'string') {
    throw new TypeError('an object without metadata.name');
  }
  return metadata as ObjectMeta;
}

/** Puts shared values in the place of equal ones, in the metadata itself. */
export function shareMetadata(metadata: ObjectMeta, pool: StringPool): ObjectMeta {
  const shared = metadata as { -readonly [K in keyof ObjectMeta]: ObjectMeta[K] };
  if (metadata.namespace !== undefined) shared.namespace = pool.string(metadata.namespace);
  if (metadata.labels) shared.labels = pool.labels(metadata.labels);
  if (metadata.ownerReferences) shared.ownerReferences = pool.owners(metadata.ownerReferences);
  return shared;
}

/** A copy of what the tree keeps. Strings that were named (a leaf of the tree) are shared; those deeper down come as they are. */
function keep(value: unknown, tree: FieldTree, pool: StringPool): unknown {
  if (typeof value === 'string') return pool.string(value);
  if (tree === true || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((element) => keep(element, tree, pool));
  const kept: Record<string, unknown> = {};
  for (const [field, below] of tree) {
    const child = (value as Fields)[field];
    if (child === undefined || child === null) continue;
    // What is unique to an object would only push others out of the pool.
    kept[field] = below === true && typeof child === 'string' && UNIQUE.has(field) ? child : keep(child, below, pool);
  }
  return kept;
}

const UNIQUE = new Set(['name', 'uid', 'resourceVersion', 'creationTimestamp', 'deletionTimestamp', 'message', 'podIP', 'containerID']);
