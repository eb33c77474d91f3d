/**
 * Reads protobuf messages by a plan and skips the rest. https://protobuf.dev/programming-guides/encoding/
 *
 * Never trusts a length: what points past its message, a varint that does not end, a wire type that does not fit the
 * field, a group: each throws `MalformedBytes` with the offset. Nesting is bounded by the plan, which follows the
 * published types; what is skipped is not entered.
 */
import type { ByteStrings } from './byte-strings.ts';
import { type Fields, NOTHING } from '../shape.ts';
import type { FieldPlan, MapKind, MessagePlan, Sharing, ValueKind } from './schema.ts';

export class MalformedBytes extends Error {
  override readonly name = 'MalformedBytes';
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/**
 * Beyond this, bytes are decoded rather than looked up: labels of one object are rarely 300 bytes, and what is long
 * repeats less.
 */
const MAX_SHARED_BYTES = 512;

/**
 * The plan follows a recursive type only as deep as the bytes do: a bound for hostile ones. Kubernetes' deepest kinds
 * nest about 15 messages.
 */
const MAX_DEPTH = 64;

/** A value whose tag has been read, and where its message ends. */
interface Place {
  readonly wire: number;
  readonly end: number;
}

/** The same for values of one field in a row. */
interface Run {
  readonly tag: number;
  readonly end: number;
}

export class ProtobufReader {
  readonly #buffer: Buffer;
  readonly #strings: ByteStrings;
  #at: number;
  #depth = 0;

