/**
 * JSON merge patch (RFC 7386), with the null fields of what a patch adds taken out, inside of lists too, as the
 * server's library does. Nulls that are elements of lists stay.
 */
import { type Draft, isObject, put } from '../machinery/json.ts';
import { PatchError } from './patch-error.ts';

/** What is not patched is shared with `document`. Throws PatchError. */
export function applyMergePatch(document: Draft, patch: unknown): Draft {
  if (patch === null) throw new PatchError('malformed', 'Invalid JSON Patch');
  if (!isObject(patch)) {
    const found = Array.isArray(patch) ? 'array' : typeof patch === 'boolean' ? 'bool' : typeof patch;
    throw new PatchError(
      'malformed',
      `error decoding patch: json: cannot unmarshal ${found} into Go value of type map[string]interface {}`,
    );
  }
  return mergeObjects(document, patch);
}

function mergeObjects(document: Draft, patch: Draft): Draft {
  const target = { ...document };
  for (const [key, value] of Object.entries(patch)) {
    const present = Object.hasOwn(target, key) ? target[key] : undefined;
    if (value === null) delete target[key];
    else if (isObject(present)) put(target, key, isObject(value) ? mergeObjects(present, value) : value);
    else put(target, key, withoutNulls(value));
  }
  return target;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const result: Draft = {};
  for (const [key, item] of Object.entries(value)) if (item !== null) put(result, key, withoutNulls(item));
  return result;
}
