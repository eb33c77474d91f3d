/**
 * The abstract syntax of PromQL as Prometheus 3.5 has it. https://prometheus.io/docs/prometheus/latest/querying/basics/
 */
import { unreachable } from '../std/assert.ts';
import type { Span } from './errors.ts';

export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string';

export type MatchType = '=' | '!=' | '=~' | '!~';

export interface Matcher {
  readonly name: string;
  readonly type: MatchType;
  readonly value: string;
}

export const METRIC_NAME = '__name__';

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^' | 'atan2';
export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type SetOperator = 'and' | 'or' | 'unless';
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | SetOperator;

export const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);
export const SET_OPERATORS: ReadonlySet<string> = new Set(['and', 'or', 'unless']);

export const AGGREGATORS = [
  'sum',
  'avg',
  'count',
  'min',
  'max',
  'group',
  'stddev',
  'stdvar',
  'topk',
  'bottomk',
  'count_values',
  'quantile',
] as const;
export type Aggregator = (typeof AGGREGATORS)[number];

/** `many-to-one` is `group_left`, `one-to-many` is `group_right`; set operators are always `many-to-many`. */
export type Cardinality = 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many';

export interface Matching {
  readonly card: Cardinality;
  readonly labels: readonly string[];
  readonly on: boolean;
  readonly include: readonly string[];
}

/** Where in time a selector or subquery looks. Milliseconds. */
export interface TimeShift {
  readonly offsetMs: number;
  /** `@ 1609746000`, in milliseconds since the epoch. */
  readonly atMs: number | undefined;
  /** `@ start()` or `@ end()`. */
  readonly anchor: 'start' | 'end' | undefined;
}

export interface NumberLiteral {
  readonly kind: 'number';
  readonly value: number;
  readonly span: Span;
}

export interface StringLiteral {
  readonly kind: 'string';
  readonly value: string;
  readonly span: Span;
}

export interface VectorSelector {
  readonly kind: 'selector';
  /** The name outside the braces; empty when it is a matcher like any other. */
  readonly name: string;
  /** A name outside the braces is the last matcher. */
  readonly matchers: readonly Matcher[];
  readonly shift: TimeShift;
  readonly span: Span;
}

export interface MatrixSelector {
  readonly kind: 'matrix';
  readonly selector: VectorSelector;
  readonly rangeMs: number;
  readonly span: Span;
}

export interface Subquery {
  readonly kind: 'subquery';
  readonly expr: Expr;
  readonly rangeMs: number;
  /** Zero: the evaluator's default step. */
  readonly stepMs: number;
  readonly shift: TimeShift;
  readonly span: Span;
}

/** The type of a function. */
export interface Signature {
  readonly name: string;
  readonly args: readonly ValueType[];
  /**
   * 0: exactly `args`. n > 0: the last may be left out, or given up to n times. -1: the last may be left out or
   * repeated at will.
   */
  readonly variadic: number;
  readonly returns: ValueType;
}

export interface Call {
  readonly kind: 'call';
  readonly func: Signature;
  readonly args: readonly Expr[];
  readonly span: Span;
}

export interface Aggregate {
  readonly kind: 'aggregate';
  readonly op: Aggregator;
  readonly expr: Expr;
  readonly param: Expr | undefined;
  readonly grouping: readonly string[];
  readonly without: boolean;
  readonly span: Span;
}

export interface Binary {
  readonly kind: 'binary';
  readonly op: BinaryOperator;
  readonly lhs: Expr;
  readonly rhs: Expr;
  readonly returnsBool: boolean;
  /** Undefined unless both sides are vectors. */
  readonly matching: Matching | undefined;
  /** The operator and its modifiers. */
  readonly opSpan: Span;
  readonly span: Span;
}

export interface Unary {
  readonly kind: 'unary';
  readonly op: '+' | '-';
  readonly expr: Expr;
  readonly span: Span;
}

export interface Paren {
  readonly kind: 'paren';
  readonly expr: Expr;
  readonly span: Span;
}

export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Call
  | Aggregate
  | Binary
  | Unary
  | Paren;

export function typeOf(expr: Expr): ValueType {
  switch (expr.kind) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'selector':
    case 'aggregate':
      return 'vector';
    case 'matrix':
    case 'subquery':
      return 'matrix';
    case 'call':
      return expr.func.returns;
    case 'unary':
    case 'paren':
      return typeOf(expr.expr);
    case 'binary':
      return typeOf(expr.lhs) === 'scalar' && typeOf(expr.rhs) === 'scalar' ? 'scalar' : 'vector';
    default:
      return unreachable(expr);
  }
}

export function children(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'number':
    case 'string':
    case 'selector':
      return [];
    case 'matrix':
      return [expr.selector];
    case 'subquery':
    case 'unary':
    case 'paren':
      return [expr.expr];
    case 'call':
      return expr.args;
    case 'aggregate':
      return expr.param === undefined ? [expr.expr] : [expr.param, expr.expr];
    case 'binary':
      return [expr.lhs, expr.rhs];
    default:
      return unreachable(expr);
  }
}

/** Every selector in the expression, ranges and subqueries included, from left to right. */
export function selectorsOf(expr: Expr): readonly VectorSelector[] {
  return expr.kind === 'selector' ? [expr] : children(expr).flatMap(selectorsOf);
}

/** Every function call in the expression, the outer before the inner. */
export function callsOf(expr: Expr): readonly Call[] {
  const inner = children(expr).flatMap(callsOf);
  return expr.kind === 'call' ? [expr, ...inner] : inner;
}

export function unwrapParens(expr: Expr): Expr {
  let inner = expr;
  while (inner.kind === 'paren') inner = inner.expr;
  return inner;
}
