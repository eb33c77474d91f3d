/**
 * Whether everything can be read that each decision needs, as `/readyz` and the log say it: what is still being read
 * for the first time, and what the API server refuses, with the rule that is missing.
 */
import { TO_WATCH, withMissingRule } from '../core/authority/forbidden.ts';
import type { CacheHealth, CacheSet } from '../kube/cache-set.ts';
import type { KubeClient } from '../kube/client.ts';
import { sleepUntil } from '../kube/deadline.ts';
import { KubeError } from '../kube/errors.ts';
import type { Logger } from './ports.ts';
import type { World } from './world.ts';

export interface ReadingConfig {
  readonly clock: KubeClient['clock'];
  readonly logger: Logger;
  readonly onReadiness: (waitingFor: readonly string[]) => void;
}

/** As long as between two looks for the kinds: a person is told, repairs it, and sees that it counts. */
const LOOK_EVERY_MS = 2000;

export class Reading {
  readonly #config: ReadingConfig;
  #world: Pick<World, 'refusals'> | undefined;
  #told = '';

  constructor(config: ReadingConfig) {
    this.#config = config;
  }

  /** Resolves when every cache that is held now has been read once; rejects when aborted first. */
  async begun(
    { caches, world }: { readonly caches: CacheSet; readonly world: Pick<World, 'refusals'> },
    signal: AbortSignal,
  ): Promise<void> {
    const over = new AbortController();
    const telling = this.#tellUntil(caches, AbortSignal.any([signal, over.signal]));
    try {
      await caches.synced(signal);
    } finally {
      over.abort(new Error('over'));
      await telling;
    }
    this.#world = world;
    this.standingChanged();
  }

  /** The server refuses a collection, or does no longer. Before everything was read once, others tell. */
  standingChanged(): void {
    if (this.#world === undefined) return;
    this.#config.onReadiness(this.#refused(this.#world.refusals()));
  }

  async #tellUntil(caches: CacheSet, signal: AbortSignal): Promise<void> {
    const { clock, onReadiness } = this.#config;
    do {
      const unread = caches.health().filter(({ synced }) => !synced);
      onReadiness(unread.map(cacheText));
      this.#refused(unread.filter(({ error }) => error instanceof KubeError && error.status === 403));
    } while (await sleepUntil(clock, clock.now() + LOOK_EVERY_MS, signal));
  }

  /** In words, and in the log when it is about other resources than before. */
  #refused(refused: readonly Pick<CacheHealth, 'resource' | 'error'>[]): readonly string[] {
    const { logger } = this.#config;
    const texts = refused.map(cacheText);
    // The same refusal has other words for a list than for a watch.
    const names = refused.map(({ resource }) => resource).join();
    if (names !== this.#told) {
      if (texts.length === 0) logger.info({}, 'the API server lets everything be read again that decisions need');
      else logger.error({ refused: texts }, 'the API server does not let be read what decisions need; healing waits');
    }
    this.#told = names;
    return texts;
  }
}

const cacheText = ({ resource, error }: Pick<CacheHealth, 'resource' | 'error'>): string =>
  error instanceof Error
    ? `cache of ${resource} (${withMissingRule(error.message, TO_WATCH)})`
    : `cache of ${resource}`;
