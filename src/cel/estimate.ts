/**
 * The worst case an expression may cost, from the limits its schema declares: rules that could exceed the budget are
 * refused when the CRD is written. Follows https://github.com/google/cel-go/blob/master/checker/cost.go and Kubernetes'
 * additions, since which CRDs are accepted depends on it.
 */
import type { Checked } from './checker.ts';
import type { Overload } from './functions.ts';
import { type Estimate, LibraryCosts, matching, type Operand, type Path } from './library-cost.ts';
import { add, fixed, type Range, range, scaled, times, UNBOUNDED, union, UNKNOWN, ZERO } from './ranges.ts';
import { STRING_FACTOR } from './runtime-cost.ts';
import { ACCU, type Expr } from './syntax.ts';
import { type CelType, DYN, paramOf } from './types.ts';
import type { Value } from './values.ts';

/** Sizes of what a list or map contains, where they are known apart from a schema. */
interface Entries {
  readonly container: 'list' | 'map';
  readonly key: Range;
  readonly value: Range;
}

interface Local {
  readonly path: Path | undefined;
  readonly size: Range | undefined;
  readonly entries: Entries | undefined;
}

/** The cost range of a checked expression. `roots` are the variables that come from a schema. */
export function estimateCost(checked: Checked, roots: ReadonlyMap<string, CelType>): Range {
  return new Estimator(checked, roots).cost(checked.expr);
}

/** Attributes of devices: whatever their names, and of whatever type, all have the size that the map declares. */
const anyValue = (type: CelType): CelType | undefined =>
  type.kind === 'map' && paramOf(type, 1).name === 'google.protobuf.Any' ? paramOf(type, 1) : undefined;

class Estimator {
  readonly #checked: Checked;
  readonly #roots: ReadonlyMap<string, CelType>;
  readonly #paths = new Map<Expr, Path>();
  readonly #sizes = new Map<Expr, Range>();
  readonly #entries = new Map<Expr, Entries>();
  readonly #locals = new Map<string, Local[]>();
  readonly #library: LibraryCosts;

