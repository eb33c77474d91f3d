/**
 * Writes protobuf messages from their end: the length of what lies within is known when its prefix is written, so that
 * nothing is measured or copied twice. https://protobuf.dev/programming-guides/encoding/
 */

/** Most objects and watch events fit. Grown for lists, and given back after. */
const INITIAL_BYTES = 64 * 1024;
/** A writer that grew beyond this (a list) does not keep its buffer. */
const KEPT_BYTES = 1024 * 1024;

export class Writer {
  #buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #at = INITIAL_BYTES;

  /** Bytes written so far: where the next value will end, counted from the end. */
  get written(): number {
    return this.#buffer.byteLength - this.#at;
  }

  /** What was written, in a buffer of its own; the writer is empty again. */
  finish(): Buffer {
    const bytes = Buffer.from(this.#buffer.subarray(this.#at));
    this.reset();
    return bytes;
  }

  reset(): void {
    if (this.#buffer.byteLength > KEPT_BYTES) this.#buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
    this.#at = this.#buffer.byteLength;
  }

  /** Turns what was written since `written` was `mark` into the bytes of a field. */
  delimit(number: number, mark: number): void {
    this.varint(this.written - mark);
    this.varint(number * 8 + 2);
  }

  text(text: string): void {
    const { length } = text;
    // Three bytes a UTF-16 unit at most.
    this.#reserve(length * 3);
    const size = Buffer.byteLength(text);
    this.#at -= size;
    if (size === length && length < 24)
      for (let i = 0; i < length; i++) this.#buffer[this.#at + i] = text.charCodeAt(i);
    else this.#buffer.write(text, this.#at, size, 'utf8');
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.byteLength);
    this.#at -= bytes.byteLength;
    this.#buffer.set(bytes, this.#at);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#at -= 8;
    this.#buffer.writeDoubleLE(value, this.#at);
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#at -= 4;
    this.#buffer.writeUInt32BE(value, this.#at);
  }

  /** Negative numbers as 64-bit two's complement, ten bytes. */
  varint(value: number): void {
    this.#reserve(10);
    if (value >= 0 && value < 128) {
      this.#buffer[--this.#at] = value;
      return;
    }
    if (value < 0 || !Number.isSafeInteger(value)) {
      this.#wide(value);
      return;
    }
    let size = 1;
    for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
    this.#at -= size;
    let rest = value;
    for (let i = 0; i < size; i++) {
      this.#buffer[this.#at + i] = (rest % 128) | (i === size - 1 ? 0 : 0x80);
      rest = Math.floor(rest / 128);
    }
  }

  #wide(value: number): void {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(Number.isFinite(value) ? Math.trunc(value) : 0));
    while (rest >= 0x80n) {
      bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    this.#at -= bytes.length;
    this.#buffer.set(bytes, this.#at);
  }

  #reserve(size: number): void {
    if (size <= this.#at) return;
    const { written } = this;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#buffer.byteLength * 2, written + size));
    this.#buffer.copy(grown, grown.byteLength - written, this.#at);
    this.#buffer = grown;
    this.#at = grown.byteLength - written;
  }
}
