/** Two values of one schema compared, merged, and one value stripped of fields. Undefined is absent, null is null. */
import { type Draft, equalJson, isObject, put } from '../machinery/json.ts';
import { type FieldSet, FieldSetBuilder, type PathElement } from './field-set.ts';
import { type Atom, DEDUCED, type ListAtom, type MapAtom } from '../schema/typed-schema.ts';
import { asArray, asMap, atomOfKey, deduce, elementsOf, formOf, isBlank } from './typed-value.ts';

const own = (object: Draft, key: string): unknown => (Object.hasOwn(object, key) ? object[key] : undefined);

// --- comparison ---

export interface Comparison {
  readonly removed: FieldSet;
  readonly modified: FieldSet;
  readonly added: FieldSet;
}

interface Comparing {
  readonly removed: FieldSetBuilder;
  readonly modified: FieldSetBuilder;
  readonly added: FieldSetBuilder;
}

export function compare(atom: Atom, before: unknown, after: unknown): Comparison {
  const into: Comparing = {
    removed: new FieldSetBuilder(),
    modified: new FieldSetBuilder(),
    added: new FieldSetBuilder(),
  };
  compareAt(atom, [before, after], { path: [], into });
  return { removed: into.removed.build(), modified: into.modified.build(), added: into.added.build() };
}

interface At {
  readonly path: readonly PathElement[];
  readonly into: Comparing;
}

type Pair = readonly [left: unknown, right: unknown];

/** Equal forms are walked once, different ones each in its own way. */
function formsOf(open: Atom, [left, right]: Pair): readonly Atom[] {
  const [a, b] = [deduce(open, left), deduce(open, right)];
  if (right === undefined) return [a];
  if (left === undefined || left === null || right === null || formOf(a) === formOf(b)) return [right === null ? a : b];
  return [a, b];
}

function compareAt(open: Atom, pair: Pair, at: At): void {
  const [left, right] = pair;
  let leaf = false;
  for (const atom of formsOf(open, pair)) leaf = compareForm(atom, pair, at);
  if (leaf) return;
  if (left === undefined) at.into.added.add(at.path);
  else if (right === undefined) at.into.removed.add(at.path);
}

/** Whether the value was taken as a whole. */
function compareForm(atom: Atom, pair: Pair, at: At): boolean {
  const [left, right] = pair;
  const form = formOf(atom);
  const whole =
    form === 'scalar' ||
    (isBlankAs(form, left) && isBlankAs(form, right)) ||
    atom.map?.atomic === true ||
    atom.list?.relation === 'atomic';
  if (whole) {
    if (left === undefined) at.into.added.add(at.path);
    else if (right === undefined) at.into.removed.add(at.path);
    else if (!equalJson(left, right)) at.into.modified.add(at.path);
    return true;
  }
  if (form === 'map') compareMaps(atom.map as MapAtom, [asMap(left), asMap(right)], at);
  else compareLists(atom.list as ListAtom, [asArray(left), asArray(right)], at);
  return false;
}

const isBlankAs = (form: 'map' | 'list', value: unknown): boolean =>
  form === 'map' ? isBlank(asMap(value)) : isBlank(asArray(value));

function compareMaps(map: MapAtom, [left, right]: readonly [Draft, Draft], at: At): void {
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const atom = atomOfKey(map, key);
    if (atom) compareAt(atom, [own(left, key), own(right, key)], { ...at, path: [...at.path, `f:${key}`] });
  }
}

function grouped(list: ListAtom, items: readonly unknown[]): Map<PathElement, unknown[]> {
  const groups = new Map<PathElement, unknown[]>();
  for (const { element, item } of elementsOf(list, items)) groups.set(element, [...(groups.get(element) ?? []), item]);
  return groups;
}

function compareLists(list: ListAtom, [left, right]: readonly [readonly unknown[], readonly unknown[]], at: At): void {
  const [before, after] = [grouped(list, left), grouped(list, right)];
  for (const element of new Set([...before.keys(), ...after.keys()])) {
    const [ls, rs] = [before.get(element) ?? [], after.get(element) ?? []];
    const path = [...at.path, element];
    const below: At = { ...at, path };
    if (ls.length <= 1 && rs.length <= 1) compareAt(list.element, [ls[0], rs[0]], below);
    else if (ls.length >= 2 && rs.length >= 2) {
      if (!equalJson(ls, rs)) at.into.modified.add(path);
    } else if (ls.length >= 2) {
      if (rs.length > 0) compareAt(list.element, [undefined, rs[0]], below);
      at.into.removed.add(path);
    } else {
      if (ls.length > 0) compareAt(list.element, [ls[0], undefined], below);
      at.into.added.add(path);
    }
  }
}

