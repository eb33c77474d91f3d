/** PromQL for the operator: the language, the embedded source, and the servers that its configuration names. */
import type { MetricProblem } from '../../api/compile-trigger.ts';
import { type MetricAllowLists, NOTHING_ALLOWED } from '../../api/metric-allow-lists.ts';
import { EMBEDDED_SOURCE } from '../../api/metric-source-schema.ts';
import type { MetricFeeds, MetricSource, MetricsProvider } from '../../operator/ports.ts';
import {
  callsOf,
  confine,
  type Expr,
  format,
  leavesOut,
  parse,
  ParseError,
  type PatternAllowance,
  selectorsOf,
  typeOf,
} from '../../promql/index.ts';
import { EMBEDDED_DEFAULTS, EmbeddedSource } from './embedded/embedded-source.ts';
import type { KubeletMetrics } from './embedded/kubelet-poller.ts';
import { familiesOf } from './embedded/requirements.ts';
import { missingTarget } from './query-target.ts';

export interface ProviderSettings {
  readonly intervalMs?: number;
  /** By name; the first is the default. Without any the embedded source is. */
  readonly servers?: ReadonlyMap<string, MetricSource>;
  /** What the embedded source asks kubelets for. */
  readonly kubelets?: KubeletMetrics | 'off';
  /** Which labels and annotations the embedded source makes into series. */
  readonly allowed?: MetricAllowLists;
}

export function metricsProvider({
  intervalMs = EMBEDDED_DEFAULTS.intervalMs,
  servers = new Map(),
  kubelets = 'off',
  allowed = NOTHING_ALLOWED,
}: ProviderSettings = {}): MetricsProvider {
  return {
    check: checkQuery,
    confine: confineQuery,
    families: familiesOfQuery,
    absence: (query) => (leavesOut(parse(query)) ? 'false' : 'unknown'),
    open: ({ clock, objects, usage, kubelets: feed }: MetricFeeds) => {
      const asked = kubelets === 'off' ? {} : { kubelets: { feed, metrics: kubelets } };
      const embedded = new EmbeddedSource(
        { clock, objects, usage, allowed, ...asked },
        { ...EMBEDDED_DEFAULTS, intervalMs },
      );
      return new Map<string, MetricSource>([...servers, [EMBEDDED_SOURCE, embedded]]);
    },
  };
}

const RELABELS: ReadonlySet<string> = new Set(['label_replace', 'label_join', 'count_values']);

/** Undefined also for a query that cannot be read, and for one that does not say which families it reads. */
export function familiesOfQuery(query: string): readonly string[] | undefined {
  try {
    const expr = parse(query);
    const families = selectorsOf(expr).map(familiesOf);
    const isPlain = !callsOf(expr).some(({ func }) => RELABELS.has(func.name)) && !query.includes('count_values');
    return isPlain && families.every((names) => names !== undefined) ? families.flat() : undefined;
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}

function checkQuery(
  { query, target }: Parameters<MetricsProvider['check']>[0],
  patterns: PatternAllowance,
): MetricProblem | undefined {
  let expr: Expr;
  try {
    expr = parse(query, patterns);
  } catch (error) {
    if (error instanceof ParseError) return { reason: error.code, message: error.message };
    throw error;
  }
  const large = tooExpensive(expr);
  if (large !== undefined) return { reason: 'TooExpensive', message: large };
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
 * Public rules have at most a dozen selectors and thirty matchers. Each selector may read every series of its family.
 * The sizes of patterns are counted by the parser, before it compiles them.
 */
const MAX_SELECTORS = 32;
const MAX_MATCHERS = 128;
/** What of it is beyond what one query may ask for. */
function tooExpensive(expr: Expr): string | undefined {
  const selectors = selectorsOf(expr);
  const matchers = selectors.flatMap((selector) => selector.matchers);
  const figures: readonly (readonly [what: string, has: number, max: number])[] = [
    ['selectors', selectors.length, MAX_SELECTORS],
    ['matchers', matchers.length, MAX_MATCHERS],
  ];
  const over = figures.find(([, has, max]) => has > max);
  return over && `the query has ${over[1]} ${over[0]}; at most ${over[2]} are allowed`;
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