  constructor(buffer: Buffer, strings: ByteStrings, at = 0) {
    this.#buffer = buffer;
    this.#strings = strings;
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  jump(to: number): void {
    this.#at = to;
  }

  /** Reads the message in `[at, end)`. */
  message(plan: MessagePlan, end: number): Fields {
    const { embedded, Shape } = plan;
    if (this.#at === end && embedded === undefined) return NOTHING;
    const fields = new Shape();
    if (embedded !== undefined) {
      fields['apiVersion'] = embedded.apiVersion;
      fields['kind'] = embedded.kind;
    }
    this.#into(fields, plan, end);
    return fields;
  }

  /** Calls `visit` for each field of the message in `[at, end)`; it must read or skip the value. */
  each(end: number, visit: (number: number, wire: number) => void): void {
    while (this.#at < end) {
      const start = this.#at;
      const tag = this.#varint(end);
      const number = Math.floor(tag / 8);
      if (number === 0 || number > 536_870_911) throw new MalformedBytes('a field without a number', start);
      visit(number, tag % 8);
    }
    if (this.#at !== end) throw new MalformedBytes('a field reaches past its message', this.#at);
  }

  /** The end of a length-delimited value, which must lie within `limit`. */
  bytesEnd(wire: number, limit: number): number {
    if (wire !== BYTES) throw new MalformedBytes(`wire type ${wire} where bytes belong`, this.#at);
    const length = this.#varint(limit);
    const end = this.#at + length;
    // A negative one would lead back to what was read already, for ever.
    if (length < 0 || end > limit) throw new MalformedBytes(`a length of ${length} reaches past its message`, this.#at);
    return end;
  }

  text(end: number): string {
    const text = this.#strings.text(this.#buffer, this.#at, end);
    this.#at = end;
    return text;
  }

  skip(wire: number, end: number): void {
    switch (wire) {
      case VARINT:
        this.#varint(end);
        return;
      case FIXED64:
        this.#forward(8, end);
        return;
      case BYTES:
        this.#at = this.bytesEnd(wire, end);
        return;
      case FIXED32:
        this.#forward(4, end);
        return;
      default:
        throw new MalformedBytes(`wire type ${wire}`, this.#at);
    }
  }

  #forward(by: number, end: number): void {
    if (this.#at + by > end) throw new MalformedBytes('a field reaches past its message', this.#at);
    this.#at += by;
  }

  #into(fields: Fields, plan: MessagePlan, end: number): void {
    if (++this.#depth > MAX_DEPTH) throw new MalformedBytes(`nested deeper than ${MAX_DEPTH}`, this.#at);
    const planned = plan.fields;
    while (this.#at < end) {
      const start = this.#at;
      const tag = this.#varint(end);
      const number = Math.floor(tag / 8);
      if (number === 0) throw new MalformedBytes('a field without a number', start);
      const field = planned[number];
      if (field === undefined) this.skip(tag % 8, end);
      else if (field.repeated || field.value.is === 'map' || field.sharing !== undefined)
        this.#run(fields, field, { tag, end });
      else this.#field(fields, field, { wire: tag % 8, end });
    }
    this.#depth--;
  }

  #field(fields: Fields, field: FieldPlan, at: Place): void {
    const { value, name } = field;
    if (field.inline) {
      if (value.is !== 'message') throw new MalformedBytes(`${name} is not a message`, this.#at);
      this.#into(fields, value.plan, this.bytesEnd(at.wire, at.end));
      return;
    }
    const read = this.#value(value, at);
    // Go's JSON leaves out zero values of fields with omitempty. Structs are never empty to it.
    if (read === null && !field.nullWhenUnset) return;
    if (field.omitZero && (read === '' || read === 0 || read === false)) return;
    fields[name] = read;
  }

  /** The entries of a list, a map or a shared message that follow one another; `at` is behind the first one's tag. */
  #run(fields: Fields, field: FieldPlan, at: Run): void {
    const { name, sharing } = field;
    if (sharing === undefined) {
      this.#entries(fields, field, at);
      return;
    }
    // Legal in protobuf, but no API server sends it, and what is shared cannot be added to.
    if (fields[name] !== undefined) throw new MalformedBytes(`${name} in two places`, this.#at);
    const start = this.#at;
    do this.#at = this.bytesEnd(at.tag % 8, at.end);
    while (this.#another(at));
    const end = this.#at;
    const bytes = end - start > MAX_SHARED_BYTES ? undefined : this.#buffer.toString('latin1', start, end);
    const known = bytes === undefined ? undefined : sharing.known.get(bytes);
    if (known !== undefined) {
      fields[name] = known;
      return;
    }
    this.#at = start;
    this.#entries(fields, field, { tag: at.tag, end });
    const value = this.#unified(fields[name], sharing);
    fields[name] = value;
    if (bytes !== undefined) sharing.known.set(bytes, value);
  }

  #unified(value: unknown, { unify }: Sharing): unknown {
    try {
      return unify(value);
    } catch (error) {
      throw error instanceof TypeError ? new MalformedBytes(error.message, this.#at) : error;
    }
  }

  #entries(fields: Fields, field: FieldPlan, at: Run): void {
    const { value, name } = field;
    const place = { wire: at.tag % 8, end: at.end };
    if (value.is === 'map') {
      do fields[name] = this.#mapEntry(fields[name] as Fields | undefined, value, this.bytesEnd(place.wire, at.end));
      while (this.#another(at));
    } else if (field.repeated) {
      const before = fields[name] as unknown[] | undefined;
      const list = before ?? [];
      do this.#elements(list, value, place);
      while (this.#another(at));
      // As long as it is and no longer: a list that was pushed to keeps room for sixteen.
      if (before === undefined) fields[name] = list.slice();
    } else {
      do this.#field(fields, field, place);
      while (this.#another(at));
    }
  }

  /** Whether the next field is of the same tag; then that tag is read. */
  #another({ tag, end }: Run): boolean {
    const here = this.#at;
    if (here >= end) return false;
    if (this.#varint(end) === tag) return true;
    this.#at = here;
    return false;
  }

  #elements(list: unknown[], value: ValueKind, at: Place): void {
    if (at.wire !== BYTES || (value.is !== 'int' && value.is !== 'bool')) {
      list.push(this.#value(value, at));
      return;
    }
    const end = this.bytesEnd(at.wire, at.end);
    while (this.#at < end) list.push(this.#value(value, { wire: VARINT, end }));
  }

  /** The map with the entry in `[at, end)`; one without entries is `NOTHING`. */
  #mapEntry(map: Fields | undefined, { keys, value }: MapKind, end: number): Fields {
    let key = '';
    let read: unknown;
    while (this.#at < end) {
      const tag = this.#varint(end);
      if (tag === 10) {
        const keyEnd = this.bytesEnd(BYTES, end);
        if (keys !== undefined && !keys.lengths.has(keyEnd - this.#at)) {
          this.#at = end;
          return map ?? NOTHING;
        }
        key = this.text(keyEnd);
      } else if (Math.floor(tag / 8) === 2) read = this.#value(value, { wire: tag % 8, end });
      else this.skip(tag % 8, end);
    }
    if (keys !== undefined && !keys.names.has(key)) return map ?? NOTHING;
    const entries = map === undefined || map === NOTHING ? {} : map;
    // Not an assignment: `__proto__` is a legal key.
    if (key === '__proto__')
      Object.defineProperty(entries, key, { value: read ?? '', enumerable: true, configurable: true, writable: true });
    else entries[key] = read ?? '';
    return entries;
  }

  #value(kind: ValueKind, { wire, end }: Place): unknown {
    switch (kind.is) {
      case 'string':
        return this.text(this.bytesEnd(wire, end));
      case 'unique':
        return this.#raw(this.bytesEnd(wire, end)).toString('utf8');
      case 'bool':
        return this.#int(wire, end) !== 0;
      case 'int':
        return this.#int(wire, end);
      case 'message':
        return this.message(kind.plan, this.bytesEnd(wire, end));
      case 'bytes':
        return this.#raw(this.bytesEnd(wire, end)).toString('base64');
      case 'time':
        return this.#time(this.bytesEnd(wire, end), 'seconds');
      case 'microTime':
        return this.#time(this.bytesEnd(wire, end), 'micros');
      case 'quantity':
        return this.#firstString(this.bytesEnd(wire, end));
      case 'intOrString':
        return this.#intOrString(this.bytesEnd(wire, end));
      case 'json':
        return this.#json(this.bytesEnd(wire, end));
      case 'double': {
        if (wire !== FIXED64) throw new MalformedBytes(`wire type ${wire} where a double belongs`, this.#at);
        const start = this.#at;
        this.#forward(8, end);
        return this.#buffer.readDoubleLE(start);
      }
      default:
        throw new MalformedBytes('a map where a value belongs', this.#at);
    }
  }

  #raw(end: number): Buffer {
    const raw = this.#buffer.subarray(this.#at, end);
    this.#at = end;
    return raw;
  }

  #int(wire: number, end: number): number {
    if (wire !== VARINT) throw new MalformedBytes(`wire type ${wire} where a number belongs`, this.#at);
    return this.#varint(end);
  }

  /** `{1: seconds, 2: nanos}`; a time that is not set has neither. */
  #time(end: number, precision: 'seconds' | 'micros'): string | null {
    let seconds: number | undefined;
    let nanos = 0;
    this.each(end, (number, wire) => {
      if (number === 1) seconds = this.#int(wire, end);
      else if (number === 2) nanos = this.#int(wire, end);
      else this.skip(wire, end);
    });
    if (seconds === undefined) return null;
    if (Math.abs(seconds) > 8.64e12) throw new MalformedBytes('a time out of range', end);
    const text = this.#strings.timestamp(seconds);
    return precision === 'seconds'
      ? text
      : `${text.slice(0, -1)}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z`;
  }

  #firstString(end: number): string {
    let text = '';
    this.each(end, (number, wire) => {
      if (number === 1) text = this.text(this.bytesEnd(wire, end));
      else this.skip(wire, end);
    });
    return text;
  }

  /** `{1: type (0 number, 1 string), 2: number, 3: string}` */
  #intOrString(end: number): number | string {
    let type = 0;
    let int = 0;
    let text = '';
    this.each(end, (number, wire) => {
      if (number === 1) type = this.#int(wire, end);
      else if (number === 2) int = this.#int(wire, end);
      else if (number === 3) text = this.text(this.bytesEnd(wire, end));
      else this.skip(wire, end);
    });
    return type === 1 ? text : int;
  }

  /** `{1: JSON}` */
  #json(end: number): unknown {
    const start = this.#at;
    const text = this.#firstString(end);
    try {
      return text === '' ? null : (JSON.parse(text) as unknown);
    } catch {
      throw new MalformedBytes('embedded JSON is malformed', start);
    }
  }

  /** Signed 64 bits as a number: exact to 2^53, which no field of the kinds we read exceeds. */
  #varint(end: number): number {
    const buffer = this.#buffer;
    const start = this.#at;
    let byte = start < end ? (buffer[start] as number) : 0x80;
    if (byte < 0x80) {
      this.#at = start + 1;
      return byte;
    }
    let low = 0;
    let high = 0;
    for (let i = 0; i < 10; i++) {
      if (start + i >= end) throw new MalformedBytes('a number that does not end', start);
      byte = buffer[start + i] as number;
      const bits = byte & 0x7f;
      if (i < 4) low += bits * 2 ** (7 * i);
      else if (i === 4) {
        low += (bits & 0x0f) * 2 ** 28;
        high += bits >> 4;
      } else high += bits * 2 ** (7 * i - 32);
      if (byte < 0x80) {
        this.#at = start + i + 1;
        // Ten bytes carry 70 bits; those above 64 are dropped, and bit 63 is the sign.
        high %= 2 ** 32;
        return high >= 2 ** 31 ? (high - 2 ** 32) * 2 ** 32 + low : high * 2 ** 32 + low;
      }
    }
    throw new MalformedBytes('a number of more than ten bytes', start);
  }
}
