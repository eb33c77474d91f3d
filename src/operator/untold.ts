/**
 * Channels that do not take what people have to know. Each policy of the namespace of such a message says so, until the
 * channel takes one again. In memory: a new process finds out anew with its next message.
 */
import { type Clock, type Instant, toTimestamp } from '../std/clock.ts';

/** People look at a policy at least once a day, and find it there. */
const SAID_FOR_MS = 24 * 3_600_000;
/** Of one channel. Those beyond are told by the log and the counter alone. */
const MAX_NAMESPACES = 1000;

interface Failing {
  readonly since: Instant;
  readonly namespaces: Set<string>;
  last: Instant;
  message: string;
}

export interface UntoldConfig {
  readonly clock: Pick<Clock, 'now'>;
  /** What is said of these namespaces has changed. */
  readonly onChange: (namespaces: readonly string[]) => void;
}

export class Untold {
  readonly #config: UntoldConfig;
  readonly #failing = new Map<string, Failing>();

  constructor(config: UntoldConfig) {
    this.#config = config;
  }

  failed(channel: string, { namespace, message }: { readonly namespace: string; readonly message: string }): void {
    const { clock, onChange } = this.#config;
    const now = clock.now();
    const failing = this.#failing.get(channel) ?? { since: now, last: now, message, namespaces: new Set() };
    this.#failing.set(channel, failing);
    failing.last = now;
    failing.message = message;
    if (failing.namespaces.has(namespace) || failing.namespaces.size >= MAX_NAMESPACES) return;
    failing.namespaces.add(namespace);
    onChange([namespace]);
  }

  delivered(channel: string): void {
    const failing = this.#failing.get(channel);
    if (failing === undefined) return;
    this.#failing.delete(channel);
    this.#config.onChange([...failing.namespaces]);
  }

  /** Why people are not told of what happens there; undefined: as far as is known they are. */
  in(namespace: string): string | undefined {
    const now = this.#config.clock.now();
    for (const [channel, { since, last, message, namespaces }] of this.#failing)
      if (namespaces.has(namespace) && now < last + SAID_FOR_MS)
        return `channel ${channel} has delivered nothing since ${toTimestamp(since)}: ${message}`;
    return undefined;
  }
}
