/**
 * JSON paths of rules and selectable fields: `.spec.a`, `.map['key']`. They name fields of the schema and keys of its
 * maps, nothing else.
 */
import { child, key } from './paths.ts';
import { additionalSchema, type Schema } from './schema.ts';

export interface FoundPath {
  /** As errors show it, to be appended to the place of the rule. */
  readonly path: string;
  readonly schema: Schema | undefined;
}

export type PathResult = FoundPath | { readonly problem: string };

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  "'": "'",
  '\\': '\\',
};

function tokens(text: string): string[] {
  return text.match(/'(?:[^'\\]|\\.)*'|[.[\]]|[^.[\]']+|'/gs) ?? [];
}

export function findPath(text: string, root: Schema, arrays: 'brackets' | 'no brackets' = 'brackets'): PathResult {
  const rest = tokens(text);
  let found: FoundPath = { path: '', schema: root };
  for (let token = rest.shift(); token !== undefined; token = rest.shift()) {
    if (token !== '.' && token !== '[') return { problem: `expected [ or . but got: ${token}` };
    if (token === '[' && arrays === 'no brackets') return { problem: 'array notation is not allowed' };
    let name = rest.shift();
    if (name === undefined) return { problem: 'unexpected end of JSON path' };
    if (token === '[') {
      if (!/^'.*'$/s.test(name)) return { problem: `expected single quoted string but got ${name}` };
      const bad = /\\([^abfnrtv'\\])/.exec(name.slice(1, -1));
      if (bad) return { problem: `invalid string literal: invalid escape char ${bad[0]}` };
      name = name.slice(1, -1).replace(/\\(.)/gs, (_, letter: string) => ESCAPES[letter] ?? '');
    }
    const next = step(found, name);
    if ('problem' in next) return next;
    found = next;
    if (token !== '[') continue;
    const close = rest.shift();
    if (close === undefined) return { problem: 'unexpected end of JSON path' };
    if (close !== ']') return { problem: `expected ] but got ${close}` };
  }
  return found;
}

function step({ path, schema }: FoundPath, name: string): PathResult {
  if (schema && schema.properties.size > 0) {
    const property = schema.properties.get(name);
    return property ? { path: child(path, name), schema: property } : { problem: 'does not refer to a valid field' };
  }
  if (schema?.additional !== undefined) return { path: key(path, name), schema: additionalSchema(schema) };
  return { problem: 'does not refer to a valid field' };
}
