/** JSON patch and merge patch by media type; strategic merge and apply come from their own modules. */
import jsonPatch from 'fast-json-patch';
import { badRequest, refuse, unsupportedMediaType } from './errors.ts';
import { JsonSyntaxError, parseGoJson } from './go-json.ts';
import { asText, type Draft, isObject, objectsOf, put, thaw } from './json.ts';

export const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

export type PatchKind = keyof typeof PATCH_TYPES;

/** Throws 415, naming what this resource takes. */
export function patchKind(contentType: string | undefined, kinds: readonly PatchKind[]): PatchKind {
  const media = (contentType ?? '').split(';')[0]?.trim() ?? '';
  const kind = kinds.find((candidate) => PATCH_TYPES[candidate] === media);
  if (!kind)
    throw unsupportedMediaType([
      ...kinds.map((candidate) => PATCH_TYPES[candidate]),
      ...(kinds.includes('apply') ? ['application/apply-patch+cbor'] : []),
    ]);
  return kind;
}

/** More operations than this are refused before they are looked at. */
const MAX_OPERATIONS = 10_000;

const unprocessable = () =>
  refuse({ reason: 'Invalid', message: 'the server rejected our request due to an error in our request', details: {} });

function read(text: string): unknown {
  try {
    return parseGoJson(text).value;
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw badRequest(`error decoding patch: ${error.message}`);
    throw error;
  }
}

/** RFC 6902. `object` is a draft of ours and may be changed. */
export function applyJsonPatch(object: Draft, text: string): { readonly result: unknown; readonly warnings: readonly string[] } {
  const operations = read(text);
  if (!Array.isArray(operations))
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${isObject(operations) ? 'object' : typeof operations} into Go value of type jsonpatch.Patch`,
    );
  if (operations.length > MAX_OPERATIONS) {
    throw refuse({
      reason: 'RequestEntityTooLarge',
      message: `Request entity is too large: The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${operations.length}`,
      details: {},
    });
  }
  const warnings: string[] = [];
  const steps = objectsOf(operations).map((operation) => {
    const fixed: Draft = { ...operation };
    for (const field of ['path', 'from']) {
      const path = asText(fixed[field]);
      if (fixed[field] !== undefined && path !== '' && !path.startsWith('/')) {
        warnings.push(`patch path ${JSON.stringify(path)} is missing a leading slash`);
        fixed[field] = `/${path}`;
      }
    }
    return fixed;
  });
  try {
    const { newDocument } = jsonPatch.applyPatch(object, steps as never[], true, true, true);
    return { result: newDocument, warnings };
  } catch {
    // The library's words are not the server's; the server says no more than this.
    throw unprocessable();
  }
}

/** A patch that is a JSON object. Throws 400. */
export function patchValue(text: string): Draft {
  const patch = read(text);
  if (!isObject(patch))
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${Array.isArray(patch) ? 'array' : typeof patch} into Go value of type map[string]interface {}`,
    );
  return patch;
}

/** RFC 7386. */
export const applyMergePatch = (object: Draft, text: string): unknown => merged(object, patchValue(text));

function merged(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return thaw(patch);
  const result: Draft = isObject(target) ? target : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else put(result, key, merged(result[key], value));
  }
  return result;
}
