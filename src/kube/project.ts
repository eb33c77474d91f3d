/**
 * Applies a projection to objects that were parsed from JSON or come from the in-process transport. The input is never
 * changed.
 */
import type { KubeObject, ObjectMeta } from '../shapes/kube.ts';
import type { FieldTree, Projection } from './projection.ts';
import { apiVersionOf, type ResourceType } from './resource.ts';
import { type Fields, NOTHING, newShape } from './shape.ts';
import type { StringPool } from './string-pool.ts';

export type Trim = (object: unknown) => KubeObject;

/**
 * The trimming function of a type: apiVersion and kind are filled in (items of lists lack them), repeated values are
 * shared through the pool.
 */
export function trimmer(
  type: Pick<ResourceType, 'group' | 'version' | 'kind'>,
  projection: Projection,
  pool: StringPool,
): Trim {
  const apiVersion = apiVersionOf(type);
  const { kind } = type;
  const { tree } = projection;
  if (tree === true) {
    return (object) => ({
      ...(object as Fields),
      apiVersion,
      kind,
      metadata: shareMetadata(withoutManagedFields(metadataOf(object)), pool),
    });
  }
  const metadataTree = tree.get('metadata') ?? true;
  const keepMetadata =
    metadataTree === true
      ? withoutManagedFields
      : (keeper('metadata', metadataTree, pool) as (metadata: ObjectMeta) => ObjectMeta);
  const rest = [...tree].filter(([field]) => field !== 'metadata' && field !== 'apiVersion' && field !== 'kind');
  const fields = rest.map(([field, below]) => ({ field, keep: keeper(field, below, pool) }));
  const Trimmed = newShape();
  return (object) => {
    const trimmed = new Trimmed();
    trimmed['apiVersion'] = apiVersion;
    trimmed['kind'] = kind;
    trimmed['metadata'] = shareMetadata(keepMetadata(metadataOf(object)), pool);
    for (const { field, keep } of fields) {
      const value = (object as Fields)[field];
      if (value !== undefined && value !== null) trimmed[field] = keep(value);
    }
    return trimmed as unknown as KubeObject;
  };
}

/** A copy. */
function withoutManagedFields({ managedFields: _dropped, ...metadata }: ObjectMeta): ObjectMeta {
  return metadata;
}

function metadataOf(object: unknown): ObjectMeta {
  const metadata =
    typeof object === 'object' && object !== null ? (object as { metadata?: unknown }).metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || typeof (metadata as { name?: unknown }).name !== 'string') {
    throw new TypeError('an object without metadata.name');
  }
  return metadata as ObjectMeta;
}

/** Puts shared values in the place of equal ones, in the metadata itself. */
function shareMetadata(metadata: ObjectMeta, pool: StringPool): ObjectMeta {
  const shared = metadata as { -readonly [K in keyof ObjectMeta]: ObjectMeta[K] };
  if (metadata.namespace !== undefined) shared.namespace = pool.string(metadata.namespace);
  if (metadata.labels) shared.labels = pool.labels(metadata.labels);
  if (metadata.ownerReferences) shared.ownerReferences = pool.owners(metadata.ownerReferences);
  return shared;
}

type Keep = (value: unknown) => unknown;

/**
 * Copies what the tree keeps. Strings that were named (a leaf of the tree) are shared; those deeper down come as they
 * are.
 */
function keeper(field: string, tree: FieldTree, pool: StringPool): Keep {
  // What is unique to an object would only push others out of the pool.
  const text = tree === true && UNIQUE.has(field) ? (value: string) => value : (value: string) => pool.string(value);
  if (tree === true) return (value) => (typeof value === 'string' ? text(value) : value);
  const fields = [...tree].map(([name, below]) => ({ name, keep: keeper(name, below, pool) }));
  const Kept = newShape();
  const keep: Keep = (value) => {
    if (typeof value === 'string') return text(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(keep);
    let kept: Fields | undefined;
    for (const { name, keep: keepChild } of fields) {
      const child = (value as Fields)[name];
      if (child === undefined || child === null) continue;
      kept ??= new Kept();
      kept[name] = keepChild(child);
    }
    return kept ?? NOTHING;
  };
  return keep;
}

const UNIQUE = new Set([
  'name',
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'deletionTimestamp',
  'message',
  'podIP',
  'containerID',
]);
