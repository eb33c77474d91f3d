/**
 * Recursive descent over https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax, with syntax errors
 * worded as the API server's generated parser words them.
 */
import { Halt, TokenStream } from './token-stream.ts';
import { type Issue, type Token, tokenize } from './tokens.ts';
import { expandGlobal, expandMember, MacroError, type MacroSet } from './macros.ts';
import type { Expr } from './syntax.ts';
import { unescapeBytes, unescapeString } from './unescape.ts';
import { Uint } from './values.ts';

/** What can begin an expression, in the order of the original's token numbers. */
const STARTS =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";
const ELEMENT_STARTS = (close: string) =>
  close === ']'
    ? "{'[', ']', '{', '(', '.', ',', '-', '!', '?', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"
    : "{'[', '{', '}', '(', '.', ',', '-', '!', '?', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";
const RESERVED = new Set(
  'as break const continue else false for function if import in let loop package namespace null return true var void while'.split(
    ' ',
  ),
);
const RELATIONS = new Set(['<', '<=', '>=', '>', '==', '!=', 'in']);
/** Deepest nesting accepted: the original's recursion limit. */
const MAX_DEPTH = 250;
/** Longest expression accepted, in code points: the original's limit. */
const MAX_LENGTH = 100_000;
const INT64_MAX = 2n ** 63n - 1n;

export interface Parsed {
  readonly expr: Expr | undefined;
  readonly issues: readonly Issue[];
}

export function parse(source: string, macros: MacroSet = 'plain'): Parsed {
  const length = Array.from(source).length;
  if (length > MAX_LENGTH) {
    return {
      expr: undefined,
      issues: [
        { at: undefined, message: `expression code point size exceeds limit: size: ${length}, limit ${MAX_LENGTH}` },
      ],
    };
  }
  const { tokens, issues } = tokenize(source);
  const parser = new Parser(new TokenStream(tokens, issues), macros);
  const expr = parser.run();
  return { expr: issues.length === 0 ? expr : undefined, issues };
}

class Parser {
  readonly #tokens: TokenStream;
  readonly #macros: MacroSet;
  #depth = 0;

  constructor(tokens: TokenStream, macros: MacroSet) {
    this.#tokens = tokens;
    this.#macros = macros;
  }

  run(): Expr | undefined {
    try {
      const expr = this.#expr();
      const rest = this.#tokens.peek();
      if (rest.kind !== 'eof') {
        const sole = this.#tokens.peek(1).kind === 'eof';
        this.#tokens.syntax(rest.at, `${sole ? 'extraneous' : 'mismatched'} input '${rest.text}' expecting <EOF>`);
      }
      return expr;
    } catch (error) {
      if (error instanceof Halt) return undefined;
      throw error;
    }
  }

