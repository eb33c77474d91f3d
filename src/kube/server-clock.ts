/**
 * The clock by which the operator decides: the API server's time (server-time.ts). It is the same on every machine, and
 * nothing happens to it when the clock of this one is set.
 *
 * Guarantees: `now` never jumps with the machine's clock, and `until` waits by monotonic time. Both follow when the
 * server's own clock was set, within `PATIENCE_MS`.
 */
import { type Clock, fromHttpDate, type Instant } from '../std/clock.ts';
import type { Transport } from '../shapes/transport.ts';
import { type DatedAnswer, serverTime, type ServerTime, TOLERANCE_MS } from './server-time.ts';

/** `byMs`: forward when above 0. */
export type ClockNews =
  /** The machine's clock was set while this process ran. */
  | { readonly clock: 'operator'; readonly byMs: number }
  /** The API server's clock was set. */
  | { readonly clock: 'server'; readonly byMs: number }
  /** At the first answer: the machine's clock is so far ahead of the API server's. */
  | { readonly clock: 'apart'; readonly byMs: number };

/** A wait looks again so often: the server's clock may have been set meanwhile. */
const LOOK_AGAIN_MS = 60_000;

export class ServerClock implements Clock {
  readonly #own: Clock;
  readonly #onNews: (news: ClockNews) => void;
  #ownOffsetMs: number;
  #server: ServerTime | undefined;

  constructor(own: Clock, onNews: (news: ClockNews) => void) {
    this.#own = own;
    this.#onNews = onNews;
    this.#ownOffsetMs = own.now() - own.monotonic();
  }

  /** Before the first answer: as the machine's clock was at the start. Whole milliseconds. */
  now(): Instant {
    return Math.floor((this.#server?.offsetMs ?? this.#ownOffsetMs) + this.#own.monotonic());
  }

  monotonic(): number {
    return this.#own.monotonic();
  }

  async until(at: Instant, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    for (let left = at - this.now(); left > 0; left = at - this.now())
      await this.#own.after(Math.min(left, LOOK_AGAIN_MS), signal);
  }

  after(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#own.after(ms, signal);
  }

  /** By how much the server's clock was set forward within the last hour: limits look back so much further. */
  leapMs(): number {
    const { leap } = this.#server ?? {};
    return leap !== undefined && this.#own.monotonic() < leap.until ? leap.byMs : 0;
  }

  /** The same transport; its answers tell the time. */
  reading(transport: Transport): Transport {
    return {
      send: async (request, signal) => {
        const sentAt = this.#own.monotonic();
        const response = await transport.send(request, signal);
        this.#lookAtOwn();
        const date = fromHttpDate(response.headers['date']);
        if (date !== undefined) this.#read({ date, sentAt, answeredAt: this.#own.monotonic() });
        return response;
      },
    };
  }

  #lookAtOwn(): void {
    const offset = this.#own.now() - this.#own.monotonic();
    const byMs = offset - this.#ownOffsetMs;
    // Before the first answer `now` rests on it.
    if (this.#server === undefined) return;
    this.#ownOffsetMs = offset;
    if (Math.abs(byMs) > TOLERANCE_MS) this.#onNews({ clock: 'operator', byMs });
  }

  #read(answer: DatedAnswer): void {
    const before = this.#server;
    const ownOffsetMs = this.#own.now() - this.#own.monotonic();
    this.#server = serverTime(before, answer, ownOffsetMs);
    const { offsetMs } = this.#server ?? {};
    if (offsetMs === undefined) return;
    if (before === undefined) {
      this.#ownOffsetMs = ownOffsetMs;
      if (Math.abs(ownOffsetMs - offsetMs) > TOLERANCE_MS)
        this.#onNews({ clock: 'apart', byMs: ownOffsetMs - offsetMs });
    } else if (Math.abs(offsetMs - before.offsetMs) > TOLERANCE_MS)
      this.#onNews({ clock: 'server', byMs: offsetMs - before.offsetMs });
  }
}
