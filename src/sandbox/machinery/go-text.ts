/** Values as Go's fmt prints them: parts of messages that clients and people see. */
import { isObject } from './json.ts';

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : a > b ? 1 : 0;

/**
 * A Go value that JSON has no word for, known by its type and its texts (`%v`, `%#v`) alone: no check of JSON takes
 * it for anything.
 */
export const goValue = (type: string, text: string, syntax = text): symbol => Symbol([type, text, syntax].join('\n'));

const goValuePart = (value: symbol, part: number): string => (value.description ?? '').split('\n')[part] ?? '';

/** `%v`: `map[a:1 b:[x y]]`, `<nil>`. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (isObject(value)) {
    const entries = Object.entries(value).sort(byName);
    return `map[${entries.map(([key, item]) => `${key}:${goText(item)}`).join(' ')}]`;
  }
  if (typeof value === 'symbol') return goValuePart(value, 1);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `%#v`: `map[string]interface {}{"a":1}`. */
export function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (isObject(value)) {
    const entries = Object.entries(value).sort(byName);
    return `map[string]interface {}{${entries.map(([key, item]) => `${JSON.stringify(key)}:${goSyntax(item)}`).join(', ')}}`;
  }
  return typeof value === 'symbol' ? goValuePart(value, 2) : JSON.stringify(value);
}

/** `%T`. */
export function goType(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (isObject(value)) return 'map[string]interface {}';
  if (typeof value === 'symbol') return goValuePart(value, 0);
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
