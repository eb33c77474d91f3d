/**
 * A JSON body against a built-in kind, as the server's decoder reads it into a Go struct and writes it out again: the
 * first mismatch in Go's words, unknown fields by path, nulls and empty optional fields dropped, the rest in the
 * struct's order.
 * https://pkg.go.dev/sigs.k8s.io/json
 */
import { type Field, type FieldType, type Struct, structOf } from '../../shapes/kinds.ts';
import { type Draft, isObject, put, thaw } from '../machinery/json.ts';
import { rememberEmpty } from '../machinery/given-empties.ts';
import { pathText } from '../machinery/go-json.ts';
import { badBase64, microTime, secondsTime, timeProblem } from './go-formats.ts';
import { canonicalQuantity, QUANTITY_PROBLEM } from './quantity-text.ts';
import { layoutOf, type Slot } from './struct-layout.ts';

export interface Decoded {
  /** In the struct's order. Meaningless when there is a `problem`. */
  readonly object: Draft;
  /** What the decoder says of the first value that does not fit. */
  readonly problem?: string;
  /** Paths, in the order met: `spec.containers[0].portz`. At most 100. */
  readonly unknown: readonly string[];
  /** `unknown field "…"` and `duplicate field "…"`, in the order met. */
  readonly strict: readonly string[];
}

/** The real decoder stops counting there. */
const MAX_UNKNOWN = 100;

/**
 * How the server came by the value: JSON text, or an object in memory (strategic merge), where mismatches are worded
 * differently.
 * https://pkg.go.dev/k8s.io/apimachinery/pkg/runtime#UnstructuredConverter
 */
export type Reading = 'json' | 'conversion';

export interface DecodeOptions {
  readonly reading?: Reading;
  /** Paths that the text gave twice: `data.k`. */
  readonly duplicates?: readonly string[];
}

/** What is decoded shares nothing with the value. */
export function decodeKind(
  struct: Struct,
  value: unknown,
  { reading = 'json', duplicates = [] }: DecodeOptions = {},
): Decoded {
  const decoder = new Decoder(reading, duplicates.length === 0 ? NONE : new Set(duplicates));
  const object = decoder.root(struct, value);
  return {
    object,
    unknown: decoder.unknown,
    strict: decoder.strict,
    ...(decoder.problem === undefined ? {} : { problem: decoder.problem }),
  };
}

const NONE: ReadonlySet<string> = new Set();

const jsonType = (value: unknown): string =>
  Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;

interface Given {
  readonly slot: Slot;
  readonly value: unknown;
}

/** Few fields are given, and most of them in their order: each goes to its place from the end. */
function insert(all: Given[], given: Given): void {
  let place = all.length;
  for (; place > 0; place--) {
    const before = all[place - 1] as Given;
    if (before.slot.place <= given.slot.place) break;
    all[place] = before;
  }
  all[place] = given;
}

class Decoder {
  problem: string | undefined;
  readonly unknown: string[] = [];
  readonly strict: string[] = [];
  #struct = '';
  /** To the value that is looked at: fields of structs, keys of maps and places in lists. */
  readonly #trail: (Field | string | number)[] = [];
  readonly #reading: Reading;
  readonly #duplicates: ReadonlySet<string>;

  constructor(reading: Reading, duplicates: ReadonlySet<string>) {
    this.#reading = reading;
    this.#duplicates = duplicates;
  }

  #path(): string {
    return pathText(this.#trail.map((part) => (typeof part === 'object' ? part.json : part)));
  }

  /** The text had this key again. */
  #checkRepeated(): void {
    if (this.#duplicates.size === 0 || this.strict.length >= MAX_UNKNOWN) return;
    const path = this.#path();
    if (this.#duplicates.has(path)) this.strict.push(`duplicate field ${JSON.stringify(path)}`);
  }

  root(struct: Struct, value: unknown): Draft {
    if (value === null || value === undefined) return this.#struct_(struct, {});
    if (!isObject(value)) {
      this.#mismatch(jsonType(value), struct.id.slice(struct.id.indexOf('/') + 1));
      return {};
    }
    const result = this.#struct_(struct, value);
    // An empty list lives until it is stored: whoever writes it owns it.
    for (const { field, nullable } of layoutOf(struct).lists) {
      const given = value[field.json];
      if (nullable && Array.isArray(given) && given.length === 0) result[field.json] = [];
    }
    return result;
  }

  #say(problem: string): void {
    this.problem ??= problem;
  }

