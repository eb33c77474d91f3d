/**
 * From a checked tree to a function. Every step is charged to a meter, so that no expression and no data can make it
 * hang.
 */
import type { Checked } from './checker.ts';
import type { Dialect } from './dialect.ts';
import { CelError, CostExceeded, noSuchOverload } from './errors.ts';
import { dispatch, type Overload, str } from './functions.ts';
import { callCost } from './runtime-cost.ts';
import { compilePattern, required } from './standard.ts';
import { ACCU, type Expr, qualifiedName } from './syntax.ts';
import { isTypeName } from './type-names.ts';
import type { CelType } from './types.ts';
import { display, Mapping, MapValue, MessageValue, Optional, TypeValue, type Value } from './values.ts';

/** Counts the work of one or more evaluations, in the original's cost units. */
export class Meter {
  #spent = 0;
  readonly #limit: number;
  constructor(limit: number) {
    this.#limit = limit;
  }
  get spent(): number {
    return this.#spent;
  }
  charge(cost: number): void {
    this.#spent += cost;
    if (this.#spent > this.#limit) throw new CostExceeded();
  }
}

/** The values of the environment's variables; undefined is an unknown name. */
export type Bindings = (name: string) => Value | undefined;

interface Frame {
  readonly bindings: Bindings;
  /** By slot. An accumulator may hold the failure that its last step ended with. */
  readonly locals: (Value | CelError)[];
  readonly meter: Meter;
}

type Step = (frame: Frame) => Value;
type Scope = readonly string[];

// The original's base costs of building an aggregate and of reading a name or field.
const LIST_COST = 10;
const MAP_COST = 30;
const MESSAGE_COST = 40;
const NAME_COST = 1;

export type Evaluate = (bindings: Bindings, meter: Meter) => Value;

export function compileChecked(checked: Checked, dialect: Dialect): Evaluate {
  const step = new Compiler(checked, dialect).compile(checked.expr, []);
  return (bindings, meter) => step({ bindings, meter, locals: [] });
}

class Compiler {
  readonly #checked: Checked;
  readonly #dialect: Dialect;
  constructor(checked: Checked, dialect: Dialect) {
    this.#checked = checked;
    this.#dialect = dialect;
  }

  compile(expr: Expr, scope: Scope): Step {
    switch (expr.kind) {
      case 'literal':
        return () => expr.value;
      case 'ident':
        return this.#ident(expr.name, scope);
      case 'select':
        return this.#select(expr, scope);
      case 'call':
        return this.#call(expr, scope);
      case 'list':
        return this.#list(expr, scope);
      case 'map':
        return this.#map(expr, scope);
      case 'struct':
        return this.#struct(expr, scope);
      default:
        return this.#fold(expr, scope);
    }
  }

  #ident(name: string, scope: Scope): Step {
    const slot = scope.lastIndexOf(name);
    if (slot >= 0) {
      return ({ locals, meter }) => {
        meter.charge(NAME_COST);
        const value = locals[slot] ?? null;
        if (value instanceof CelError) throw value;
        return value;
      };
    }
    const bare = name.replace(/^\./, '');
    if (!this.#checked.variables.has(bare) && isTypeName(bare)) {
      const type = new TypeValue(bare);
      return () => type;
    }
    return ({ bindings, meter }) => {
      meter.charge(NAME_COST);
      const value = bindings(bare);
      if (value === undefined) throw new CelError(`no such attribute(s): ${bare}`);
      return value;
    };
  }

