/**
 * Types of the expression language: what the checker reasons about.
 * https://github.com/google/cel-spec/blob/master/doc/langdef.md#gradual-type-checking
 */

export type TypeKind =
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'timestamp'
  | 'duration'
  | 'null'
  | 'dyn'
  | 'error'
  | 'list'
  | 'map'
  | 'object'
  | 'opaque'
  | 'type'
  | 'param';

export interface CelType {
  readonly kind: TypeKind;
  /** How messages show it; for `object` and `opaque` also its identity, for `param` the variable's name. */
  readonly name: string;
  readonly params: readonly CelType[];
  /** Fields of an `object` by their identifier in expressions (see `escapeName`). */
  readonly fields?: ReadonlyMap<string, ObjectField>;
  /** An `object` that has a field of every name, of any type. */
  readonly anyField?: true;
  /**
   * Only on types derived from a schema: the most elements (or characters, in bytes) a value may have. Feeds the cost
   * estimate.
   */
  readonly maxElements?: number;
  /** Only on types derived from a schema: the fewest bytes of JSON a value takes. */
  readonly minSize?: number;
  /** Only on types derived from a schema: how the JSON at hand becomes a value. */
  readonly format?: 'byte' | 'date' | 'date-time' | 'duration' | 'int-or-string';
}

export interface ObjectField {
  /** The name in JSON. */
  readonly name: string;
  readonly type: CelType;
}

const simple = (kind: TypeKind, name: string = kind): CelType => ({ kind, name, params: [] });

export const BOOL = simple('bool');
export const INT = simple('int');
export const UINT = simple('uint');
export const DOUBLE = simple('double');
export const STRING = simple('string');
export const BYTES = simple('bytes');
export const TIMESTAMP = simple('timestamp');
export const DURATION = simple('duration');
export const NULL = simple('null');
export const DYN = simple('dyn');
/** The type of what did not check; agrees with everything, so that one mistake is reported once. */
export const ERROR = simple('error', '!error!');

export const listOf = (element: CelType): CelType => ({ kind: 'list', name: 'list', params: [element] });
export const mapOf = (key: CelType, value: CelType): CelType => ({ kind: 'map', name: 'map', params: [key, value] });
export const opaque = (name: string, ...params: CelType[]): CelType => ({ kind: 'opaque', name, params });
export const optionalOf = (inner: CelType): CelType => opaque('optional_type', inner);
export const typeOf = (inner?: CelType): CelType => ({ kind: 'type', name: 'type', params: inner ? [inner] : [] });
export const typeParam = (name: string): CelType => ({ kind: 'param', name, params: [] });

export const isOptional = (type: CelType): boolean => type.kind === 'opaque' && type.name === 'optional_type';
export const isDynOrError = (type: CelType): boolean => type.kind === 'dyn' || type.kind === 'error';

/** A parameter's type, or dyn where the type has none. */
export const paramOf = (type: CelType, index: number): CelType => type.params[index] ?? DYN;

/** As messages of the type checker show it: `list(map(string, int))`. */
export function formatType(type: CelType): string {
  if (type.params.length === 0) return type.name;
  return `${type.name}(${type.params.map(formatType).join(', ')})`;
}

/** A field's type; undefined where the object has none of that name. */
export const fieldType = (object: CelType, field: string): CelType | undefined =>
  object.anyField ? DYN : object.fields?.get(field)?.type;

export function sameType(a: CelType, b: CelType): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind || a.name !== b.name || a.params.length !== b.params.length) return false;
  return a.params.every((param, index) => sameType(param, b.params[index] as CelType));
}

const NAMED: Readonly<Record<string, CelType>> = {
  bool: BOOL,
  int: INT,
  uint: UINT,
  double: DOUBLE,
  string: STRING,
  bytes: BYTES,
  timestamp: TIMESTAMP,
  duration: DURATION,
  null: NULL,
  dyn: DYN,
};

/** Reads `map<string, list<A>>`: single capitals are type parameters, names that are not built in are opaque types. */
export function parseType(text: string): CelType {
  const trimmed = text.trim();
  const open = trimmed.indexOf('<');
  if (open < 0) return NAMED[trimmed] ?? (/^[A-Z]$/.test(trimmed) ? typeParam(trimmed) : opaque(trimmed));
  const params = splitTop(trimmed.slice(open + 1, -1)).map(parseType);
  const head = trimmed.slice(0, open);
  const [first = DYN, second = DYN] = params;
  if (head === 'list') return listOf(first);
  if (head === 'map') return mapOf(first, second);
  if (head === 'optional') return optionalOf(first);
  if (head === 'type') return typeOf(first);
  return opaque(head, ...params);
}

/** Splits at the commas that are outside angle brackets. */
export function splitTop(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '<') depth++;
    else if (text[i] === '>') depth--;
    else if (text[i] === ',' && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  const last = text.slice(start);
  if (last.trim() !== '') parts.push(last);
  return parts;
}
