/**
 * JSON as Go's encoding/json reads it: the same complaints, repeated keys noticed, and no deeper than 10,000 levels.
 */
import { wellFormedText } from '../../std/well-formed.ts';
import { type Draft, put } from './json.ts';

export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
}

export interface ParsedJson {
  readonly value: unknown;
  /** Paths of keys given twice in one object, in the order found: `data.k`, `spec.containers[0].name`. */
  readonly duplicates: readonly string[];
  /** The first number that is more than a float64 holds, as it was written. */
  readonly overflow?: string;
}

const MAX_DEPTH = 10_000;
/** A level has two characters at least: a text of this length is not too deep. */
const MAX_COMMON = 2 * MAX_DEPTH;

/**
 * The value of a text that the platform would have written to the letter: there no key comes twice, no number is cut
 * and Go reads the same. Only half a character is written as it came. Undefined for any other text, right or wrong.
 */
function commonValue(text: string): unknown {
  try {
    const value = JSON.parse(text) as unknown;
    return JSON.stringify(value) === text.trimEnd() && !text.includes('\\ud') ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Throws JsonSyntaxError. */
export function parseGoJson(text: string): ParsedJson {
  const common = text.length <= MAX_COMMON ? commonValue(text) : undefined;
  if (common !== undefined) return { value: common, duplicates: [] };
  checkDepth(text);
  const parser = new Parser(text);
  try {
    const value = parser.document();
    return {
      value,
      duplicates: parser.duplicates,
      ...(parser.overflow === undefined ? {} : { overflow: parser.overflow }),
    };
  } catch (error) {
    // Thousands of levels, allowed but more than our own stack holds: the platform's parser needs none.
    if (error instanceof RangeError) return { value: JSON.parse(text) as unknown, duplicates: [] };
    throw error;
  }
}

function checkDepth(text: string): void {
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index] as string;
    if (quoted) {
      if (character === '\\') index++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '{' || character === '[') {
      if (++depth > MAX_DEPTH) throw new JsonSyntaxError(`invalid character ${shown(character)} exceeded max depth`);
    } else if (character === '}' || character === ']') depth--;
  }
}

const MAX_ASCII = 0x7f;

const shown = (character: string): string => {
  if (character === "'") return "'\\''";
  if (character === '"') return "'\"'";
  const code = character.codePointAt(0) as number;
  // Go complains of a byte, here the first of several.
  if (code > MAX_ASCII) return `'${String.fromCharCode(Buffer.from(character)[0] ?? 0)}'`;
  if (code < 32) return `'${JSON.stringify(character).slice(1, -1).replace('\\u00', '\\x')}'`;
  return `'${character}'`;
};

class Parser {
  readonly duplicates: string[] = [];
  overflow: string | undefined;
  readonly #text: string;
  #at = 0;
  readonly #path: (string | number)[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  document(): unknown {
    this.#space();
    const value = this.#value();
    this.#space();
    if (this.#at < this.#text.length) this.#fail('after top-level value');
    return value;
  }

  #fail(where: string): never {
    if (this.#at >= this.#text.length) throw new JsonSyntaxError('unexpected end of JSON input');
    const character = String.fromCodePoint(this.#text.codePointAt(this.#at) as number);
    throw new JsonSyntaxError(`invalid character ${shown(character)} ${where}`);
  }

  #space(): void {
    while (this.#at < this.#text.length && ' \t\r\n'.includes(this.#text[this.#at] as string)) this.#at++;
  }

  #value(): unknown {
    const character = this.#text[this.#at];
    switch (character) {
      case '{':
        return this.#object();
      case '[':
        return this.#array();
      case '"':
        return this.#string();
      case 't':
        return this.#literal('true', true);
      case 'f':
        return this.#literal('false', false);
      case 'n':
        return this.#literal('null', null);
      default:
        if (character === '-' || (character !== undefined && character >= '0' && character <= '9'))
          return this.#number();
        return this.#fail('looking for beginning of value');
    }
  }

  #object(): Draft {
    this.#at++;
    const object: Draft = {};
    this.#space();
    if (this.#text[this.#at] === '}') {
      this.#at++;
      return object;
    }
    for (;;) {
      if (this.#text[this.#at] !== '"') this.#fail('looking for beginning of object key string');
      const key = this.#string();
      this.#space();
      if (this.#text[this.#at] !== ':') this.#fail('after object key');
      this.#at++;
      this.#space();
      this.#path.push(key);
      if (Object.hasOwn(object, key)) this.duplicates.push(pathText(this.#path));
      put(object, key, this.#value());
      this.#path.pop();
      this.#space();
      const next = this.#text[this.#at];
      if (next === '}') break;
      if (next !== ',') this.#fail('after object key:value pair');
      this.#at++;
      this.#space();
    }
    this.#at++;
    return object;
  }

  #array(): unknown[] {
    this.#at++;
    const items: unknown[] = [];
    this.#space();
    if (this.#text[this.#at] === ']') {
      this.#at++;
      return items;
    }
    for (;;) {
      this.#path.push(items.length);
      items.push(this.#value());
      this.#path.pop();
      this.#space();
      const next = this.#text[this.#at];
      if (next === ']') break;
      if (next !== ',') this.#fail('after array element');
      this.#at++;
      this.#space();
    }
    this.#at++;
    return items;
  }

  #literal(word: string, value: unknown): unknown {
    for (let index = 1; index < word.length; index++) {
      this.#at++;
      if (this.#text[this.#at] !== word[index])
        this.#fail(`in literal ${word} (expecting ${shown(word[index] as string)})`);
    }
    this.#at++;
    return value;
  }

  #string(): string {
    const start = this.#at++;
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined) this.#fail('');
      if (character === '"') break;
      if (character < ' ') this.#fail('in string literal');
      if (character === '\\') {
        this.#at++;
        const escape = this.#text[this.#at];
        if (escape === 'u') {
          for (let digit = 0; digit < 4; digit++) {
            this.#at++;
            if (!/[0-9a-fA-F]/.test(this.#text[this.#at] ?? '')) this.#fail('in \\u hexadecimal character escape');
          }
        } else if (escape === undefined || !'"\\/bfnrt'.includes(escape)) this.#fail('in string escape code');
      }
      this.#at++;
    }
    this.#at++;
    // Read by the platform: the scan above has made sure that it is well formed.
    // Half a character becomes U+FFFD, as in Go.
    return wellFormedText(JSON.parse(this.#text.slice(start, this.#at)) as string);
  }

  #number(): number {
    const start = this.#at;
    const digits = (where: string) => {
      if (!isDigit(this.#text[this.#at])) this.#fail(where);
      while (isDigit(this.#text[this.#at])) this.#at++;
    };
    if (this.#text[this.#at] === '-') this.#at++;
    if (this.#text[this.#at] === '0') this.#at++;
    else digits('in numeric literal');
    if (this.#text[this.#at] === '.') {
      this.#at++;
      digits('after decimal point in numeric literal');
    }
    if (this.#text[this.#at] === 'e' || this.#text[this.#at] === 'E') {
      this.#at++;
      if (this.#text[this.#at] === '+' || this.#text[this.#at] === '-') this.#at++;
      digits('in exponent of numeric literal');
    }
    const value = Number(this.#text.slice(start, this.#at));
    if (!Number.isFinite(value)) this.overflow ??= this.#text.slice(start, this.#at);
    // Whole numbers have no negative zero.
    return value === 0 ? 0 : value;
  }
}

const isDigit = (character: string | undefined): boolean =>
  character !== undefined && character >= '0' && character <= '9';

export const pathText = (path: readonly (string | number)[]): string =>
  path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );
