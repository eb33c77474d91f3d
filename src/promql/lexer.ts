/**
 * Text to tokens. What a character means depends on where it stands: in braces words are label names, in brackets only
 * durations and a colon are known, elsewhere keywords count. An error ends the sequence as a token of its own, so that
 * the parser can report what it met before it.
 */
import { KEYWORDS, type Token } from './tokens.ts';

const SPACE = /[ \t\n\r]*/y;
const COMMENT = /#[^\n\r]*/y;
const WORD = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const METRIC_WORD = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
/** Hexadecimal, or decimal with fraction, exponent and single underscores between digits. */
const NUMBER =
  /(?:0[xX]_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|(?:[0-9]+(?:_[0-9]+)*\.?(?:[0-9]+(?:_[0-9]+)*)?|\.[0-9]+(?:_[0-9]+)*)(?:[eE][+-]?[0-9]+(?:_[0-9]+)*)?)(?![a-zA-Z0-9_.])/y;
const DURATION = /[0-9]+(?:ms|[smhdwy])(?:[0-9]+(?:ms|[smhdw]))*(?![a-zA-Z0-9_])/y;
const NUMBER_LIKE = /[0-9a-zA-Z_.]+/y;
const OUTSIDE_MARK = /==|!=|<=|>=|[-+*/%^=<>(){}[\],@]/y;
const BRACE_MARK = /=~|!~|!=|[=,}]/y;
const BRACKET_MARK = /[-+*/%^():\]]/y;
const ESCAPE = /\\(?:[abfnrtv\\]|[0-7]{3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/y;

type Place = 'outside' | 'braces' | 'brackets';

class LexError extends Error {
  readonly start: number;

  constructor(message: string, start: number) {
    super(message);
    this.start = start;
  }
}

/** Queries longer than this are refused: the longest rule of the public rule collections has under 3,000 characters. */
const MAX_QUERY_LENGTH = 64 * 1024;

export function tokenize(input: string): readonly Token[] {
  const tokens: Token[] = [];
  try {
    if (input.length > MAX_QUERY_LENGTH) throw new LexError(`query longer than ${MAX_QUERY_LENGTH} characters`, 0);
    new Lexer(input, tokens).run();
  } catch (error) {
    if (!(error instanceof LexError)) throw error;
    tokens.push({ type: 'error', text: error.message, span: { start: error.start, end: input.length } });
  }
  return tokens;
}

class Lexer {
  readonly #input: string;
  readonly #tokens: Token[];
  #at = 0;
  #place: Place = 'outside';
  #parens = 0;
  #sawColon = false;

  constructor(input: string, tokens: Token[]) {
    this.#input = input;
    this.#tokens = tokens;
  }

  run(): void {
    for (;;) {
      this.#match(SPACE);
      if (this.#input[this.#at] === '#') this.#match(COMMENT);
      else if (this.#at >= this.#input.length) return this.#finish();
      else this.#next();
    }
  }

  #finish(): void {
    if (this.#place === 'braces') this.#fail('unexpected end of input inside braces');
    if (this.#place === 'brackets')
      this.#fail(this.#afterOpening() ? 'unexpected end of input in duration expression' : 'unclosed left bracket');
    if (this.#parens > 0) this.#fail('unclosed left parenthesis');
    this.#push('end of input', '');
  }

  #afterOpening(): boolean {
    const last = this.#tokens.at(-1)?.type;
    return last !== 'number' && last !== 'duration';
  }

  #next(): void {
    const character = this.#input[this.#at] as string;
    if (this.#place !== 'brackets' && (character === '"' || character === "'" || character === '`'))
      return this.#string(character);
    if (this.#place === 'braces') return this.#inBraces(character);
    if (this.#place === 'brackets') return this.#inBrackets(character);
    if (/[0-9]/.test(character) || (character === '.' && /[0-9]/.test(this.#input[this.#at + 1] ?? '')))
      return this.#number();
    const word = this.#match(METRIC_WORD);
    if (word !== undefined) return this.#word(word);
    const mark = this.#match(OUTSIDE_MARK);
    if (mark === undefined) this.#unknownOutside(character);
    else this.#mark(mark);
  }

  #unknownOutside(character: string): never {
    const next = this.#input[this.#at + 1];
    if (character === '!') this.#fail(`unexpected character after '!': ${show(next)}`);
    this.#fail(`unexpected character: ${show(this.#codePoint())}`);
  }

  #mark(mark: string): void {
    const start = this.#at - mark.length;
    if (mark === '=' && this.#input[this.#at] === '~') this.#fail(`unexpected character after '=': '~'`, start);
    if (mark === ']') this.#fail(`unexpected right bracket ']'`, start);
    if (mark === '{') this.#place = 'braces';
    if (mark === '[') {
      this.#place = 'brackets';
      this.#sawColon = false;
    }
    this.#countParens(mark, start);
    this.#push(mark, mark, start);
  }

  #countParens(mark: string, start: number): void {
    if (mark === '(') this.#parens++;
    if (mark === ')' && --this.#parens < 0) this.#fail(`unexpected right parenthesis ')'`, start);
  }

  #word(word: string): void {
    const lower = word.toLowerCase();
    const start = this.#at - word.length;
    if (lower === 'inf' || lower === 'nan') this.#push('number', word, start);
    else if (KEYWORDS.has(lower)) this.#push(lower, word, start);
    else this.#push(word.includes(':') ? 'metric identifier' : 'identifier', word, start);
  }

  #inBraces(character: string): void {
    const word = this.#match(WORD);
    if (word !== undefined) return this.#push('identifier', word, this.#at - word.length);
    const mark = this.#match(BRACE_MARK);
    if (mark === undefined) {
      if (character === '{') this.#fail(`unexpected left brace '{'`);
      if (character === '!')
        this.#fail(`unexpected character after '!' inside braces: ${show(this.#input[this.#at + 1])}`);
      this.#fail(`unexpected character inside braces: ${show(this.#codePoint())}`);
    }
    if (mark === '}') this.#place = 'outside';
    this.#push(mark, mark, this.#at - mark.length);
  }

  #inBrackets(character: string): void {
    if (/[0-9.]/.test(character)) return this.#number();
    const mark = this.#match(BRACKET_MARK);
    if (mark === undefined) this.#fail(`unexpected character in duration expression: ${show(this.#codePoint())}`);
    const start = this.#at - mark.length;
    if (mark === ':') {
      if (this.#tokens.at(-1)?.type === '[')
        this.#fail('unexpected colon before duration in duration expression', start);
      if (this.#sawColon) this.#fail('unexpected repeated colon in duration expression', start);
      this.#sawColon = true;
    }
    if (mark === ']') this.#place = 'outside';
    this.#countParens(mark, start);
    this.#push(mark, mark, start);
  }

  #number(): void {
    const start = this.#at;
    const number = this.#match(NUMBER);
    if (number !== undefined) return this.#push('number', number, start);
    const duration = this.#match(DURATION);
    if (duration !== undefined) return this.#push('duration', duration, start);
    this.#fail(`bad number or duration syntax: ${JSON.stringify(this.#match(NUMBER_LIKE) ?? '.')}`, start);
  }

  #string(open: string): void {
    const start = this.#at++;
    for (;;) {
      const character = this.#input[this.#at];
      if (character === undefined || (character === '\n' && open !== '`')) {
        this.#fail(open === '`' ? 'unterminated raw string' : 'unterminated quoted string', start);
      }
      if (character === '\\' && open !== '`') this.#escape(open, start);
      else {
        this.#at++;
        if (character === open) return this.#push('string', this.#input.slice(start, this.#at), start);
      }
    }
  }

  /** Complaints name the place where the string begins. */
  #escape(open: string, start: number): void {
    if (this.#input[this.#at + 1] === open) {
      this.#at += 2;
      return;
    }
    const escape = this.#match(ESCAPE);
    if (escape === undefined) {
      const kind = this.#input[this.#at + 1];
      if (kind === undefined) this.#fail('escape sequence not terminated', start);
      if (!/[0-7xuU]/.test(kind)) this.#fail(`unknown escape sequence ${unicode(this.#codePoint(1))}`, start);
      const illegal = /[^0-9a-fA-F]/u.exec(this.#input.slice(this.#at + 2))?.[0];
      this.#fail(
        illegal === undefined
          ? 'escape sequence not terminated'
          : `illegal character ${unicode(illegal)} in escape sequence`,
        start,
      );
    }
    const code = /^\\[uU]/.test(escape) ? Number.parseInt(escape.slice(2), 16) : 0;
    const octal = /^\\[0-7]/.test(escape) ? Number.parseInt(escape.slice(1), 8) : 0;
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000) || octal > 255)
      this.#fail('escape sequence is an invalid Unicode code point', start);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#input)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #codePoint(ahead = 0): string {
    return String.fromCodePoint(this.#input.codePointAt(this.#at + ahead) ?? 0xfffd);
  }

  #push(type: string, text: string, start = this.#at): void {
    this.#tokens.push({ type, text, span: { start, end: start + text.length } });
  }

  #fail(message: string, start = this.#at): never {
    throw new LexError(message, start);
  }
}

const show = (character: string | undefined): string => (character === undefined ? 'end of input' : `'${character}'`);

/** Go's `%#U`: `U+002E '.'`. */
function unicode(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `U+${hex} '${character}'`;
}