  constructor(checked: Checked, roots: ReadonlyMap<string, CelType>) {
    this.#checked = checked;
    this.#roots = roots;
    this.#library = new LibraryCosts({
      sizeOf: (operand) => this.#sizeOf(operand),
      element: (list) => this.#element(list),
    });
  }

  #type(expr: Expr): CelType {
    return this.#checked.types.get(expr) ?? DYN;
  }

  #local(name: string): Local | undefined {
    return this.#locals.get(name)?.at(-1);
  }

  #path(expr: Expr): Path | undefined {
    if (expr.kind === 'ident') {
      const local = this.#local(expr.name);
      if (local) return local.path;
    }
    return this.#paths.get(expr);
  }

  #child(expr: Expr, name: string): Path | undefined {
    const path = this.#path(expr);
    return path && [...path, name];
  }

  cost(expr: Expr): Range {
    switch (expr.kind) {
      case 'literal':
        return ZERO;
      case 'ident': {
        const local = this.#local(expr.name);
        const path = local ? local.path : [expr.name];
        if (path) this.#paths.set(expr, path);
        return fixed(1);
      }
      case 'select':
        return this.#select(expr);
      case 'call':
        return this.#call(expr);
      case 'list':
        return this.#list(expr);
      case 'map':
        return this.#map(expr);
      case 'struct':
        return expr.fields.reduce((sum, field) => add(sum, this.cost(field.value)), fixed(40));
      default:
        return this.#fold(expr);
    }
  }

  #select(expr: Extract<Expr, { kind: 'select' }>): Range {
    const operand = this.cost(expr.operand);
    if (expr.test) return operand;
    const path = this.#child(expr.operand, expr.field);
    if (path) this.#paths.set(expr, path);
    const { kind } = this.#type(expr.operand);
    return kind === 'map' || kind === 'object' || kind === 'param' ? add(operand, fixed(1)) : operand;
  }

  #list(expr: Extract<Expr, { kind: 'list' }>): Range {
    let sum = fixed(10);
    let item = range(expr.elements.length === 0 ? 0 : UNBOUNDED, 0);
    for (const { value } of expr.elements) {
      sum = add(sum, this.cost(value));
      item = union(item, this.#size(value) ?? UNKNOWN);
    }
    this.#entries.set(expr, { container: 'list', key: fixed(1), value: item });
    return sum;
  }

  #map(expr: Extract<Expr, { kind: 'map' }>): Range {
    let sum = fixed(30);
    let key = range(expr.entries.length === 0 ? 0 : UNBOUNDED, 0);
    let value = key;
    for (const entry of expr.entries) {
      sum = add(sum, add(this.cost(entry.key), this.cost(entry.value)));
      key = union(key, this.#size(entry.key) ?? UNKNOWN);
      value = union(value, this.#size(entry.value) ?? UNKNOWN);
    }
    this.#entries.set(expr, { container: 'map', key, value });
    return sum;
  }

  #within<T>(name: string, local: Local, body: () => T): T {
    const stack = this.#locals.get(name) ?? [];
    this.#locals.set(name, stack);
    stack.push(local);
    const result = body();
    stack.pop();
    return result;
  }

  #fold(expr: Extract<Expr, { kind: 'fold' }>): Range {
    const head = add(this.cost(expr.range), this.cost(expr.init));
    const accu: Local = {
      path: this.#path(expr.init),
      size: this.#size(expr.init),
      entries: this.#entriesOf(expr.init),
    };
    if (expr.accu !== ACCU) return this.#within(expr.accu, accu, () => this.#bind(expr, head));
    return this.#within(expr.accu, accu, () => this.#loop(expr, head));
  }

  /** A fold that only names a value. */
  #bind(expr: Extract<Expr, { kind: 'fold' }>, head: Range): Range {
    const sum = add(head, this.cost(expr.result));
    this.#copySizes(expr, expr.result);
    return sum;
  }

  #loop(expr: Extract<Expr, { kind: 'fold' }>, head: Range): Range {
    const entries = this.#entriesOf(expr.range);
    const isList = (entries?.container ?? this.#type(expr.range).kind) === 'list';
    const local = (part: 'key' | 'value'): Local => ({
      path: this.#child(expr.range, part === 'key' ? (isList ? '@indices' : '@keys') : isList ? '@items' : '@values'),
      size: entries?.[part],
      entries: undefined,
    });
    const each = () => add(this.cost(expr.condition), this.cost(expr.step));
    const { second } = expr;
    const step =
      second === undefined
        ? this.#within(expr.variable, local(isList ? 'value' : 'key'), each)
        : this.#within(expr.variable, local('key'), () => this.#within(second, local('value'), each));
    const sum = add(head, this.cost(expr.result));
    const count = this.#size(expr.range) ?? UNKNOWN;
    if (expr.init.kind === 'literal') {
      const size = this.#size(expr.init);
      if (size) this.#sizes.set(expr, size);
    } else {
      this.#sizes.set(expr, count);
      const produced = this.#entriesOf(expr.step);
      if (produced) this.#entries.set(expr, produced);
    }
    return add(sum, times(count, step));
  }

  #call(expr: Extract<Expr, { kind: 'call' }>): Range {
    if (expr.name === '_?._') return this.#optionalSelect(expr);
    const argCosts = expr.args.map((arg) => this.cost(arg));
    const args = expr.args.map((arg) => this.#operand(arg));
    const [first] = expr.args;
    if (expr.name === 'dyn' && first) {
      this.#copySizes(expr, first);
      return add(fixed(1), argCosts[0] ?? ZERO);
    }
    const overloads = this.#checked.overloads.get(expr) ?? [];
    if (overloads.length === 0) return ZERO;
    const member = overloads[0]?.member === true && expr.target !== undefined;
    const targetCost = member && expr.target ? this.cost(expr.target) : ZERO;
    const target = member && expr.target ? this.#operand(expr.target) : undefined;
    let cost = range(UNBOUNDED, 0);
    let size: Range | undefined;
    for (const overload of overloads) {
      const estimate = this.#overload(expr, { overload, target, args, argCosts });
      cost = union(cost, estimate.cost);
      if (estimate.size) size = size ? union(size, estimate.size) : estimate.size;
    }
    size = this.#indexed(expr) ?? size ?? this.#size(expr);
    if (size) this.#sizes.set(expr, size);
    return add(targetCost, cost);
  }

  #optionalSelect(expr: Extract<Expr, { kind: 'call' }>): Range {
    const [operand] = expr.args;
    return operand ? add(this.cost(operand), fixed(1)) : ZERO;
  }

  /** `a[i]`: its path goes on into the elements. */
  #indexed(expr: Extract<Expr, { kind: 'call' }>): Range | undefined {
    const [container] = expr.args;
    if (expr.name !== '_[_]' || !container) return undefined;
    const { kind } = this.#type(container);
    const path = this.#child(container, kind === 'list' ? '@items' : '@values');
    if (path) this.#paths.set(expr, path);
    return this.#entriesOf(container)?.value;
  }

  #operand(expr: Expr): Operand {
    const path = this.#path(expr);
    return { expr, type: this.#type(expr), path: path?.[0] === ACCU ? undefined : path, size: this.#size(expr) };
  }

  #copySizes(to: Expr, from: Expr): void {
    const size = this.#size(from);
    if (size) this.#sizes.set(to, size);
    const entries = this.#entriesOf(from);
    if (entries) this.#entries.set(to, entries);
  }

  #entriesOf(expr: Expr): Entries | undefined {
    return this.#entries.get(expr) ?? (expr.kind === 'ident' ? this.#local(expr.name)?.entries : undefined);
  }

  #size(expr: Expr): Range | undefined {
    const known = this.#sizes.get(expr) ?? ownSize(expr) ?? this.#schemaSize(this.#path(expr));
    if (known) return known;
    if (isScalar(this.#type(expr))) return fixed(1);
    return expr.kind === 'ident' ? this.#local(expr.name)?.size : undefined;
  }

  /** What the schema says about the size of the field at a path. */
  #schemaSize(path: Path | undefined): Range | undefined {
    if (!path || path.length === 0) return undefined;
    let type = this.#roots.get(path[0] ?? '') ?? this.#roots.values().next().value;
    for (const name of path.slice(1)) {
      if (!type) return undefined;
      if (name === '@items') type = type.kind === 'list' ? paramOf(type, 0) : undefined;
      else if (name === '@values')
        type = type.kind === 'map' ? paramOf(type, 1) : type.kind === 'list' ? paramOf(type, 0) : undefined;
      else if (name === '@keys') type = type.kind === 'map' ? paramOf(type, 0) : undefined;
      else type = type.fields?.get(name)?.type ?? anyValue(type);
    }
    return type && range(0, type.maxElements ?? 0);
  }

  #sizeOf(operand: Operand | undefined): Range {
    return operand?.size ?? this.#schemaSize(operand?.path) ?? UNKNOWN;
  }

  #element(list: Operand): Operand | undefined {
    const type = list.type.params[0];
    if (!type) return undefined;
    const path = list.path && [...list.path, '@items'];
    return { expr: undefined, type, path, size: undefined };
  }

  #overload(
    expr: Expr,
    call: { overload: Overload; target: Operand | undefined; args: readonly Operand[]; argCosts: readonly Range[] },
  ): Estimate {
    const { overload, target, args, argCosts } = call;
    const sum = argCosts.reduce(add, ZERO);
    const special = this.#library.estimate(overload, target, args);
    if (special) return { ...special, cost: add(special.cost, sum) };
    const [first, second, third] = args;
    switch (overload.name) {
      case '_&&_':
      case '_||_':
        return { cost: range(argCosts[0]?.min ?? 0, (argCosts[0]?.max ?? 0) + (argCosts[1]?.max ?? 0)) };
      case '_?_:_': {
        const entries = unionEntries(
          second?.expr && this.#entriesOf(second.expr),
          third?.expr && this.#entriesOf(third.expr),
        );
        if (entries) this.#entries.set(expr, entries);
        const branches = union(argCosts[1] ?? ZERO, argCosts[2] ?? ZERO);
        return {
          cost: add(argCosts[0] ?? ZERO, branches),
          size: union(second?.size ?? UNKNOWN, third?.size ?? UNKNOWN),
        };
      }
      case '_+_':
        return this.#concatenation(expr, { overload, args, sum });
      case 'startsWith':
      case 'endsWith':
        return { cost: add(scaled(first?.size ?? UNKNOWN, STRING_FACTOR), sum) };
      case '@in':
        if (overload.params[1]?.kind === 'list') return { cost: add(second?.size ?? UNKNOWN, sum) };
        break;
      case 'matches':
        if (target) return { cost: add(matching(target.size ?? UNKNOWN, first?.size ?? UNKNOWN), sum) };
        break;
      case 'contains':
        if (overload.params[0]?.kind === 'string') {
          const cost = times(
            scaled(target?.size ?? UNKNOWN, STRING_FACTOR),
            scaled(first?.size ?? UNKNOWN, STRING_FACTOR),
          );
          return { cost: add(cost, sum) };
        }
        break;
      default:
        break;
    }
    if (isComparison(overload)) {
      const least = Math.min((first?.size ?? UNKNOWN).max, (second?.size ?? UNKNOWN).max);
      return { cost: add(scaled(range(least > 0 ? 1 : 0, least), STRING_FACTOR), sum) };
    }
    const converted = conversionSize(overload, first?.size ?? UNKNOWN);
    if (converted) return { cost: add(scaled(first?.size ?? UNKNOWN, STRING_FACTOR), sum), size: converted };
    return { cost: add(fixed(1), sum) };
  }

  #concatenation(
    expr: Expr,
    { overload, args, sum }: { overload: Overload; args: readonly Operand[]; sum: Range },
  ): Estimate {
    const kind = overload.params[0]?.kind;
    if (kind !== 'string' && kind !== 'bytes' && kind !== 'list') return { cost: add(fixed(1), sum) };
    const size = add(args[0]?.size ?? UNKNOWN, args[1]?.size ?? UNKNOWN);
    const entries = unionEntries(
      args[0]?.expr && this.#entriesOf(args[0].expr),
      args[1]?.expr && this.#entriesOf(args[1].expr),
    );
    if (entries) this.#entries.set(expr, entries);
    return { cost: add(kind === 'list' ? fixed(1) : scaled(size, STRING_FACTOR), sum), size };
  }
}

