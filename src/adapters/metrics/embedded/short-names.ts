/**
 * The names that policies of the first KubeSkippy use. It had no series for them, so that none has a meaning that could
 * be kept: a query that has one is refused, with the query that asks for what the name promises. Those that are
 * answered all the same (`cpu_usage_percent`, `memory_usage_percent`, `memory_usage_bytes`) are in the registry.
 */
export interface ShortName {
  /** What is meant by it, for the page on rules. */
  readonly means: string;
  /** A query that asks for it; absent: no series can say it. */
  readonly query?: string;
  /** Who has the series. */
  readonly source: 'embedded' | 'a Prometheus that scrapes the application' | 'none';
}

const OF_APPLICATIONS = 'a Prometheus that scrapes the application' as const;
const ERRORS = 'sum by (namespace, pod) (rate(http_requests_total{code=~"5.."}[5m]))';
const ERROR_SHARE = `100 * ${ERRORS} / sum by (namespace, pod) (rate(http_requests_total[5m]))`;

export const SHORT_NAMES: Readonly<Record<string, ShortName>> = {
  node_cpu: {
    means: 'share of the CPU of a node that is used, in percent',
    query: '100 * rate(node_cpu_usage_seconds_total[5m]) / on (node) kube_node_status_capacity{resource="cpu"}',
    source: 'embedded',
  },
  availability_percent: {
    means: 'share of the wanted replicas that are available, in percent',
    query: '100 * kube_deployment_status_replicas_available / kube_deployment_spec_replicas',
    source: 'embedded',
  },
  memory_usage_trend_5m: {
    means: 'growth of the memory that a pod uses, in bytes a second',
    query: 'deriv(pod_memory_working_set_bytes[5m])',
    source: 'embedded',
  },
  cpu_oscillation_amplitude_trend: {
    means: 'how far the CPU that a pod uses swings around its mean, in cores',
    query: 'stddev_over_time(rate(pod_cpu_usage_seconds_total[1m])[15m:1m])',
    source: 'embedded',
  },
  error_rate: { means: 'failed requests a second', query: ERRORS, source: OF_APPLICATIONS },
  error_rate_percent: { means: 'share of requests that fail, in percent', query: ERROR_SHARE, source: OF_APPLICATIONS },
  error_rate_trend_3m: {
    means: 'growth of the failed requests a second',
    query: `deriv(${ERRORS}[3m:15s])`,
    source: OF_APPLICATIONS,
  },
  correlation_risk_score: {
    means: 'a score without a definition; ask for what it was meant to sum up',
    source: 'none',
  },
  system_health_score: { means: 'a score without a definition; ask for what it was meant to sum up', source: 'none' },
};

/** How a query that has the name can be written; empty for other names. */
export function replacementFor(family: string): string {
  const known = Object.hasOwn(SHORT_NAMES, family) ? SHORT_NAMES[family] : undefined;
  if (known === undefined) return '';
  const { means, query, source } = known;
  if (query === undefined) return `: it was ${means}`;
  const where = source === 'embedded' ? '' : `, of ${source}`;
  return `; for the ${means}, write ${query}${where}`;
}
