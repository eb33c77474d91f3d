/** PromQL for the operator: the language, the embedded source, and the servers that its configuration names. */
import type { MetricProblem } from '../../api/compile-trigger.ts';
import { EMBEDDED_SOURCE } from '../../api/metric-source-schema.ts';
import type { MetricFeeds, MetricSource, MetricsProvider } from '../../operator/ports.ts';
import { confine, type Expr, format, leavesOut, parse, ParseError, selectorsOf, typeOf } from '../../promql/index.ts';
import type { Clock } from '../../std/clock.ts';
import { EMBEDDED_DEFAULTS, EmbeddedSource } from './embedded/embedded-source.ts';
import type { KubeletMetrics } from './embedded/kubelet-poller.ts';
import { familiesOf } from './embedded/requirements.ts';
import { missingTarget } from './query-target.ts';

export interface ProviderSettings {
  readonly clock: Clock;
  readonly intervalMs?: number;
  /** By name; the first is the default. Without any the embedded source is. */
  readonly servers?: ReadonlyMap<string, MetricSource>;
  /** What the embedded source asks kubelets for. */
  readonly kubelets?: KubeletMetrics | 'off';
}

export function metricsProvider({
  clock,
  intervalMs = EMBEDDED_DEFAULTS.intervalMs,
  servers = new Map(),
  kubelets = 'off',
}: ProviderSettings): MetricsProvider {
  return {
    check: ({ query, target }) => checkQuery(query, target),
    confine: confineQuery,
    absence: (query) => (leavesOut(parse(query)) ? 'false' : 'unknown'),
    open: ({ objects, usage, kubelets: feed }: MetricFeeds) => {
      const asked = kubelets === 'off' ? {} : { kubelets: { feed, metrics: kubelets } };
      const embedded = new EmbeddedSource({ clock, objects, usage, ...asked }, { ...EMBEDDED_DEFAULTS, intervalMs });
      return new Map<string, MetricSource>([...servers, [EMBEDDED_SOURCE, embedded]]);
    },
  };
}

function checkQuery(
  query: string,
  target: Parameters<MetricsProvider['check']>[0]['target'],
): MetricProblem | undefined {
  let expr: Expr;
  try {
    expr = parse(query);
  } catch (error) {
    if (error instanceof ParseError) return { reason: 'InvalidQuery', message: error.message };
    throw error;
  }
  const type = typeOf(expr);
  if (type !== 'vector' && type !== 'scalar')
    return {
      reason: 'InvalidQuery',
      message: `the query answers a ${type}; a trigger compares an instant vector or a scalar`,
    };
  const missing = missingTarget(expr, target);
  return missing === undefined ? undefined : { reason: 'NoTarget', message: missing };
}

/**
 * Families of which no series lies in a namespace: bound to one they would be empty for ever, and that looks like
 * health.
 */
const OF_THE_CLUSTER = /^(?:node_|machine_|kube_node_|kube_persistentvolume_|kube_storageclass_)/;

const confineQuery: MetricsProvider['confine'] = (query, namespaces) => {
  const expr = parse(query);
  const family = selectorsOf(expr)
    .flatMap((selector) => familiesOf(selector) ?? [])
    .find((name) => OF_THE_CLUSTER.test(name));
  if (family !== undefined) return { refused: `the series of ${family} lie in no namespace` };
  return { query: format(confine(expr, { label: 'namespace', values: namespaces })) };
};
