/**
 * A JSON body against a built-in kind, as the server's decoder reads it into a Go struct and writes it out again: the
 * first mismatch in Go's words, unknown fields by path, nulls and empty optional fields dropped, the rest in the
 * struct's order.
 * https://pkg.go.dev/sigs.k8s.io/json
 */
import { type Field, type FieldType, type Struct, structOf } from '../../shapes/kinds.ts';
import { type Draft, isObject, put } from '../machinery/json.ts';
import { rememberEmpty } from '../machinery/given-empties.ts';
import { badBase64, microTime, secondsTime, timeProblem } from './go-formats.ts';
import { canonicalQuantity, QUANTITY_PROBLEM } from './quantity-text.ts';

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

export function decodeKind(
  struct: Struct,
  value: unknown,
  { reading = 'json', duplicates = [] }: DecodeOptions = {},
): Decoded {
  const decoder = new Decoder(reading, new Set(duplicates));
  const object = decoder.root(struct, value);
  return {
    object,
    unknown: decoder.unknown,
    strict: decoder.strict,
    ...(decoder.problem === undefined ? {} : { problem: decoder.problem }),
  };
}

const jsonType = (value: unknown): string =>
  Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;

class Decoder {
  problem: string | undefined;
  readonly unknown: string[] = [];
  readonly strict: string[] = [];
  #struct = '';
  #names: string[] = [];
  #path = '';
  readonly #reading: Reading;
  readonly #duplicates: ReadonlySet<string>;

  constructor(reading: Reading, duplicates: ReadonlySet<string>) {
    this.#reading = reading;
    this.#duplicates = duplicates;
  }

  /** The text had this key again. */
  #repeated(path: string): void {
    if (this.#duplicates.has(path) && this.strict.length < MAX_UNKNOWN)
      this.strict.push(`duplicate field ${JSON.stringify(path)}`);
  }

  root(struct: Struct, value: unknown): Draft {
    if (value === null || value === undefined) return this.#struct_(struct, {});
    if (!isObject(value)) {
      this.#mismatch(jsonType(value), struct.id.slice(struct.id.indexOf('/') + 1));
      return {};
    }
    const result = this.#struct_(struct, value);
    // An empty list lives until it is stored: whoever writes it owns it.
    for (const { json, omitempty, type } of struct.fields) {
      const given = value[json];
      if (!omitempty && type.shape === 'list' && Array.isArray(given) && given.length === 0) result[json] = [];
    }
    return result;
  }

  #say(problem: string): void {
    this.problem ??= problem;
  }

  #mismatch(found: string, goName: string): void {
    // In memory only a type that reads itself sees JSON, and nothing around it.
    const place =
      this.#names.length === 0 || this.#reading === 'conversion'
        ? 'Go value'
        : `Go struct field ${this.#struct}.${this.#names.join('.')}`;
    this.#say(`json: cannot unmarshal ${found} into ${place} of type ${goName}`);
  }

  #struct_(struct: Struct, sent: Draft): Draft {
    const result: Draft = {};
    const [outer, path] = [this.#struct, this.#path];
    // Go walks the document, not the struct: the first mismatch is the first in the document.
    const seen = new Map<string, unknown>();
    for (const key of Object.keys(sent)) {
      const field = struct.byName.get(key);
      this.#path = path === '' ? key : `${path}.${key}`;
      if (!field) {
        if (this.unknown.length < MAX_UNKNOWN) {
          this.unknown.push(this.#path);
          this.strict.push(`unknown field ${JSON.stringify(this.#path)}`);
        }
        continue;
      }
      this.#struct = struct.name;
      this.#names.push(...field.within, key);
      const place = this.#path;
      seen.set(key, this.#value(field.type, sent[key]));
      this.#names.length -= field.within.length + 1;
      this.#repeated(place);
    }
    this.#struct = outer;
    this.#path = path;
    for (const field of struct.fields) {
      const value = seen.get(field.json);
      const encoded = encodeField(field, value);
      if (encoded !== undefined) result[field.json] = encoded;
      if ((encoded === undefined || encoded === null) && typeof value === 'object')
        rememberEmpty(result, field.json, value);
    }
    return result;
  }

  /** Undefined for null: the field keeps its zero value. */
  #value(type: FieldType, value: unknown): unknown {
    if (value === null || value === undefined) return undefined;
    switch (type.shape) {
      case 'any':
        return value;
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
    const [path, outer] = [this.#path, this.#struct];
    const result = values.map((value, index) => {
      this.#path = `${path}[${index}]`;
      this.#struct = outer;
      return this.#value(element, value) ?? zeroOf(element);
    });
    this.#path = path;
    return result;
  }

  #map(element: FieldType, values: Draft): Draft {
    const [path, outer] = [this.#path, this.#struct];
    const result: Draft = {};
    for (const [key, value] of Object.entries(values)) {
      this.#path = `${path}.${key}`;
      this.#struct = outer;
      put(result, key, this.#value(element, value) ?? (element.shape === 'bytes' ? '' : zeroOf(element)));
      this.#repeated(`${path}.${key}`);
    }
    this.#path = path;
    return inOrder(result);
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

/** Go writes the keys of a map in their order. */
function inOrder(map: Draft): Draft {
  const keys = Object.keys(map);
  if (keys.every((key, index) => index === 0 || (keys[index - 1] as string) <= key)) return map;
  const result: Draft = {};
  for (const key of keys.sort()) put(result, key, map[key]);
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
      for (const field of structOf(type.struct as string).fields) {
        const encoded = encodeField(field, undefined);
        if (encoded !== undefined) result[field.json] = encoded;
      }
      return result;
    }
    default:
      return null;
  }
}

/** As an object comes back from the storage, which knows no empty lists. */
export function withoutEmptyLists(struct: Struct, object: Draft): void {
  for (const { json, type } of struct.fields) {
    const given = object[json];
    if (type.shape === 'list' && Array.isArray(given) && given.length === 0) object[json] = null;
  }
}

const isEmpty = (value: unknown): boolean =>
  value === '' ||
  value === 0 ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.keys(value).length === 0);

/** Undefined: left out. */
function encodeField(field: Field, value: unknown): unknown {
  const { type } = field;
  if (value === undefined) {
    if (field.omitzero) return undefined;
    if (
      field.omitempty &&
      (type.pointer || ['string', 'bool', 'int', 'float', 'list', 'map', 'bytes', 'any'].includes(type.shape))
    ) {
      // Raw values are structs: only pointers and slices among them can be left out.
      return undefined;
    }
    return zeroOf(type);
  }
  // Stored as protobuf, where an empty list is none.
  if (!field.omitempty && type.shape === 'list' && Array.isArray(value) && value.length === 0) return null;
  if (!field.omitempty || type.pointer) return value;
  const droppable = ['string', 'bool', 'int', 'float', 'list', 'map', 'bytes'].includes(type.shape);
  return droppable && isEmpty(value) ? undefined : value;
}
