/** Pieces that several kinds' rows share. */
import { asList, asText, at, type Draft, isObject, objectsOf } from '../machinery/json.ts';
import { ageOf } from './human-duration.ts';

export type Cell = string | number | boolean | null;
/** The cells of one object's row; `now` in milliseconds. */
export type RowPrinter = (object: Draft, now: number) => readonly Cell[];

export const NONE = '<none>';
export const UNKNOWN = '<unknown>';
export const UNSET = '<unset>';

export const nameOf = (object: Draft): string => asText(at(object, 'metadata', 'name'));
export const createdAge = (object: Draft, now: number): string =>
  ageOf(at(object, 'metadata', 'creationTimestamp'), now);
export const text = (object: unknown, ...path: readonly string[]): string => asText(at(object, ...path));
export const count = (object: unknown, ...path: readonly string[]): number => Number(at(object, ...path) ?? 0);
export const sizeOf = (value: unknown): number => (isObject(value) ? Object.keys(value).length : asList(value).length);
export const orNone = (value: string): string => (value === '' ? NONE : value);

/** Scalars as Go prints them. */
export function shown(value: unknown, absent: string): string {
  if (value === undefined || value === null || typeof value === 'object') return absent;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `a=1,b=2`, by key. */
export function labelsText(labels: unknown): string {
  if (!isObject(labels) || Object.keys(labels).length === 0) return NONE;
  return Object.keys(labels)
    .sort()
    .map((key) => `${key}=${asText(labels[key])}`)
    .join(',');
}

/** `app=web,tier in (a,b)`; `<none>` for an empty selector. */
export function selectorText(selector: unknown): string {
  if (!isObject(selector)) return NONE;
  const labels = isObject(selector['matchLabels']) ? selector['matchLabels'] : {};
  const terms = Object.entries(labels).map(([key, value]) => ({ key, term: `${key}=${asText(value)}` }));
  for (const expression of objectsOf(selector['matchExpressions'])) {
    const key = asText(expression['key']);
    const values = asList(expression['values']).map(asText).sort().join(',');
    const forms: Readonly<Record<string, string>> = {
      In: `${key} in (${values})`,
      NotIn: `${key} notin (${values})`,
      Exists: key,
      DoesNotExist: `!${key}`,
    };
    terms.push({ key, term: forms[asText(expression['operator'])] ?? key });
  }
  if (terms.length === 0) return NONE;
  return terms
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ term }) => term)
    .join(',');
}

/** Names and images of a template's containers. */
export function containerCells(spec: unknown): readonly [string, string] {
  const containers = objectsOf(at(spec, 'containers'));
  return [
    containers.map((each) => asText(each['name'])).join(','),
    containers.map((each) => asText(each['image'])).join(','),
  ];
}

export const templateCells = (object: Draft): readonly [string, string] =>
  containerCells(at(object, 'spec', 'template', 'spec'));

export const conditionOf = (object: unknown, type: string): Draft | undefined =>
  objectsOf(at(object, 'status', 'conditions')).find((condition) => condition['type'] === type);
export const isConditionTrue = (object: unknown, type: string): boolean =>
  conditionOf(object, type)?.['status'] === 'True';
