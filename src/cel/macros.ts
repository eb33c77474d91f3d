/**
 * Macros become folds at parse time: https://github.com/google/cel-spec/blob/master/doc/langdef.md#macros, plus
 * two-variable comprehensions, `optMap` and `optFlatMap`.
 */
import { ACCU, type Expr, type Fold } from './syntax.ts';
import type { Value } from './values.ts';

/** A macro used wrongly, at the offset of the argument to blame. */
export class MacroError extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

export interface MemberCall {
  readonly at: number;
  readonly name: string;
  readonly target: Expr;
  readonly args: readonly Expr[];
}

export interface GlobalCall {
  readonly at: number;
  readonly name: string;
  readonly args: readonly Expr[];
}

export function expandGlobal({ at, name, args }: GlobalCall): Expr {
  const [only] = args;
  if (name !== 'has' || args.length !== 1 || !only) return { kind: 'call', at, name, args };
  if (only.kind !== 'select' || only.test) throw new MacroError(only.at, 'invalid argument to has() macro');
  return { ...only, at, test: true };
}

/** Expressions that select devices have `cel.bind(name, value, expression)`; others do not know it. */
export type MacroSet = 'plain' | 'bindings';

/** A member call, or what it is a macro for. */
export function expandMember(call: MemberCall, macros: MacroSet): Expr {
  if (macros === 'bindings' && isBind(call)) return bind(new Builder(call));
  const expand = MACROS[`${call.name}/${call.args.length}`];
  return expand
    ? expand(new Builder(call))
    : { kind: 'call', at: call.at, name: call.name, target: call.target, args: call.args };
}

type Shape = Pick<Fold, 'init' | 'condition' | 'step' | 'result'>;

class Builder {
  readonly call: MemberCall;
  constructor(call: MemberCall) {
    this.call = call;
  }
  arg(index: number): Expr {
    return this.call.args[index] as Expr;
  }
  literal(value: Value): Expr {
    return { kind: 'literal', at: this.call.at, value };
  }
  get accu(): Expr {
    return { kind: 'ident', at: this.call.at, name: ACCU };
  }
  apply(name: string, ...args: Expr[]): Expr {
    return { kind: 'call', at: this.call.at, name, args };
  }
  list(...values: Expr[]): Expr {
    return { kind: 'list', at: this.call.at, elements: values.map((value) => ({ value, optional: false })) };
  }
  get emptyMap(): Expr {
    return { kind: 'map', at: this.call.at, entries: [] };
  }
  variable(index: number, message = 'argument is not an identifier'): string {
    const arg = this.arg(index);
    if (arg.kind !== 'ident') throw new MacroError(arg.at, message);
    if (arg.name === '__result__') throw new MacroError(arg.at, 'iteration variable overwrites accumulator variable');
    return arg.name;
  }
  fold(variable: string, shape: Shape): Expr {
    return { kind: 'fold', at: this.call.at, range: this.call.target, variable, accu: ACCU, ...shape };
  }
  fold2(shape: Shape): Expr {
    const message = 'argument must be a simple name';
    const variable = this.variable(0, message);
    const second = this.variable(1, message);
    if (variable === second) throw new MacroError(this.arg(1).at, `duplicate variable name: ${variable}`);
    return { kind: 'fold', at: this.call.at, range: this.call.target, variable, second, accu: ACCU, ...shape };
  }
  /** `filter ? step : accu`. */
  when(filter: Expr | undefined, step: Expr): Expr {
    return filter ? this.apply('_?_:_', filter, step, this.accu) : step;
  }
}

