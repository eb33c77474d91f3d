/** Typed arrays that grow. */

/** `array`, or a copy of at least `length` (by halves again as large, so that a thousand appends copy few times). */
export function grownTo<T extends Float64Array | Uint32Array | Uint8Array>(array: T, length: number): T {
  if (array.length >= length) return array;
  const larger = new (array.constructor as new (length: number) => T)(
    Math.max(length, array.length + (array.length >> 1), 64),
  );
  larger.set(array);
  return larger;
}

/** A list of unsigned 32-bit integers: a quarter of what an array of numbers takes. */
export class Uint32List {
  #items = new Uint32Array(4);
  length = 0;

  push(item: number): void {
    if (this.length === this.#items.length) this.#items = grownTo(this.#items, this.length * 2);
    this.#items[this.length++] = item;
  }

  view(): Uint32Array {
    return this.#items.subarray(0, this.length);
  }
}
