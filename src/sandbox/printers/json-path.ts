/** The part of kubectl's JSONPath that printer columns may use: names, indexes, wildcards and equality filters. */
import { isObject } from '../apiserver/json.ts';

type Step =
  | { readonly name: string }
  | { readonly index: number }
  | { readonly all: true }
  | { readonly path: readonly string[]; readonly equals: unknown };

/** Undefined for what is no such path. `.status.conditions[?(@.type=="Ready")].status`. */
function parse(text: string): readonly Step[] | undefined {
  const steps: Step[] = [];
  let rest = text.replace(/^\{?\$?/, '').replace(/\}$/, '');
  while (rest !== '') {
    const step =
      /^\.?\[\?\(@\.([\w.\\/-]+)\s*==\s*(?:"([^"]*)"|'([^']*)'|(true|false|-?\d+(?:\.\d+)?))\)\]/.exec(rest) ??
      /^\.?\[(?:'([^']*)'|"([^"]*)")\]/.exec(rest) ??
      /^\.?\[(-?\d+|\*)\]/.exec(rest) ??
      /^\.((?:\\.|[^.[\\])+)/.exec(rest);
    if (!step) return undefined;
    const [whole, first = '', second] = step;
    if (whole.includes('?(')) {
      const literal = step[2] ?? step[3] ?? (JSON.parse(step[4] ?? 'null') as unknown);
      steps.push({ path: first.split('.'), equals: literal });
    } else if (/^\.?\[['"]/.test(whole)) steps.push({ name: step[1] ?? second ?? '' });
    else if (/^\.?\[/.test(whole)) steps.push(first === '*' ? { all: true } : { index: Number(first) });
    else if (first === '*') steps.push({ all: true });
    else steps.push({ name: first.replaceAll('\\.', '.') });
    rest = rest.slice(whole.length);
  }
  return steps;
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
  return steps ? steps.reduce<readonly unknown[]>((values, step) => values.flatMap((value) => follow(step, value)), [root]) : [];
}

function follow(step: Step, value: unknown): readonly unknown[] {
  if ('name' in step) return isObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
  if ('all' in step) return Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];
  if (!Array.isArray(value)) return [];
  if ('index' in step) {
    const item: unknown = value.at(step.index);
    return item === undefined ? [] : [item];
  }
  return value.filter(
    (item) => step.path.reduce<unknown>((inner, name) => (isObject(inner) ? inner[name] : undefined), item) === step.equals,
  );
}
