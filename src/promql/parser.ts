/**
 * Text to a checked syntax tree. Precedence climbing, from loose to tight: `or` · `and unless` · comparisons · `+ -` ·
 * `* / % atan2` · unary · `^` (to the right) · `[range]`, `offset`, `@`. The first error ends it, with its position and
 * Prometheus' words.
 */
import type { Aggregator, BinaryOperator, Cardinality, Expr, Matching, NumberLiteral } from './ast.ts';
import { ParseError, type Span } from './errors.ts';
import { EXPERIMENTAL_AGGREGATORS, EXPERIMENTAL_FUNCTIONS, SIGNATURES } from './functions/signatures.ts';
import { isLabelName, unquote } from './literals.ts';
import { applyAt, applyOffset, readBrackets } from './parse-modifiers.ts';
import { readSelector } from './parse-selector.ts';
import { numberOf, type PatternAllowance, TokenStream } from './token-stream.ts';
import { AGGREGATION_WORDS, KEYWORDS, NAME_WORDS, quote, type Token } from './tokens.ts';
import { checkTypes } from './types.ts';

const PRECEDENCE: ReadonlyMap<string, number> = new Map([
  ['or', 1],
  ...['and', 'unless'].map((op) => [op, 2] as const),
  ...['==', '!=', '<', '<=', '>', '>='].map((op) => [op, 3] as const),
  ...['+', '-'].map((op) => [op, 4] as const),
  ...['*', '/', '%', 'atan2'].map((op) => [op, 5] as const),
  ['^', 6],
]);
const UNARY_PRECEDENCE = 5;

/** Deeper nesting than any sane query (public rules stay under 12) would exhaust the stack here or in the evaluator. */
const MAX_DEPTH = 200;

/** A chain `a + b + …` nests to the left; public rules have under 60 operators. Bounded for the same reason. */
const MAX_OPERATORS = 1000;

/** Parses and checks types. `patterns`: shared by several queries. Throws `ParseError`. */
export function parse(query: string, patterns?: PatternAllowance): Expr {
  const stream = new TokenStream(query, patterns);
  if (stream.peek().type === 'end of input')
    throw new ParseError(query, { start: 0, end: 0 }, { detail: 'no expression found in input' });
  const expr = new ExpressionParser(stream).expression(0);
  if (stream.peek().type !== 'end of input') stream.unexpected();
  return checkTypes(query, expr);
}

class ExpressionParser {
  readonly #stream: TokenStream;
  #depth = 0;
  #operators = 0;

  constructor(stream: TokenStream) {
    this.#stream = stream;
  }

  expression(minimum: number): Expr {
    if (++this.#depth > MAX_DEPTH)
      this.#stream.fail(this.#stream.peek().span, `expression nested deeper than ${MAX_DEPTH} levels`);
    let left = this.#unary();
    for (;;) {
      const operator = this.#stream.peek();
      const precedence = PRECEDENCE.get(operator.type);
      if (precedence === undefined || precedence < minimum) break;
      if (++this.#operators > MAX_OPERATORS)
        this.#stream.fail(operator.span, `more than ${MAX_OPERATORS} operators in one expression`);
      this.#stream.next();
      const { returnsBool, matching } = this.#binaryModifiers();
      const opEnd = this.#stream.lastEnd();
      const right = this.expression(operator.type === '^' ? precedence : precedence + 1);
      left = {
        kind: 'binary',
        op: operator.type as BinaryOperator,
        lhs: left,
        rhs: right,
        returnsBool,
        matching,
        opSpan: { start: operator.span.start, end: opEnd },
        span: { start: left.span.start, end: right.span.end },
      };
    }
    this.#depth--;
    return left;
  }

  #unary(): Expr {
    const sign = this.#stream.peek();
    if (sign.type !== '+' && sign.type !== '-') return this.#postfix(this.#primary());
    this.#stream.next();
    const expr = this.expression(UNARY_PRECEDENCE + 1);
    const span = { start: sign.span.start, end: expr.span.end };
    if (expr.kind === 'number') return { kind: 'number', value: sign.type === '-' ? -expr.value : expr.value, span };
    return { kind: 'unary', op: sign.type, expr, span };
  }

  #binaryModifiers(): { returnsBool: boolean; matching: Matching } {
    const stream: TokenStream = this.#stream;
    const returnsBool = stream.take('bool') !== undefined;
    const on = stream.take('on');
    const clause = on ?? stream.take('ignoring');
    if (clause === undefined)
      return { returnsBool, matching: { card: 'one-to-one', labels: [], on: false, include: [] } };
    const labels = this.#labelList();
    const group = stream.take('group_left') ?? stream.take('group_right');
    const include = group !== undefined && stream.peek().type === '(' ? this.#labelList() : [];
    let card: Cardinality = 'one-to-one';
    if (group !== undefined) card = group.type === 'group_left' ? 'many-to-one' : 'one-to-many';
    return { returnsBool, matching: { card, labels, on: on !== undefined, include } };
  }