  #mismatch(found: string, goName: string): void {
    // In memory only a type that reads itself sees JSON, and nothing around it.
    const names = this.#trail.flatMap((part) => (typeof part === 'object' ? [...part.within, part.json] : []));
    const place =
      names.length === 0 || this.#reading === 'conversion'
        ? 'Go value'
        : `Go struct field ${this.#struct}.${names.join('.')}`;
    this.#say(`json: cannot unmarshal ${found} into ${place} of type ${goName}`);
  }

  #struct_(struct: Struct, sent: Draft): Draft {
    const { byName, always } = layoutOf(struct);
    const outer = this.#struct;
    const all: Given[] = [];
    // Go walks the document, not the struct: the first mismatch is the first in the document.
    for (const key of Object.keys(sent)) {
      const slot = byName.get(key);
      if (slot) {
        this.#struct = struct.name;
        this.#trail.push(slot.field);
        insert(all, { slot, value: this.#value(slot.field.type, sent[key]) });
        this.#checkRepeated();
      } else {
        this.#trail.push(key);
        this.#stray();
      }
      this.#trail.pop();
    }
    this.#struct = outer;
    for (const slot of always) if (!Object.hasOwn(sent, slot.field.json)) insert(all, { slot, value: undefined });
    const result: Draft = {};
    for (const { slot, value } of all) {
      const encoded = encodeField(slot, value);
      if (encoded !== undefined) result[slot.field.json] = encoded;
      if ((encoded === undefined || encoded === null) && typeof value === 'object')
        rememberEmpty(result, slot.field.json, value);
    }
    return result;
  }

  #stray(): void {
    if (this.unknown.length >= MAX_UNKNOWN) return;
    const path = this.#path();
    this.unknown.push(path);
    this.strict.push(`unknown field ${JSON.stringify(path)}`);
  }

  /** Undefined for null: the field keeps its zero value. */
  #value(type: FieldType, value: unknown): unknown {
    if (value === null || value === undefined) return undefined;
    switch (type.shape) {
      case 'any':
        return thaw(value);
      case 'struct':
        if (isObject(value)) return this.#struct_(structOf(type.struct as string), value);
        break;
      case 'list':
        if (Array.isArray(value)) return this.#list(type.element as FieldType, value);
        break;
      case 'map':
        if (isObject(value)) return this.#map(type.element as FieldType, value);
        break;
      case 'string':
        if (typeof value === 'string') return value;
        break;
      case 'bool':
        if (typeof value === 'boolean') return value;
        break;
      case 'float':
        if (typeof value === 'number') return value;
        break;
      case 'int':
        if (typeof value !== 'number') break;
        return this.#reading === 'conversion' ? this.#converted(type, value) : this.#integer(type, value);
      default:
        return this.#special(type, value);
    }
    if (this.#reading === 'conversion') {
      this.#say(conversionProblem(type, value));
      return undefined;
    }
    this.#mismatch(jsonType(value), type.goName);
    return undefined;
  }

  #list(element: FieldType, values: readonly unknown[]): unknown[] {
    const outer = this.#struct;
    return values.map((value, index) => {
      this.#trail.push(index);
      this.#struct = outer;
      const decoded = this.#value(element, value) ?? zeroOf(element);
      this.#trail.pop();
      return decoded;
    });
  }

  /** Go writes the keys of a map in their order. */
  #map(element: FieldType, values: Draft): Draft {
    const outer = this.#struct;
    const result: Draft = {};
    let last = '';
    let ordered = true;
    for (const key of Object.keys(values)) {
      this.#trail.push(key);
      this.#struct = outer;
      put(result, key, this.#value(element, values[key]) ?? (element.shape === 'bytes' ? '' : zeroOf(element)));
      this.#checkRepeated();
      this.#trail.pop();
      ordered &&= last <= key;
      last = key;
    }
    return ordered ? result : inOrder(result);
  }

  #integer(type: FieldType, value: number): number | undefined {
    const limit = type.bits === 32 ? 2 ** 31 : 2 ** 63;
    if (Number.isInteger(value) && value >= -limit && value < limit) return value;
    this.#mismatch(`number ${value}`, type.goName);
    return undefined;
  }

  /** Go converts whole numbers by cutting bits off. */
  #converted(type: FieldType, value: number): number | undefined {
    if (Number.isInteger(value)) return type.bits === 32 ? value | 0 : value;
    this.#say(`cannot convert float64 to ${type.goName}`);
    return undefined;
  }

  #special(type: FieldType, value: unknown): unknown {
    if (type.shape === 'quantity') {
      const canonical =
        typeof value === 'string' || typeof value === 'number' ? canonicalQuantity(String(value)) : undefined;
      if (canonical === undefined) this.#say(QUANTITY_PROBLEM);
      return canonical;
    }
    if (type.shape === 'intOrString') {
      if (typeof value === 'string') return value;
      if (typeof value === 'number') return this.#integer({ ...type, bits: 32, goName: 'int32' }, value);
      this.#mismatch(jsonType(value), 'int32');
      return undefined;
    }
    if (typeof value !== 'string') {
      this.#mismatch(jsonType(value), type.shape === 'bytes' ? type.goName : 'string');
      return undefined;
    }
    if (type.shape === 'bytes') {
      const bad = badBase64(value);
      if (bad !== undefined) this.#say(`illegal base64 data at input byte ${bad}`);
      return value;
    }
    if (type.shape === 'duration') return value;
    const layout = type.shape === 'time' ? '2006-01-02T15:04:05Z07:00' : '2006-01-02T15:04:05.000000Z07:00';
    const time = type.shape === 'time' ? secondsTime(value) : microTime(value);
    if (time === undefined) this.#say(timeProblem(value, layout));
    return time;
  }
}

