/** What the lexer hands to the parser, and how a token is named in an error. */
import { AGGREGATORS } from './ast.ts';
import type { Span } from './errors.ts';
import { EXPERIMENTAL_AGGREGATORS } from './functions/signatures.ts';

/** Keywords, operators and punctuation are their own type, in lower case; the rest falls into these classes. */
export type TokenClass =
  | 'number'
  | 'duration'
  | 'string'
  | 'identifier'
  | 'metric identifier'
  | 'end of input'
  | 'error';

export interface Token {
  readonly type: string;
  /** As written. For an `error` its message. */
  readonly text: string;
  readonly span: Span;
}

export const AGGREGATION_WORDS: ReadonlySet<string> = new Set([...AGGREGATORS, ...EXPERIMENTAL_AGGREGATORS]);
const OPERATOR_WORDS: ReadonlySet<string> = new Set(['and', 'or', 'unless', 'atan2']);
const MODIFIER_WORDS: ReadonlySet<string> = new Set([
  'offset',
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'bool',
]);
const ANCHOR_WORDS: ReadonlySet<string> = new Set(['start', 'end']);

export const KEYWORDS: ReadonlySet<string> = new Set([
  ...AGGREGATION_WORDS,
  ...OPERATOR_WORDS,
  ...MODIFIER_WORDS,
  ...ANCHOR_WORDS,
]);

/** Keywords that can also be a metric's name, where no other reading is possible. */
export const NAME_WORDS: ReadonlySet<string> = new Set([
  ...AGGREGATION_WORDS,
  ...ANCHOR_WORDS,
  'and',
  'or',
  'unless',
  'offset',
  'by',
  'without',
]);

const OPERATOR_MARKS: ReadonlySet<string> = new Set([
  '+',
  '-',
  '*',
  '/',
  '%',
  '^',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '=~',
  '!~',
]);

/** `identifier "foo"`, `<op:+>`, `<by>`, `end of input`: Prometheus' words for a token that was not expected. */
export function describe(token: Token): string {
  const { type, text } = token;
  if (type === 'end of input') return type;
  if (AGGREGATION_WORDS.has(type)) return `<aggr:${text}>`;
  if (MODIFIER_WORDS.has(type)) return `<${text}>`;
  if (OPERATOR_WORDS.has(type) || OPERATOR_MARKS.has(type)) return `<op:${text}>`;
  const quoted =
    text.length > 10 && type !== 'identifier' && type !== 'metric identifier'
      ? `${quote(text.slice(0, 10))}...`
      : quote(text);
  return type === text || ANCHOR_WORDS.has(type) ? quoted : `${type} ${quoted}`;
}

/** A string literal that reads back as the same string. */
export const quote = (text: string): string => JSON.stringify(text);
