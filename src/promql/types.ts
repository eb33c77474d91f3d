/** The type rules of PromQL. Every error has the position and the words that Prometheus gives it. */
import { unreachable } from '../std/assert.ts';
import {
  type Aggregate,
  type Binary,
  type Call,
  COMPARISONS,
  type Expr,
  METRIC_NAME,
  SET_OPERATORS,
  typeOf,
  type ValueType,
  type VectorSelector,
} from './ast.ts';
import { ParseError, type Span } from './errors.ts';
import { compileMatch } from './regex.ts';
import { quote } from './tokens.ts';

const DOCUMENTED: Readonly<Record<ValueType, string>> = {
  vector: 'instant vector',
  matrix: 'range vector',
  scalar: 'scalar',
  string: 'string',
};

/**
 * The same tree with vector matching settled (none between scalars, many-to-many for set operators), or `ParseError`.
 */
export function checkTypes(query: string, expr: Expr): Expr {
  return new Checker(query).check(expr);
}

class Checker {
  readonly #query: string;

  constructor(query: string) {
    this.#query = query;
  }

  check(expr: Expr): Expr {
    switch (expr.kind) {
      case 'number':
      case 'string':
        return expr;
      case 'selector':
        return this.#selector(expr);
      case 'matrix':
        return { ...expr, selector: this.#selector(expr.selector) };
      case 'paren':
        return { ...expr, expr: this.check(expr.expr) };
      case 'unary':
        return { ...expr, expr: this.#unaryOperand(expr.span, this.check(expr.expr)) };
      case 'subquery': {
        const inner = this.check(expr.expr);
        if (typeOf(inner) !== 'vector')
          this.#fail(expr.span, `subquery is only allowed on instant vector, got ${typeOf(inner)} instead`);
        return { ...expr, expr: inner };
      }
      case 'aggregate':
        return this.#aggregate(expr);
      case 'call':
        return this.#call(expr);
      case 'binary':
        return this.#binary(expr);
      default:
        return unreachable(expr);
    }
  }

  #selector(selector: VectorSelector): VectorSelector {
    if (selector.name !== '') {
      const second = selector.matchers.slice(0, -1).find((matcher) => matcher.name === METRIC_NAME);
      if (second)
        this.#fail(
          selector.span,
          `metric name must not be set twice: ${quote(selector.name)} or ${quote(second.value)}`,
        );
      return selector;
    }
    const selective = selector.matchers.some((matcher) => {
      const match = compileMatch(matcher);
      return 'value' in match && !match.value.matchesEmpty;
    });
    if (!selective) this.#fail(selector.span, 'vector selector must contain at least one non-empty matcher');
    return selector;
  }

  #unaryOperand(span: Span, expr: Expr): Expr {
    const type = typeOf(expr);
    if (type === 'scalar' || type === 'vector') return expr;
    return this.#fail(
      span,
      `unary expression only allowed on expressions of type scalar or instant vector, got ${quote(DOCUMENTED[type])}`,
    );
  }

  #aggregate(expr: Aggregate): Expr {
    const inner = this.#expect(expr.expr, 'vector', 'aggregation expression');
    if (expr.param === undefined) return { ...expr, expr: inner };
    const param = this.#expect(expr.param, expr.op === 'count_values' ? 'string' : 'scalar', 'aggregation parameter');
    return { ...expr, expr: inner, param };
  }

  #call(call: Call): Expr {
    const { args: types, variadic, name } = call.func;
    const given = call.args.length;
    const least = variadic === 0 ? types.length : types.length - 1;
    if (variadic === 0 && given !== least)
      this.#fail(call.span, `expected ${least} argument(s) in call to ${quote(name)}, got ${given}`);
    if (given < least)
      this.#fail(call.span, `expected at least ${least} argument(s) in call to ${quote(name)}, got ${given}`);
    if (variadic > 0 && given > least + variadic) {
      this.#fail(call.span, `expected at most ${least + variadic} argument(s) in call to ${quote(name)}, got ${given}`);
    }
    const last = types.at(-1) ?? 'vector';
    return {
      ...call,
      args: call.args.map((arg, index) => this.#expect(arg, types[index] ?? last, `call to function ${quote(name)}`)),
    };
  }

  #binary(given: Binary): Expr {
    const { op, opSpan } = given;
    const expr = { ...given, lhs: this.check(given.lhs), rhs: this.check(given.rhs) };
    const left = typeOf(expr.lhs);
    const right = typeOf(expr.rhs);
    if (expr.returnsBool && !COMPARISONS.has(op))
      this.#fail(opSpan, 'bool modifier can only be used on comparison operators');
    if (COMPARISONS.has(op) && !expr.returnsBool && left === 'scalar' && right === 'scalar') {
      this.#fail(opSpan, 'comparisons between scalars must use BOOL modifier');
    }
    const matching = expr.matching;
    const twice = matching?.on ? matching.labels.find((label) => matching.include.includes(label)) : undefined;
    if (twice !== undefined) this.#fail(opSpan, `label ${quote(twice)} must not occur in ON and GROUP clause at once`);
    for (const side of [expr.lhs, expr.rhs]) {
      const type = typeOf(side);
      if (type !== 'scalar' && type !== 'vector')
        this.#fail(side.span, 'binary expression must contain only scalar and instant vector types');
    }
    if (left !== 'vector' || right !== 'vector') {
      if (matching && matching.labels.length > 0)
        this.#fail(expr.span, 'vector matching only allowed between instant vectors');
      if (SET_OPERATORS.has(op))
        this.#fail(expr.span, `set operator ${quote(op)} not allowed in binary scalar expression`);
      return { ...expr, matching: undefined };
    }
    if (!matching || !SET_OPERATORS.has(op)) return expr;
    if (matching.card !== 'one-to-one') this.#fail(expr.span, `no grouping allowed for ${quote(op)} operation`);
    return { ...expr, matching: { ...matching, card: 'many-to-many' } };
  }

  #expect(expr: Expr, wanted: ValueType, context: string): Expr {
    const checked = this.check(expr);
    const type = typeOf(checked);
    if (type !== wanted)
      this.#fail(expr.span, `expected type ${DOCUMENTED[wanted]} in ${context}, got ${DOCUMENTED[type]}`);
    return checked;
  }

  #fail(span: Span, detail: string): never {
    throw new ParseError(this.#query, span, { detail });
  }
}
