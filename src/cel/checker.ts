/**
 * The type checker: unification over type parameters as the original does it, with its messages.
 * https://github.com/google/cel-spec/blob/master/doc/langdef.md#gradual-type-checking
 */
import type { Dialect } from './dialect.ts';
import type { Overload } from './functions.ts';
import { type Expr, qualifiedName } from './syntax.ts';
import type { Issue } from './tokens.ts';
import { literalType, TYPE_NAMES } from './type-names.ts';
import {
  BOOL,
  type CelType,
  DYN,
  ERROR,
  fieldType,
  formatType,
  INT,
  isDynOrError,
  isOptional,
  listOf,
  mapOf,
  optionalOf,
  paramOf,
  STRING,
  typeOf,
  typeParam,
} from './types.ts';
import { isAssignable, mostGeneral, Substitution } from './unify.ts';

export interface Environment {
  readonly variables: ReadonlyMap<string, CelType>;
  readonly dialect: Dialect;
}

export interface Checked {
  readonly expr: Expr;
  readonly type: CelType;
  readonly types: ReadonlyMap<Expr, CelType>;
  /** The overloads that may be meant at each call. */
  readonly overloads: ReadonlyMap<Expr, readonly Overload[]>;
  /** Names of the environment's variables that are referred to. */
  readonly variables: ReadonlySet<string>;
}

export function check(expr: Expr, env: Environment): { checked: Checked; issues: readonly Issue[] } {
  const checker = new Checker(env);
  checker.check(expr);
  return { checked: checker.finish(expr), issues: checker.issues };
}

class Checker {
  readonly issues: Issue[] = [];
  readonly #env: Environment;
  readonly #types = new Map<Expr, CelType>();
  readonly #overloads = new Map<Expr, readonly Overload[]>();
  readonly #variables = new Set<string>();
  #scopes: ReadonlyMap<string, CelType>[] = [];
  #bound = new Substitution();
  #fresh = 0;
  /** How many calls of `format` are around: their lists and maps may hold values of several types. */
  #formatting = 0;

  constructor(env: Environment) {
    this.#env = env;
  }

  finish(expr: Expr): Checked {
    const types = new Map<Expr, CelType>();
    for (const [node, type] of this.#types) types.set(node, this.#bound.apply(type, 'toDyn'));
    return { expr, type: types.get(expr) ?? ERROR, types, overloads: this.#overloads, variables: this.#variables };
  }

  #report(at: number, message: string): void {
    this.issues.push({ at, message });
  }

  #set(expr: Expr, type: CelType): CelType {
    this.#types.set(expr, type);
    return type;
  }

  check(expr: Expr): CelType {
    switch (expr.kind) {
      case 'literal':
        return this.#set(expr, literalType(expr.value));
      case 'ident':
        return this.#set(expr, this.#ident(expr));
      case 'select':
        return this.#set(expr, this.#select(expr));
      case 'call':
        return this.#set(expr, this.#call(expr));
      case 'list':
        return this.#set(expr, this.#list(expr));
      case 'map':
        return this.#set(expr, this.#map(expr));
      case 'struct':
        return this.#set(expr, this.#struct(expr));
      default:
        return this.#set(expr, this.#fold(expr));
    }
  }

