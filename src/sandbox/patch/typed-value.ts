/**
 * Values with their schema: checked, turned into the set of their fields, compared, merged, and stripped of fields. The rules are those of
 * sigs.k8s.io/structured-merge-diff, which server-side apply is defined by. In all functions undefined is absent, null is null.
 */
import { equalJson, isObject, put, type Draft } from '../apiserver/json.ts';
import { elementText, type FieldSet, FieldSetBuilder, type PathElement } from './field-set.ts';
import { goSyntax, goText, goType } from './go-text.ts';
import { type Atom, DEDUCED, type ListAtom, type MapAtom, type Scalar } from './typed-schema.ts';

/** Only one of the forms: the one that the value has, where it has one that the schema knows. */
function deduce(atom: Atom, value: unknown): Atom {
  if (Array.isArray(value)) return atom.list ? { list: atom.list } : atom;
  if (isObject(value)) return atom.map ? { map: atom.map } : atom;
  return value !== undefined && value !== null && atom.scalar ? { scalar: atom.scalar } : atom;
}

/** Which form is looked at when several are open. */
const formOf = (atom: Atom): 'map' | 'scalar' | 'list' => (atom.map ? 'map' : atom.scalar ? 'scalar' : 'list');

const asArray = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const asMap = (value: unknown): Draft => (isObject(value) ? value : {});
const isBlank = (value: unknown): boolean =>
  Array.isArray(value) ? value.length === 0 : isObject(value) ? Object.keys(value).length === 0 : true;

type Element = { readonly element: PathElement } | { readonly problem: string };

/** How a list's element is named; a problem where it cannot be. */
function elementOf(list: ListAtom, item: unknown): Element {
  if (list.relation === 'set') {
    if (isObject(item)) return { problem: "associative list without keys has an element that's a map type" };
    if (Array.isArray(item)) return { problem: 'not supported: associative list with lists as elements' };
    if (item === null || item === undefined) return { problem: "associative list without keys has an element that's an explicit null" };
    return { element: `v:${JSON.stringify(item)}` };
  }
  if (item === null || item === undefined) return { problem: 'associative list with keys may not have a null element' };
  if (!isObject(item)) return { problem: 'associative list with keys may not have non-map elements' };
  const keys: Draft = {};
  let found = false;
  for (const name of [...list.keys].sort()) {
    const value = item[name] === undefined ? list.element.map?.field(name)?.fallback : item[name];
    if (value === undefined) continue;
    put(keys, name, value);
    found = true;
  }
  if (!found) {
    const names = list.keys.map((name) => JSON.stringify(name)).join(' ');
    return {
      problem: `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`,
    };
  }
  return { element: `k:${JSON.stringify(keys)}` };
}

const elementsOf = (list: ListAtom, items: readonly unknown[]): readonly { readonly element: PathElement; readonly item: unknown }[] =>
  items.flatMap((item) => {
    const named = elementOf(list, item);
    return 'element' in named ? [{ element: named.element, item }] : [];
  });

const atomOfKey = (map: MapAtom, key: string): Atom | undefined => map.field(key)?.atom ?? map.element;

// --- checking ---

/** `.spec.replicas: expected numeric …`, one a problem. `duplicates`: a list may name an element twice (objects stored before that was refused). */
export function typeProblems(atom: Atom, value: unknown, duplicates: 'allowed' | 'refused'): readonly string[] {
  const problems: string[] = [];
  check(atom, value, { path: '', problems, duplicates });
  return problems;
}

interface Check {
  readonly path: string;
  readonly problems: string[];
  readonly duplicates: 'allowed' | 'refused';
}

function check(open: Atom, value: unknown, at: Check): void {
  const atom = deduce(open, value);
  const say = (problem: string) => at.problems.push(at.path === '' ? problem : `${at.path}: ${problem}`);
  switch (formOf(atom)) {
    case 'map':
      if (value === null) return;
      if (!isObject(value)) say(`expected map, got ${printed(value)}`);
      else checkMap(atom.map as MapAtom, value, at);
      return;
    case 'scalar': {
      const problem = scalarProblem(atom.scalar as Scalar, value);
      if (problem) say(problem);
      return;
    }
    default:
      if (value === null) return;
      if (!Array.isArray(value)) say(`expected list, got ${printed(value)}`);
      else checkList(atom.list as ListAtom, value, at);
  }
}

const printed = (value: unknown): string => `&{${goText(value)}}`;

