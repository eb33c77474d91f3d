/** The part of the policies that this process works on, where several processes share them by namespace. */
import { shardOf } from '../core/shards.ts';

export interface ShareConfig {
  /** Into so many shards the namespaces are divided. */
  readonly count: number;
  /** Whether this process works on a shard now. */
  readonly holds: (shard: number) => boolean;
}

export class Share {
  readonly #config: ShareConfig;
  readonly #handlers = new Set<() => void>();
  readonly #running = new Set<Promise<unknown>>();

  constructor(config: ShareConfig) {
    this.#config = config;
  }

  /** Of a policy's namespace, or of an action without a policy. */
  includes(namespace: string): boolean {
    const { count, holds } = this.#config;
    return holds(shardOf(namespace, count));
  }

  /** How much of all it is: from 0 to 1. */
  part(): number {
    const { count, holds } = this.#config;
    let held = 0;
    for (let shard = 0; shard < count; shard++) if (holds(shard)) held++;
    return held / count;
  }

  subscribe(handler: () => void): void {
    this.#handlers.add(handler);
  }

  /** A shard has come, or goes. */
  changed(): void {
    for (const handler of this.#handlers) handler();
  }

  /** A lap: it is waited for before a shard is given away. */
  async during<T>(lap: () => Promise<T>): Promise<T> {
    const running = lap();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** Resolves when the laps that run now have ended, well or not. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running);
  }
}

/** Of a process that is alone. */
export const wholeShare = (): Share => new Share({ count: 1, holds: () => true });
