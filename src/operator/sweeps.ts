/**
 * Looks through many objects, one after the other and in pieces. The first piece is done at once, so that a look
 * through a few objects is over when `add` returns.
 */
import type { Sliced, SliceRunner } from '../std/slices.ts';

interface Sweep {
  readonly work: Sliced<void>;
  readonly done: () => void;
}

export class Sweeps {
  readonly #runner: Pick<SliceRunner, 'run'>;
  /** Each is about one policy: as many as there are policies, times the changes that concern all in a second or two. */
  readonly #waiting: Sweep[] = [];
  #running = false;

  constructor(runner: Pick<SliceRunner, 'run'>) {
    this.#runner = runner;
  }

  add(work: Sliced<void>, done: () => void = () => undefined): void {
    this.#waiting.push({ work, done });
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    await this.#runner.run(this.#all());
  }

  *#all(): Sliced<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      yield* next.work;
      next.done();
    }
    // Here, and not when the runner has noticed: what is added until then would wait for ever.
    this.#running = false;
  }
}
