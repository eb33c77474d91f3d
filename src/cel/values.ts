/** Values at run time. Integers are BigInt, so that 64-bit overflow is seen; JSON is wrapped, not copied. */
import { type CelType, DYN, paramOf } from './types.ts';
import { CelError } from './errors.ts';
import { parseGoDuration, parseRfc3339 } from './time.ts';

export class Uint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

export class Timestamp {
  /** Since the epoch. */
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class Duration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class Optional {
  static readonly none = new Optional(undefined);
  readonly #value: Value | undefined;
  private constructor(value: Value | undefined) {
    this.#value = value;
  }
  static of(value: Value): Optional {
    return new Optional(value);
  }
  get present(): boolean {
    return this.#value !== undefined;
  }
  get(): Value {
    if (this.#value === undefined) throw new CelError('optional.none() dereference');
    return this.#value;
  }
  orElse(other: Value): Value {
    return this.#value ?? other;
  }
}

/** The value of `type(x)` and of the type names. */
export class TypeValue {
  readonly type: string;
  constructor(type: string) {
    this.type = type;
  }
}

/** A value of a library's own type: a quantity, a URL, an authorizer … */
export abstract class Opaque {
  abstract readonly typeName: string;
  abstract equals(other: Opaque): boolean;
}

/** Maps and objects. Keys of maps made from JSON are strings. */
export abstract class Mapping {
  abstract get(key: Value): Value | undefined;
  abstract keys(): Value[];
  abstract get size(): number;
  /** Objects of a schema have fields: absent ones are no values, and iteration over them does not exist. */
  readonly isObject: boolean = false;
}

export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | Uint
  | Timestamp
  | Duration
  | Optional
  | TypeValue
  | Opaque
  | Mapping
  | readonly Value[];

const entryId = (key: Value): string | undefined => {
  if (typeof key === 'string') return `s${key}`;
  if (typeof key === 'boolean') return `b${key}`;
  // Keys 1, 1u and 1.0 are one key.
  if (typeof key === 'bigint') return `n${key}`;
  if (key instanceof Uint) return `n${key.value}`;
  if (typeof key === 'number') return Number.isInteger(key) ? `n${BigInt(key)}` : `d${key}`;
  return undefined;
};

/** A map built by an expression. */
export class MapValue extends Mapping {
  readonly #entries = new Map<string, readonly [Value, Value]>();
  static of(entries: Iterable<readonly [Value, Value]>): MapValue {
    const map = new MapValue();
    for (const [key, value] of entries) map.insert(key, value);
    return map;
  }
  insert(key: Value, value: Value): void {
    const id = entryId(key);
    if (id === undefined) throw new CelError('unsupported key type');
    if (this.#entries.has(id)) throw new CelError(`insert failed: key ${display(key)} already exists`);
    this.#entries.set(id, [key, value]);
  }
  get(key: Value): Value | undefined {
    const id = entryId(key);
    return id === undefined ? undefined : this.#entries.get(id)?.[1];
  }
  keys(): Value[] {
    return [...this.#entries.values()].map(([key]) => key);
  }
  get size(): number {
    return this.#entries.size;
  }
}

/** `Name{field: value}`: what an expression made of a type with fields. */
export class MessageValue extends Mapping {
  override readonly isObject = true;
  readonly typeName: string;
  readonly #fields: ReadonlyMap<string, Value>;
  readonly #unset: (field: string) => Value;
  constructor(typeName: string, fields: ReadonlyMap<string, Value>, unset: (field: string) => Value) {
    super();
    this.typeName = typeName;
    this.#fields = fields;
    this.#unset = unset;
  }
  get(key: Value): Value | undefined {
    return typeof key === 'string' ? this.#fields.get(key) : undefined;
  }
  /** What was not set reads as the type has it. */
  read(field: string): Value {
    return this.#fields.get(field) ?? this.#unset(field);
  }
  keys(): string[] {
    return [...this.#fields.keys()];
  }
  get size(): number {
    return this.#fields.size;
  }
}

type Json = Readonly<Record<string, unknown>>;

/** A JSON object seen through a type: an object with fields, or a map of one value type. */
export class JsonMapping extends Mapping {
  override readonly isObject: boolean;
  readonly #json: Json;
  readonly #type: CelType;
  readonly #seen = new Map<string, Value>();
  constructor(json: Json, type: CelType) {
    super();
    this.#json = json;
    this.#type = type;
    this.isObject = type.kind === 'object';
  }
  get(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined;
    const seen = this.#seen.get(key);
    if (seen !== undefined) return seen;
    const field = this.#type.fields?.get(key);
    if (this.isObject && !field) return undefined;
    const name = field?.name ?? key;
    if (!Object.hasOwn(this.#json, name)) return undefined;
    const value = fromJson(this.#json[name], field?.type ?? (this.#type.kind === 'map' ? paramOf(this.#type, 1) : DYN));
    this.#seen.set(key, value);
    return value;
  }
  keys(): Value[] {
    const names = Object.keys(this.#json);
    if (!this.#type.fields) return names;
    return [...this.#type.fields]
      .filter(([, field]) => Object.hasOwn(this.#json, field.name))
      .map(([identifier]) => identifier);
  }
  get size(): number {
    return this.isObject ? this.keys().length : Object.keys(this.#json).length;
  }
}

const isInt64 = (value: number) => Number.isInteger(value) && Math.abs(value) < 2 ** 63;

/** JSON seen through a type. `dyn` takes what JSON says: whole numbers are ints. */
export function fromJson(json: unknown, type: CelType): Value {
  if (json === null || json === undefined) return null;
  if (Array.isArray(json)) return json.map((item) => fromJson(item, type.kind === 'list' ? paramOf(type, 0) : DYN));
  if (typeof json === 'object') return new JsonMapping(json as Json, type);
  if (typeof json === 'number') return type.kind !== 'double' && isInt64(json) ? BigInt(json) : json;
  if (typeof json === 'string') return textFromJson(json, type);
  if (typeof json === 'bigint' || typeof json === 'boolean') return json;
  throw new CelError(`unsupported value of type ${typeof json}`);
}

function textFromJson(text: string, type: CelType): Value {
  if (type.kind === 'timestamp') {
    const nanos = parseRfc3339(type.format === 'date' ? `${text}T00:00:00Z` : text);
    if (nanos === undefined) throw new CelError(`invalid timestamp ${text}`);
    return new Timestamp(nanos);
  }
  if (type.kind === 'duration') {
    const nanos = parseGoDuration(text);
    if (nanos === undefined) throw new CelError(`invalid duration ${text}`);
    return new Duration(nanos);
  }
  if (type.kind === 'bytes') {
    // Checked with one alphabet, read with the other: the server's formats do not agree.
    const stray = /[+/]/.exec(text);
    if (stray)
      throw new CelError(`Invalid byte formatted string ${text}: illegal base64 data at input byte ${stray.index}`);
    return new Uint8Array(Buffer.from(text, 'base64'));
  }
  return text;
}

/** The name of a value's type, as `type(x)` shows it. */
export function typeName(value: Value): string {
  if (value === null) return 'null_type';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return 'double';
  if (typeof value === 'string') return 'string';
  if (Array.isArray(value)) return 'list';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Uint) return 'uint';
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp';
  if (value instanceof Duration) return 'google.protobuf.Duration';
  if (value instanceof Optional) return 'optional_type';
  if (value instanceof TypeValue) return 'type';
  if (value instanceof Opaque || value instanceof MessageValue) return value.typeName;
  return 'map';
}

/** How messages show a key. */
export function display(value: Value): string {
  if (value instanceof Uint) return String(value.value);
  if (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'bigint' ||
    typeof value === 'number' ||
    typeof value === 'boolean'
  )
    return `${value}`;
  return typeName(value);
}

/** Elements of a list, characters of a string, bytes; 1 for what has no size. Feeds the cost meter. */
export function sizeOf(value: Value): number {
  if (typeof value === 'string') return codePointLength(value);
  if (Array.isArray(value)) return value.length;
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof Mapping) return value.size;
  if (value instanceof Optional && value.present) return sizeOf(value.get());
  return 1;
}

export function codePointLength(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit <= 0xdbff && i + 1 < text.length) {
      length--;
      i++;
    }
  }
  return length;
}