const all = (b: Builder, predicate: Expr): Shape => ({
  init: b.literal(true),
  condition: b.apply('@not_strictly_false', b.accu),
  step: b.apply('_&&_', b.accu, predicate),
  result: b.accu,
});
const exists = (b: Builder, predicate: Expr): Shape => ({
  init: b.literal(false),
  condition: b.apply('@not_strictly_false', b.apply('!_', b.accu)),
  step: b.apply('_||_', b.accu, predicate),
  result: b.accu,
});
const existsOne = (b: Builder, predicate: Expr): Shape => ({
  init: b.literal(0n),
  condition: b.literal(true),
  step: b.when(predicate, b.apply('_+_', b.accu, b.literal(1n))),
  result: b.apply('_==_', b.accu, b.literal(1n)),
});
const collect = (b: Builder, element: Expr, filter?: Expr): Shape => ({
  init: b.list(),
  condition: b.literal(true),
  step: b.when(filter, b.apply('_+_', b.accu, b.list(element))),
  result: b.accu,
});
const gather = (b: Builder, insert: Expr[], filter?: Expr): Shape => ({
  init: b.emptyMap,
  condition: b.literal(true),
  step: b.when(filter, b.apply('cel.@mapInsert', b.accu, ...insert)),
  result: b.accu,
});

const isBind = ({ name, target, args }: MemberCall): boolean =>
  name === 'bind' && args.length === 3 && target.kind === 'ident' && target.name === 'cel';

/** https://pkg.go.dev/github.com/google/cel-go/ext#Bindings: a fold over nothing, whose result is the expression. */
function bind(b: Builder): Expr {
  const variable = b.variable(0, 'cel.bind() variable names must be simple identifiers');
  return named(b, variable, { value: b.arg(1), result: b.arg(2) });
}

const named = (b: Builder, variable: string, { value, result }: { value: Expr; result: Expr }): Expr => ({
  kind: 'fold',
  at: b.call.at,
  range: b.list(),
  variable: '#unused',
  accu: variable,
  init: value,
  condition: b.literal(false),
  step: { kind: 'ident', at: b.call.at, name: variable },
  result,
});

/** `optional.optMap(v, f)`: binds v by a fold over nothing, whose result is f. */
function optional(b: Builder, wrap: (value: Expr) => Expr): Expr {
  const variable = b.variable(0, 'optMap() variable name must be a simple identifier');
  const { at, target } = b.call;
  const value: Expr = { kind: 'call', at, name: 'value', target, args: [] };
  const bound = named(b, variable, { value, result: wrap(b.arg(1)) });
  return b.apply('_?_:_', { kind: 'call', at, name: 'hasValue', target, args: [] }, bound, b.apply('optional.none'));
}

const MACROS: Readonly<Record<string, (b: Builder) => Expr>> = {
  'all/2': (b) => b.fold(b.variable(0), all(b, b.arg(1))),
  'exists/2': (b) => b.fold(b.variable(0), exists(b, b.arg(1))),
  'exists_one/2': (b) => b.fold(b.variable(0), existsOne(b, b.arg(1))),
  'existsOne/2': (b) => b.fold(b.variable(0), existsOne(b, b.arg(1))),
  'map/2': (b) => b.fold(b.variable(0), collect(b, b.arg(1))),
  'map/3': (b) => b.fold(b.variable(0), collect(b, b.arg(2), b.arg(1))),
  'filter/2': (b) => b.fold(b.variable(0), collect(b, b.arg(0), b.arg(1))),
  'all/3': (b) => b.fold2(all(b, b.arg(2))),
  'exists/3': (b) => b.fold2(exists(b, b.arg(2))),
  'exists_one/3': (b) => b.fold2(existsOne(b, b.arg(2))),
  'existsOne/3': (b) => b.fold2(existsOne(b, b.arg(2))),
  'transformList/3': (b) => b.fold2(collect(b, b.arg(2))),
  'transformList/4': (b) => b.fold2(collect(b, b.arg(3), b.arg(2))),
  'transformMap/3': (b) => b.fold2(gather(b, [b.arg(0), b.arg(2)])),
  'transformMap/4': (b) => b.fold2(gather(b, [b.arg(0), b.arg(3)], b.arg(2))),
  'transformMapEntry/3': (b) => b.fold2(gather(b, [b.arg(2)])),
  'transformMapEntry/4': (b) => b.fold2(gather(b, [b.arg(3)], b.arg(2))),
  'optMap/2': (b) => optional(b, (value) => b.apply('optional.of', value)),
  'optFlatMap/2': (b) => optional(b, (value) => value),
};
