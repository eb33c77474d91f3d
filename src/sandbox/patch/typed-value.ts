/**
 * Values with their schema: checked, and turned into the set of their fields. The rules are those of
 * sigs.k8s.io/structured-merge-diff, which server-side apply is defined by. In all functions undefined is absent, null
 * is null.
 */
import { type Draft, isObject, put } from '../machinery/json.ts';
import { elementText, type FieldSet, FieldSetBuilder, type PathElement } from './field-set.ts';
import { goSyntax, goText, goType } from '../machinery/go-text.ts';
import type { Atom, ListAtom, MapAtom, Scalar } from '../schema/typed-schema.ts';

/** Only one of the forms: the one that the value has, where it has one that the schema knows. */
export function deduce(atom: Atom, value: unknown): Atom {
  if (Array.isArray(value)) return atom.list ? { list: atom.list } : atom;
  if (isObject(value)) return atom.map ? { map: atom.map } : atom;
  return value !== undefined && value !== null && atom.scalar ? { scalar: atom.scalar } : atom;
}

/** Which form is looked at when several are open. */
export const formOf = (atom: Atom): 'map' | 'scalar' | 'list' => (atom.map ? 'map' : atom.scalar ? 'scalar' : 'list');

export const asArray = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const asMap = (value: unknown): Draft => (isObject(value) ? value : {});
export const isBlank = (value: unknown): boolean =>
  Array.isArray(value) ? value.length === 0 : isObject(value) ? Object.keys(value).length === 0 : true;

type Element = { readonly element: PathElement } | { readonly problem: string };

/** How a list's element is named; a problem where it cannot be. */
function elementOf(list: ListAtom, item: unknown): Element {
  if (list.relation === 'set') {
    if (isObject(item)) return { problem: "associative list without keys has an element that's a map type" };
    if (Array.isArray(item)) return { problem: 'not supported: associative list with lists as elements' };
    if (item === null || item === undefined)
      return { problem: "associative list without keys has an element that's an explicit null" };
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

export const elementsOf = (
  list: ListAtom,
  items: readonly unknown[],
): readonly { readonly element: PathElement; readonly item: unknown }[] =>
  items.flatMap((item) => {
    const named = elementOf(list, item);
    return 'element' in named ? [{ element: named.element, item }] : [];
  });

export const atomOfKey = (map: MapAtom, key: string): Atom | undefined => map.field(key)?.atom ?? map.element;

// --- checking ---

/**
 * `.spec.replicas: expected numeric …`, one a problem. `duplicates`: a list may name an element twice (objects stored
 * before that was refused).
 */
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
      return typeof value === 'string'
        ? undefined
        : `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`;
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