// --- merge ---

/** `right` over `left`: fields of `right` win, lists that are sets or maps keep the elements of both. */
export function mergeTyped(atom: Atom, left: unknown, right: unknown): unknown {
  let out: unknown;
  for (const form of formsOf(atom, [left, right])) out = mergeForm(form, left, right);
  return out;
}

function mergeForm(atom: Atom, left: unknown, right: unknown): unknown {
  const form = formOf(atom);
  const whole =
    form === 'scalar' ||
    (isBlankAs(form, left) && isBlankAs(form, right)) ||
    atom.map?.atomic === true ||
    atom.list?.relation === 'atomic';
  if (whole) return right === undefined ? left : right;
  if (form === 'list') return mergeLists(atom.list as ListAtom, asArray(left), asArray(right));
  const [a, b] = [asMap(left), asMap(right)];
  const result: Draft = {};
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const value = mergeTyped(atomOfKey(atom.map as MapAtom, key) ?? DEDUCED, own(a, key), own(b, key));
    if (value !== undefined) put(result, key, value);
  }
  return isBlank(result) ? undefined : result;
}

/**
 * Elements of both in one order: those that both have as `right` has them, the others where their neighbours leave
 * them.
 */
function mergeLists(list: ListAtom, left: readonly unknown[], right: readonly unknown[]): unknown {
  const [ls, rs] = [elementsOf(list, left), elementsOf(list, right)];
  const before = new Map<PathElement, unknown>();
  // An element that is there twice is not merged with the new one.
  for (const { element, item } of ls) before.set(element, before.has(element) ? null : item);
  const after = new Map(rs.map(({ element, item }) => [element, item] as const));
  const shared = rs.map(({ element }) => element).filter((element) => before.has(element));
  const merged = new Set<PathElement>();
  const out: unknown[] = [];
  const take = (element: PathElement, l: unknown, r: unknown) => {
    const value = mergeTyped(list.element, l, r);
    if (value !== undefined) out.push(value);
    merged.add(element);
  };
  let [l, r, next] = [0, 0, 0];
  while (l < ls.length || r < rs.length) {
    const [one, two] = [ls[l], rs[r]];
    if (one && two) {
      if (one.element === two.element) {
        take(one.element, before.get(one.element), two.item);
        l++;
        r++;
        next++;
        continue;
      }
      const wanted = shared[next];
      if (after.has(one.element) && wanted !== undefined && wanted !== one.element) {
        l++;
        continue;
      }
    }
    if (one) {
      if (!after.has(one.element)) {
        const value = mergeTyped(list.element, one.item, undefined);
        if (value !== undefined) out.push(value);
        l++;
        continue;
      }
      if (merged.has(one.element)) l++;
    }
    if (two) {
      take(two.element, before.get(two.element), two.item);
      r++;
      if (shared[next] === two.element) next++;
    }
  }
  return out.length === 0 ? undefined : out;
}

// --- removal ---

/** What loses all that is in it stays, empty. */
const strippedOf = (item: unknown, left: unknown): unknown =>
  left !== undefined ? left : Array.isArray(item) ? [] : isObject(item) ? {} : null;

/** `value` without the fields of `remove`. Atomic values go whole when something of them is named. */
export function removeFields(open: Atom, value: unknown, remove: FieldSet): unknown {
  const atom = deduce(open, value);
  const form = formOf(atom);
  if (form === 'scalar') return value;
  if (form === 'list') {
    if (!Array.isArray(value) || value.length === 0 || atom.list?.relation === 'atomic') return undefined;
    const list = atom.list as ListAtom;
    const kept = elementsOf(list, value)
      .filter(({ element }) => !remove.has(element))
      .map(({ element, item }) =>
        remove.below(element).empty ? item : strippedOf(item, removeFields(list.element, item, remove.below(element))),
      );
    return kept.length === 0 ? undefined : kept;
  }
  if (!isObject(value) || isBlank(value) || atom.map?.atomic) return undefined;
  const result: Draft = {};
  for (const [key, item] of Object.entries(value)) {
    const element = `f:${key}`;
    if (remove.has(element)) continue;
    const below = remove.below(element);
    const child = atomOfKey(atom.map as MapAtom, key);
    put(result, key, below.empty || !child ? item : strippedOf(item, removeFields(child, item, below)));
  }
  return isBlank(result) ? undefined : result;
}
