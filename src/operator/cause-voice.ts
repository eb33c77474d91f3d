/**
 * Tells people of workloads that fail together: once, with what they share as soon as that is known, and once that it
 * is over. A process that goes on with a stop of the one before does not tell of it again.
 */
import type { Announcement } from '../core/announcement.ts';
import type { CommonCauses, Said } from '../core/common-cause.ts';
import type { TargetRef } from '../core/observation.ts';
import { causeFoundNews, causeOverNews } from '../core/target/announcements.ts';
import type { Clock, Instant } from '../std/clock.ts';
import type { Logger } from './ports.ts';

export const EVERYWHERE = 'cluster';
export const withinKey = (namespace: string): string => `namespace ${namespace}`;
export const amongKey = (trait: string): string => `trait ${trait}`;

/** A stop with no trait that is known is told of all the same, so much later. */
const WAIT_MS = 60_000;

/** The stops that are in force, by key. */
const saidIn = ({ everywhere, within, among }: CommonCauses): ReadonlyMap<string, Said> =>
  new Map<string, Said>([
    ...(everywhere === undefined ? [] : [[EVERYWHERE, everywhere] as const]),
    ...[...within].map(([namespace, said]) => [withinKey(namespace), said] as const),
    ...[...among].map(([trait, said]) => [amongKey(trait), said] as const),
  ]);

export const keysOf = (stops: CommonCauses): readonly string[] =>
  [...saidIn(stops).keys()].toSorted((a, b) => (a < b ? -1 : 1));

export interface CauseVoiceConfig {
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Pick<Logger, 'warn' | 'info'>;
  readonly announce: (about: readonly TargetRef[], announcement: Announcement) => void;
  /** Where the operator runs: Events about a stop of the whole cluster stand on its namespace. */
  readonly namespace: string;
}

export class CauseVoice {
  readonly #by: CauseVoiceConfig;
  readonly #told = new Set<string>();

  constructor(by: CauseVoiceConfig) {
    this.#by = by;
  }

  /** Of these people were told by the process before. */
  remember(key: string): void {
    this.#told.add(key);
  }

  hasTold(key: string): boolean {
    return this.#told.has(key);
  }

  /** Says whether people were told of something new. */
  say(stops: CommonCauses, began: ReadonlyMap<string, Instant>): 'told' | 'nothing new' {
    const { clock, logger } = this.#by;
    const now = clock.now();
    const inForce = saidIn(stops);
    let news: 'told' | 'nothing new' = 'nothing new';
    for (const key of [...this.#told].filter((one) => !inForce.has(one))) {
      this.#told.delete(key);
      logger.info({ stop: key }, 'workloads fail together no longer; healing resumes');
      this.#announce(key, causeOverNews(key));
    }
    for (const [key, { message, trait }] of inForce) {
      if (this.#told.has(key) || (trait === undefined && now - (began.get(key) ?? now) < WAIT_MS)) continue;
      // What holds all back tells of what holds some of them back.
      if (key !== EVERYWHERE && inForce.has(EVERYWHERE)) continue;
      this.#told.add(key);
      logger.warn({ stop: key }, `nothing is healed: ${message}`);
      this.#announce(key, causeFoundNews(key, message));
      news = 'told';
    }
    return news;
  }

  #announce(key: string, news: Announcement): void {
    const own = key.startsWith('namespace ') ? key.slice('namespace '.length) : this.#by.namespace;
    this.#by.announce([{ apiVersion: 'v1', kind: 'Namespace', name: own, uid: '' }], news);
  }
}
