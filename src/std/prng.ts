const SAFE = 'bcdfghjklmnpqrstvwxz2456789';

/** Seeded randomness. Same seed, same sequence: a failing simulation is reproduced by its seed alone. */
export class Prng {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** Any integer; only its low 32 bits count. */
  constructor(seed: number) {
    this.#a = seed | 0;
    this.#b = 0x9e3779b9 | 0;
    this.#c = 0x243f6a88 | 0;
    this.#d = 1;
    for (let warmup = 0; warmup < 15; warmup++) this.uint32();
  }

  /** sfc32: passes PractRand, no bias in the low bits, four words of state. */
  uint32(): number {
    const t = (((this.#a + this.#b) | 0) + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + t) | 0;
    return t >>> 0;
  }

  /** In [0, 1). */
  float(): number {
    return this.uint32() / 4_294_967_296;
  }

  /** An integer in [0, below). */
  below(below: number): number {
    return Math.floor(this.float() * below);
  }

  chance(probability: number): boolean {
    return this.float() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** `length` characters of Kubernetes' safe alphabet (no vowels, no 0/1/3), as generateName appends. */
  suffix(length: number): string {
    let text = '';
    for (let i = 0; i < length; i++) text += SAFE[this.below(SAFE.length)] ?? '';
    return text;
  }

  /** A version 4 UUID. */
  uuid(): string {
    const [a, b, c, d] = [this.uint32(), this.uint32(), this.uint32(), this.uint32()];
    const hex = hexOf(a) + hexOf((b & 0xffff_0fff) | 0x4000) + hexOf((c & 0x3fff_ffff) | 0x8000_0000) + hexOf(d);
    // Joined, since V8 keeps what is concatenated in pieces, which take five times the memory.
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }
}

/** Two digits of each byte. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Eight digits of a word. */
const hexOf = (word: number): string =>
  `${HEX[word >>> 24]}${HEX[(word >>> 16) & 0xff]}${HEX[(word >>> 8) & 0xff]}${HEX[word & 0xff]}`;
