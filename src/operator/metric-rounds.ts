/**
 * The evaluation of PromQL: a loop for each source, in which each distinct query is asked once an interval, for all
 * policies and targets together. An answer is kept until the next one; a target's lap reads from it the series that are
 * about the target.
 */
import type { HealingPolicy, MetricTrigger } from '../api/policy.ts';
import { sleepUntil } from '../kube/deadline.ts';
import type { Clock, Instant } from '../std/clock.ts';
import { MetricAnswer } from './metric-answer.ts';
import type { MetricResult, MetricSource, MetricsProvider } from './ports.ts';

/**
 * A remote server is asked this many queries at a time: enough to hide the way there, few enough to leave the server to
 * others.
 */
const PARALLEL = 4;
/**
 * Of each interval the queries of one namespace may take so much of this process: three namespaces that ask for all
 * they may still leave a quarter to the others.
 */
const NAMESPACE_SHARE = 1 / 4;
/** A longer silence is a hole: what happened in it is not known (api.md, Evaluation 2). */
export const MAX_MISSED_INTERVALS = 3;

export interface MetricRoundsConfig {
  readonly clock: Clock;
  readonly provider: MetricsProvider;
  readonly sources: ReadonlyMap<string, MetricSource>;
  readonly intervalMs: number;
  /** Told of each answer. Omitted: nobody counts. */
  readonly onAnswer?: (source: string, result: MetricResult) => void;
  /** After every round of a source. */
  readonly onRound: (source: string) => void;
}

export class MetricRounds {
  readonly #config: MetricRoundsConfig;
  /** By source, by query. */
  readonly #answers = new Map<string, Map<string, MetricAnswer>>();
  readonly #policies = new Map<string, readonly MetricTrigger[]>();
  readonly #default: string;

  constructor(config: MetricRoundsConfig) {
    this.#config = config;
    this.#default = [...config.sources.keys()][0] ?? '';
    for (const name of config.sources.keys()) this.#answers.set(name, new Map());
  }

  /** From now on the queries of this version of the policy are asked; undefined: the policy is gone. */
  policyChanged(key: string, policy: HealingPolicy | undefined): void {
    const triggers = (policy?.suspend === true ? [] : (policy?.triggers ?? [])).filter(
      (trigger) => trigger.type === 'metric',
    );
    if (triggers.length === 0) this.#policies.delete(key);
    else this.#policies.set(key, triggers);
  }

  sourceOf({ source }: Pick<MetricTrigger, 'source'>): string {
    return source ?? this.#default;
  }

  hasSource(name: string): boolean {
    return this.#config.sources.has(name);
  }

  /** Undefined: not evaluated yet. */
  answerTo(trigger: MetricTrigger): MetricAnswer | undefined {
    return this.#answers.get(this.sourceOf(trigger))?.get(trigger.query);
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#config.sources].map(([name, source]) => this.#loop({ name, source }, signal)));
  }

  async #loop(of: { readonly name: string; readonly source: MetricSource }, signal: AbortSignal): Promise<void> {
    const { clock, intervalMs } = this.#config;
    while (!signal.aborted) {
      const startedAt = clock.now();
      try {
        await this.#round(of, signal);
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
      // A round that took longer than the interval is followed by the next at once; a clock that was set back must not
      // stop the loop.
      if (!(await sleepUntil(clock, Math.min(startedAt, clock.now()) + intervalMs, signal))) return;
    }
  }

  async #round(
    { name, source }: { readonly name: string; readonly source: MetricSource },
    signal: AbortSignal,
  ): Promise<void> {
    const queries = this.#queriesOf(name);
    await source.beginRound?.([...queries.keys()], signal);
    const before = this.#answers.get(name) ?? new Map<string, MetricAnswer>();
    const after = new Map<string, MetricAnswer>();
    const waiting = [...queries];
    const shares = new Shares(source, this.#config.intervalMs * NAMESPACE_SHARE);
    const ask = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        const [query, namespace] = next;
        const at = this.#config.clock.now();
        const one = () => source.query(query, at, signal);
        const result = source.busyMs === undefined ? await one() : await shares.ask(namespace, one);
        this.#config.onAnswer?.(name, result);
        after.set(query, this.#answer({ query, at, before: before.get(query) }, result));
      }
    };
    // Beside each other, those in this process would keep their memory longer, and hide whose the time is.
    await Promise.all(Array.from({ length: source.busyMs === undefined ? PARALLEL : 1 }, ask));
    if (queries.size === 0 && before.size === 0) return;
    this.#answers.set(name, after);
    this.#config.onRound(name);
  }

  /** Each query with the namespace of the policy that asks it. Those of ordinary namespaces are bound to their own. */
  #queriesOf(source: string): ReadonlyMap<string, string> {
    const queries = new Map<string, string>();
    for (const [key, triggers] of this.#policies)
      for (const trigger of triggers)
        if (this.sourceOf(trigger) === source) queries.set(trigger.query, key.split('/', 1)[0] ?? '');
    return queries;
  }

  #answer(
    { query, at, before }: { readonly query: string; readonly at: Instant; readonly before: MetricAnswer | undefined },
    result: MetricAnswer['result'],
  ): MetricAnswer {
    const { provider, intervalMs } = this.#config;
    const maxGapMs = MAX_MISSED_INTERVALS * intervalMs;
    const wasBroken = before !== undefined && at - before.at > maxGapMs;
    const unbrokenSince = wasBroken ? at : before?.unbrokenSince;
    return new MetricAnswer({ at, goodUntil: at + maxGapMs, unbrokenSince, absence: provider.absence(query), result });
  }
}

/** The time of one round in this process, by namespace. */
class Shares {
  readonly #source: MetricSource;
  readonly #shareMs: number;
  readonly #spent = new Map<string, number>();

  constructor(source: MetricSource, shareMs: number) {
    this.#source = source;
    this.#shareMs = shareMs;
  }

  async ask(namespace: string, query: () => Promise<MetricResult>): Promise<MetricResult> {
    const spent = this.#spent.get(namespace) ?? 0;
    if (spent > this.#shareMs) {
      const message = `the queries of namespace ${namespace} have used up their share of this round: ${Math.round(this.#shareMs)} ms`;
      return { type: 'unknown', reason: 'Failed', message, warnings: [] };
    }
    const before = this.#source.busyMs ?? 0;
    const result = await query();
    this.#spent.set(namespace, spent + (this.#source.busyMs ?? 0) - before);
    return result;
  }
}
