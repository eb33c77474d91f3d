/** Removal of what the schema does not know, in place. */
import { type Draft, isObject } from '../machinery/json.ts';
import { child, index } from './paths.ts';
import { additionalSchema, type Schema } from './schema.ts';

const META = new Set(['apiVersion', 'kind', 'metadata']);

/** Prunes a resource. Answers the paths of what was unknown, sorted. */
export function pruneResource(object: Draft, schema: Schema): string[] {
  const unknown: string[] = [];
  prune(object, { schema, path: '', isResource: true }, unknown);
  return unknown.sort();
}

/** Whether pruning would take something away. */
export function isPruned(value: unknown, schema: Schema): boolean {
  const unknown: string[] = [];
  prune(structuredClone(value), { schema, path: '', isResource: schema.embedded }, unknown);
  return unknown.length === 0;
}

interface Place {
  readonly schema: Schema | undefined;
  readonly path: string;
  readonly isResource: boolean;
  /** An element of a list that keeps what it does not know. */
  readonly keeps?: boolean;
}

function prune(value: unknown, place: Place, unknown: string[]): void {
  const { schema, path, isResource } = place;
  const keeps = place.keeps === true || schema?.preserve === true;
  if (Array.isArray(value)) {
    const items = schema?.items;
    if (keeps && !items) return;
    for (const [i, item] of value.entries())
      prune(item, { schema: items, path: index(path, i), isResource: items?.embedded === true, keeps }, unknown);
    return;
  }
  if (!isObject(value)) return;
  for (const name of Object.keys(value)) {
    if (isResource && META.has(name)) continue;
    const at = child(path, name);
    const known = schema?.properties.get(name) ?? (schema && additionalSchema(schema));
    if (known) prune(value[name], { schema: known, path: at, isResource: known.embedded }, unknown);
    else if (schema?.additional === true)
      prune(value[name], { schema: undefined, path: at, isResource: false }, unknown);
    else if (!keeps) {
      unknown.push(at);
      delete value[name];
    }
  }
}