  #select(expr: Extract<Expr, { kind: 'select' }>, scope: Scope): Step {
    const qualified = qualifiedName(expr);
    if (qualified !== undefined && isTypeName(qualified)) {
      const type = new TypeValue(qualified);
      return () => type;
    }
    if (
      qualified !== undefined &&
      this.#checked.variables.has(qualified) &&
      !scope.includes(qualified.slice(0, qualified.indexOf('.')))
    )
      return this.#ident(qualified, []);
    const operand = this.compile(expr.operand, scope);
    const { field } = expr;
    if (expr.test) return (frame) => hasField(operand(frame), field);
    return (frame) => {
      const target = operand(frame);
      frame.meter.charge(NAME_COST);
      if (target instanceof MessageValue) return target.read(field);
      if (target instanceof Mapping) return required(target, field);
      if (target instanceof Optional) return optionalField(target, field);
      throw noSuchOverload();
    };
  }

  #call(expr: Extract<Expr, { kind: 'call' }>, scope: Scope): Step {
    const operands = expr.target && this.#isMember(expr) ? [expr.target, ...expr.args] : expr.args;
    const grow = this.#grow(expr, scope);
    if (grow) return grow;
    const args = operands.map((arg) => this.compile(arg, scope));
    switch (expr.name) {
      case '_&&_':
        return logical(args, false);
      case '_||_':
        return logical(args, true);
      case '_?_:_':
        return conditional(args);
      case '@not_strictly_false':
        return notStrictlyFalse(args);
      case '_?._':
        return (frame) => {
          const target = (args[0] as Step)(frame);
          frame.meter.charge(NAME_COST);
          return optionalField(target, str((args[1] as Step)(frame)));
        };
      default:
        return this.#apply(expr, args);
    }
  }

  #isMember(expr: Expr): boolean {
    return this.#checked.overloads.get(expr)?.[0]?.member ?? true;
  }

  /**
   * `accu + [x]` and `mapInsert(accu, …)` change the accumulator in place: it cannot be seen from elsewhere, and
   * copying it each time would be quadratic.
   */
  #grow(expr: Extract<Expr, { kind: 'call' }>, scope: Scope): Step | undefined {
    const [accu, ...rest] = expr.args;
    if (accu?.kind !== 'ident' || accu.name !== ACCU) return undefined;
    const slot = scope.lastIndexOf(ACCU);
    const [addend] = rest;
    if (expr.name === '_+_' && addend?.kind === 'list') {
      const added = this.compile(addend, scope);
      return (frame) => {
        const items = added(frame);
        frame.meter.charge(2 * NAME_COST);
        const list = frame.locals[slot];
        if (!Array.isArray(list) || !Array.isArray(items)) throw noSuchOverload();
        list.push(...items);
        return list as readonly Value[];
      };
    }
    if (expr.name !== 'cel.@mapInsert') return undefined;
    const inserted = rest.map((arg) => this.compile(arg, scope));
    return (frame) => {
      const values = inserted.map((step) => step(frame));
      frame.meter.charge(2 * NAME_COST);
      const map = frame.locals[slot];
      if (!(map instanceof MapValue)) throw noSuchOverload();
      const [first = null, second] = values;
      if (second !== undefined) map.insert(first, second);
      else if (first instanceof Mapping) for (const key of first.keys()) map.insert(key, first.get(key) ?? null);
      return map;
    };
  }

  #apply(expr: Extract<Expr, { kind: 'call' }>, args: readonly Step[]): Step {
    const candidates = this.#checked.overloads.get(expr) ?? [];
    const sole = candidates.length === 1 && this.#isStatic(expr, candidates[0]) ? candidates[0] : undefined;
    const run = this.#literalPattern(expr) ?? sole?.run;
    return (frame) => {
      const values = args.map((step) => step(frame));
      const overload = sole ?? dispatch(candidates, values);
      const result = (run ?? overload.run)(values);
      frame.meter.charge(callCost(overload, values, result));
      return result;
    };
  }

  /** Whether the checker knows enough that the values need no look: no dynamic type on the way. */
  #isStatic(expr: Extract<Expr, { kind: 'call' }>, overload: Overload | undefined): boolean {
    const operands = overload?.member && expr.target ? [expr.target, ...expr.args] : expr.args;
    return operands.every((arg) => isKnown(this.#checked.types.get(arg)));
  }

  #literalPattern(expr: Extract<Expr, { kind: 'call' }>): ((values: readonly Value[]) => Value) | undefined {
    const pattern = expr.args.at(-1);
    if (expr.name !== 'matches' || pattern?.kind !== 'literal' || typeof pattern.value !== 'string') return undefined;
    const compiled = compilePattern(pattern.value);
    return ([text]) => {
      if (typeof text !== 'string') throw noSuchOverload();
      return compiled.matcher(text).find();
    };
  }

  #list(expr: Extract<Expr, { kind: 'list' }>, scope: Scope): Step {
    const elements = expr.elements.map(({ value, optional }) => ({ step: this.compile(value, scope), optional }));
    return (frame) => {
      frame.meter.charge(LIST_COST);
      const items: Value[] = [];
      for (const { step, optional } of elements) {
        const value = step(frame);
        if (!optional) items.push(value);
        else if (!(value instanceof Optional))
          throw new CelError(`cannot initialize optional list element from non-optional value`);
        else if (value.present) items.push(value.get());
      }
      return items;
    };
  }

  #map(expr: Extract<Expr, { kind: 'map' }>, scope: Scope): Step {
    const entries = expr.entries.map((entry) => ({
      key: this.compile(entry.key, scope),
      value: this.compile(entry.value, scope),
      optional: entry.optional,
    }));
    return (frame) => {
      frame.meter.charge(MAP_COST);
      const map = new MapValue();
      for (const entry of entries) {
        const key = entry.key(frame);
        const value = entry.value(frame);
        if (!entry.optional) map.insert(key, value);
        else if (!(value instanceof Optional))
          throw new CelError(`cannot initialize optional entry '${display(key)}' from non-optional value`);
        else if (value.present) map.insert(key, value.get());
      }
      return map;
    };
  }

  #struct(expr: Extract<Expr, { kind: 'struct' }>, scope: Scope): Step {
    const name = expr.name.replace(/^\./, '');
    const message = this.#dialect.message(name);
    if (!message) throw new CelError(`unknown type: ${name}`);
    const fields = expr.fields.map((field) => ({ ...field, step: this.compile(field.value, scope) }));
    return (frame) => {
      frame.meter.charge(MESSAGE_COST);
      const set = new Map<string, Value>();
      for (const field of fields) {
        const value = field.step(frame);
        if (!field.optional) set.set(field.name, value);
        else if (!(value instanceof Optional))
          throw new CelError(`cannot initialize optional entry '${field.name}' from non-optional value`);
        else if (value.present) set.set(field.name, value.get());
      }
      for (const [field, value] of set) {
        const problem = message.problem(field, value);
        if (problem !== undefined) throw new CelError(problem);
      }
      return new MessageValue(name, set, message.unset);
    };
  }

  #fold(expr: Extract<Expr, { kind: 'fold' }>, scope: Scope): Step {
    const range = this.compile(expr.range, scope);
    const init = this.compile(expr.init, scope);
    const withAccu = [...scope, expr.accu];
    const inner = expr.second === undefined ? [...withAccu, expr.variable] : [...withAccu, expr.variable, expr.second];
    const condition = this.compile(expr.condition, inner);
    const step = this.compile(expr.step, inner);
    const result = this.compile(expr.result, withAccu);
    const slot = scope.length;
    // `all` and `exists` go on after a failure, looking for an element that decides; the others end with it.
    const absorbs = expr.condition.kind === 'call';
    return (frame) => {
      const { locals } = frame;
      const source = range(frame);
      locals[slot] = init(frame);
      for (const [first, second] of iterate(source, expr.second !== undefined)) {
        locals[slot + 1] = first;
        if (expr.second !== undefined) locals[slot + 2] = second;
        if (condition(frame) !== true) break;
        locals[slot] = absorbs ? attempt(() => step(frame)) : step(frame);
      }
      return result(frame);
    };
  }
}

