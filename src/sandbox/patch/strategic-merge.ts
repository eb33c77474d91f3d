/**
 * Strategic merge patch: lists merge by the keys that their kind declares, directives delete, replace and order.
 * https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */
import { type Field, type FieldType, type Struct, structOf } from '../../shapes/kinds.ts';
import { type Draft, equalJson, isObject, put, thaw } from '../machinery/json.ts';
import { goText } from '../machinery/go-text.ts';
import { PatchError } from './patch-error.ts';

const DIRECTIVE = '$patch';
const RETAIN_KEYS = '$retainKeys';
const DELETE_FROM = '$deleteFromPrimitiveList/';
const ORDER = '$setElementOrder/';

const internal = (message: string): PatchError => new PatchError('internal', message);
const badType = (directive: unknown, holder: unknown): PatchError =>
  internal(`unknown patch type: ${goText(directive)} in map: ${goText(holder)}`);
const noMergeKey = (item: Draft, key: string): PatchError =>
  internal(`map: ${goText(item)} does not contain declared merge key: ${key}`);

/** `document` and `patch` may be changed. Throws PatchError. */
export function applyStrategicMerge(struct: Struct, document: Draft, patch: Draft): Draft {
  return mergeMaps(document, patch, struct);
}

/** What is declared of a member; undefined inside maps of scalars. */
const fieldOf = (struct: Struct | undefined, name: string): Field | undefined => struct?.byName.get(name);
const structBelow = (type: FieldType | undefined): Struct | undefined => {
  const inner = type?.shape === 'struct' ? type : type?.element;
  return inner?.struct ? structOf(inner.struct) : undefined;
};

function mergeMaps(original: Draft, patch: Draft, struct: Struct | undefined): Draft {
  const directive = patch[DIRECTIVE];
  if (directive !== undefined) {
    if (directive === 'replace') {
      const { [DIRECTIVE]: _, ...rest } = patch;
      return rest;
    }
    if (directive === 'delete') return {};
    throw badType(directive, patch);
  }
  retainKeys(original, patch);
  orderLists(original, patch, struct);
  for (const [name, value] of Object.entries(patch)) {
    const isDeletion = name.startsWith(DELETE_FROM);
    const key = isDeletion ? name.slice(DELETE_FROM.length) : name;
    if (value === null) {
      delete original[key];
      continue;
    }
    const present = Object.hasOwn(original, key) ? original[key] : undefined;
    if (isObject(present) && isObject(value)) {
      const field = fieldOf(struct, key);
      put(
        original,
        key,
        field?.patchStrategies.includes('replace') ? value : mergeMaps(present, value, structBelow(field?.type)),
      );
    } else if (Array.isArray(present) && Array.isArray(value)) {
      put(original, key, mergeLists(present, value, { field: fieldOf(struct, key), isDeletion }));
    } else if (!isDeletion) put(original, key, bare(value));
  }
  return original;
}

/** What a patch adds, without nulls in maps and without directives. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => !(isObject(item) && item[DIRECTIVE] !== undefined)).map(bare);
  if (!isObject(value)) return value;
  const result: Draft = {};
  for (const [key, item] of Object.entries(value)) {
    if (
      item === null ||
      key === DIRECTIVE ||
      key === RETAIN_KEYS ||
      key.startsWith(ORDER) ||
      key.startsWith(DELETE_FROM)
    )
      continue;
    if (isObject(item) && item[DIRECTIVE] === 'delete') continue;
    put(result, key, bare(item));
  }
  return result;
}

function retainKeys(original: Draft, patch: Draft): void {
  const keys = patch[RETAIN_KEYS];
  if (keys === undefined) return;
  delete patch[RETAIN_KEYS];
  const bad = new PatchError('malformed', 'invalid patch format of retainKeys');
  if (!Array.isArray(keys)) throw bad;
  const kept = new Set<unknown>(keys);
  for (const [key, value] of Object.entries(patch)) {
    if (!key.startsWith('$') && value !== null && !kept.has(key)) throw bad;
  }
  for (const key of Object.keys(original)) if (!kept.has(key)) delete original[key];
}

// --- lists ---

interface ListOf {
  readonly field: Field | undefined;
  readonly isDeletion: boolean;
}

function mergeLists(original: unknown[], patch: unknown[], { field, isDeletion }: ListOf): unknown[] {
  if (!field?.patchStrategies.includes('merge')) return patch;
  if (original.length === 0 && patch.length === 0) return original;
  const first: unknown = [...original, ...patch][0];
  if (Array.isArray(first)) throw new PatchError('refused', 'lists of lists are not supported');
  if ([...original, ...patch].some((item) => isObject(item) !== isObject(first))) {
    throw internal(`list element types are not identical: ${goText([original, patch])}`);
  }
  if (!isObject(first)) {
    if (isDeletion) return original.filter((item) => !patch.includes(item));
    const merged = [...new Set([...original, ...patch])];
    return ordered(merged, { patchOrder: patch, serverOrder: original, key: undefined });
  }
  const key = field.mergeKey;
  if (key === undefined) throw internal(`cannot merge lists without merge key for ${field.type.goName}`);
  const merged = mergeElements(original.filter(isObject), patch.filter(isObject), {
    key,
    struct: structBelow(field.type),
  });
  return ordered(merged.all, { patchOrder: merged.patch, serverOrder: merged.original, key });
}

interface Elements {
  readonly all: Draft[];
  readonly original: readonly Draft[];
  readonly patch: readonly Draft[];
}

function mergeElements(
  before: readonly Draft[],
  patch: readonly Draft[],
  { key, struct }: { readonly key: string; readonly struct: Struct | undefined },
): Elements {
  let original = [...before];
  const plain: Draft[] = [];
  let replaced = false;
  for (const item of patch) {
    const directive = item[DIRECTIVE];
    if (directive === undefined) plain.push(item);
    else if (directive === 'delete') {
      if (item[key] === undefined) throw noMergeKey(item, key);
      original = original.filter((each) => !equalJson(each[key], item[key]));
    } else if (directive === 'replace') replaced = true;
    else if (directive === 'merge') throw internal('merging lists cannot yet be specified in the patch');
    else throw badType(directive, item);
  }
  if (replaced) return { all: plain, original: [], patch: plain };
  const all = [...original];
  for (const item of plain) {
    if (item[key] === undefined) throw noMergeKey(item, key);
    const nameless = all.find((each) => each[key] === undefined);
    const index = all.findIndex((each) => equalJson(each[key], item[key]));
    if (index >= 0) all[index] = mergeMaps(thaw(all[index] as Draft), item, struct);
    else if (nameless) throw noMergeKey(nameless, key);
    else all.push(bare(item) as Draft);
  }
  return { all, original, patch: plain };
}

interface Order {
  readonly patchOrder: readonly unknown[];
  readonly serverOrder: readonly unknown[];
  readonly key: string | undefined;
}

/**
 * Elements of the patch in the patch's order, the others in the server's; where neither order says more, the patch's
 * come first.
 */
