/**
 * Long computations that give the event loop a turn between slices. A computation is a generator that yields between
 * pieces of its work, each far below the 20 ms; the caller decides whether it runs to its end at once or in turns.
 */
export type Sliced<T> = Generator<undefined, T, undefined>;

/** Probes, the lease and requests wait no longer than this and the piece that was begun. */
export const SLICE_MS = 20;

/** Rows or cells between two yields: at 5 µs a row, which is dear, 1.3 ms. */
const ROWS_PER_PIECE = 256;

/** Calls `piece` for stretches of 0 to `count` and yields after each. */
export function* inPieces(
  count: number,
  piece: (from: number, to: number) => void,
  size = ROWS_PER_PIECE,
): Sliced<void> {
  for (let from = 0; from < count; from += size) {
    piece(from, Math.min(count, from + size));
    yield;
  }
}

/** Sorts stably, in place. A native sort of 200,000 numbers by a comparison takes more than 100 ms. */
export function* sortInPieces<T>(list: T[], compare: (a: T, b: T) => number): Sliced<void> {
  const size = 1024;
  yield* inPieces(
    list.length,
    (from, to) => {
      const sorted = list.slice(from, to).sort(compare);
      for (let at = from; at < to; at++) list[at] = sorted[at - from] as T;
    },
    size,
  );
  for (let width = size; width < list.length; width *= 2) {
    for (let from = 0; from + width < list.length; from += 2 * width) {
      yield* mergeInPieces(list, { from, middle: from + width, to: Math.min(list.length, from + 2 * width) }, compare);
    }
  }
}

function* mergeInPieces<T>(
  list: T[],
  { from, middle, to }: { from: number; middle: number; to: number },
  compare: (a: T, b: T) => number,
): Sliced<void> {
  const left = list.slice(from, middle);
  let [taken, right] = [0, middle];
  const piece = (first: number, last: number): void => {
    for (let at = from + first; at < from + last; at++) {
      const isLeft = taken < left.length && (right >= to || compare(left[taken] as T, list[right] as T) <= 0);
      list[at] = isLeft ? (left[taken++] as T) : (list[right++] as T);
    }
  };
  yield* inPieces(to - from, piece, 4096);
}

/** Without a turn: for tests and tools. */
export function toEnd<T>(work: Sliced<T>): T {
  for (;;) {
    const next = work.next();
    if (next.done === true) return next.value;
  }
}

interface MonotonicClock {
  monotonic(): number;
}

/** Runs computations so that the event loop has its turn, and knows how long they took. */
export class SliceRunner {
  readonly #clock: MonotonicClock;
  readonly #turn: () => Promise<void>;
  #busyMs = 0;

  /** `oneTurn` lets everything run that waits for the event loop. */
  constructor(clock: MonotonicClock, oneTurn: () => Promise<void>) {
    this.#clock = clock;
    this.#turn = oneTurn;
  }

  /** The time of all computations so far, without what others did in the turns between. */
  get busyMs(): number {
    return this.#busyMs;
  }

  async run<T>(work: Sliced<T>): Promise<T> {
    for (;;) {
      const began = this.#clock.monotonic();
      try {
        do {
          const next = work.next();
          if (next.done === true) return next.value;
        } while (this.#clock.monotonic() - began < SLICE_MS);
      } finally {
        this.#busyMs += this.#clock.monotonic() - began;
      }
      await this.#turn();
    }
  }
}
