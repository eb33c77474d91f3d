/**
 * Single values on protobuf's wire. https://protobuf.dev/programming-guides/encoding/
 *
 * Never trusts a length: what points past its message, a varint that does not end, a wire type that does not fit the
 * field, a group: each throws `MalformedBytes` with the offset.
 */
import type { ByteStrings } from './byte-strings.ts';

export class MalformedBytes extends Error {
  override readonly name = 'MalformedBytes';
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

export class WireReader {
  /** The offset of the next byte that it reads. */
  at: number;
  protected readonly buffer: Buffer;
  protected readonly strings: ByteStrings;

  constructor(buffer: Buffer, strings: ByteStrings, at = 0) {
    this.buffer = buffer;
    this.strings = strings;
    this.at = at;
  }

  /** Calls `visit` for each field of the message in `[at, end)`; it must read or skip the value. */
  each(end: number, visit: (number: number, wire: number) => void): void {
    while (this.at < end) {
      const start = this.at;
      const tag = this.varint(end);
      const number = Math.floor(tag / 8);
      if (number === 0 || number > 536_870_911) throw new MalformedBytes('a field without a number', start);
      visit(number, tag % 8);
    }
    if (this.at !== end) throw new MalformedBytes('a field reaches past its message', this.at);
  }

  /** The end of a length-delimited value, which must lie within `limit`. */
  bytesEnd(wire: number, limit: number): number {
    if (wire !== BYTES) throw new MalformedBytes(`wire type ${wire} where bytes belong`, this.at);
    const length = this.varint(limit);
    const end = this.at + length;
    // A negative one would lead back to what was read already, for ever.
    if (length < 0 || end > limit) throw new MalformedBytes(`a length of ${length} reaches past its message`, this.at);
    return end;
  }

  text(end: number): string {
    const text = this.strings.text(this.buffer, this.at, end);
    this.at = end;
    return text;
  }

  skip(wire: number, end: number): void {
    switch (wire) {
      case VARINT:
        this.varint(end);
        return;
      case FIXED64:
        this.forward(8, end);
        return;
      case BYTES:
        this.at = this.bytesEnd(wire, end);
        return;
      case FIXED32:
        this.forward(4, end);
        return;
      default:
        throw new MalformedBytes(`wire type ${wire}`, this.at);
    }
  }

  protected forward(by: number, end: number): void {
    if (this.at + by > end) throw new MalformedBytes('a field reaches past its message', this.at);
    this.at += by;
  }

  protected raw(end: number): Buffer {
    const raw = this.buffer.subarray(this.at, end);
    this.at = end;
    return raw;
  }

  protected int(wire: number, end: number): number {
    if (wire !== VARINT) throw new MalformedBytes(`wire type ${wire} where a number belongs`, this.at);
    return this.varint(end);
  }

  /** `{1: seconds, 2: nanos}`; a time that is not set has neither. */
  protected time(end: number, precision: 'seconds' | 'micros'): string | null {
    let seconds: number | undefined;
    let nanos = 0;
    this.each(end, (number, wire) => {
      if (number === 1) seconds = this.int(wire, end);
      else if (number === 2) nanos = this.int(wire, end);
      else this.skip(wire, end);
    });
    if (seconds === undefined) return null;
    if (Math.abs(seconds) > 8.64e12) throw new MalformedBytes('a time out of range', end);
    const text = this.strings.timestamp(seconds);
    return precision === 'seconds'
      ? text
      : `${text.slice(0, -1)}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z`;
  }

  protected firstString(end: number): string {
    let text = '';
    this.each(end, (number, wire) => {
      if (number === 1) text = this.text(this.bytesEnd(wire, end));
      else this.skip(wire, end);
    });
    return text;
  }

  /** `{1: type (0 number, 1 string), 2: number, 3: string}` */
  protected intOrString(end: number): number | string {
    let type = 0;
    let int = 0;
    let text = '';
    this.each(end, (number, wire) => {
      if (number === 1) type = this.int(wire, end);
      else if (number === 2) int = this.int(wire, end);
      else if (number === 3) text = this.text(this.bytesEnd(wire, end));
      else this.skip(wire, end);
    });
    return type === 1 ? text : int;
  }

  /** `{1: JSON}` */
  protected json(end: number): unknown {
    const start = this.at;
    const text = this.firstString(end);
    try {
      return text === '' ? null : (JSON.parse(text) as unknown);
    } catch {
      throw new MalformedBytes('embedded JSON is malformed', start);
    }
  }

  /** Signed 64 bits as a number: exact to 2^53, which no field of the kinds we read exceeds. */
  protected varint(end: number): number {
    const buffer = this.buffer;
    const start = this.at;
    let byte = start < end ? (buffer[start] as number) : 0x80;
    if (byte < 0x80) {
      this.at = start + 1;
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
        this.at = start + i + 1;
        // Ten bytes carry 70 bits; those above 64 are dropped, and bit 63 is the sign.
        high %= 2 ** 32;
        return high >= 2 ** 31 ? (high - 2 ** 32) * 2 ** 32 + low : high * 2 ** 32 + low;
      }
    }
    throw new MalformedBytes('a number of more than ten bytes', start);
  }
}
