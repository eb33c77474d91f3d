/** A cursor over tokens that knows how to complain. */
import { ParseError, type Span } from './errors.ts';
import { MAX_PATTERN_SIZE } from '../std/pattern-size.ts';
import { tokenize } from './lexer.ts';
import { parseNumber, parsePromDuration } from './literals.ts';
import { describe, quote, type Token } from './tokens.ts';

/** As much as one pattern may have, for each of a few patterns: compiling each takes 2 to 5 ms. */
const MAX_PATTERNS_SIZE = 4 * MAX_PATTERN_SIZE;

/** How much the patterns of several queries may have together. */
export interface PatternAllowance {
  /** Why the patterns are too many; asked before one is compiled. */
  take(size: number): string | undefined;
}

export class TokenStream {
  readonly query: string;
  readonly #tokens: readonly Token[];
  readonly #last: Token;
  #at = 0;
  readonly #patterns: PatternAllowance | undefined;
  #patternsSize = 0;

  constructor(query: string, patterns?: PatternAllowance) {
    this.#patterns = patterns;
    this.query = query;
    this.#tokens = tokenize(query);
    this.#last = this.#tokens.at(-1) ?? {
      type: 'end of input',
      text: '',
      span: { start: query.length, end: query.length },
    };
  }

  /** The token `ahead` of the next one. An error in the text is reported once it is the next token. */
  peek(ahead = 0): Token {
    const token = this.#tokens[this.#at + ahead] ?? this.#last;
    if (token.type === 'error' && ahead === 0) this.fail(token.span, token.text);
    return token;
  }

  next(): Token {
    const token = this.peek();
    this.#at++;
    return token;
  }

  /** The next token if it is of this type; else nothing is consumed. */
  take(type: string): Token | undefined {
    return this.peek().type === type ? this.next() : undefined;
  }

  /** To be told before a pattern is compiled. One that is too large by itself is never compiled. */
  takePattern(span: Span, size: number): void {
    if (size > MAX_PATTERN_SIZE) return;
    this.#patternsSize += size;
    const detail =
      this.#patternsSize > MAX_PATTERNS_SIZE
        ? `the query has ${this.#patternsSize} steps in its patterns up to here; at most ${MAX_PATTERNS_SIZE} are allowed`
        : this.#patterns?.take(size);
    if (detail !== undefined) throw new ParseError(this.query, span, { detail, code: 'TooExpensive' });
  }

  /** Where the last consumed token ends. */
  lastEnd(): number {
    return this.#tokens[this.#at - 1]?.span.end ?? 0;
  }

  unexpected(context?: string, expected?: string): never {
    const token = this.peek();
    this.fail(
      token.span,
      `unexpected ${describe(token)}${context ? ` in ${context}` : ''}${expected ? `, expected ${expected}` : ''}`,
    );
  }

  fail(span: Span, detail: string): never {
    throw new ParseError(this.query, span, { detail });
  }
}

/** The value of a number token, or of a duration token in seconds. */
export function numberOf(stream: TokenStream, token: Token): number {
  if (token.type === 'duration') {
    const ms = parsePromDuration(token.text);
    return 'value' in ms ? ms.value / 1000 : stream.fail(token.span, ms.whyNot);
  }
  return (
    parseNumber(token.text) ??
    stream.fail(token.span, `error parsing number: ${quote(token.text)} does not fit a 64-bit float`)
  );
}
