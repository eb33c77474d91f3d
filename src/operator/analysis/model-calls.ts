/**
 * Questions to the model, beside the laps: a lap hands one in and goes on, and is woken when there is an answer.
 *
 *     handed in ─▶ known by its evidence? ─yes─▶ answer
 *                   └no─▶ budget, breaker, room? ─no─▶ the rules alone, counted by why
 *                          └yes─▶ queue ─▶ asked (─▶ asked to disprove it) ─▶ guards ─▶ answer, or the rules alone
 *
 * The queue is served by namespace in turns; where it is full, the namespace with the most gives a place to another.
 * Each episode is asked for once. All that is kept here may be lost by a restart: then an episode is asked for again,
 * and nothing else changes.
 */
import { type Advice, afterDisproof, judged, type Judged, type Terms } from '../../core/analysis/answer.ts';
import { disproofOf, type Question, questionOf } from '../../core/analysis/question.ts';
import type { Clock, Instant } from '../../std/clock.ts';
import { ByNamespace } from './by-namespace.ts';
import type { CallLimits, Model, NoAdvice, NotAsked, OperatorObserver } from '../ports.ts';

export type CallResult = { readonly advice: Advice } | { readonly failure: NoAdvice };

export interface ModelCall {
  /** The name of the first action that the episode would have: the same after a restart. */
  readonly episode: string;
  /** Of the evidence: equal evidence has one answer. */
  readonly digest: string;
  readonly terms: Terms;
  readonly check: 'once' | 'verified';
}

/** 200 episodes a day with 5,000 tokens each: more means that something else is wrong. */
export const DEFAULT_CALL_LIMITS: CallLimits = { concurrent: 1, tokensPerDay: 1_000_000 };

/** Half an hour of questions at a minute each: later answers come too late. */
const MAX_QUEUED = 30;
/** More than are open at once in a cluster that can still be healed; each holds one bundle's worth of evidence. */
const MAX_KEPT = 500;
/** Three failures in a row are no accident; ten minutes are a restart of a server with its model. */
const FAILURES_TO_OPEN = 3;
const OPEN_MS = 10 * 60_000;
const DAY_MS = 86_400_000;
/** Before an answer tells how many they were. A byte is at most one token, and three are one as a rule. */
const BYTES_PER_TOKEN = 3;

/** What tells of a server that is not there or not well; the rest tells of one question. */
const DOWN: ReadonlySet<NoAdvice> = new Set(['unreachable', 'noSuchModel', 'overloaded', 'serverRefused', 'late']);

export interface ModelCallsDependencies {
  readonly model: Model;
  readonly clock: Clock;
  readonly limits: CallLimits;
  readonly observer: Pick<OperatorObserver, 'modelAsked' | 'modelTokens'>;
  /** An answer is there: the lap of the episode may look. */
  readonly onAnswer: (episode: string) => void;
  /** Ends with the operator. */
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly waitsSince: Instant;
}

export class ModelCalls {
  readonly #own: ModelCallsDependencies;
  readonly #byEpisode = new Map<string, CallResult | Waiting>();
  readonly #byEvidence = new Map<string, CallResult>();
  readonly #queue = new ByNamespace<ModelCall>();
  #running = 0;
  #day = 0;
  #spent = 0;
  #failures = 0;
  #openUntil: Instant = 0;

  constructor(dependencies: ModelCallsDependencies) {
    this.#own = dependencies;
  }

