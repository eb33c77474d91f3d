/** The part of kubectl's JSONPath that printer columns may use: names, indexes, slices, wildcards and filters. */
import { isObject } from '../machinery/json.ts';

type Step =
  | { readonly name: string }
  | { readonly index: number }
  | { readonly from: number; readonly to: number; readonly every: number }
  | { readonly all: true }
  | { readonly test: Test };

interface Test {
  readonly path: readonly Step[];
  /** Left out: whether there is anything at the path. */
  readonly operator?: string;
  readonly literal?: unknown;
}

const FILTER = /^\.?\[\?\(((?:"[^"]*"|'[^']*'|[^"')])*)\)\]/;
const COMPARISON = /^@([^!<>=]*?)\s*(==|!=|<=|>=|<|>)\s*(?:"([^"]*)"|'([^']*)'|(true|false|[-+]?\d+(?:\.\d+)?))\s*$/;
const QUOTED = /^\.?\[(?:'([^']*)'|"([^"]*)")\]/;
const BRACKET = /^\.?\[(-?\d+|\*|-?\d*:-?\d*(?::-?\d*)?)\]/;
const NAME = /^\.((?:\\.|[^.[\\\s])+)/;

/** Undefined for what is no such path. `.status.conditions[?(@.type=="Ready")].status`. */
function parse(text: string): readonly Step[] | undefined {
  const steps: Step[] = [];
  let rest = text
    .replace(/^\{?\$?/, '')
    .replace(/\}$/, '')
    .trim();
  while (rest !== '') {
    const matched = FILTER.exec(rest) ?? QUOTED.exec(rest) ?? BRACKET.exec(rest) ?? NAME.exec(rest);
    if (!matched) return undefined;
    const [whole, first, second] = matched;
    const found = stepsOf(whole, first ?? second ?? '');
    if (!found) return undefined;
    steps.push(...found);
    rest = rest.slice(whole.length);
  }
  return steps;
}

function stepsOf(whole: string, inner: string): readonly Step[] | undefined {
  if (FILTER.test(whole)) {
    const test = testOf(inner.trim());
    return test && [{ test }];
  }
  // What is quoted is read like a field: its dots part names unless a backslash stands before them.
  if (QUOTED.test(whole)) return parse(`.${inner}`);
  if (inner === '*') return [{ all: true }];
  if (!BRACKET.test(whole)) return [{ name: inner.replaceAll('\\', '') }];
  if (!inner.includes(':')) return [{ index: Number(inner) }];
  const [from = '', to = '', every = ''] = inner.split(':');
  return [
    {
      from: Number(from),
      to: to === '' ? Number.POSITIVE_INFINITY : Number(to),
      every: every === '' ? 1 : Number(every),
    },
  ];
}

function testOf(text: string): Test | undefined {
  const compared = COMPARISON.exec(text);
  if (!compared) {
    const path = text.startsWith('@') ? parse(text.slice(1)) : undefined;
    return path && { path };
  }
  const [, place = '', operator = '', double, single, bare = 'null'] = compared;
  const path = parse(place);
  return path && { path, operator, literal: double ?? single ?? (JSON.parse(bare.replace(/^\+/, '')) as unknown) };
}

function holds({ path, operator, literal }: Test, item: unknown): boolean {
  const [value] = walk(path, item);
  if (operator === undefined) return value !== undefined;
  if (value === undefined || typeof value !== typeof literal) return false;
  if (operator === '==') return value === literal;
  if (operator === '!=') return value !== literal;
  const [left, right] = [value as string | number, literal as string | number];
  if (operator === '<') return left < right;
  if (operator === '<=') return left <= right;
  return operator === '>' ? left > right : left >= right;
}

const cache = new Map<string, readonly Step[] | undefined>();
/** Paths of all CRDs' columns; emptied when full. */
const MAX_CACHED = 1024;

export function findJsonPath(text: string, root: unknown): readonly unknown[] {
  if (!cache.has(text)) {
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(text, parse(text));
  }
  const steps = cache.get(text);
  return steps ? walk(steps, root) : [];
}

const walk = (steps: readonly Step[], root: unknown): readonly unknown[] =>
  steps.reduce<readonly unknown[]>((values, step) => values.flatMap((value) => follow(step, value)), [root]);

function follow(step: Step, value: unknown): readonly unknown[] {
  if ('name' in step) return isObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
  if ('all' in step) return Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  if (!Array.isArray(value)) return [];
  if ('index' in step) {
    const item: unknown = value.at(step.index);
    return item === undefined ? [] : [item];
  }
  if ('test' in step) return value.filter((item) => holds(step.test, item));
  return step.every > 0 ? value.slice(step.from, step.to).filter((_, index) => index % step.every === 0) : [];
}
