/**
 * Tells people when something needs them, through channels of the operator's configuration.
 *
 * Guarantees: `tell` never blocks and never throws; healing does not wait for it. Each channel has a bounded queue of
 * its own, in order: one that is down keeps no other waiting, and its retries are not sent to the others.
 * Caveats: notifications that wait are in memory, and lost with the process; the Event of the same reason is not. When
 * the answer to a call was lost, the call is made again under the same key of idempotency: to hear it twice is better
 * than not at all.
 */
import { createHash } from 'node:crypto';
import type { Interest } from '../api/endpoint-schema.ts';
import { CALL_VERSION } from '../core/actions/webhook.ts';
import type { TargetRef } from '../core/observation.ts';
import { ANNOUNCEMENTS } from '../core/reasons/announcements.ts';
import type { AnnouncementReason, DropReason } from '../core/reasons/index.ts';
import { sleepUntil } from '../kube/deadline.ts';
import { backoffDelay } from '../std/backoff.ts';
import { type Clock, type Instant, toMicroTime } from '../std/clock.ts';
import { given } from '../std/given.ts';
import { matchesGlob } from '../std/glob.ts';
import { printable } from '../std/printable.ts';
import { NamespaceHours } from './namespace-hours.ts';
import type { EndpointAnswer, Endpoints, Logger, OperatorConfig, OperatorObserver } from './ports.ts';
import type { Untold } from './untold.ts';

/**
 * The operator starts at most some hundred actions an hour, and ends most of them well: people do not read a flood of
 * more at once.
 */
const QUEUE_LIMIT = 100;
/** Later than an hour it is no news: people who look by then see the object itself. */
const TELL_FOR_MS = 3_600_000;
/** As patient as retries of actions are at first; five minutes keep the last tries of the hour meaningful. */
const BACKOFF = { baseMs: 5000, multiplier: 2, maxMs: 300_000, jitter: 0.1 };
/** After half a minute. One refusal, or a service that begins anew, is nothing that people have to see. */
const FAILING_ATTEMPTS = 4;
/** Refusals that pass by themselves, beside 5xx. https://www.rfc-editor.org/rfc/rfc9110#section-15.5 */
const PASSING = new Set([408, 425, 429]);

export interface NotificationsConfig {
  readonly clock: Clock;
  readonly random: () => number;
  readonly endpoints: Endpoints;
  readonly logger: Logger;
  readonly observer: OperatorObserver;
  readonly settings: OperatorConfig['notifications'];
  /** About one namespace. */
  readonly perHour: number;
  readonly untold: Pick<Untold, 'failed' | 'delivered'>;
}

export interface News {
  readonly about: readonly TargetRef[];
  readonly reason: AnnouncementReason;
  readonly message: string;
  /** A paragraph of its own. */
  readonly why?: string;
  /** `people`: it needs a person. Omitted: only channels that follow episodes carry it. */
  readonly tell?: 'people';
  /** Nothing of the policy fires for the target any more. */
  readonly ends?: 'episode';
}

/** What belongs to an episode of its target, and where in it. */
const STAGES: Readonly<Partial<Record<AnnouncementReason, 'open' | 'goesOn'>>> = {
  TriggerFiring: 'open',
  TriggerResolved: 'goesOn',
  ApprovalRequired: 'goesOn',
  HealingStarted: 'goesOn',
  HealingSucceeded: 'goesOn',
  HealingFailed: 'goesOn',
  HealingCancelled: 'goesOn',
  HealingUndone: 'goesOn',
  UndoFailed: 'goesOn',
  EpisodeExhausted: 'goesOn',
};
const stageOf = ({ reason, ends }: News): 'open' | 'goesOn' | 'over' | undefined =>
  ends === undefined ? STAGES[reason] : 'over';

/** Of one action: from its first request to its end. */
const HEALING_ENDS: ReadonlySet<AnnouncementReason> = new Set([
  'HealingSucceeded',
  'HealingFailed',
  'HealingCancelled',
  'UndoFailed',
]);

