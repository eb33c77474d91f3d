/** A webhook's JSON patch on the object in hand. */
import { internalError } from '../machinery/errors.ts';
import { JsonSyntaxError, parseGoJson } from '../machinery/go-json.ts';
import { asText, at, type Draft, equalJson, isObject, put, thaw } from '../machinery/json.ts';
import { metaOf } from '../machinery/metadata.ts';
import type { ResourceType } from '../machinery/registry.ts';
import { applyJsonPatch } from '../patch/json-patch.ts';
import { PatchError } from '../patch/patch-error.ts';
import { decodeFields, type KindName } from '../schema/type-decoding.ts';

/** The operations, or why there are none to be had. */
export function operationsOf(text: string): { readonly operations: readonly Draft[] } | { readonly problem: string } {
  try {
    const { value } = parseGoJson(text);
    if (value === null) return { operations: [] };
    if (Array.isArray(value)) return { operations: value.filter(isObject) };
    const found = typeof value === 'boolean' ? 'bool' : typeof value;
    return { problem: `json: cannot unmarshal ${found} into Go value of type jsonpatch.Patch` };
  } catch (error) {
    if (error instanceof JsonSyntaxError) return { problem: error.message };
    throw error;
  }
}

export interface Patched {
  readonly type: ResourceType;
  /** The kind where it is not the type's own: that of a subresource. */
  readonly expected?: KindName;
}

export type PatchedDocument =
  | { readonly document: Draft }
  /** The first operation that does not fit, and why. */
  | { readonly operation: string; readonly problem: string };

/** A copy of the object with the patch applied. */
export function patchedDocument(object: Draft, operations: readonly Draft[]): PatchedDocument {
  let document: Draft = thaw(object);
  for (const operation of operations) {
    const before = document;
    try {
      const { result } = applyJsonPatch(document, [operation]);
      if (!isObject(result)) throw internalError('the patch leaves no object');
      document = result;
    } catch (error) {
      if (error instanceof PatchError)
        return { operation: asText(operation['op']), problem: misfit(operation, before) };
      throw error;
    }
  }
  return { document };
}

/** A copy of the object with the patch applied, defaults filled in. Throws 500 where it does not fit. */
export function patchedCopy(target: Patched, object: Draft, operations: readonly Draft[]): Draft {
  const patched = patchedDocument(object, operations);
  if ('problem' in patched) throw internalError(patched.problem);
  return settled(target, patched.document, 'lenient');
}

/** The document as an object of its kind, with defaults filled in. Throws 500 where it is none. */
export function settled({ type, expected }: Patched, document: Draft, unknown: 'lenient' | 'strict'): Draft {
  const decoded = decodeFields(type, document, expected && expected.kind !== type.kind ? { expected } : {});
  if (decoded.problem !== undefined) throw internalError(decoded.problem);
  if (unknown === 'strict' && !type.custom && decoded.strict.length > 0)
    throw internalError(`strict decoding error: ${decoded.strict.join(', ')}`);
  if (expected === undefined) type.strategy.applyDefaults?.(decoded.object);
  return decoded.object;
}

/** As gopkg.in/evanphx/json-patch.v4 words it. */
function misfit(operation: Draft, document: Draft): string {
  const [op, path, from] = [asText(operation['op']), asText(operation['path']), asText(operation['from'])];
  if (!['add', 'remove', 'replace', 'move', 'copy', 'test'].includes(op)) return `Unexpected kind: ${op}`;
  const parent = (pointer: string) => {
    const steps = pointer
      .split('/')
      .slice(1, -1)
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
    let found: unknown = document;
    for (const step of steps) found = Array.isArray(found) ? found[Number(step)] : at(found, step);
    return found;
  };
  const last = (pointer: string) => (pointer.split('/').at(-1) ?? '').replaceAll('~1', '/').replaceAll('~0', '~');
  const missing = (pointer: string) => {
    const found = parent(pointer);
    return !pointer.includes('/') || (!isObject(found) && !Array.isArray(found));
  };
  if (op === 'replace')
    return missing(path)
      ? `replace operation does not apply: doc is missing path: ${path}: missing value`
      : `error in replace for path: '${path}': ${outOf(path)}`;
  if (op === 'test')
    return missing(path)
      ? `test operation does not apply: is missing path: ${path}: missing value`
      : `testing value ${path} failed: test failed`;
  const source = op === 'move' || op === 'copy' ? from : path;
  if (missing(source)) {
    const shown = op === 'move' || op === 'copy' ? `from path: ${source}` : `path: ${JSON.stringify(source)}`;
    return `${op} operation does not apply: doc is missing ${shown}: missing value`;
  }
  if (op === 'remove')
    return isObject(parent(path))
      ? `error in remove for path: '${path}': Unable to remove nonexistent key: ${last(path)}: missing value`
      : `error in remove for path: '${path}': ${outOf(path)}`;
  const container = parent(source);
  if (op === 'move' && isObject(container) && !Object.hasOwn(container, last(from)))
    return `error in move for path: '${last(from)}': Unable to remove nonexistent key: ${last(from)}: missing value`;
  if (missing(path)) return `${op} operation does not apply: doc is missing destination path: ${path}: missing value`;
  return `error in ${op} for path: '${path}': ${outOf(path)}`;
}

const outOf = (path: string): string =>
  `Unable to access invalid index: ${path.split('/').at(-1) ?? ''}: invalid index referenced`;

/** Puts the content of `next` in the draft; draft and metadata stay the same objects. True: that changed something. */
export function takeOver(draft: Draft, next: Draft): boolean {
  if (equalJson(draft, next)) return false;
  const meta = metaOf(draft);
  const nextMeta = metaOf(next);
  for (const field of Object.keys(meta)) delete meta[field];
  for (const [field, value] of Object.entries(nextMeta)) put(meta, field, value);
  for (const field of Object.keys(draft)) if (field !== 'metadata') delete draft[field];
  for (const [field, value] of Object.entries(next)) if (field !== 'metadata') put(draft, field, value);
  return true;
}
