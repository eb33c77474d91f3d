/** Declared functions: their overloads for the checker, the code for the evaluator. */
import { CelError, noSuchOverload } from './errors.ts';
import { type CelType, parseType, splitTop } from './types.ts';
import { Duration, Mapping, Opaque, Optional, Timestamp, TypeValue, Uint, type Value } from './values.ts';

export type Run = (args: readonly Value[]) => Value;

export interface Overload {
  readonly name: string;
  /** The whole signature; names the overload in cost rules. */
  readonly id: string;
  /** Called on a target, which is then the first parameter. */
  readonly member: boolean;
  readonly params: readonly CelType[];
  readonly result: CelType;
  readonly run: Run;
}

/** `string->startsWith(string): bool` is called on a target, `size(string): int` is not. */
export interface Declaration {
  readonly signature: string;
  readonly run: Run;
}

export const declare = (signature: string, run: Run): Declaration => ({ signature, run });

function overloadOf({ signature, run }: Declaration): Overload {
  const match = /^(?:(.+?)->)?([^(]+)\((.*)\): (.+)$/.exec(signature);
  if (!match) throw new CelError(`bad signature ${signature}`);
  const [, target, name = '', params = '', result = ''] = match;
  const types = splitTop(params).map(parseType);
  return {
    name,
    id: signature,
    member: target !== undefined,
    params: target === undefined ? types : [parseType(target), ...types],
    result: parseType(result),
    run,
  };
}

/** Signatures are read when the first function is looked up: most programs compile no expression. */
export class FunctionTable {
  readonly #libraries: readonly (readonly Declaration[])[];
  #byName: ReadonlyMap<string, readonly Overload[]> | undefined;

  constructor(...libraries: readonly (readonly Declaration[])[]) {
    this.#libraries = libraries;
  }

  overloads(name: string): readonly Overload[] | undefined {
    this.#byName ??= byName(this.#libraries.flat());
    return this.#byName.get(name);
  }
}

function byName(declarations: readonly Declaration[]): ReadonlyMap<string, readonly Overload[]> {
  const found = new Map<string, Overload[]>();
  for (const overload of declarations.map(overloadOf)) {
    const known = found.get(overload.name);
    if (known) known.push(overload);
    else found.set(overload.name, [overload]);
  }
  return found;
}

/**
 * Whether a value at hand can be an argument of a parameter's type: decides between overloads where the checker could
 * not.
 */
export function accepts(type: CelType, value: Value): boolean {
  switch (type.kind) {
    case 'dyn':
    case 'error':
    case 'param':
      return true;
    case 'bool':
      return typeof value === 'boolean';
    case 'int':
      return typeof value === 'bigint';
    case 'uint':
      return value instanceof Uint;
    case 'double':
      return typeof value === 'number';
    case 'string':
      return typeof value === 'string';
    case 'bytes':
      return value instanceof Uint8Array;
    case 'timestamp':
      return value instanceof Timestamp;
    case 'duration':
      return value instanceof Duration;
    case 'null':
      return value === null;
    case 'list':
      return Array.isArray(value);
    case 'map':
    case 'object':
      return value instanceof Mapping;
    case 'type':
      return value instanceof TypeValue;
    default:
      return type.name === 'optional_type'
        ? value instanceof Optional
        : value instanceof Opaque && value.typeName === type.name;
  }
}

/** The overload that fits the values. */
export function dispatch(candidates: readonly Overload[], args: readonly Value[]): Overload {
  for (const candidate of candidates) {
    if (
      candidate.params.length === args.length &&
      candidate.params.every((type, index) => accepts(type, args[index] as Value))
    )
      return candidate;
  }
  throw noSuchOverload();
}

// What an overload's code knows its arguments to be; `dispatch` has checked them.
export const str = (value: Value | undefined): string => (typeof value === 'string' ? value : fail());
export const int = (value: Value | undefined): bigint => (typeof value === 'bigint' ? value : fail());
export const num = (value: Value | undefined): number => (typeof value === 'number' ? value : fail());
export const bool = (value: Value | undefined): boolean => (typeof value === 'boolean' ? value : fail());
export const bytes = (value: Value | undefined): Uint8Array => (value instanceof Uint8Array ? value : fail());
export const uint = (value: Value | undefined): bigint => (value instanceof Uint ? value.value : fail());
export const list = (value: Value | undefined): readonly Value[] =>
  Array.isArray(value) ? (value as readonly Value[]) : fail();
export const mapping = (value: Value | undefined): Mapping => (value instanceof Mapping ? value : fail());
export const instant = (value: Value | undefined): bigint => (value instanceof Timestamp ? value.nanos : fail());
export const span = (value: Value | undefined): bigint => (value instanceof Duration ? value.nanos : fail());
export const opt = (value: Value | undefined): Optional => (value instanceof Optional ? value : fail());

function fail(): never {
  throw noSuchOverload();
}
