/**
 * The syntax tree. Macros are already expanded into folds, so that checker, cost estimate and evaluator know one loop
 * only.
 */
import type { Value } from './values.ts';

interface Node {
  /** Offset in code points of what error messages point at: an operator, an opening bracket, a dot, a name. */
  readonly at: number;
}

export interface Literal extends Node {
  readonly kind: 'literal';
  readonly value: Value;
}
export interface Ident extends Node {
  readonly kind: 'ident';
  readonly name: string;
}
export interface Select extends Node {
  readonly kind: 'select';
  readonly operand: Expr;
  readonly field: string;
  /** `has(a.b)`: is it there, rather than what is it. */
  readonly test: boolean;
}
export interface Call extends Node {
  readonly kind: 'call';
  /** Operators by their canonical names: `_+_`, `!_`, `_[_]`, `_?_:_` … */
  readonly name: string;
  readonly target?: Expr;
  readonly args: readonly Expr[];
}
export interface ListLiteral extends Node {
  readonly kind: 'list';
  readonly elements: readonly { readonly value: Expr; readonly optional: boolean }[];
}
export interface MapLiteral extends Node {
  readonly kind: 'map';
  readonly entries: readonly { readonly key: Expr; readonly value: Expr; readonly optional: boolean }[];
}
export interface StructLiteral extends Node {
  readonly kind: 'struct';
  readonly name: string;
  readonly fields: readonly {
    readonly name: string;
    readonly value: Expr;
    readonly optional: boolean;
    readonly at: number;
  }[];
}
/** accu = init; for v in range while condition: accu = step; result. */
export interface Fold extends Node {
  readonly kind: 'fold';
  readonly range: Expr;
  readonly variable: string;
  /** Two-variable form: `variable` is then the index or key, this one the element or value. */
  readonly second?: string;
  readonly accu: string;
  readonly init: Expr;
  readonly condition: Expr;
  readonly step: Expr;
  readonly result: Expr;
}

export type Expr = Literal | Ident | Select | Call | ListLiteral | MapLiteral | StructLiteral | Fold;

/** Cannot be written by a user, so an accumulator can be neither shadowed nor aliased. */
export const ACCU = '@result';

/** `a.b.c` where the expression is nothing but names. */
export function qualifiedName(expr: Expr): string | undefined {
  if (expr.kind === 'ident') return expr.name;
  if (expr.kind !== 'select' || expr.test) return undefined;
  const prefix = qualifiedName(expr.operand);
  return prefix === undefined ? undefined : `${prefix}.${expr.field}`;
}
