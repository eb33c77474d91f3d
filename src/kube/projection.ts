/**
 * What a cache keeps of a kind, declared once by the names of its fields. Everything else is dropped as an object
 * enters, which is where an operator's memory goes or stays: a pod of 10 KB becomes one of 1 KB.
 *
 * A path is field names joined by dots: `status.phase`. Lists are passed through
 * (`status.containerStatuses.restartCount` keeps that field of every element); where a path ends, all below is kept.
 * One key of a map is named in brackets: `metadata.annotations[kubeskippy.io/protected]`. Always kept: apiVersion, kind
 * and of the metadata name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp, labels,
 * ownerReferences.
 */
import { assert } from '../std/assert.ts';

/** The tree that paths compile to. `true`: keep all below. */
export type FieldTree = true | ReadonlyMap<string, FieldTree>;

export interface Projection {
  /** Identifies it: one name, one set of fields. Part of what caches are shared by. */
  readonly name: string;
  readonly fields: readonly string[];
  readonly tree: FieldTree;
}

const ALWAYS = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'metadata.resourceVersion',
  'metadata.generation',
  'metadata.creationTimestamp',
  'metadata.deletionTimestamp',
  'metadata.labels',
  'metadata.ownerReferences',
];

export function projection(name: string, fields: readonly string[]): Projection {
  const root = new Map<string, FieldTree>();
  for (const field of [...ALWAYS, ...fields]) insert(root, parsePath(field));
  return { name, fields, tree: root };
}

/** Whether objects trimmed to the projection have all of these fields. */
export const covers = ({ tree, fields }: Projection, wanted: readonly string[]): boolean =>
  tree === true ||
  wanted.every((path) => [...ALWAYS, ...fields].some((field) => path === field || path.startsWith(`${field}.`)));

/** Keeps whole objects but for `metadata.managedFields`, which nobody here reads and which is half of many objects. */
export const EVERYTHING: Projection = { name: 'everything', fields: [], tree: true };

/** `a.b[c.d/e].f` → a, b, c.d/e, f. */
export function parsePath(path: string): readonly string[] {
  const parts: string[] = [];
  const pattern = /\[([^\]]+)\]|([^.[\]]+)/gy;
  let at = 0;
  while (at < path.length) {
    if (path[at] === '.') at++;
    pattern.lastIndex = at;
    const match = pattern.exec(path);
    assert(match !== null, `malformed field path ${JSON.stringify(path)}`);
    parts.push((match[1] ?? match[2]) as string);
    at = pattern.lastIndex;
  }
  assert(parts.length > 0, 'empty field path');
  return parts;
}

function insert(root: Map<string, FieldTree>, parts: readonly string[]): void {
  let node = root;
  for (const [index, part] of parts.entries()) {
    const below = node.get(part);
    if (below === true) return;
    if (index === parts.length - 1) {
      node.set(part, true);
      return;
    }
    if (below === undefined) {
      const created = new Map<string, FieldTree>();
      node.set(part, created);
      node = created;
    } else {
      node = below as Map<string, FieldTree>;
    }
  }
}