function inOrder(map: Draft): Draft {
  const result: Draft = {};
  for (const key of Object.keys(map).sort()) put(result, key, map[key]);
  return result;
}

/** Go's reflection tells kinds apart, not types. */
function conversionProblem(type: FieldType, value: unknown): string {
  const kind = Array.isArray(value) ? 'slice' : isObject(value) ? 'map' : goKind(value);
  if (type.shape === 'map') return `cannot restore map from ${kind}`;
  if (type.shape === 'list') return `cannot restore slice from ${kind}`;
  if (type.shape === 'struct') return `cannot restore struct from: ${kind}`;
  // Numbers convert to strings in Go (as code points); the server refuses that by name.
  if (type.shape === 'string' && kind === 'int64') return `cannot convert int64 to ${type.goName}`;
  const target = type.shape === 'int' ? `int${type.bits}` : type.shape === 'float' ? 'float64' : type.shape;
  return `unrecognized type: ${target}`;
}

function goKind(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/**
 * What Go has where nothing was given, as it is written out: an element of a list or map, a field that is never left
 * out.
 */
export function zeroOf(type: FieldType): unknown {
  if (type.pointer) return null;
  switch (type.shape) {
    case 'string':
      return '';
    case 'bool':
      return false;
    case 'int':
    case 'float':
    case 'intOrString':
      return 0;
    case 'quantity':
      return '0';
    case 'duration':
      return '0s';
    case 'struct': {
      const result: Draft = {};
      for (const { field } of layoutOf(structOf(type.struct as string)).always) result[field.json] = zeroOf(field.type);
      return result;
    }
    default:
      return null;
  }
}

/** As an object comes back from the storage, which knows no empty lists. */
export function withoutEmptyLists(struct: Struct, object: Draft): void {
  for (const { field } of layoutOf(struct).lists) {
    const given = object[field.json];
    if (Array.isArray(given) && given.length === 0) object[field.json] = null;
  }
}

const isEmpty = (value: unknown): boolean =>
  value === '' ||
  value === 0 ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.keys(value).length === 0);

/** Undefined: left out. */
function encodeField(slot: Slot, value: unknown): unknown {
  if (value === undefined) return slot.always ? zeroOf(slot.field.type) : undefined;
  // Stored as protobuf, where an empty list is none.
  if (slot.nullable && Array.isArray(value) && value.length === 0) return null;
  return slot.droppable && isEmpty(value) ? undefined : value;
}