function scalarProblem(scalar: Scalar, value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  switch (scalar) {
    case 'numeric':
      return typeof value === 'number' ? undefined : `expected numeric (int or float), got ${goType(value)}`;
    case 'string':
      return typeof value === 'string' ? undefined : `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `expected boolean, got ${printed(value)}`;
    default:
      return typeof value === 'object' ? `expected any scalar, got ${printed(value)}` : undefined;
  }
}

function checkMap(map: MapAtom, value: Draft, at: Check): void {
  for (const [key, item] of Object.entries(value)) {
    const path = `${at.path}.${key}`;
    const atom = atomOfKey(map, key);
    if (!atom) {
      at.problems.push(`${path}: field not declared in schema`);
      return;
    }
    check(atom, item, { ...at, path });
  }
}

function checkList(list: ListAtom, items: readonly unknown[], at: Check): void {
  const seen = new Set<PathElement>();
  for (const [index, item] of items.entries()) {
    let element = `i:${index}`;
    if (list.relation !== 'atomic') {
      const named = elementOf(list, item);
      if ('problem' in named) {
        at.problems.push(`${at.path}: element ${index}: ${named.problem}`);
        return;
      }
      element = named.element;
      if (seen.has(element) && at.duplicates === 'refused')
        at.problems.push(`${at.path}: duplicate entries for key ${elementText(element)}`);
      seen.add(element);
    }
    check(list.element, item, { ...at, path: at.path + elementText(element) });
  }
}

// --- the set of a value's fields ---

export function fieldsOf(atom: Atom, value: unknown): FieldSet {
  const builder = new FieldSetBuilder();
  collect(atom, value, { path: [], builder });
  return builder.build();
}

interface Collecting {
  readonly path: readonly PathElement[];
  readonly builder: FieldSetBuilder;
}

function collect(open: Atom, value: unknown, at: Collecting): void {
  const atom = deduce(open, value);
  if (atom.map) {
    if (atom.map.atomic) at.builder.add(at.path);
    else if (isObject(value)) collectMap(atom.map, value, at);
  } else if (atom.scalar) at.builder.add(at.path);
  else if (atom.list) {
    if (atom.list.relation === 'atomic') at.builder.add(at.path);
    else collectList(atom.list, asArray(value), at);
  }
}

function collectMap(map: MapAtom, value: Draft, { path, builder }: Collecting): void {
  for (const [key, item] of Object.entries(value)) {
    const below = [...path, `f:${key}`];
    const field = map.field(key);
    const atom = field?.atom ?? map.element;
    if (atom) collect(atom, item, { path: below, builder });
    if (item === null || (isObject(item) && Object.keys(item).length === 0) || !field) builder.add(below);
  }
}

function collectList(list: ListAtom, items: readonly unknown[], { path, builder }: Collecting): void {
  const named = elementsOf(list, items);
  const times = new Map<PathElement, number>();
  for (const { element } of named) times.set(element, (times.get(element) ?? 0) + 1);
  for (const { element, item } of named) {
    const below = [...path, element];
    if (times.get(element) === 1) collect(list.element, item, { path: below, builder });
    builder.add(below);
  }
}

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
  const into: Comparing = { removed: new FieldSetBuilder(), modified: new FieldSetBuilder(), added: new FieldSetBuilder() };
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
    form === 'scalar' || (isBlankAs(form, left) && isBlankAs(form, right)) || atom.map?.atomic === true || atom.list?.relation === 'atomic';
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

const isBlankAs = (form: 'map' | 'list', value: unknown): boolean => (form === 'map' ? isBlank(asMap(value)) : isBlank(asArray(value)));

function compareMaps(map: MapAtom, [left, right]: readonly [Draft, Draft], at: At): void {
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const atom = atomOfKey(map, key);
    if (atom) compareAt(atom, [own(left, key), own(right, key)], { ...at, path: [...at.path, `f:${key}`] });
  }
}

const own = (object: Draft, key: string): unknown => (Object.hasOwn(object, key) ? object[key] : undefined);

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
    form === 'scalar' || (isBlankAs(form, left) && isBlankAs(form, right)) || atom.map?.atomic === true || atom.list?.relation === 'atomic';
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
 * Elements of both in one order: those that both have as `right` has them, the others where their neighbours leave them.
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
      .map(({ element, item }) => (remove.below(element).empty ? item : (removeFields(list.element, item, remove.below(element)) ?? null)));
    return kept.length === 0 ? undefined : kept;
  }
  if (!isObject(value) || isBlank(value) || atom.map?.atomic) return undefined;
  const result: Draft = {};
  for (const [key, item] of Object.entries(value)) {
    const element = `f:${key}`;
    if (remove.has(element)) continue;
    const below = remove.below(element);
    const child = atomOfKey(atom.map as MapAtom, key);
    put(result, key, below.empty || !child ? item : (removeFields(child, item, below) ?? null));
  }
  return isBlank(result) ? undefined : result;
}
