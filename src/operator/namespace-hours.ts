/**
 * So many messages about one namespace are told in an hour; the others are counted, and told in one when the hour is
 * over. Otherwise a namespace that fails (or wants to) would fill the queues in which the messages of all others wait.
 */
import { sleepUntil } from '../kube/deadline.ts';
import type { Clock, Instant } from '../std/clock.ts';

const HOUR_MS = 3_600_000;

interface Hour {
  readonly endsAt: Instant;
  told: number;
  more: number;
}

export interface HoursConfig {
  readonly clock: Clock;
  readonly perHour: number;
  /** At the end of an hour in which messages were held back, and how many. */
  readonly onMore: (namespace: string, more: number) => void;
}

export class NamespaceHours {
  readonly #config: HoursConfig;
  readonly #signal: AbortSignal;
  readonly #hours = new Map<string, Hour>();

  /** After the signal nothing more is told. */
  constructor(config: HoursConfig, signal: AbortSignal) {
    this.#config = config;
    this.#signal = signal;
  }

  /** Whether one more is told now. */
  admits(namespace: string): boolean {
    const { clock, perHour } = this.#config;
    const now = clock.now();
    const known = this.#hours.get(namespace);
    if (known === undefined || now >= known.endsAt) {
      // Namespaces of which nobody hears any more are forgotten here, so that the map holds those of one hour.
      for (const [name, { endsAt, more }] of this.#hours) if (now >= endsAt && more === 0) this.#hours.delete(name);
      this.#hours.set(namespace, { endsAt: now + HOUR_MS, told: 1, more: 0 });
      return true;
    }
    if (known.told < perHour) {
      known.told++;
      return true;
    }
    known.more++;
    if (known.more === 1) void this.#tellAtEnd(namespace, known);
    return false;
  }

  async #tellAtEnd(namespace: string, hour: Hour): Promise<void> {
    if (await sleepUntil(this.#config.clock, hour.endsAt, this.#signal)) this.#config.onMore(namespace, hour.more);
    hour.more = 0;
  }
}
