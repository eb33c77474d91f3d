/**
 * What a call costs when it runs, in the original's units (one is about 50 ns there).
 * https://github.com/kubernetes/apiserver/blob/master/pkg/cel/library/cost.go
 */
import type { Overload } from './functions.ts';
import { Mapping, sizeOf, type Value } from './values.ts';

/** Cost of walking one character of a string. */
export const STRING_FACTOR = 0.1;
/** Cost of one character of a regular expression, times that of the text. */
export const REGEX_FACTOR = 0.25;
/** An authorization check, priced so that an expression can afford two. */
export const CHECK_COST = 350_000;
/** A format's pattern is not at hand when costs are counted; this is the longest of them. */
export const FORMAT_PATTERN_SIZE = 128;

const TEXT_ONCE = new Set([
  'url',
  'lowerAscii',
  'upperAscii',
  'substring',
  'trim',
  'jsonpatch.escapeKey',
  'cidr',
  'isIP',
  'isCIDR',
  'quantity',
  'isQuantity',
  'semver',
  'isSemver',
  'startsWith',
  'endsWith',
]);
const TEXT_TWICE = new Set(['replace', 'split', 'ip.isCanonical']);
const LIST_WALKS = new Set(['isSorted', 'sum', 'max', 'min', 'indexOf', 'lastIndexOf', 'includes']);
const COMPARISONS = new Set(['_==_', '_!=_']);
const ORDERINGS = new Set(['_<_', '_<=_', '_>_', '_>=_']);

const text = (value: Value | undefined, factor = STRING_FACTOR): number => Math.ceil(sizeOf(value ?? null) * factor);

function pattern(subject: Value | undefined, regexSize: number): number {
  return Math.ceil((1 + sizeOf(subject ?? null)) * STRING_FACTOR) * Math.ceil(regexSize * REGEX_FACTOR);
}

export function callCost(overload: Overload, args: readonly Value[], result: Value): number {
  const { name } = overload;
  const [first = null, second = null] = args;
  if (name === 'check') return CHECK_COST;
  if (LIST_WALKS.has(name)) return traversal(first);
  if (TEXT_ONCE.has(name)) return text(first);
  if (TEXT_TWICE.has(name)) return text(first, 2 * STRING_FACTOR);
  if (name === 'join') return text(result, 2 * STRING_FACTOR);
  if (name === 'find' || name === 'findAll' || name === 'matches') return pattern(first, sizeOf(second));
  if (name === 'validate') return pattern(second, FORMAT_PATTERN_SIZE);
  if (name === '@in' && Array.isArray(second)) return sizeOf(second);
  if (name === 'contains' && typeof first === 'string') return text(first) * text(second);
  if (COMPARISONS.has(name) || (ORDERINGS.has(name) && typeof first === 'string'))
    return Math.ceil(Math.min(sizeOf(first), sizeOf(second)) * STRING_FACTOR);
  if (name === '_+_' && typeof first === 'string') return Math.ceil((sizeOf(first) + sizeOf(second)) * STRING_FACTOR);
  return 1;
}

function traversal(value: Value): number {
  if (typeof value === 'string') return Math.floor(value.length * STRING_FACTOR);
  if (Array.isArray(value)) return (value as readonly Value[]).reduce<number>((sum, item) => sum + traversal(item), 0);
  if (value instanceof Mapping)
    return value.keys().reduce<number>((sum, key) => sum + traversal(key) + traversal(value.get(key) ?? null), 0);
  return 1;
}