  #nested<T>(body: () => T): T {
    if (++this.#depth > MAX_DEPTH) {
      this.#tokens.report(undefined, `expression recursion limit exceeded: ${MAX_DEPTH}`);
      throw new Halt();
    }
    const result = body();
    this.#depth--;
    return result;
  }

  #expr(): Expr {
    return this.#nested(() => {
      const condition = this.#or();
      const op = this.#tokens.accept('?');
      if (!op) return condition;
      const whenTrue = this.#or();
      const colon = this.#tokens.peek();
      if (!this.#tokens.accept(':')) this.#tokens.halt(colon.at, `mismatched input '${colon.text}' expecting ':'`);
      return call(op.at, '_?_:_', [condition, whenTrue, this.#expr()]);
    });
  }

  #or(): Expr {
    let left = this.#and();
    for (let op = this.#tokens.accept('||'); op; op = this.#tokens.accept('||'))
      left = call(op.at, '_||_', [left, this.#and()]);
    return left;
  }

  #and(): Expr {
    let left = this.#relation();
    for (let op = this.#tokens.accept('&&'); op; op = this.#tokens.accept('&&'))
      left = call(op.at, '_&&_', [left, this.#relation()]);
    return left;
  }

  #relation(): Expr {
    let left = this.#sum();
    while (
      this.#tokens.peek().kind !== 'eof' &&
      this.#tokens.peek().kind !== 'string' &&
      RELATIONS.has(this.#tokens.peek().text)
    ) {
      const op = this.#tokens.take();
      left = call(op.at, op.text === 'in' ? '@in' : `_${op.text}_`, [left, this.#sum()]);
    }
    return left;
  }

  #sum(): Expr {
    let left = this.#product();
    while (this.#tokens.is('+') || this.#tokens.is('-')) {
      const op = this.#tokens.take();
      left = call(op.at, `_${op.text}_`, [left, this.#product()]);
    }
    return left;
  }

  #product(): Expr {
    let left = this.#unary();
    while (this.#tokens.is('*') || this.#tokens.is('/') || this.#tokens.is('%')) {
      const op = this.#tokens.take();
      left = call(op.at, `_${op.text}_`, [left, this.#unary()]);
    }
    return left;
  }

  #unary(): Expr {
    const first = this.#tokens.peek();
    if (this.#tokens.is('-') && (this.#tokens.peek(1).kind === 'int' || this.#tokens.peek(1).kind === 'float'))
      return this.#member();
    for (const sign of ['!', '-']) {
      let count = 0;
      while (this.#tokens.accept(sign)) count++;
      if (count === 0) continue;
      const operand = this.#member();
      return count % 2 === 0 ? operand : call(first.at, sign === '!' ? '!_' : '-_', [operand]);
    }
    return this.#member();
  }

  #member(): Expr {
    let operand = this.#primary();
    let links = 0;
    for (;;) {
      if (++links > MAX_DEPTH)
        return this.#tokens.halt(this.#tokens.peek().at, `expression recursion limit exceeded: ${MAX_DEPTH}`);
      const dot = this.#tokens.accept('.');
      if (dot) {
        operand = this.#selection(operand, dot);
        continue;
      }
      const open = this.#tokens.accept('[');
      if (!open) return operand;
      const optional = this.#tokens.accept('?') !== undefined;
      const index = this.#expr();
      this.#tokens.close(']');
      operand = call(open.at, optional ? '_[?_]' : '_[_]', [operand, index]);
    }
  }

  #selection(operand: Expr, dot: Token): Expr {
    const optional = this.#tokens.accept('?') !== undefined;
    const name = this.#tokens.peek();
    if (name.kind !== 'ident' && name.kind !== 'escaped') {
      if (name.kind === 'word') this.#tokens.halt(name.at, `mismatched input '${name.text}' expecting IDENTIFIER`);
      if (optional)
        this.#tokens.halt(name.at, `mismatched input '${name.text}' expecting {IDENTIFIER, ESC_IDENTIFIER}`);
      this.#tokens.halt(name.at, `no viable alternative at input '.${name.kind === 'eof' ? '' : name.text}'`);
    }
    this.#tokens.take();
    const field = name.kind === 'escaped' ? name.text.slice(1, -1) : name.text;
    if (name.kind === 'escaped') this.#tokens.report(name.at, "unsupported syntax: '`'");
    if (optional) return call(dot.at, '_?._', [operand, { kind: 'literal', at: name.at, value: field }]);
    const open = name.kind === 'ident' ? this.#tokens.accept('(') : undefined;
    if (!open) return { kind: 'select', at: dot.at, operand, field, test: false };
    const args = this.#arguments();
    return this.#macro(() => expandMember({ at: open.at, name: field, target: operand, args }, this.#macros));
  }

  #macro(expand: () => Expr): Expr {
    try {
      return expand();
    } catch (error) {
      if (!(error instanceof MacroError)) throw error;
      this.#tokens.report(error.at, error.message);
      return { kind: 'literal', at: error.at, value: null };
    }
  }

  #arguments(): Expr[] {
    const args: Expr[] = [];
    if (this.#tokens.accept(')')) return args;
    do args.push(this.#expr());
    while (this.#tokens.accept(','));
    this.#tokens.close(')');
    return args;
  }

  #primary(): Expr {
    return this.#nested(() => {
      const token = this.#tokens.peek();
      if (this.#tokens.accept('(')) {
        const inner = this.#expr();
        this.#tokens.close(')');
        return inner;
      }
      if (this.#tokens.accept('[')) return this.#list(token);
      if (this.#tokens.accept('{')) return this.#map(token);
      const literal = this.#literal();
      if (literal) return literal;
      if (token.kind === 'ident' || (this.#tokens.is('.') && this.#tokens.peek(1).kind === 'ident'))
        return this.#name();
      return this.#noOperand(token);
    });
  }

  /** A token that begins no expression. When the next one does, it is only superfluous. */
  #noOperand(token: Token): Expr {
    const starts = (next: Token) =>
      ['ident', 'int', 'uint', 'float', 'string', 'bytes'].includes(next.kind) ||
      ['[', '{', '(', '.', '-', '!', 'true', 'false', 'null'].includes(next.text);
    if (token.kind !== 'eof' && starts(this.#tokens.peek(1))) {
      this.#tokens.syntax(token.at, `extraneous input '${token.text}' expecting ${STARTS}`);
      this.#tokens.take();
      return this.#primary();
    }
    this.#tokens.syntax(token.at, `mismatched input '${token.text}' expecting ${STARTS}`);
    if (token.kind === 'eof') throw new Halt();
    this.#tokens.take();
    const end = this.#tokens.peek();
    if (end.kind === 'eof') this.#tokens.syntax(end.at, `mismatched input '<EOF>' expecting ${STARTS}`);
    throw new Halt();
  }

  #list(open: Token): Expr {
    const elements: { value: Expr; optional: boolean }[] = [];
    while (!this.#tokens.is(']')) {
      if (this.#tokens.peek().kind === 'eof' && elements.length === 0)
        this.#tokens.halt(this.#tokens.peek().at, `mismatched input '<EOF>' expecting ${ELEMENT_STARTS(']')}`);
      const optional = this.#tokens.accept('?') !== undefined;
      elements.push({ value: this.#expr(), optional });
      if (!this.#tokens.accept(',')) break;
    }
    this.#tokens.close(']');
    return { kind: 'list', at: open.at, elements };
  }

  #map(open: Token): Expr {
    const entries: { key: Expr; value: Expr; optional: boolean }[] = [];
    while (!this.#tokens.is('}')) {
      if (this.#tokens.peek().kind === 'eof' && entries.length === 0)
        this.#tokens.halt(this.#tokens.peek().at, `mismatched input '<EOF>' expecting ${ELEMENT_STARTS('}')}`);
      const optional = this.#tokens.accept('?') !== undefined;
      const key = this.#expr();
      this.#colon();
      entries.push({ key, value: this.#expr(), optional });
      if (!this.#tokens.accept(',')) break;
    }
    this.#tokens.close('}');
    return { kind: 'map', at: open.at, entries };
  }

  #colon(): Token {
    const token = this.#tokens.peek();
    return this.#tokens.accept(':') ?? this.#tokens.halt(token.at, `mismatched input '${token.text}' expecting ':'`);
  }

  /** An identifier, a call, or a message literal `a.b.C{…}`. */
  #name(): Expr {
    const dot = this.#tokens.accept('.');
    const token = this.#tokens.take();
    const struct = this.#structName(token);
    if (struct !== undefined) return this.#struct(dot ? `.${struct}` : struct);
    if (RESERVED.has(token.text)) {
      this.#tokens.report(token.at, `reserved identifier: ${token.text}`);
      return { kind: 'ident', at: token.at, name: token.text };
    }
    const name = dot ? `.${token.text}` : token.text;
    const open = this.#tokens.accept('(');
    if (!open) return { kind: 'ident', at: token.at, name };
    const args = this.#arguments();
    return this.#macro(() => expandGlobal({ at: open.at, name, args }));
  }

  #structName(first: Token): string | undefined {
    let ahead = 0;
    let name = first.text;
    while (this.#tokens.is('.', ahead) && this.#tokens.peek(ahead + 1).kind === 'ident') {
      name += `.${this.#tokens.peek(ahead + 1).text}`;
      ahead += 2;
    }
    if (!this.#tokens.is('{', ahead)) return undefined;
    this.#tokens.skip(ahead);
    return name;
  }

  #struct(name: string): Expr {
    const open = this.#tokens.take();
    const fields: { name: string; value: Expr; optional: boolean; at: number }[] = [];
    while (!this.#tokens.is('}')) {
      const optional = this.#tokens.accept('?') !== undefined;
      const field = this.#tokens.take();
      if (field.kind !== 'ident')
        this.#tokens.halt(
          field.at,
          `mismatched input '${field.text}' expecting {'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}`,
        );
      const colon = this.#colon();
      fields.push({ name: field.text, value: this.#expr(), optional, at: colon.at });
      if (!this.#tokens.accept(',')) break;
    }
    this.#tokens.close('}');
    return { kind: 'struct', at: open.at, name, fields };
  }

  #literal(): Expr | undefined {
    const first = this.#tokens.peek();
    const negative = this.#tokens.is('-') && ['int', 'float'].includes(this.#tokens.peek(1).kind);
    if (negative) this.#tokens.take();
    const token = this.#tokens.peek();
    const literal = (value: Expr & { kind: 'literal' }) => {
      this.#tokens.take();
      return value;
    };
    const at = first.at;
    const text = negative ? `-${token.text}` : token.text;
    if (token.kind === 'int') {
      const digits = BigInt(token.text);
      const value = negative ? -digits : digits;
      if (value > INT64_MAX || value < -INT64_MAX - 1n) this.#tokens.report(at, 'invalid int literal');
      return literal({ kind: 'literal', at, value });
    }
    if (token.kind === 'uint') {
      const value = BigInt(token.text.slice(0, -1));
      if (value > 2n ** 64n - 1n) this.#tokens.report(at, 'invalid uint literal');
      return literal({ kind: 'literal', at, value: new Uint(value) });
    }
    if (token.kind === 'float') return literal({ kind: 'literal', at, value: Number(text) });
    if (token.kind === 'string') return literal({ kind: 'literal', at, value: unescapeString(token.text) });
    if (token.kind === 'bytes') return literal({ kind: 'literal', at, value: unescapeBytes(token.text) });
    if (token.kind !== 'word' || token.text === 'in') return undefined;
    return literal({ kind: 'literal', at, value: token.text === 'null' ? null : token.text === 'true' });
  }
}

const call = (at: number, name: string, args: readonly Expr[]): Expr => ({ kind: 'call', at, name, args });
