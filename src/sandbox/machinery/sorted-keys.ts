/**
 * A sorted set of strings in chunks: inserting into or removing from one flat array of 150,000 keys would move a
 * megabyte a time.
 */
const MAX_CHUNK = 1024; // about the square root of a million: finding a chunk and moving within it cost alike

export class SortedKeys {
  /** Never empty chunks, except when the set is empty. */
  readonly #chunks: string[][] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(key: string): void {
    if (this.#chunks.length === 0) {
      this.#chunks.push([key]);
      this.#size = 1;
      return;
    }
    const index = this.#chunkFor(key);
    const chunk = this.#chunks[index] as string[];
    const place = lowerBound(chunk, key);
    if (chunk[place] === key) return;
    chunk.splice(place, 0, key);
    this.#size++;
    if (chunk.length > MAX_CHUNK) this.#chunks.splice(index + 1, 0, chunk.splice(MAX_CHUNK / 2));
  }

  delete(key: string): void {
    if (this.#chunks.length === 0) return;
    const index = this.#chunkFor(key);
    const chunk = this.#chunks[index] as string[];
    const place = lowerBound(chunk, key);
    if (chunk[place] !== key) return;
    chunk.splice(place, 1);
    this.#size--;
    if (chunk.length === 0) this.#chunks.splice(index, 1);
  }

  /** Keys ≥ `from` that begin with `prefix`, in order. */
  *range(prefix: string, from: string = prefix): Generator<string> {
    if (this.#chunks.length === 0) return;
    const start = from > prefix ? from : prefix;
    let index = this.#chunkFor(start);
    let place = lowerBound(this.#chunks[index] as string[], start);
    for (; index < this.#chunks.length; index++, place = 0) {
      const chunk = this.#chunks[index] as string[];
      for (; place < chunk.length; place++) {
        const key = chunk[place] as string;
        if (!key.startsWith(prefix)) return;
        yield key;
      }
    }
  }

  /** The last chunk whose first key is not after `key`. */
  #chunkFor(key: string): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#chunks[middle]?.[0] as string) <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
