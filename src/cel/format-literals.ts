/**
 * `"%d of %s".format([…])` with both written out: what cannot be formatted is known before it runs.
 * https://github.com/google/cel-go/blob/master/ext/formatting.go
 */
import type { Call, Expr, ListLiteral } from './syntax.ts';
import type { Issue } from './tokens.ts';
import { type CelType, formatType } from './types.ts';

type TypeOf = (expr: Expr) => CelType;

interface Clause {
  readonly takes: readonly CelType['kind'][];
  /** Before the name of the type that it was given. */
  readonly refusal: string;
}

const TEXT: Clause = {
  takes: ['list', 'map', 'int', 'uint', 'double', 'bool', 'string', 'timestamp', 'bytes', 'duration', 'type', 'null'],
  refusal:
    'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps',
};
const HEX: Clause = {
  takes: ['int', 'uint', 'string', 'bytes'],
  refusal: 'only integers, byte buffers, and strings can be formatted as hex',
};
// NaN and the infinities are written as strings.
const CLAUSES: Readonly<Record<string, Clause>> = {
  s: TEXT,
  d: { takes: ['int', 'uint'], refusal: 'decimal clause can only be used on integers' },
  f: { takes: ['double', 'string'], refusal: 'fixed-point clause can only be used on doubles' },
  e: { takes: ['double', 'string'], refusal: 'scientific clause can only be used on doubles' },
  b: { takes: ['int', 'uint', 'bool'], refusal: 'only integers and bools can be formatted as binary' },
  x: HEX,
  X: HEX,
  o: { takes: ['int', 'uint'], refusal: 'octal clause can only be used on integers' },
};

/** The first thing that is wrong with a call; undefined for calls of anything else. */
export function formatIssue(call: Call, typeOf: TypeOf): Issue | undefined {
  const { target, args, name, at } = call;
  const [list] = args;
  if (name !== 'format' || target?.kind !== 'literal' || typeof target.value !== 'string') return undefined;
  return list?.kind === 'list' ? issueOf(target.value, list, { at, typeOf }) : undefined;
}

function issueOf(
  text: string,
  { elements }: ListLiteral,
  { at, typeOf }: { readonly at: number; readonly typeOf: TypeOf },
): Issue | undefined {
  const wrong = (message: string): Issue => ({ at, message });
  let used = 0;
  for (let index = text.indexOf('%'); index >= 0; index = text.indexOf('%', index)) {
    if (text[index + 1] === '%') {
      index += 2;
      continue;
    }
    if (index + 1 >= text.length) return wrong('unexpected end of string');
    const given = elements[used++]?.value;
    if (given === undefined) return wrong(`index ${used - 1} out of range`);
    const [whole = '', precision] = /^%(?:\.([0-9]*))?/.exec(text.slice(index)) ?? [];
    index += whole.length;
    const verb = text[index++];
    const problem = clauseProblem(verb, precision);
    if (problem !== undefined) return wrong(`could not parse formatting clause: ${problem}`);
    const bad = unfit(CLAUSES[verb ?? ''] ?? TEXT, given, typeOf);
    if (bad) return bad;
  }
  if (elements.length <= used) return undefined;
  return wrong(`too many arguments supplied to string.format (expected ${used}, got ${elements.length})`);
}

function clauseProblem(verb: string | undefined, precision: string | undefined): string | undefined {
  if (verb === undefined) return 'error while parsing precision: could not find end of precision specifier';
  if (precision === '')
    return 'error while parsing precision: error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax';
  return Object.hasOwn(CLAUSES, verb) ? undefined : `unrecognized formatting clause "${verb}"`;
}

/** What is written in a list or a map is looked into, where texts are wanted. */
function unfit(clause: Clause, given: Expr, typeOf: TypeOf): Issue | undefined {
  const { kind } = typeOf(given);
  if (kind !== 'dyn' && kind !== 'error' && !clause.takes.includes(kind)) {
    const type = formatType({ ...typeOf(given), params: [] });
    return { at: given.at, message: `error during formatting: ${clause.refusal}, was given ${type}` };
  }
  if (clause !== TEXT) return undefined;
  const inside =
    given.kind === 'list'
      ? given.elements.map(({ value }) => value)
      : given.kind === 'map'
        ? given.entries.flatMap(({ key, value }) => [key, value])
        : [];
  for (const each of inside) {
    const bad = unfit(clause, each, typeOf);
    if (bad) return bad;
  }
  return undefined;
}
