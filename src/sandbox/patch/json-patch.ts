/**
 * JSON patch (RFC 6902) with what the server's library makes of it: `replace` sets a member that was not there, `copy`
 * and `test` take a missing member for null, a path's first part is dropped unseen, negative indexes count from the
 * end.
 * https://pkg.go.dev/gopkg.in/evanphx/json-patch.v4
 */
import { asText, type Draft, equalJson, isObject, put, thaw } from '../machinery/json.ts';
import { PatchError } from './patch-error.ts';

/** More operations than this are refused before they are looked at. The real server's number. */
const MAX_OPERATIONS = 10_000;

const OPERATION_FIELDS: ReadonlySet<string> = new Set(['op', 'path', 'from', 'value']);

const jsonType = (value: unknown): string =>
  Array.isArray(value) ? 'array' : isObject(value) ? 'object' : typeof value === 'boolean' ? 'bool' : typeof value;

const fail = (): never => {
  throw new PatchError('refused', 'the server rejected our request due to an error in our request');
};

export interface JsonPatched {
  readonly result: unknown;
  /** Members of operations that mean nothing: `[0].extra`. */
  readonly unknown: readonly string[];
}

/** `document` may be changed. Throws PatchError. */
export function applyJsonPatch(document: Draft, patch: unknown): JsonPatched {
  if (patch === null) return { result: document, unknown: [] };
  if (!Array.isArray(patch)) throw malformed(jsonType(patch), 'Go value of type []handlers.jsonPatchOp');
  const unknown: string[] = [];
  for (const [index, operation] of patch.entries()) {
    if (operation === null) continue;
    if (!isObject(operation)) throw malformed(jsonType(operation), 'Go value of type handlers.jsonPatchOp');
    for (const [field, value] of Object.entries(operation)) {
      if (!OPERATION_FIELDS.has(field)) unknown.push(`[${index}].${field}`);
      else if (field !== 'value' && value !== null && typeof value !== 'string') {
        throw malformed(jsonType(value), `Go struct field jsonPatchOp.${field} of type string`);
      }
    }
  }
  if (patch.length > MAX_OPERATIONS) {
    throw new PatchError(
      'tooLarge',
      `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`,
    );
  }
  let result: unknown = document;
  for (const operation of patch) result = performed(result, isObject(operation) ? operation : {});
  return { result, unknown };
}

const malformed = (found: string, target: string): PatchError =>
  new PatchError('malformed', `error decoding patch: json: cannot unmarshal ${found} into ${target}`);

interface Place {
  readonly container: Draft | unknown[];
  readonly key: string;
}

function placeOf(document: unknown, path: unknown): Place {
  if (typeof path !== 'string') return fail();
  const parts = path.split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (parts.length < 2) return fail();
  let container: unknown = document;
  for (const part of parts.slice(1, -1)) container = childAt(container, part);
  if (!isObject(container) && !Array.isArray(container)) return fail();
  return { container, key: parts.at(-1) as string };
}

function childAt(container: unknown, part: string): unknown {
  if (Array.isArray(container)) return container[indexOf(container, part, 'present')];
  return isObject(container) && Object.hasOwn(container, part) ? container[part] : fail();
}

/** `gap`: one past the end will do. */
function indexOf(list: readonly unknown[], text: string, wanted: 'present' | 'gap'): number {
  if (wanted === 'gap' && text === '-') return list.length;
  if (!/^[+-]?\d+$/.test(text)) return fail();
  const given = Number(text);
  const index = given < 0 ? given + list.length + (wanted === 'gap' ? 1 : 0) : given;
  const limit = wanted === 'gap' ? list.length : list.length - 1;
  return index < 0 || index > limit ? fail() : index;
}

/** Null where a member is missing. */
function read({ container, key }: Place): unknown {
  if (Array.isArray(container)) return container[indexOf(container, key, 'present')];
  return Object.hasOwn(container, key) ? container[key] : null;
}

function add({ container, key }: Place, value: unknown): void {
  if (Array.isArray(container)) container.splice(indexOf(container, key, 'gap'), 0, value);
  else put(container, key, value);
}

function replace({ container, key }: Place, value: unknown): void {
  if (Array.isArray(container)) container[indexOf(container, key, 'present')] = value;
  else put(container, key, value);
}

function remove({ container, key }: Place): void {
  if (Array.isArray(container)) container.splice(indexOf(container, key, 'present'), 1);
  else if (Object.hasOwn(container, key)) delete container[key];
  else fail();
}

/** The document afterwards: another one where the whole of it is replaced. */
function performed(document: unknown, operation: Draft): unknown {
  const { value } = operation;
  const whole = operation['op'] === 'replace' && operation['path'] === '';
  if (whole) return isObject(value) || Array.isArray(value) ? thaw(value) : fail();
  perform(document, operation);
  return document;
}

function perform(document: unknown, operation: Draft): void {
  const value = operation['value'] === undefined ? null : operation['value'];
  const target = () => placeOf(document, operation['path']);
  const source = () => placeOf(document, operation['from']);
  switch (asText(operation['op'])) {
    case 'add':
      return add(target(), thaw(value));
    case 'replace':
      return replace(target(), thaw(value));
    case 'remove':
      return remove(target());
    case 'move': {
      const from = source();
      const moved = read(from);
      remove(from);
      return add(target(), moved);
    }
    case 'copy':
      return add(target(), thaw(read(source())));
    case 'test':
      if (!equalJson(read(target()), value)) fail();
      return;
    default:
      fail();
  }
}
