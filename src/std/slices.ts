/**
 * Long computations that give the event loop a turn between slices. A computation is a generator that yields between
 * pieces of its work, each far below the slice; the caller decides whether it runs to its end at once or in turns.
 */
export type Sliced<T> = Generator<undefined, T, undefined>;

/**
 * Probes, the lease and requests wait no longer than three of these (an evaluation of metrics, a look through all
 * objects, laps) and the pieces that were begun: less than 50 ms.
 */
export const SLICE_MS = 10;

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

/**
 * Of work whose pieces cost what their data say. A step is a character that one instruction of a pattern looks at, or
 * about as much: 10 to 50 ns, so a piece takes 0.2 to 1 ms, and one match of the largest pattern with it.
 */
const STEPS_PER_PIECE = 20_000;

/** Says when so many steps were taken that the work yields. */
export class StepCount {
  #steps = 0;

  /** Some more were taken. */
  add(steps: number): void {
    this.#steps += steps;
  }

  /** Once for each piece. */
  isPiece(): boolean {
    if (this.#steps < STEPS_PER_PIECE) return false;
    this.#steps = 0;
    return true;
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

/**
 * Work that waits for nothing (a lap on what the caches hold) gives the event loop its turn in between. The next turn
 * is asked for when a stretch of work begins; work that waited for something else meanwhile has had its turn.
 */
export class Breaks {
  readonly #clock: MonotonicClock;
  readonly #turn: () => Promise<void>;
  #since = 0;
  /** Undefined: no work since the last one. */
  #next: Promise<void> | undefined;

  /** `oneTurn` lets everything run that waits for the event loop. */
  constructor(clock: MonotonicClock, oneTurn: () => Promise<void>) {
    this.#clock = clock;
    this.#turn = oneTurn;
  }

  /** A piece of work begins. */
  begin(): void {
    if (this.#next !== undefined) return;
    this.#since = this.#clock.monotonic();
    this.#next = this.#turn().then(() => {
      this.#next = undefined;
    });
  }

  /** To be awaited after each piece; undefined while no break is due. All that share it take the same break. */
  due(): Promise<void> | undefined {
    return this.#clock.monotonic() - this.#since >= SLICE_MS ? this.#next : undefined;
  }
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
