/**
 * Keeps away from a server that does not answer: closed → (failures) → open → (after a while) → one trial → closed or
 * open again.
 */
import type { Instant } from '../../std/clock.ts';

export interface CircuitSettings {
  /** Failures in a row that open it. */
  readonly failures: number;
  readonly openMs: number;
}

/** Three evaluation rounds of 15 s fail before it opens, and two are left out then. */
export const DEFAULT_CIRCUIT: CircuitSettings = { failures: 3, openMs: 30_000 };

export class Circuit {
  readonly #settings: CircuitSettings;
  #failures = 0;
  #openUntil: Instant | undefined;
  #isTrying = false;

  constructor(settings: CircuitSettings = DEFAULT_CIRCUIT) {
    this.#settings = settings;
  }

  /**
   * The instant until which nothing may be sent; undefined when a request may go now, which then must be followed by
   * `succeeded` or `failed`.
   */
  enter(now: Instant): Instant | undefined {
    if (this.#openUntil === undefined) return undefined;
    if (now < this.#openUntil || this.#isTrying) return Math.max(now, this.#openUntil);
    this.#isTrying = true;
    return undefined;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openUntil = undefined;
    this.#isTrying = false;
  }

  failed(now: Instant): void {
    this.#isTrying = false;
    if (++this.#failures >= this.#settings.failures) this.#openUntil = now + this.#settings.openMs;
  }
}