function unionEntries(a: Entries | undefined, b: Entries | undefined): Entries | undefined {
  return a && b && { container: a.container, key: union(a.key, b.key), value: union(a.value, b.value) };
}

const ORDER = new Set(['_<_', '_<=_', '_>_', '_>=_']);

function isComparison(overload: Overload): boolean {
  if (overload.name === '_==_' || overload.name === '_!=_') return true;
  const kind = overload.params[0]?.kind;
  return ORDER.has(overload.name) && (kind === 'string' || kind === 'bytes');
}

function conversionSize(overload: Overload, size: Range): Range | undefined {
  if (overload.id === 'bytes(string): bytes') return range(size.min, size.max * 4);
  if (overload.id === 'string(bytes): string') return range(Math.floor(size.min / 4), size.max);
  if (overload.name === 'strings.quote') return range(size.min + 2, size.max * 2 + 2);
  return undefined;
}

function ownSize(expr: Expr): Range | undefined {
  if (expr.kind === 'list') return fixed(expr.elements.length);
  if (expr.kind === 'map') return fixed(expr.entries.length);
  return expr.kind === 'literal' ? fixed(literalSize(expr.value)) : undefined;
}

function literalSize(value: Value): number {
  if (typeof value === 'string') return Array.from(value).length;
  if (value instanceof Uint8Array) return value.length;
  return 1;
}

function isScalar(type: CelType): boolean {
  if (type.kind === 'opaque' && type.name === 'optional_type') return isScalar(paramOf(type, 0));
  return ['bool', 'double', 'duration', 'int', 'timestamp', 'uint'].includes(type.kind);
}
