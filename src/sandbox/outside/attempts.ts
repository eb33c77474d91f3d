/**
 * Work that is begun anew until every server outside that it needs has answered. Each beginning draws the same random
 * names and sees the same time, so that it asks the same questions and finds their answers.
 */
import type { Clock, Instant } from '../../std/clock.ts';
import { Prng } from '../../std/prng.ts';
import { refuse } from '../machinery/errors.ts';
import type { Machinery } from '../machinery/machinery.ts';
import { Suspended } from '../machinery/suspension.ts';
import type { Session } from '../machinery/session.ts';
import type { Outside } from './outside.ts';

interface Frame {
  readonly session: Session;
  readonly seed: number;
  readonly at: Instant;
}

const frameOf = (machinery: Machinery, outside: Outside): Frame => ({
  session: outside.session(),
  seed: machinery.prng.uint32(),
  at: machinery.clock.now(),
});

function framed(machinery: Machinery, { session, seed, at }: Frame): Machinery {
  const { clock } = machinery;
  const standing: Clock = {
    now: () => at,
    monotonic: () => clock.monotonic(),
    until: (instant, signal) => clock.until(instant, signal),
    after: (ms, signal) => clock.after(ms, signal),
  };
  return { ...machinery, session, prng: new Prng(seed), clock: standing };
}

/** The time that a request has: requestTimeoutUpperBound of k8s.io/apiserver's endpoints/handlers. */
const REQUEST_MS = 34_000;

/** A client's request. Rejects with 504 when it takes too long. */
export async function untilAnswered<T>(
  machinery: Machinery,
  outside: Outside,
  work: (machinery: Machinery) => T,
): Promise<T> {
  const { clock } = machinery;
  const frame = frameOf(machinery, outside);
  const over = new AbortController();
  const timer = clock.until(frame.at + REQUEST_MS, over.signal).catch(() => undefined);
  try {
    for (;;) {
      try {
        return work(framed(machinery, frame));
      } catch (cause) {
        if (!(cause instanceof Suspended)) throw cause;
        await Promise.race([cause.ready, timer]);
        if (clock.now() >= frame.at + REQUEST_MS) throw tooLate();
      }
    }
  } finally {
    over.abort(new Error('answered'));
  }
}

const tooLate = () =>
  refuse({
    reason: 'Timeout',
    message: 'Timeout: request did not complete within requested timeout - context deadline exceeded',
    details: {},
  });

/**
 * Writes of the cluster's own parts that wait. More are forgotten, oldest first: a write that nobody repeats (its
 * object changed meanwhile) would stay for ever, and one that is forgotten and repeated asks once more.
 */
const MAX_HELD = 1_000;

/** For the cluster's own parts: they make the same write again once Suspended says so. */
export class HeldWrites {
  readonly #outside: Outside;
  readonly #frames = new Map<string, Frame>();

  constructor(outside: Outside) {
    this.#outside = outside;
  }

  /** `key` says which write it is, in full. Throws Suspended. */
  run<T>(machinery: Machinery, key: string, write: (machinery: Machinery) => T): T {
    const frame = this.#frames.get(key) ?? frameOf(machinery, this.#outside);
    try {
      const written = write(framed(machinery, frame));
      this.#frames.delete(key);
      return written;
    } catch (cause) {
      if (cause instanceof Suspended) this.#hold(key, frame);
      else this.#frames.delete(key);
      throw cause;
    }
  }

  #hold(key: string, frame: Frame): void {
    this.#frames.set(key, frame);
    if (this.#frames.size <= MAX_HELD) return;
    for (const oldest of this.#frames.keys()) {
      this.#frames.delete(oldest);
      return;
    }
  }
}
