/**
 * Reads protobuf messages by a plan and skips the rest. Nesting is bounded by the plan, which follows the published
 * types; what is skipped is not entered. Errors: `MalformedBytes`.
 */
import { type Fields, NOTHING } from '../shape.ts';
import type { FieldPlan, MapKind, MessagePlan, Sharing, ValueKind } from './schema.ts';
import { BYTES, FIXED64, MalformedBytes, VARINT, WireReader } from './wire-reader.ts';

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

export class ProtobufReader extends WireReader {
  #depth = 0;

  /** Reads the message in `[at, end)`. */
  message(plan: MessagePlan, end: number): Fields {
    const { embedded, Shape } = plan;
    if (this.at === end && embedded === undefined) return NOTHING;
    const fields = new Shape();
    if (embedded !== undefined) {
      fields['apiVersion'] = embedded.apiVersion;
      fields['kind'] = embedded.kind;
    }
    this.#into(fields, plan, end);
    return fields;
  }

  #into(fields: Fields, plan: MessagePlan, end: number): void {
    if (++this.#depth > MAX_DEPTH) throw new MalformedBytes(`nested deeper than ${MAX_DEPTH}`, this.at);
    const planned = plan.fields;
    while (this.at < end) {
      const start = this.at;
      const tag = this.varint(end);
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
      if (value.is !== 'message') throw new MalformedBytes(`${name} is not a message`, this.at);
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
    if (fields[name] !== undefined) throw new MalformedBytes(`${name} in two places`, this.at);
    const start = this.at;
    do this.at = this.bytesEnd(at.tag % 8, at.end);
    while (this.#another(at));
    const end = this.at;
    const bytes = end - start > MAX_SHARED_BYTES ? undefined : this.buffer.toString('latin1', start, end);
    const known = bytes === undefined ? undefined : sharing.known.get(bytes);
    if (known !== undefined) {
      fields[name] = known;
      return;
    }
    this.at = start;
    this.#entries(fields, field, { tag: at.tag, end });
    const value = this.#unified(fields[name], sharing);
    fields[name] = value;
    if (bytes !== undefined) sharing.known.set(bytes, value);
  }

  #unified(value: unknown, { unify }: Sharing): unknown {
    try {
      return unify(value);
    } catch (error) {
      throw error instanceof TypeError ? new MalformedBytes(error.message, this.at) : error;
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
    const here = this.at;
    if (here >= end) return false;
    if (this.varint(end) === tag) return true;
    this.at = here;
    return false;
  }

  #elements(list: unknown[], value: ValueKind, at: Place): void {
    if (at.wire !== BYTES || (value.is !== 'int' && value.is !== 'bool')) {
      list.push(this.#value(value, at));
      return;
    }
    const end = this.bytesEnd(at.wire, at.end);
    while (this.at < end) list.push(this.#value(value, { wire: VARINT, end }));
  }

  /** The map with the entry in `[at, end)`; one without entries is `NOTHING`. */
  #mapEntry(map: Fields | undefined, { keys, value }: MapKind, end: number): Fields {
    let key = '';
    let read: unknown;
    while (this.at < end) {
      const tag = this.varint(end);
      if (tag === 10) {
        const keyEnd = this.bytesEnd(BYTES, end);
        if (keys !== undefined && !keys.lengths.has(keyEnd - this.at)) {
          this.at = end;
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
        return this.raw(this.bytesEnd(wire, end)).toString('utf8');
      case 'bool':
        return this.int(wire, end) !== 0;
      case 'int':
        return this.int(wire, end);
      case 'message':
        return this.message(kind.plan, this.bytesEnd(wire, end));
      case 'bytes':
        return this.raw(this.bytesEnd(wire, end)).toString('base64');
      case 'time':
        return this.time(this.bytesEnd(wire, end), 'seconds');
      case 'microTime':
        return this.time(this.bytesEnd(wire, end), 'micros');
      case 'quantity':
        return this.firstString(this.bytesEnd(wire, end));
      case 'intOrString':
        return this.intOrString(this.bytesEnd(wire, end));
      case 'json':
        return this.json(this.bytesEnd(wire, end));
      case 'double': {
        if (wire !== FIXED64) throw new MalformedBytes(`wire type ${wire} where a double belongs`, this.at);
        const start = this.at;
        this.forward(8, end);
        return this.buffer.readDoubleLE(start);
      }
      default:
        throw new MalformedBytes('a map where a value belongs', this.at);
    }
  }
}