  #lookup(name: string): CelType | undefined {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const type = this.#scopes[i]?.get(name);
      if (type) return type;
    }
    const bare = name.replace(/^\./, '');
    const variable = this.#env.variables.get(bare);
    if (variable) {
      this.#variables.add(bare);
      return variable;
    }
    const named = TYPE_NAMES[bare];
    return named ? typeOf(named) : undefined;
  }

  #ident(expr: Extract<Expr, { kind: 'ident' }>): CelType {
    const type = this.#lookup(expr.name);
    if (type) return type;
    this.#report(expr.at, `undeclared reference to '${expr.name}' (in container '')`);
    return ERROR;
  }

  #select(expr: Extract<Expr, { kind: 'select' }>): CelType {
    const qualified = qualifiedName(expr);
    if (qualified === 'google.protobuf.Timestamp' || qualified === 'google.protobuf.Duration') return typeOf();
    const variable = qualified === undefined ? undefined : this.#qualifiedVariable(qualified);
    if (variable) return variable;
    const type = this.#field({ at: expr.at, operand: expr.operand, field: expr.field });
    return expr.test ? BOOL : this.#bound.apply(type);
  }

  /** A variable whose name has dots. Local names hide it. */
  #qualifiedVariable(name: string): CelType | undefined {
    const root = name.slice(0, name.indexOf('.'));
    if (this.#scopes.some((scope) => scope.has(root))) return undefined;
    const type = this.#env.variables.get(name);
    if (type) this.#variables.add(name);
    return type;
  }

  #field({
    at,
    operand,
    field,
    optional = false,
  }: {
    at: number;
    operand: Expr;
    field: string;
    optional?: boolean;
  }): CelType {
    const whole = this.#bound.apply(this.check(operand));
    const target = isOptional(whole) ? paramOf(whole, 0) : whole;
    const result = this.#fieldOf(target, field, at);
    return isOptional(whole) || optional ? optionalOf(result) : result;
  }

  #fieldOf(target: CelType, field: string, at: number): CelType {
    if (target.kind === 'map') return paramOf(target, 1);
    if (target.kind === 'object') {
      const known = fieldType(target, field);
      if (known) return known;
      this.#report(at, `undefined field '${field}'`);
      return ERROR;
    }
    if (target.kind === 'param') {
      this.#assignable(DYN, target);
      return DYN;
    }
    if (target.kind === 'opaque' && target.name !== 'optional_type') {
      // The libraries' types are messages without fields.
      this.#report(
        at,
        target.name.includes('.')
          ? `undefined field '${field}'`
          : `type '${formatType(target)}' does not support field selection`,
      );
      return ERROR;
    }
    if (!isDynOrError(target)) this.#report(at, `type '${formatType(target)}' does not support field selection`);
    return isDynOrError(target) ? DYN : ERROR;
  }

  #call(expr: Extract<Expr, { kind: 'call' }>): CelType {
    if (expr.name === '_?._') return this.#optionalSelect(expr);
    const formats = expr.name === 'format' ? 1 : 0;
    this.#formatting += formats;
    for (const arg of expr.args) this.check(arg);
    this.#formatting -= formats;
    if (expr.target) {
      const prefix = qualifiedName(expr.target);
      const namespaced =
        prefix === undefined ? undefined : this.#env.dialect.functions.overloads(`${prefix}.${expr.name}`);
      if (namespaced) return this.#resolve(expr, { name: `${prefix}.${expr.name}`, candidates: namespaced });
      this.check(expr.target);
    }
    const candidates = this.#env.dialect.functions.overloads(expr.name.replace(/^\./, ''));
    if (candidates)
      return this.#resolve(expr, { name: expr.name, candidates, ...(expr.target ? { target: expr.target } : {}) });
    this.#report(expr.at, `undeclared reference to '${expr.name}' (in container '')`);
    return ERROR;
  }

  #optionalSelect(expr: Extract<Expr, { kind: 'call' }>): CelType {
    const [operand, field] = expr.args;
    if (!operand || field?.kind !== 'literal' || typeof field.value !== 'string') return ERROR;
    this.#set(field, STRING);
    return this.#bound.apply(this.#field({ at: expr.at, operand, field: field.value, optional: true }));
  }

  #resolve(
    expr: Extract<Expr, { kind: 'call' }>,
    fn: { name: string; candidates: readonly Overload[]; target?: Expr },
  ): CelType {
    const operands = fn.target ? [fn.target, ...expr.args] : expr.args;
    const args = operands.map((arg) => this.#types.get(arg) ?? ERROR);
    if (fn.name === '_&&_' || fn.name === '_||_')
      return this.#logical(expr, { operands, args, candidates: fn.candidates });
    const matching: Overload[] = [];
    let result: CelType | undefined;
    for (const candidate of fn.candidates) {
      if (candidate.member !== (fn.target !== undefined)) continue;
      const instance = this.#instantiate(candidate);
      if (!this.#assignableAll(args, instance.params)) continue;
      matching.push(candidate);
      const type = this.#bound.apply(instance.result);
      if (result === undefined) result = type;
      else if (result.kind !== 'dyn' && formatType(result) !== formatType(type)) result = DYN;
    }
    if (result === undefined) {
      const shown = args.map((arg) => formatType(this.#bound.apply(arg, 'toDyn')));
      const head = fn.target ? `${shown.shift()}.` : '';
      this.#report(expr.at, `found no matching overload for '${fn.name}' applied to '${head}(${shown.join(', ')})'`);
      return ERROR;
    }
    this.#overloads.set(expr, matching);
    return result;
  }

  #logical(
    expr: Expr,
    call: { operands: readonly Expr[]; args: readonly CelType[]; candidates: readonly Overload[] },
  ): CelType {
    let fine = true;
    call.args.forEach((arg, index) => {
      if (this.#assignable(arg, BOOL)) return;
      this.#report(
        call.operands[index]?.at ?? expr.at,
        `expected type 'bool' but found '${formatType(this.#bound.apply(arg, 'toDyn'))}'`,
      );
      fine = false;
    });
    this.#overloads.set(expr, call.candidates);
    return fine ? BOOL : ERROR;
  }

  #instantiate(overload: Overload): { params: readonly CelType[]; result: CelType } {
    const names = new Map<string, CelType>();
    const rename = (type: CelType): CelType => {
      if (type.kind === 'param') {
        const known = names.get(type.name) ?? this.#variable();
        names.set(type.name, known);
        return known;
      }
      return type.params.length === 0 ? type : { ...type, params: type.params.map(rename) };
    };
    return { params: overload.params.map(rename), result: rename(overload.result) };
  }

  #variable(): CelType {
    return typeParam(`_var${this.#fresh++}`);
  }

  #assignable(from: CelType, to: CelType): boolean {
    return this.#assignableAll([from], [to]);
  }

  /** All or nothing: a list that does not fit leaves no trace in the substitution. */
  #assignableAll(from: readonly CelType[], to: readonly CelType[]): boolean {
    if (from.length !== to.length) return false;
    const attempt = this.#bound.copy();
    if (!from.every((type, index) => isAssignable(attempt, type, to[index] ?? ERROR))) return false;
    this.#bound = attempt;
    return true;
  }

  #join(expr: Expr, previous: CelType | undefined, current: CelType): CelType {
    if (previous === undefined) return current;
    if (this.#assignable(previous, current)) return mostGeneral(previous, current);
    if (this.#formatting > 0) return DYN;
    this.#report(
      expr.at,
      `expected type '${formatType(this.#bound.apply(previous, 'toDyn'))}' but found '${formatType(this.#bound.apply(current, 'toDyn'))}'`,
    );
    return ERROR;
  }

  /** The type of a value written with `?`, which must be an optional one. */
  #optionalElement(expr: Expr, type: CelType, optional: { readonly optional: boolean }): CelType {
    if (!optional.optional) return type;
    if (isOptional(type)) return paramOf(type, 0);
    if (type.kind !== 'dyn')
      this.#report(expr.at, `expected type '${formatType(optionalOf(type))}' but found '${formatType(type)}'`);
    return type;
  }

  #list(expr: Extract<Expr, { kind: 'list' }>): CelType {
    let element: CelType | undefined;
    for (const item of expr.elements)
      element = this.#join(item.value, element, this.#optionalElement(item.value, this.check(item.value), item));
    return listOf(element ?? this.#variable());
  }

  #map(expr: Extract<Expr, { kind: 'map' }>): CelType {
    let key: CelType | undefined;
    let value: CelType | undefined;
    for (const entry of expr.entries) {
      key = this.#join(entry.key, key, this.check(entry.key));
      value = this.#join(entry.value, value, this.#optionalElement(entry.value, this.check(entry.value), entry));
    }
    return mapOf(key ?? this.#variable(), value ?? this.#variable());
  }

  #struct(expr: Extract<Expr, { kind: 'struct' }>): CelType {
    const type = this.#messageType(expr);
    for (const field of type ? expr.fields : []) {
      const found = this.#optionalElement(field.value, this.check(field.value), field);
      const wanted = type && this.#fieldOf(type, field.name, field.at);
      if (wanted && !this.#assignable(found, wanted))
        this.#report(
          field.at,
          `expected type of field '${field.name}' is '${formatType(wanted)}' but provided type is '${formatType(this.#bound.apply(found, 'toDyn'))}'`,
        );
    }
    return type ?? ERROR;
  }

  /** Undefined, and reported: the name is none of a type that has values with fields. */
  #messageType({ at, name }: Extract<Expr, { kind: 'struct' }>): CelType | undefined {
    const bare = name.replace(/^\./, '');
    const message = this.#env.dialect.message(bare);
    if (message) return message.type;
    const known = this.#lookup(name);
    if (!known) this.#report(at, `undeclared reference to '${name}' (in container '')`);
    else if (known.kind === 'type') this.#report(at, `'${bare}' is not a message type`);
    else this.#report(at, `'${known.name}' is not a type`);
    return undefined;
  }

  #fold(expr: Extract<Expr, { kind: 'fold' }>): CelType {
    const range = this.#bound.apply(this.check(expr.range));
    const accu = this.check(expr.init);
    this.#scopes.push(new Map([[expr.accu, accu]]));
    this.#scopes.push(this.#iteration(expr, range));
    this.#expect(expr.condition, BOOL);
    this.#expect(expr.step, accu);
    this.#scopes.pop();
    const result = this.check(expr.result);
    this.#scopes.pop();
    return this.#bound.apply(result);
  }

  #expect(expr: Expr, type: CelType): void {
    const found = this.check(expr);
    if (this.#assignable(type, found)) return;
    this.#report(
      expr.at,
      `expected type '${formatType(this.#bound.apply(type, 'toDyn'))}' but found '${formatType(this.#bound.apply(found, 'toDyn'))}'`,
    );
  }

  #iteration(expr: Extract<Expr, { kind: 'fold' }>, range: CelType): ReadonlyMap<string, CelType> {
    const pair = (first: CelType, second: CelType) =>
      new Map([[expr.variable, first], ...(expr.second === undefined ? [] : ([[expr.second, second]] as const))]);
    if (range.kind === 'list')
      return expr.second === undefined ? pair(paramOf(range, 0), ERROR) : pair(INT, paramOf(range, 0));
    if (range.kind === 'map') return pair(paramOf(range, 0), paramOf(range, 1));
    if (isDynOrError(range) || range.kind === 'param') {
      this.#assignable(DYN, range);
      return pair(DYN, DYN);
    }
    this.#report(
      expr.range.at,
      `expression of type '${formatType(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
    );
    return pair(ERROR, ERROR);
  }
}