interface Notice {
  readonly id: string;
  readonly namespace: string;
  readonly reason: AnnouncementReason;
  readonly body: string;
  readonly at: Instant;
  /** A person has to do something. */
  readonly needs: 'people' | 'nobody';
}

export class Notifications {
  readonly #config: NotificationsConfig;
  readonly #channels: readonly Channel[];
  /** What needs people, and what is only followed: a flood of the one holds nothing of the other back. */
  readonly #needed: NamespaceHours;
  readonly #followed: NamespaceHours;

  /** After the signal no notification is sent any more. */
  constructor(config: NotificationsConfig, signal: AbortSignal) {
    this.#config = config;
    this.#channels = config.settings.channels.map((name) => new Channel(name, config, signal));
    const { clock, perHour } = config;
    const hours = (to: (interest: Interest) => boolean): NamespaceHours =>
      new NamespaceHours(
        { clock, perHour, onMore: (namespace, more) => this.#tellOfMore(namespace, more, to) },
        signal,
      );
    this.#needed = hours((interest) => interest !== 'healing');
    this.#followed = hours((interest) => interest === 'episodes');
  }

  tell(news: News): void {
    const namespace = namespaceOf(news);
    const needed = this.#needs(news) ? this.#channels.filter(({ name }) => this.#interestOf(name) !== 'healing') : [];
    // What was opened has to be closed, however much else there is to tell.
    const closing = this.#channels.filter(({ name }) => closes(this.#interestOf(name), news));
    const followed = this.#channels.filter(({ name }) => follows(this.#interestOf(name), news));
    const rest = followed.filter((channel) => !needed.includes(channel) && !closing.includes(channel));
    const told = [
      ...closing.filter((channel) => !needed.includes(channel)),
      ...(needed.length > 0 && this.#needed.admits(namespace) ? needed : []),
      ...(rest.length > 0 && this.#followed.admits(namespace) ? rest : []),
    ];
    if (told.length > 0) this.#send(news, told);
  }

  #needs({ reason, tell }: News): boolean {
    return tell === 'people' && this.#config.settings.reasons.includes(reason);
  }

  #interestOf(channel: string): Interest {
    return this.#config.settings.interests?.[channel] ?? 'people';
  }

  #tellOfMore(namespace: string, more: number, to: (interest: Interest) => boolean): void {
    const { settings, perHour } = this.#config;
    const message = `${more} more messages about namespace ${namespace} were held back in the last hour, in which ${perHour} were told: kubectl get healingpolicies,healingactions -n ${namespace}`;
    const [reason] = settings.reasons.filter((one): one is AnnouncementReason => one in ANNOUNCEMENTS);
    const about = { apiVersion: 'v1', kind: 'Namespace', namespace, name: namespace, uid: '' };
    const channels = this.#channels.filter(({ name }) => to(this.#interestOf(name)));
    if (reason !== undefined) this.#send({ about: [about], reason, message, tell: 'people' }, channels);
  }

  #send(news: News, channels: readonly Channel[]): void {
    const { about, reason, message, why } = news;
    const { clock, settings } = this.#config;
    const at = clock.now();
    const hash = createHash('sha256')
      .update(JSON.stringify([at, reason, about, message]))
      .digest('hex')
      .slice(0, 32);
    const id = `${reason}/${hash}`;
    const needs = this.#needs(news) ? 'people' : 'nobody';
    const body = JSON.stringify({
      version: CALL_VERSION,
      id,
      reason,
      ...given({ stage: stageOf(news) }),
      needs,
      at: toMicroTime(at),
      about,
      text: [`${reason}: ${message}`, ...(why === undefined ? [] : [why])].map(printable).join('\n\n'),
    });
    const namespace = namespaceOf({ about });
    for (const channel of channels) {
      const globs = settings.grants?.[channel.name];
      if (globs === undefined || globs.some((glob) => matchesGlob(glob, namespace)))
        channel.add({ id, namespace, reason, body, at, needs });
    }
  }
}

