/**
 * Label and field selectors of list and watch, parsed as k8s.io/apimachinery/pkg/labels and /fields do, with their
 * errors.
 */
import type { KubeObject, LabelSelector } from '../../shapes/kube.ts';
import { unreachable } from '../../std/assert.ts';
import { badRequest } from './errors.ts';
import { quote } from './errors.ts';
import { labelValueProblems, qualifiedNameProblems } from '../../std/names.ts';

type Operator = 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

export type Labels = Readonly<Record<string, string>>;

export function matchesLabels(requirements: readonly Requirement[], labels: Labels | undefined): boolean {
  return requirements.every((requirement) => meets(requirement, labels));
}

function meets({ key, operator, values }: Requirement, labels: Labels | undefined): boolean {
  const has = labels !== undefined && Object.hasOwn(labels, key);
  const value = has ? (labels[key] as string) : '';
  switch (operator) {
    case 'in':
      return has && values.includes(value);
    case 'notin':
      return !has || !values.includes(value);
    case 'exists':
      return has;
    case '!':
      return !has;
    case 'gt':
    case 'lt': {
      if (!has || !/^[+-]?\d+$/.test(value)) return false;
      const bound = Number(values[0]);
      return operator === 'gt' ? Number(value) > bound : Number(value) < bound;
    }
    default:
      return unreachable(operator);
  }
}

interface Token {
  readonly text: string;
  readonly kind: 'identifier' | 'symbol' | 'end';
}

const SYMBOLS = new Set(['=', '==', '!=', '!', '>', '<', '(', ')', ',']);
const SPECIAL = '=!(),><';

function tokens(text: string): readonly Token[] {
  const found: Token[] = [];
  let place = 0;
  while (place < text.length) {
    const start = text[place] as string;
    if (/\s/.test(start)) {
      place++;
    } else if (SPECIAL.includes(start)) {
      // Two characters where they make a known symbol, otherwise one.
      const two = text.slice(place, place + 2);
      const symbol = two.length === 2 && SYMBOLS.has(two) ? two : start;
      found.push({ text: symbol, kind: 'symbol' });
      place += symbol.length;
    } else {
      let end = place;
      while (end < text.length && !SPECIAL.includes(text[end] as string) && !/\s/.test(text[end] as string)) end++;
      found.push({ text: text.slice(place, end), kind: 'identifier' });
      place = end;
    }
  }
  return found;
}

const END: Token = { text: '', kind: 'end' };

/** Throws a 400 with the parser's words. */
export function parseLabelSelector(text: string): readonly Requirement[] {
  const stream = new TokenStream(tokens(text));
  const requirements: Requirement[] = [];
  for (;;) {
    const next = stream.peek();
    if (next.kind === 'identifier' || next.text === '!') {
      requirements.push(parseRequirement(stream));
      const after = stream.take();
      if (after.kind === 'end') break;
      if (after.text !== ',') throw badRequest(`found '${after.text}', expected: ',' or 'end of string'`);
      const follows = stream.peek();
      if (follows.kind !== 'identifier' && follows.text !== '!')
        throw badRequest(`found '${follows.text}', expected: identifier after ','`);
    } else if (next.kind === 'end') {
      break;
    } else {
      throw badRequest(`found '${next.text}', expected: !, identifier, or 'end of string'`);
    }
  }
  return requirements;
}

class TokenStream {
  readonly #tokens: readonly Token[];
  #place = 0;

  constructor(list: readonly Token[]) {
    this.#tokens = list;
  }

  peek(): Token {
    return this.#tokens[this.#place] ?? END;
  }

  take(): Token {
    const token = this.peek();
    this.#place++;
    return token;
  }
}

const problem = (text: string): never => {
  throw badRequest(`unable to parse requirement: ${text}`);
};

function parseRequirement(stream: TokenStream): Requirement {
  let absent = false;
  if (stream.peek().text === '!') {
    stream.take();
    absent = true;
  }
  const key = stream.take();
  if (key.kind !== 'identifier') problem(`found '${key.text}', expected: identifier`);
  // Only the first of a key's problems is shown: the selector parser joins none.
  const wrong = qualifiedNameProblems(key.text);
  if (wrong.length > 0) problem(`<nil>: Invalid value: ${quote(key.text)}: ${wrong.join('; ')}`);
  if (absent) return { key: key.text, operator: '!', values: [] };
  const next = stream.peek();
  if (next.kind === 'end' || next.text === ',') return { key: key.text, operator: 'exists', values: [] };
  stream.take();
  const operator = operatorOf(next);
  const values = next.text === 'in' || next.text === 'notin' ? parseSet(stream) : [parseExact(stream)];
  return checked({ key: key.text, operator, values });
}

function operatorOf(token: Token): Operator {
  switch (token.text) {
    case 'in':
    case '=':
    case '==':
      return 'in';
    case 'notin':
    case '!=':
      return 'notin';
    case '>':
      return 'gt';
    case '<':
      return 'lt';
    default:
      return problem(`found '${token.text}', expected: in, notin, =, ==, !=, gt, lt`);
  }
}

