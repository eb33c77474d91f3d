/** Comparing an answer with what a case expects at paths into it. */
import { isDeepStrictEqual } from 'node:util';
import type { Expected } from './case.ts';

type Variables = ReadonlyMap<string, string>;

export const fill = (text: string, variables: Variables): string =>
  text.replace(/\{([a-z]+)\}/g, (whole, name: string) => variables.get(name) ?? whole);

export function differences(body: unknown, expected: Expected, variables: Variables): readonly string[] {
  return Object.entries(expected).flatMap(([path, wanted]) => {
    const actual = pick(body, parts(fill(path, variables)));
    return holds(actual, wanted, variables)
      ? []
      : [`${path} is ${JSON.stringify(actual)}, not ${shown(wanted, variables)}`];
  });
}

export const textAt = (body: unknown, path: string): string => String(pick(body, parts(path)));

function holds(actual: unknown, wanted: unknown, variables: Variables): boolean {
  if (wanted instanceof RegExp) return typeof actual === 'string' && wanted.test(actual);
  return isDeepStrictEqual(actual, filled(wanted, variables));
}
const shown = (wanted: unknown, variables: Variables): string =>
  wanted instanceof RegExp ? `like ${String(wanted)}` : JSON.stringify(filled(wanted, variables));
const filled = (wanted: unknown, variables: Variables): unknown =>
  wanted === undefined ? undefined : (JSON.parse(fill(JSON.stringify(wanted), variables)) as unknown);

/** `a.b[*].c[k=v][x.y/z]` → a, b, [*], c, [k=v], [x.y/z]. */
const parts = (path: string): readonly string[] => path.match(/\[[^\]]*\]|[^.[\]]+/g) ?? [];

function pick(value: unknown, [part, ...rest]: readonly string[]): unknown {
  if (part === undefined) return value;
  if (value === null || value === undefined) return undefined;
  if (part === '[*]') return Array.isArray(value) ? value.map((element: unknown) => pick(element, rest)) : undefined;
  const filter = /^\[([^=\]]+)=(.*)\]$/.exec(part);
  if (filter && Array.isArray(value)) {
    const [, key = '', text] = filter;
    return pick(
      value.find((element: unknown) => String((element as Record<string, unknown>)[key]) === text) as unknown,
      rest,
    );
  }
  return pick((value as Record<string, unknown>)[part.replace(/^\[|\]$/g, '')], rest);
}