/** Elements of a list, keys of a map; in two-variable form index and element, key and value. */
function* iterate(source: Value, pairs: boolean): Generator<readonly [Value, Value]> {
  if (Array.isArray(source)) {
    for (const [index, item] of (source as readonly Value[]).entries())
      yield pairs ? [BigInt(index), item] : [item, null];
    return;
  }
  if (!(source instanceof Mapping)) throw noSuchOverload();
  for (const key of source.keys()) yield [key, pairs ? (source.get(key) ?? null) : null];
}

/** The value, or the failure to be met again when it is read. A spent budget is not kept but ends everything. */
function attempt(step: () => Value): Value | CelError {
  try {
    return step();
  } catch (error) {
    if (error instanceof CelError && !(error instanceof CostExceeded)) return error;
    throw error;
  }
}

/**
 * `&&` (decided by false) and `||` (decided by true): either side may decide, then a failure of the other does not
 * count.
 */
function logical([left, right]: readonly Step[], decider: boolean): Step {
  return (frame) => {
    const first = attempt(() => (left as Step)(frame));
    if (first === decider) return decider;
    const second = attempt(() => (right as Step)(frame));
    if (second === decider) return decider;
    for (const outcome of [first, second]) {
      if (outcome instanceof CelError) throw outcome;
      if (typeof outcome !== 'boolean') throw noSuchOverload();
    }
    return !decider;
  };
}

function conditional([condition, whenTrue, whenFalse]: readonly Step[]): Step {
  return (frame) => {
    const holds = (condition as Step)(frame);
    if (typeof holds !== 'boolean') throw noSuchOverload();
    return ((holds ? whenTrue : whenFalse) as Step)(frame);
  };
}

function notStrictlyFalse([operand]: readonly Step[]): Step {
  return (frame) => {
    frame.meter.charge(NAME_COST);
    return attempt(() => (operand as Step)(frame)) !== false;
  };
}

function hasField(target: Value, field: string): boolean {
  if (target instanceof Mapping) return target.get(field) !== undefined;
  if (target instanceof Optional) return target.present && hasField(target.get(), field);
  throw noSuchOverload();
}

function optionalField(target: Value, field: string): Value {
  const container = target instanceof Optional ? (target.present ? target.get() : undefined) : target;
  // The original looks for no field of such a literal in this way.
  if (container === undefined || container instanceof MessageValue) return Optional.none;
  if (!(container instanceof Mapping)) throw noSuchOverload();
  const value = container.get(field);
  return value === undefined ? Optional.none : Optional.of(value);
}

function isKnown(type: CelType | undefined): boolean {
  if (!type || type.kind === 'dyn' || type.kind === 'error' || type.kind === 'param') return false;
  return type.params.every(isKnown);
}