function parseExact(stream: TokenStream): string {
  const next = stream.peek();
  // `a=` and `a=,b`: the empty value.
  if (next.kind === 'end' || next.text === ',') return '';
  if (next.kind !== 'identifier') return problem(`found '${next.text}', expected: identifier`);
  return stream.take().text;
}

function parseSet(stream: TokenStream): readonly string[] {
  const open = stream.take();
  if (open.text !== '(' || open.kind !== 'symbol') problem(`found '${open.text}' expected: '('`);
  const first = stream.peek();
  if (first.kind !== 'identifier' && first.text !== ',' && first.text !== ')')
    problem(`found '${first.text}', expected: ',', ')' or identifier`);
  if (first.text === ')') {
    stream.take();
    return [''];
  }
  const values = new Set<string>();
  for (;;) {
    const token = stream.take();
    if (token.kind === 'identifier') {
      values.add(token.text);
      const after = stream.take();
      if (after.text === ')' && after.kind === 'symbol') break;
      if (after.text !== ',') problem(`found '${after.text}', expected: ',' or ')'`);
      const follows = stream.peek();
      if (follows.text === ',' || follows.text === ')') {
        values.add('');
        if (follows.text === ')') {
          stream.take();
          break;
        }
      }
    } else if (token.text === ',') {
      if (values.size === 0) values.add('');
      const follows = stream.peek();
      if (follows.text === ')') {
        values.add('');
        stream.take();
        break;
      }
      if (follows.text === ',') {
        stream.take();
        values.add('');
      }
    } else {
      problem(`found '${token.text}', expected: ',', or identifier`);
    }
  }
  return [...values].sort();
}

function checked(requirement: Requirement): Requirement {
  const { key, operator, values } = requirement;
  if ((operator === 'gt' || operator === 'lt') && !/^[+-]?\d+$/.test(values[0] ?? '')) {
    problem(
      `values[0]: Invalid value: ${quote(values[0] ?? '')}: for 'Gt', 'Lt' operators, the value must be an integer`,
    );
  }
  for (const [index, value] of values.entries()) {
    const wrong = labelValueProblems(value);
    if (wrong.length > 0) problem(`values[${index}][${key}]: Invalid value: ${quote(value)}: ${wrong.join('; ')}`);
  }
  return requirement;
}

/**
 * A selector object of an API type. Undefined selects nothing, an empty one everything, as in
 * `metav1.LabelSelectorAsSelector`.
 */
export function requirementsOf(selector: LabelSelector | undefined): readonly Requirement[] | undefined {
  if (selector === undefined || selector === null) return undefined;
  const operators: Readonly<Record<string, Operator>> = {
    In: 'in',
    NotIn: 'notin',
    Exists: 'exists',
    DoesNotExist: '!',
  };
  return [
    ...Object.entries(selector.matchLabels ?? {}).map(
      ([key, value]): Requirement => ({ key, operator: 'in', values: [value] }),
    ),
    ...(selector.matchExpressions ?? []).map(
      (expression): Requirement => ({
        key: expression.key,
        operator: operators[expression.operator] ?? 'exists',
        values: expression.values ?? [],
      }),
    ),
  ];
}

export interface FieldRequirement {
  readonly field: string;
  readonly value: string;
  readonly equal: boolean;
}

/** Throws a 400 for what cannot be read; whether the fields exist is the resource's affair. */
export function parseFieldSelector(text: string): readonly FieldRequirement[] {
  return splitTerms(text)
    .filter((term) => term !== '')
    .map((term) => {
      const cut = splitTerm(term);
      if (!cut) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
      return { field: cut.field, value: unescapeValue(cut.value), equal: cut.equal };
    });
}

function splitTerms(text: string): readonly string[] {
  const terms: string[] = [];
  let start = 0;
  for (let place = 0; place < text.length; place++) {
    if (text[place] === '\\') place++;
    else if (text[place] === ',') {
      terms.push(text.slice(start, place));
      start = place + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function splitTerm(
  term: string,
): { readonly field: string; readonly value: string; readonly equal: boolean } | undefined {
  for (let place = 0; place < term.length; place++) {
    const rest = term.slice(place);
    for (const operator of ['!=', '==', '=']) {
      if (rest.startsWith(operator))
        return { field: term.slice(0, place), value: rest.slice(operator.length), equal: operator !== '!=' };
    }
  }
  return undefined;
}

function unescapeValue(value: string): string {
  let text = '';
  for (let place = 0; place < value.length; place++) {
    const character = value[place] as string;
    if (character === '\\') {
      const next = value[++place];
      if (next === undefined) throw badRequest('invalid field selector: invalid escape sequence: \\');
      if (next !== '\\' && next !== ',' && next !== '=')
        throw badRequest(`invalid field selector: invalid escape sequence: \\${next}`);
      text += next;
    } else if (character === ',' || character === '=') {
      throw badRequest(`invalid field selector: unescaped character in value: ${character.charCodeAt(0)}`);
    } else {
      text += character;
    }
  }
  return text;
}

export type FieldReader = (object: KubeObject) => string;

export function matchesFields(
  requirements: readonly (FieldRequirement & { readonly read: FieldReader })[],
  object: KubeObject,
): boolean {
  return requirements.every((requirement) => (requirement.read(object) === requirement.value) === requirement.equal);
}