/** Whether it closes what a channel of this interest may have opened. */
const closes = (interest: Interest, { reason, ends }: News): boolean =>
  (interest === 'ends' && ends !== undefined) || (interest === 'healing' && HEALING_ENDS.has(reason));

const follows = (interest: Interest, news: News): boolean =>
  (interest === 'episodes' && stageOf(news) !== undefined) ||
  (interest === 'healing' && news.reason === 'HealingStarted');

/** Of the action or the target, which come first. */
const namespaceOf = ({ about }: Pick<News, 'about'>): string => about[0]?.namespace ?? '';

class Channel {
  readonly name: string;
  readonly #config: NotificationsConfig;
  readonly #signal: AbortSignal;
  readonly #queue: Notice[] = [];
  #state: 'idle' | 'sending' = 'idle';

  constructor(name: string, config: NotificationsConfig, signal: AbortSignal) {
    this.name = name;
    this.#config = config;
    this.#signal = signal;
  }

  add(notice: Notice): void {
    if (this.#queue.length >= QUEUE_LIMIT && notice.needs === 'people') this.#makeRoom();
    if (this.#queue.length >= QUEUE_LIMIT)
      return this.#drop(notice, { why: 'QueueFull', message: `${QUEUE_LIMIT} wait already` });
    this.#queue.push(notice);
    if (this.#state === 'idle') void this.#sendAll();
  }

  /** The first one is under way. */
  #makeRoom(): void {
    const index = this.#queue.findIndex(({ needs }, at) => at > 0 && needs === 'nobody');
    const [dropped] = index < 0 ? [] : this.#queue.splice(index, 1);
    if (dropped !== undefined)
      this.#drop(dropped, {
        why: 'QueueFull',
        message: `${QUEUE_LIMIT} wait already, and what needs people goes first`,
      });
  }

  async #sendAll(): Promise<void> {
    this.#state = 'sending';
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      await this.#send(next);
      this.#queue.shift();
    }
    this.#state = 'idle';
  }

  async #send(notice: Notice): Promise<void> {
    const { clock, endpoints, random, observer, untold } = this.#config;
    for (let attempt = 1; !this.#signal.aborted; attempt++) {
      const answer = await endpoints.send({ endpoint: this.name, body: notice.body, idempotencyKey: notice.id });
      if (answer.kind === 'answered' && answer.status < 300) {
        untold.delivered(this.name);
        return observer.notified(this.name);
      }
      const message = answer.kind === 'answered' ? `it answered ${answer.status}` : answer.message;
      if (!passes(answer)) return this.#drop(notice, { why: 'Refused', message });
      const asked = answer.kind === 'answered' ? (answer.retryAfterMs ?? 0) : 0;
      const due = clock.now() + Math.max(backoffDelay(BACKOFF, attempt, random()), asked);
      if (due > notice.at + TELL_FOR_MS) return this.#drop(notice, { why: 'TooLate', message });
      if (attempt >= FAILING_ATTEMPTS && notice.needs === 'people')
        untold.failed(this.name, { namespace: notice.namespace, message: `${message}; it is tried again for an hour` });
      await sleepUntil(clock, due, this.#signal);
    }
    this.#drop(notice, { why: 'Stopped', message: 'the operator stops' });
  }

  #drop(notice: Notice, { why, message }: { readonly why: DropReason; readonly message: string }): void {
    const { logger, observer, untold } = this.#config;
    const { reason, namespace, needs } = notice;
    if (needs === 'people' && why !== 'Stopped')
      untold.failed(this.name, { namespace, message: `${message}; people were not told of ${reason}` });
    observer.notificationDropped(this.name, why);
    logger.warn(
      { channel: this.name, reason, why, error: message },
      'nobody was told through this channel; the Event says the same',
    );
  }
}

const passes = (answer: EndpointAnswer): boolean =>
  answer.kind === 'failed' || answer.status >= 500 || PASSING.has(answer.status);
