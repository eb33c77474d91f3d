/**
 * `kubeskippy query '<promql>'`: what a query answers now, by the embedded source of the current cluster or by a
 * configured server.
 */
import type { MetricAllowLists } from '../../api/metric-allow-lists.ts';
import { configuredSources } from '../../adapters/metrics/configured-sources.ts';
import { metricsProvider } from '../../adapters/metrics/provider.ts';
import type { MetricResult, MetricSource } from '../../adapters/metrics/source.ts';
import { EMBEDDED_SOURCE } from '../../api/metric-source-schema.ts';
import { FIELD_MANAGER } from '../../api/names.ts';
import type { OperatorSettings } from '../../api/operator-config.ts';
import { CacheSet } from '../../kube/cache-set.ts';
import { KubeClient } from '../../kube/client.ts';
import { sleepUntil, withDeadline } from '../../kube/deadline.ts';
import { kubeletFeed, OperatorObjectFeed, usageFeed } from '../../operator/object-feed.ts';
import type { Clock, Instant } from '../../std/clock.ts';
import { Prng } from '../../std/prng.ts';
import { widthOf } from '../answer-form.ts';
import { CliError } from '../cli-error.ts';
import { checkServer, connect, type ConnectOptions, oneLine } from '../connect.ts';
import type { CliEnvironment } from '../environment.ts';
import { loadConfig } from '../load-config.ts';
import { renderJson, renderTable } from './format-result.ts';

export interface QueryOptions extends ConnectOptions {
  readonly output: 'table' | 'json';
  /** Omitted: the default one of the configuration. */
  readonly source?: string | undefined;
  readonly config?: string | undefined;
  readonly prometheusUrl?: string | undefined;
  /** How long the embedded source may sample the cluster for a query that looks back. */
  readonly waitMs: number;
}

/** Listing every pod of a large cluster takes a few seconds. */
const SYNC_TIMEOUT_MS = 30_000;

export async function runQuery(promql: string, options: QueryOptions, environment: CliEnvironment): Promise<void> {
  const { clock, signal, random, stdout } = environment;
  const flags = options.prometheusUrl === undefined ? {} : { prometheusUrl: options.prometheusUrl };
  const config = await loadConfig(options.config, flags);
  const servers = configuredSources(config.metricServers, { clock, random: new Prng(Math.floor(random() * 2 ** 32)) });
  const name = options.source ?? [...servers.keys()][0] ?? EMBEDDED_SOURCE;
  const server = servers.get(name);
  if (server === undefined && name !== EMBEDDED_SOURCE)
    throw new CliError(
      `the configuration has no metric source ${name}; it has ${[...servers.keys(), EMBEDDED_SOURCE].join(', ')}`,
      {
        exitCode: 2,
      },
    );
  const result =
    server === undefined
      ? await askEmbedded(
          promql,
          { ...options, intervalMs: config.evaluationIntervalMs, kubelets: config.kubeletMetrics, allowed: config },
          environment,
        )
      : await server.query(promql, clock.now(), signal);
  stdout.write(options.output === 'json' ? renderJson(result) : renderTable(result, widthOf(environment)));
  if (result.type === 'unknown') throw new CliError(hintOf(result));
}

const hintOf = ({ reason }: Extract<MetricResult, { type: 'unknown' }>): string =>
  reason === 'NotCovered'
    ? 'no answer; with --wait the cluster is sampled for as long as the query looks back'
    : 'no answer';

interface Sampling extends QueryOptions {
  readonly intervalMs: number;
  readonly kubelets: OperatorSettings['kubeletMetrics'];
  readonly allowed: MetricAllowLists;
}

async function askEmbedded(promql: string, options: Sampling, environment: CliEnvironment): Promise<MetricResult> {
  const { clock, signal, random } = environment;
  const { transport, server } = await connect(options, environment);
  const client = new KubeClient({ transport, clock, fieldManager: FIELD_MANAGER, userAgent: FIELD_MANAGER });
  await checkServer(client, { server, signal });
  const caches = new CacheSet({ client, prng: new Prng(Math.floor(random() * 2 ** 32)) });
  try {
    const feeds = {
      clock,
      objects: new OperatorObjectFeed(() => undefined, caches),
      usage: usageFeed(client),
      kubelets: kubeletFeed(client),
    };
    const source = metricsProvider({
      intervalMs: options.intervalMs,
      kubelets: options.kubelets,
      allowed: options.allowed,
    })
      .open(feeds)
      .get(EMBEDDED_SOURCE);
    if (source === undefined) throw new Error('there is always an embedded source');
    await source.beginRound?.([promql], signal);
    await allSynced(caches, { clock, signal });
    return await sampleUntilKnown(
      { source, promql, until: clock.now() + options.waitMs },
      { ...options, clock },
      signal,
    );
  } finally {
    await caches.stop();
  }
}

async function allSynced(caches: CacheSet, { clock, signal }: Pick<CliEnvironment, 'clock' | 'signal'>): Promise<void> {
  try {
    await withDeadline({ clock, timeoutMs: SYNC_TIMEOUT_MS, signal }, (either) => caches.synced(either));
  } catch (error) {
    if (signal.aborted) throw new CliError('interrupted', { cause: error });
    const missing = caches.health().filter(({ synced }) => !synced);
    const why = missing.map(
      (cache) => `${cache.resource}${cache.error === undefined ? '' : ` (${oneLine(cache.error)})`}`,
    );
    throw new CliError(`cannot list ${why.join(', ')}`, { cause: error });
  }
}

/** Rounds as the operator holds them, until the window is covered or the time is over. */
async function sampleUntilKnown(
  { source, promql, until }: { readonly source: MetricSource; readonly promql: string; readonly until: Instant },
  { clock, intervalMs }: { readonly clock: Clock; readonly intervalMs: number },
  signal: AbortSignal,
): Promise<MetricResult> {
  // Two samples of one millisecond would be one.
  for (let next = clock.now() + 1; ; next = Math.min(clock.now() + intervalMs, until)) {
    if (!(await sleepUntil(clock, next, signal))) throw new CliError('interrupted');
    await source.beginRound?.([promql], signal);
    const result = await source.query(promql, clock.now(), signal);
    if (result.type !== 'unknown' || result.reason !== 'NotCovered' || clock.now() >= until) return result;
  }
}
