/** The lexer. Tokens carry code-point offsets, because error positions count characters. */

export type TokenKind = 'punct' | 'word' | 'ident' | 'escaped' | 'int' | 'uint' | 'float' | 'string' | 'bytes' | 'eof';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Offset in code points. */
  readonly at: number;
}

export interface Issue {
  /** Offset in code points; undefined for an issue of the expression as a whole. */
  readonly at: number | undefined;
  readonly message: string;
}

const WORDS = new Set(['true', 'false', 'null', 'in']);
// Longest first, so that `<=` is not read as `<`.
const PUNCTUATION = ['==', '!=', '<=', '>=', '&&', '||', ...'< > [ ] { } ( ) . , - ! ? : + * / %'.split(' ')];

const ESCAPE = String.raw`\\(?:[abfnrtv"'\\?\`]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7][0-7])`;
const STRING_FORMS = [
  String.raw`[rR]"""[\s\S]*?"""`,
  String.raw`[rR]'''[\s\S]*?'''`,
  String.raw`[rR]"[^"\n\r]*"`,
  String.raw`[rR]'[^'\n\r]*'`,
  `"""(?:${ESCAPE}|[^\\\\])*?"""`,
  `'''(?:${ESCAPE}|[^\\\\])*?'''`,
  `"(?:${ESCAPE}|[^\\\\"\\n\\r])*"`,
  `'(?:${ESCAPE}|[^\\\\'\\n\\r])*'`,
].join('|');

const SKIP = /(?:[\t \r\n\f]+|\/\/[^\n]*)+/y;
const FLOAT = /(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)/y;
const UINT = /(?:0x[0-9a-fA-F]+|\d+)[uU]/y;
const INT = /(?:0x[0-9a-fA-F]+|\d+)/y;
const IDENT = /[_a-zA-Z][_a-zA-Z0-9]*/y;
const ESCAPED = /`[_a-zA-Z0-9.\-/ ]+`/y;
const BYTES = new RegExp(`[bB](?:${STRING_FORMS})`, 'y');
const STRING = new RegExp(STRING_FORMS, 'y');

function matchAt(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}

const FORMS: readonly (readonly [RegExp, TokenKind])[] = [
  [BYTES, 'bytes'],
  [STRING, 'string'],
  [FLOAT, 'float'],
  [UINT, 'uint'],
  [INT, 'int'],
  [IDENT, 'ident'],
  [ESCAPED, 'escaped'],
];

/** Never throws: what is no token is reported and skipped, as the generated lexer of the original does. */
export function tokenize(source: string): { tokens: Token[]; issues: Issue[] } {
  const tokens: Token[] = [];
  const issues: Issue[] = [];
  let unit = 0; // offset in UTF-16 units
  let at = 0; // offset in code points
  const take = (text: string) => {
    unit += text.length;
    at += text.length === 1 ? 1 : Array.from(text).length;
  };
  while (unit < source.length) {
    const skipped = matchAt(SKIP, source, unit);
    if (skipped !== undefined) {
      take(skipped);
      continue;
    }
    const token = nextToken(source, unit, at);
    if (token) {
      tokens.push(token);
      take(token.text);
      continue;
    }
    const bad = unrecognised(source, unit);
    issues.push({ at, message: `Syntax error: token recognition error at: '${bad}'` });
    take(bad);
  }
  tokens.push({ kind: 'eof', text: '<EOF>', at });
  return { tokens, issues };
}

function nextToken(source: string, unit: number, at: number): Token | undefined {
  for (const [pattern, kind] of FORMS) {
    const text = matchAt(pattern, source, unit);
    if (text !== undefined) return { kind: kind === 'ident' && WORDS.has(text) ? 'word' : kind, text, at };
  }
  const text = PUNCTUATION.find((candidate) => source.startsWith(candidate, unit));
  return text === undefined ? undefined : { kind: 'punct', text, at };
}

/**
 * How much of the input one complaint covers: a string up to its first illegal character, a lone operator half with
 * what follows it.
 */
function unrecognised(source: string, unit: number): string {
  const first = String.fromCodePoint(source.codePointAt(unit) ?? 0);
  if (first === '"' || first === "'") {
    const body = matchAt(new RegExp(`${first}(?:${ESCAPE}|[^\\\\${first}\\n\\r])*`, 'y'), source, unit) ?? first;
    return source[unit + body.length] === '\\' ? source.slice(unit, unit + body.length + 2) : body;
  }
  if (first === '|' || first === '&' || first === '=' || first === '`') {
    const next = source.codePointAt(unit + first.length);
    return next === undefined ? first : first + String.fromCodePoint(next);
  }
  return first;
}
