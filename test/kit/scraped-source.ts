/** A server of metrics without a server: the cluster's page `/metrics`, scraped before every round into the storage that answers. */
import { ObjectSeries } from '../../src/adapters/metrics/embedded/object-series.ts';
import { unknown } from '../../src/adapters/metrics/source.ts';
import type { MetricResult, MetricSource } from '../../src/operator/ports.ts';
import { parse } from '../../src/promql/parser.ts';
import { evaluateInstant } from '../../src/promql/query.ts';
import { SeriesStore } from '../../src/promql/storage/series-store.ts';
import type { Sandbox } from '../../src/sandbox/index.ts';
import type { Instant } from '../../src/std/clock.ts';
import { readExposition } from './exposition-text.ts';

export async function pageOf(sandbox: Sandbox): Promise<string> {
  const { body } = await sandbox.transport().send({ method: 'GET', path: '/metrics' });
  if (body.form !== 'bytes') throw new Error('/metrics answers no text');
  const parts: Uint8Array[] = [];
  for await (const chunk of body.chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

export class ScrapedSource implements MetricSource {
  readonly #sandbox: Sandbox;
  readonly #store = new SeriesStore();
  readonly #series = new ObjectSeries(this.#store);

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  async beginRound(): Promise<void> {
    const page = readExposition(await pageOf(this.#sandbox));
    this.#store.tick(this.#sandbox.cluster.clock.now());
    this.#series.replace(
      'page',
      page.map(({ name, labels, value }) => ({ family: name, labels, value })),
    );
  }

  query(promql: string, atMs: Instant): Promise<MetricResult> {
    const result = evaluateInstant(parse(promql), this.#store, { atMs });
    if (result.type !== 'vector') return Promise.resolve(unknown('InvalidQuery', `the query answers a ${result.type}`));
    const samples = result.samples.map(({ labels, value }) => ({ labels: labels.toRecord(), value }));
    return Promise.resolve({ type: 'vector', samples, warnings: result.warnings });
  }
}