  /** Undefined while there is no answer. Never throws; returns at once. */
  resultOf(call: ModelCall): CallResult | undefined {
    const known = this.#byEpisode.get(call.episode);
    if (known !== undefined) return 'waitsSince' in known ? undefined : known;
    const cached = this.#byEvidence.get(evidenceKey(call));
    if (cached !== undefined) {
      this.#own.observer.modelAsked('cached');
      return this.#keep(call.episode, cached);
    }
    const failure = this.#obstacle(call) ?? (this.#makeRoom(call) ? undefined : 'queueFull');
    if (failure !== undefined) return this.#notAsked(call, failure);
    remember(this.#byEpisode, call.episode, { waitsSince: this.#own.clock.now() });
    this.#queue.put(namespaceOf(call), call.episode, call);
    this.#next();
    return undefined;
  }

  /** Since when the answer for an episode is waited for; undefined where none is. */
  waitingSince(episode: string): Instant | undefined {
    const known = this.#byEpisode.get(episode);
    return known !== undefined && 'waitsSince' in known ? known.waitsSince : undefined;
  }

  #obstacle(call: ModelCall): NotAsked | undefined {
    const now = this.#own.clock.now();
    if (now < this.#openUntil) return 'modelDown';
    if (this.#spentOn(now) + estimate(questionOf(call.terms.inquiry)) > this.#own.limits.tokensPerDay)
      return 'budgetSpent';
    return undefined;
  }

  #makeRoom(call: ModelCall): boolean {
    if (this.#queue.size < MAX_QUEUED) return true;
    const giver = this.#queue.giver(namespaceOf(call));
    const last = giver === undefined ? undefined : this.#queue.lastOf(giver);
    if (last === undefined) return false;
    this.#queue.delete(namespaceOf(last), last.episode);
    this.#notAsked(last, 'queueFull');
    this.#own.onAnswer(last.episode);
    return true;
  }

  #notAsked({ episode }: ModelCall, failure: NotAsked): CallResult {
    this.#own.observer.modelAsked(failure);
    return this.#keep(episode, { failure });
  }

  #keep(episode: string, result: CallResult): CallResult {
    remember(this.#byEpisode, episode, result);
    return result;
  }

  #next(): void {
    while (this.#running < this.#own.limits.concurrent) {
      const call = this.#queue.shift();
      if (call === undefined) return;
      this.#running++;
      void this.#answer(call).finally(() => {
        this.#running--;
        this.#next();
      });
    }
  }

  async #answer(call: ModelCall): Promise<void> {
    // What stood in the queue may have lost its budget or its server in the meantime.
    const failure = this.#obstacle(call);
    const result = failure === undefined ? await this.#asked(call) : { failure };
    // The operator ends, and so does all that would read it.
    if (result === undefined) return;
    this.#own.observer.modelAsked('advice' in result ? 'advice' : result.failure);
    // What came of the server's state is not the answer to this evidence.
    if ('advice' in result) remember(this.#byEvidence, evidenceKey(call), result);
    this.#keep(call.episode, result);
    this.#own.onAnswer(call.episode);
  }

  async #asked({ terms, check }: ModelCall): Promise<CallResult | undefined> {
    const first = await this.#ask(questionOf(terms.inquiry), (raw) => judged(raw, terms));
    if (check === 'once' || first === undefined || 'failure' in first) return first;
    const { advice } = first;
    return this.#ask(disproofOf(terms.inquiry, advice), (raw) => afterDisproof(advice, raw, terms));
  }

  async #ask(question: Question, judge: (raw: string) => Judged): Promise<CallResult | undefined> {
    const { model, clock, signal, observer } = this.#own;
    const reserved = estimate(question);
    this.#spend(reserved, clock.now());
    const reply = await model.ask(question, signal).catch((error: unknown) => {
      if (signal.aborted) return undefined;
      throw error;
    });
    if (reply === undefined) return undefined;
    if (reply.kind === 'failed') {
      this.#failures = DOWN.has(reply.failure) ? this.#failures + 1 : 0;
      if (this.#failures >= FAILURES_TO_OPEN) this.#openUntil = clock.now() + OPEN_MS;
      observer.modelTokens(reserved);
      return { failure: reply.failure };
    }
    this.#failures = 0;
    // A server that counts nothing does not make its tokens free.
    const used = Math.max(reserved, reply.tokens.prompt + reply.tokens.answer);
    this.#spend(used - reserved, clock.now());
    observer.modelTokens(used);
    return judge(question.restored(reply.text));
  }

  #spentOn(now: Instant): number {
    return Math.floor(now / DAY_MS) === this.#day ? this.#spent : 0;
  }

  #spend(tokens: number, now: Instant): void {
    this.#spent = this.#spentOn(now) + tokens;
    this.#day = Math.floor(now / DAY_MS);
  }
}

const namespaceOf = ({ terms }: ModelCall): string => terms.inquiry.target.namespace ?? '';

const estimate = ({ system, prompt }: Question): number =>
  Math.ceil(Buffer.byteLength(system + prompt) / BYTES_PER_TOKEN);

/** The same evidence judged by other terms is another answer. */
const evidenceKey = ({ digest, check, terms: { inquiry, minConfidence } }: ModelCall): string =>
  JSON.stringify([digest, check, minConfidence, inquiry.names, inquiry.actions]);

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > MAX_KEPT && oldest !== undefined) map.delete(oldest);
}
