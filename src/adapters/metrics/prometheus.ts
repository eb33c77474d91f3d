/**
 * Any server that speaks Prometheus' HTTP API: Prometheus, Thanos, Mimir, VictoriaMetrics.
 * https://prometheus.io/docs/prometheus/latest/querying/api/ Partial answers are asked not to be given and, where given
 * all the same, are Unknown.
 */
import { type Backoff, backoffDelay } from '../../std/backoff.ts';
import type { Clock, Instant } from '../../std/clock.ts';
import type { Prng } from '../../std/prng.ts';
import { Circuit } from './circuit.ts';
import { type HttpAnswer, ExchangeError, exchange, type TlsIdentity } from './http-exchange.ts';
import { readAnswer } from './prometheus-answer.ts';
import { type MetricResult, type MetricSource, unknown } from './source.ts';

export type Authentication =
  | { readonly type: 'none' }
  /** Secrets are read for every request, since mounted ones rotate. */
  | { readonly type: 'basic'; readonly username: string; readonly password: () => Promise<string> }
  | { readonly type: 'bearer'; readonly token: () => Promise<string> };

export interface PrometheusSettings {
  /** Up to before `/api/v1`: `https://mimir.example/prometheus`. */
  readonly url: string;
  readonly authentication: Authentication;
  /** A client certificate here is mTLS. */
  readonly tls?: () => Promise<TlsIdentity>;
  /** `X-Scope-OrgID` for Mimir and the like. */
  readonly tenant?: { readonly header: string; readonly value: string };
  readonly timeoutMs: number;
  /** Tries beyond the first; a query changes nothing, so repeating it is safe. */
  readonly retries: number;
  readonly maxBytes: number;
}

/** Ten seconds is within the evaluation interval of 15 s; 32 MB hold 100,000 series with 300 characters of labels. */
export const PROMETHEUS_DEFAULTS = {
  authentication: { type: 'none' },
  timeoutMs: 10_000,
  retries: 2,
  maxBytes: 32 * 2 ** 20,
} as const;

const BACKOFF: Backoff = { baseMs: 200, multiplier: 3, maxMs: 2000, jitter: 0.5 };
/** Answers of proxies and of servers that are starting, overloaded or restarting. */
const TRANSIENT: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

export interface PrometheusDependencies {
  readonly clock: Clock;
  readonly random: Prng;
}

export class PrometheusSource implements MetricSource {
  readonly #settings: PrometheusSettings;
  readonly #clock: Clock;
  readonly #random: Prng;
  readonly #circuit = new Circuit();

  constructor(settings: PrometheusSettings, { clock, random }: PrometheusDependencies) {
    this.#settings = settings;
    this.#clock = clock;
    this.#random = random;
  }

  async query(promql: string, at: Instant, signal: AbortSignal): Promise<MetricResult> {
    signal.throwIfAborted();
    const closedAt = this.#circuit.enter(this.#clock.now());
    if (closedAt !== undefined)
      return unknown('SourceDown', `${this.#settings.url} did not answer before; tried again in a moment`);
    // Thanos and VictoriaMetrics would leave out stores that are down; others ignore the parameters.
    const body = new URLSearchParams({
      query: promql,
      time: (at / 1000).toFixed(3),
      timeout: `${this.#settings.timeoutMs}ms`,
      partial_response: 'false',
      deny_partial_response: '1',
    });
    const answer = await this.#withinTime(body.toString(), signal);
    if (answer instanceof ExchangeError) {
      if (signal.aborted) {
        this.#circuit.succeeded();
        throw signal.reason;
      }
      if (answer.code === 'TooLarge') {
        this.#circuit.succeeded();
        return unknown('Failed', answer.message);
      }
      this.#circuit.failed(this.#clock.now());
      return unknown(
        'SourceDown',
        answer.code === 'Cancelled' ? `no answer within ${this.#settings.timeoutMs} ms` : answer.message,
      );
    }
    const result = readAnswer(answer);
    if (result.type === 'unknown' && result.reason === 'SourceDown') this.#circuit.failed(this.#clock.now());
    else this.#circuit.succeeded();
    return result;
  }

  /** All tries together take at most the time-out. */
  async #withinTime(body: string, signal: AbortSignal): Promise<HttpAnswer | ExchangeError> {
    const late = new AbortController();
    const done = new AbortController();
    const either = AbortSignal.any([signal, late.signal]);
    const timer = this.#clock.until(this.#clock.now() + this.#settings.timeoutMs, done.signal).then(
      () => late.abort(new Error('time-out')),
      () => undefined,
    );
    try {
      return await this.#tries(body, either);
    } finally {
      done.abort(new Error('answered'));
      await timer;
    }
  }

  async #tries(body: string, signal: AbortSignal): Promise<HttpAnswer | ExchangeError> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#once(body, signal);
      const isTransient =
        answer instanceof ExchangeError ? answer.code === 'Unreachable' : TRANSIENT.has(answer.status);
      if (!isTransient || attempt > this.#settings.retries || signal.aborted) return answer;
      const wait = backoffDelay(BACKOFF, attempt, this.#random.float());
      const isCut = await this.#clock.until(this.#clock.now() + wait, signal).then(
        () => false,
        () => true,
      );
      if (isCut) return answer;
    }
  }

  async #once(body: string, signal: AbortSignal): Promise<HttpAnswer | ExchangeError> {
    const { url, tls, maxBytes } = this.#settings;
    try {
      const [headers, identity] = await Promise.all([this.#headers(), tls?.()]);
      return await exchange({
        url: new URL(`${url.replace(/\/$/, '')}/api/v1/query`),
        headers,
        body,
        tls: identity,
        maxBytes,
        signal,
      });
    } catch (error) {
      if (error instanceof ExchangeError) return error;
      const why = error instanceof Error ? error.message : String(error);
      return new ExchangeError(`could not send the query: ${why}`, 'Unreachable', error);
    }
  }

  async #headers(): Promise<Record<string, string>> {
    const { authentication, tenant } = this.#settings;
    const headers: Record<string, string> = {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    };
    if (tenant) headers[tenant.header.toLowerCase()] = tenant.value;
    if (authentication.type === 'basic') {
      const password = (await authentication.password()).replace(/\r?\n$/, '');
      headers['authorization'] = `Basic ${Buffer.from(`${authentication.username}:${password}`).toString('base64')}`;
    }
    if (authentication.type === 'bearer') headers['authorization'] = `Bearer ${(await authentication.token()).trim()}`;
    return headers;
  }
}
