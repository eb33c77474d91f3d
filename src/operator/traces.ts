/**
 * Tells the spans of episodes as they end: out of each commit to an action, out of each status of a policy, and of each
 * request that was sent. What is told follows from the record; what is remembered here only keeps a root from being
 * told twice, or while the cache does not show yet that its last action has ended.
 */
import { isTerminal, type Phase, type PlannedRequest } from '../api/action-status.ts';
import type { HealingAction } from '../api/parse-action.ts';
import type { PolicyStatus } from '../api/policy-status.ts';
import type { Reply } from '../core/action/refusals.ts';
import { resultOf } from '../core/action/refusals.ts';
import { actionSpans, endedBetween, requestSpan } from '../core/trace/action-spans.ts';
import {
  type ActionOfEpisode,
  type EndedEpisode,
  endedWithAction,
  endedWithStatus,
  episodeSpan,
} from '../core/trace/episode-spans.ts';
import { type EpisodeIdentity, episodeOfAction, traceOfEpisode } from '../core/trace/span.ts';
import type { CacheView } from '../kube/cache.ts';
import { requestWords } from '../kube/request-words.ts';
import { type Instant, fromTimestamp } from '../std/clock.ts';
import type { ActionStore } from './action-store.ts';
import type { History } from './history.ts';
import type { SpanSink } from './ports.ts';
import type { PolicyBook, PolicyEntry } from './target/policy-book.ts';

/**
 * A watch shows a commit within a second, and at most some hundred actions end in it: each UID has long been shown
 * when its place is needed.
 */
const MAX_REMEMBERED = 1000;

/**
 * A process that is killed loses what it has not exported: a batch goes every five seconds, and another process leads
 * within 20 s. What ended in the minute before, and what has ended of actions under way, is told again with the same
 * ids.
 */
const AGAIN_MS = 60_000;

export interface TracesConfig {
  readonly sink: SpanSink;
  readonly history: Pick<History, 'onTarget'>;
  readonly book: Pick<PolicyBook, 'get'>;
  readonly actions: Pick<ActionStore, 'parse'>;
}

export class Traces {
  readonly #sink: SpanSink;
  readonly #history: TracesConfig['history'];
  readonly #book: TracesConfig['book'];
  readonly #actions: TracesConfig['actions'];
  /** By UID: how actions have ended that the cache may still show as they were before. */
  readonly #ended = new Map<string, Phase>();
  readonly #told = new Map<string, 'root'>();

  constructor({ sink, history, book, actions }: TracesConfig) {
    this.#sink = sink;
    this.#history = history;
    this.#book = book;
    this.#actions = actions;
  }

  /** The status of an action was written. */
  committed(before: HealingAction, after: HealingAction): void {
    const spans = endedBetween(before, after, this.#decidedSince(after));
    if (spans.length > 0) this.#sink.ended(spans);
    if (!isTerminal(after.phase)) return;
    remember(this.#ended, after.uid, after.phase);
    this.#tellRootOf(after);
  }

  /** The status of a policy was written; its entry has the targets as they are now. */
  statusWritten(entry: PolicyEntry, before: PolicyStatus, after: PolicyStatus): void {
    const ended = endedWithStatus({
      policyUid: entry.uid,
      policy: entry.key,
      before,
      after,
      isOpen: (episode) => isOpenIn(entry, episode),
      actionsOf: (episode) => this.#actionsOf(episode),
    });
    for (const episode of ended) this.#tell(episode);
  }

  /** A request that may change something was sent, and what came back. */
  sent(
    action: HealingAction,
    request: Pick<PlannedRequest, 'method' | 'path' | 'endpoint'>,
    { reply, sentAt, answeredAt }: { readonly reply: Reply; readonly sentAt: Instant; readonly answeredAt: Instant },
  ): void {
    const { method, endpoint } = request;
    const { verb, resource } = requestWords(request);
    const [path = ''] = request.path.split('?');
    const called = { name: 'call endpoint', path: `endpoint:${endpoint ?? ''}` };
    const named = endpoint === undefined ? { name: `${verb} ${resource}`, path } : called;
    this.#sink.ended([requestSpan(action, { ...named, method, sentAt, answeredAt, result: resultOf(reply) })]);
  }

  /** What has ended of actions that are under way, or that ended shortly before this process began. */
  again(actions: Pick<CacheView, 'list'>, now: Instant): void {
    for (const object of actions.list()) {
      const { action } = this.#actions.parse(object);
      if (action === undefined) continue;
      const endedAt = fromTimestamp(action.status.completionTime);
      const isOver = isTerminal(action.phase);
      if (isOver && (endedAt === undefined || endedAt < now - AGAIN_MS)) continue;
      this.#sink.ended(actionSpans(action, this.#decidedSince(action)));
      if (isOver) this.#tellRootOf(action);
    }
  }

  #tellRootOf(action: HealingAction): void {
    const ended = endedWithAction(action);
    if (ended === undefined) return;
    const entry = this.#book.get(ended.policy);
    const isOpen = entry?.uid === ended.policyUid && (isOpenIn(entry, ended) || standsIn(entry, ended));
    if (!isOpen) this.#tell(ended);
  }

  #tell(episode: EndedEpisode): void {
    const id = traceOfEpisode(episode);
    if (this.#told.has(id)) return;
    remember(this.#told, id, 'root');
    this.#sink.ended([episodeSpan(episode)]);
  }

  #actionsOf({ policyUid, targetUid, startedAt }: EpisodeIdentity): readonly ActionOfEpisode[] {
    return this.#history
      .onTarget(targetUid)
      .filter((past) => past.policyUid === policyUid && past.episodeStart === startedAt)
      .map(({ uid, phase, dryRun }) => ({ phase: this.#ended.get(uid) ?? phase, dryRun }));
  }

  /** When the action before it in its episode ended. */
  #decidedSince(action: HealingAction): Instant | undefined {
    const episode = episodeOfAction(action);
    if (episode === undefined || (action.spec.episode?.step ?? 0) === 0) return undefined;
    const ends = this.#history
      .onTarget(episode.targetUid)
      .filter(({ policyUid, episodeStart }) => policyUid === episode.policyUid && episodeStart === episode.startedAt)
      .filter(({ uid, createdAt }) => uid !== action.uid && createdAt <= (action.createdAt ?? 0))
      .flatMap(({ completedAt }) => completedAt ?? []);
    return ends.length === 0 ? undefined : Math.max(...ends);
  }
}

/** An episode that is given up is told out of the status. */
const isOpenIn = (entry: PolicyEntry, { targetUid, startedAt }: EpisodeIdentity): boolean =>
  [...entry.openOn(targetUid)].some((id) => {
    const view = entry.targets.get(id);
    return view?.ref.uid === targetUid && view.state.startedAt === startedAt;
  });

/** Until the status has been written without it, which tells its end. */
const standsIn = (entry: PolicyEntry, { targetUid, startedAt }: EpisodeIdentity): boolean =>
  fromTimestamp(entry.episode(targetUid)?.startedAt) === startedAt;

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  const oldest = map.size < MAX_REMEMBERED ? undefined : map.keys().next().value;
  if (oldest !== undefined) map.delete(oldest);
  map.set(key, value);
}
