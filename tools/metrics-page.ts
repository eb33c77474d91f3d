/** docs/reference/metrics.md: every series that `/metrics` of the operator has, out of the code that makes them. */
import { type MetricObjectWithValues, type MetricValue, Registry } from 'prom-client';
import type { Vitals } from '../src/operator/ports.ts';
import { operatorMetrics, processMetrics, recordingMetrics, tracingMetrics } from '../src/adapters/operator-metrics.ts';

export async function metricsPage(): Promise<string> {
  const registry = new Registry();
  operatorMetrics(registry).vitals(() => NOTHING);
  recordingMetrics(registry);
  tracingMetrics(registry);
  processMetrics(registry, { version: '', isLeader: () => false });
  const described = await registry.getMetricsAsJSON();
  const rows = described.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((metric) => rowOf(metric, registry));
  const parts = [
    '# Metrics of the operator',
    '',
    '<!-- Written by `make generate` from src/adapters/operator-metrics.ts. Do not edit. -->',
    '',
    'Series at `/metrics`, on the port that `metricsBindAddress` names. Reasons, phases and action types are words of [reasons.md](reasons.md) and',
    '[actions.md](actions.md). A histogram has `_bucket`, `_sum` and `_count`. Beside these there are the series of the process (`kubeskippy_process_*`) and of',
    'its engine (`kubeskippy_nodejs_*`).',
    '',
    '| name | type | labels | meaning |',
    '|---|---|---|---|',
    ...rows,
  ];
  return `${parts.join('\n')}\n`;
}

const NOTHING: Vitals = {
  queues: [],
  caches: [],
  policies: {},
  targets: { matched: 0, unhealthy: 0, unknown: 0 },
  firing: 0,
  withoutMetrics: 0,
  keptNodes: 0,
};

function rowOf({ name, help, type }: MetricObjectWithValues<MetricValue<string>>, registry: Registry): string {
  const { labelNames = [] } = (registry.getSingleMetric(name) ?? {}) as { readonly labelNames?: readonly string[] };
  return `| \`${name}\` | ${String(type)} | ${labelNames.map((label) => `\`${label}\``).join(', ')} | ${help} |`;
}