function ordered(merged: readonly unknown[], { patchOrder, serverOrder, key }: Order): unknown[] {
  const idOf = (item: unknown): string =>
    JSON.stringify(key === undefined ? item : isObject(item) ? item[key] : undefined) ?? '';
  const indexIn = (list: readonly unknown[]) => new Map(list.map((item, index) => [idOf(item), index] as const));
  const [inPatch, inServer] = [indexIn(patchOrder), indexIn(serverOrder)];
  const byOrder = (order: ReadonlyMap<string, number>) => (a: unknown, b: unknown) =>
    (order.get(idOf(a)) ?? Infinity) - (order.get(idOf(b)) ?? Infinity) || 0;
  const left = merged.filter((item) => !inPatch.has(idOf(item))).sort(byOrder(inServer));
  const right = merged.filter((item) => inPatch.has(idOf(item))).sort(byOrder(inPatch));
  const result: unknown[] = [];
  let [l, r] = [0, 0];
  while (l < left.length || r < right.length) {
    const [a, b] = [inServer.get(idOf(left[l])), inServer.get(idOf(right[r]))];
    const isLeft = r >= right.length || (l < left.length && a !== undefined && b !== undefined && a < b);
    result.push(isLeft ? left[l++] : right[r++]);
  }
  return result;
}

/** Lists with a wanted order are merged and put into it first; their part of the patch is then done. */
function orderLists(original: Draft, patch: Draft, struct: Struct | undefined): void {
  for (const [name, order] of Object.entries(patch)) {
    if (!name.startsWith(ORDER)) continue;
    delete patch[name];
    const key = name.slice(ORDER.length);
    const field = fieldOf(struct, key);
    const present = Object.hasOwn(original, key) ? original[key] : undefined;
    const given = patch[key];
    const bad = new PatchError('malformed', 'invalid patch format of setElementOrder list');
    if (!Array.isArray(order) || (given !== undefined && given !== null && !Array.isArray(given))) throw bad;
    const patchList: unknown[] = Array.isArray(given) ? given : [];
    checkOrder(patchList, order, field?.mergeKey);
    const originalList: unknown[] = Array.isArray(present) ? present : [];
    if (present === undefined && !Array.isArray(given)) continue;
    let merged: unknown[];
    if (!Array.isArray(given)) merged = originalList;
    else if (present === undefined) merged = bare(patchList) as unknown[];
    else merged = mergeLists(originalList, patchList, { field, isDeletion: false });
    put(original, key, ordered(merged, { patchOrder: order, serverOrder: originalList, key: field?.mergeKey }));
    delete patch[key];
  }
}

/** The patch's elements must be in the wanted order, and among it. */
function checkOrder(patchList: readonly unknown[], order: readonly unknown[], key: string | undefined): void {
  const kept = patchList.filter((item) => !(isObject(item) && item[DIRECTIVE] !== undefined));
  if (kept.length === 0 || order.length === 0) return;
  const same = (a: unknown, b: unknown): boolean => {
    if (key === undefined) return equalJson(a, b);
    const [x, y] = [isObject(a) ? a : {}, isObject(b) ? b : {}];
    if (x[key] === undefined) throw noMergeKey(x, key);
    if (y[key] === undefined) throw noMergeKey(y, key);
    return equalJson(x[key], y[key]);
  };
  let next = 0;
  for (const item of order) if (next < kept.length && same(kept[next], item)) next++;
  if (next < kept.length) {
    throw internal(
      `The order in patch list:\n${goText(patchList)}\n doesn't match $setElementOrder list:\n${goText(order)}\n`,
    );
  }
}

/** Undefined: `patch` is an object. The message is the decoder's. */
export function strategicPatchProblem(patch: unknown): string | undefined {
  if (isObject(patch) || patch === null) return undefined;
  const found = Array.isArray(patch) ? 'array' : typeof patch === 'boolean' ? 'bool' : typeof patch;
  return `json: cannot unmarshal ${found} into Go value of type map[string]interface {}`;
}