  #labelList(): readonly string[] {
    const stream: TokenStream = this.#stream;
    if (stream.take('(') === undefined) stream.unexpected('grouping opts', '"("');
    const labels: string[] = [];
    while (stream.take(')') === undefined) {
      if (labels.length > 0) {
        if (stream.take(',') === undefined) stream.unexpected('grouping opts', '"," or ")"');
        if (stream.take(')') !== undefined) break;
      }
      labels.push(this.#label());
    }
    return labels;
  }

  #label(): string {
    const token = this.#stream.peek();
    const isWord = token.type === 'identifier' || token.type === 'metric identifier' || KEYWORDS.has(token.type);
    if (!isWord && token.type !== 'string') this.#stream.unexpected('grouping opts', 'label');
    this.#stream.next();
    const name = isWord ? token.text : unquote(token.text);
    if (!isLabelName(name)) this.#stream.fail(token.span, `invalid label name for grouping: ${quote(name)}`);
    return name;
  }

  #postfix(start: Expr): Expr {
    const stream: TokenStream = this.#stream;
    let expr = start;
    for (;;) {
      if (stream.peek().type === '[') expr = readBrackets(stream, expr);
      else if (stream.take('offset') !== undefined) expr = applyOffset(stream, expr);
      else if (stream.take('@') !== undefined) expr = applyAt(stream, expr);
      else return expr;
    }
  }

  #primary(): Expr {
    const stream: TokenStream = this.#stream;
    const token = stream.peek();
    const following = stream.peek(1).type;
    switch (token.type) {
      case 'number':
      case 'duration':
        return this.#number(stream.next());
      case 'string':
        stream.next();
        return { kind: 'string', value: unquote(token.text), span: token.span };
      case '(':
        return this.#paren();
      case 'identifier':
        return following === '(' ? this.#call() : readSelector(stream);
      case 'metric identifier':
      case '{':
        return readSelector(stream);
      default:
        if (AGGREGATION_WORDS.has(token.type) && (following === '(' || following === 'by' || following === 'without'))
          return this.#aggregate();
        if (NAME_WORDS.has(token.type)) return readSelector(stream);
        return stream.unexpected();
    }
  }

  #number(token: Token): NumberLiteral {
    return { kind: 'number', value: numberOf(this.#stream, token), span: token.span };
  }

  #paren(): Expr {
    const stream: TokenStream = this.#stream;
    const open = stream.next();
    const expr = this.expression(0);
    const close = stream.take(')') ?? stream.unexpected();
    return { kind: 'paren', expr, span: { start: open.span.start, end: close.span.end } };
  }

  #arguments(): { args: readonly Expr[]; end: number } {
    const stream: TokenStream = this.#stream;
    if (stream.take('(') === undefined) stream.unexpected('aggregation');
    const args: Expr[] = [];
    for (;;) {
      const close = stream.take(')');
      if (close !== undefined) return { args, end: close.span.end };
      if (args.length > 0) {
        const comma = stream.take(',') ?? stream.unexpected();
        if (stream.peek().type === ')') stream.fail(comma.span, 'trailing commas not allowed in function call args');
      }
      args.push(this.expression(0));
    }
  }

  #call(): Expr {
    const stream: TokenStream = this.#stream;
    const name = stream.next();
    const { args, end } = this.#arguments();
    const func = SIGNATURES.get(name.text);
    if (EXPERIMENTAL_FUNCTIONS.has(name.text)) stream.fail(name.span, `function ${quote(name.text)} is not enabled`);
    if (func === undefined) stream.fail(name.span, `unknown function with name ${quote(name.text)}`);
    return { kind: 'call', func, args, span: { start: name.span.start, end } };
  }

  #aggregate(): Expr {
    const stream: TokenStream = this.#stream;
    const op = stream.next();
    const before = this.#grouping();
    const { args, end } = this.#arguments();
    const { grouping, without } = before ?? this.#grouping() ?? { grouping: [], without: false };
    const span: Span = { start: op.span.start, end };
    if (args.length === 0) stream.fail(span, 'no arguments for aggregate expression provided');
    if (EXPERIMENTAL_AGGREGATORS.has(op.type)) {
      stream.fail(
        span,
        `${op.type}() is experimental and must be enabled with --enable-feature=promql-experimental-functions`,
      );
    }
    const wanted = WITH_PARAMETER.has(op.type) ? 2 : 1;
    const expr = args[wanted - 1];
    if (args.length !== wanted || expr === undefined) {
      stream.fail(
        span,
        `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`,
      );
    }
    return {
      kind: 'aggregate',
      op: op.type as Aggregator,
      expr,
      param: wanted === 2 ? args[0] : undefined,
      grouping,
      without,
      span,
    };
  }

  #grouping(): { grouping: readonly string[]; without: boolean } | undefined {
    const clause = this.#stream.take('by') ?? this.#stream.take('without');
    return clause && { grouping: this.#labelList(), without: clause.type === 'without' };
  }
}

const WITH_PARAMETER: ReadonlySet<string> = new Set(['topk', 'bottomk', 'quantile', 'count_values']);
