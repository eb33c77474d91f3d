/**
 * What series looked like before now, as runs: from tick `start` on the value was `value`, until the next run. Runs
 * live in blocks of four, chained per series, in pages shared by all: a series that never changed has none. Oldest
 * blocks go when the window has passed them.
 */

/** Four runs take 52 bytes; larger blocks waste more on series that change rarely, smaller ones more on links. */
const BLOCK = 4;
const BLOCKS_PER_PAGE = 16_384;
export const NO_BLOCK = 0xffffffff;

interface Page {
  readonly values: Float64Array;
  readonly starts: Uint32Array;
  readonly next: Uint32Array;
}

export class RunHistory {
  readonly #pages: Page[] = [];
  #fresh = 0;
  #freeHead = NO_BLOCK;
  #blocks = 0;

  get blocks(): number {
    return this.#blocks;
  }

  /** Bytes reserved. */
  get bytes(): number {
    return this.#pages.length * BLOCKS_PER_PAGE * (BLOCK * 12 + 4);
  }

  allocate(): number {
    this.#blocks++;
    if (this.#freeHead !== NO_BLOCK) {
      const block = this.#freeHead;
      this.#freeHead = this.next(block);
      this.link(block, NO_BLOCK);
      return block;
    }
    if (this.#fresh === this.#pages.length * BLOCKS_PER_PAGE) {
      const slots = BLOCKS_PER_PAGE * BLOCK;
      const next = new Uint32Array(BLOCKS_PER_PAGE).fill(NO_BLOCK);
      this.#pages.push({ values: new Float64Array(slots), starts: new Uint32Array(slots), next });
    }
    return this.#fresh++;
  }

  release(block: number): void {
    this.#blocks--;
    this.link(block, this.#freeHead);
    this.#freeHead = block;
  }

  releaseChain(first: number): void {
    for (let block = first; block !== NO_BLOCK; ) {
      const following = this.next(block);
      this.release(block);
      block = following;
    }
  }

  next(block: number): number {
    return (this.#pages[(block / BLOCKS_PER_PAGE) | 0] as Page).next[block % BLOCKS_PER_PAGE] as number;
  }

  link(block: number, next: number): void {
    (this.#pages[(block / BLOCKS_PER_PAGE) | 0] as Page).next[block % BLOCKS_PER_PAGE] = next;
  }

  /** The page of a block, to read several runs without looking it up each time; slots begin at `slotOf(block)`. */
  page(block: number): Page {
    return this.#pages[(block / BLOCKS_PER_PAGE) | 0] as Page;
  }

  slotOf(block: number): number {
    return (block % BLOCKS_PER_PAGE) * BLOCK;
  }
}

export { BLOCK as RUNS_PER_BLOCK };
