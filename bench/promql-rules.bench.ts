/**
 * 10,000 pods with what belongs to them, under 100 distinct rules over the embedded source: the queries of
 * `examples/metrics` that it can answer, each for the whole cluster and again for a few namespaces. CPU of a round,
 * memory of what is kept. `NODE_OPTIONS=--expose-gc tsx bench/promql-rules.bench.ts`
 */
import type { KubeObject } from '../src/shapes/kube.ts';
import { EmbeddedSource } from '../src/adapters/metrics/embedded/embedded-source.ts';
import type { ObjectChange } from '../src/operator/ports.ts';
import { children, type Expr, parse, type VectorSelector } from '../src/promql/index.ts';
import { systemClock, toTimestamp, VirtualClock } from '../src/std/clock.ts';
import { Prng } from '../src/std/prng.ts';
import { exampleRules } from '../test/kit/example-rules.ts';
import { podMetricsOf, podOf, populationOf } from './rules-population.ts';

const PODS = 10_000;
const RULES = 100;
/** Pods that change between two rounds: one in a hundred. */
const CHANGED = 100;
/** Half an hour of rounds. */
const ROUNDS = 120;
const INTERVAL_MS = 15_000;

const selectorsOf = (expr: Expr): readonly VectorSelector[] => {
  if (expr.kind === 'selector') return [expr];
  return expr.kind === 'matrix' ? [expr.selector] : children(expr).flatMap(selectorsOf);
};

/** The same query for some namespaces only. */
function narrowed(query: string): string {
  const matcher = 'namespace=~"ns-(1|2|3).*"';
  let text = query;
  for (const { span } of selectorsOf(parse(query)).toSorted((a, b) => b.span.start - a.span.start)) {
    const [name, ...rest] = query.slice(span.start, span.end).split('{');
    const selector = rest.length === 0 ? `${name}{${matcher}}` : `${name}{${matcher},${rest.join('{')}`;
    text = text.slice(0, span.start) + selector + text.slice(span.end);
  }
  return text;
}

const queries = exampleRules()
  .flatMap(({ policy }) => policy.spec.triggers.map(({ metricTrigger }) => metricTrigger?.query ?? ''))
  .filter((query) => !query.includes('kubelet_volume_stats'));
const rules = [...new Set([...queries, ...queries.map(narrowed), ...queries.map((query) => `1 * (${query})`)])].slice(
  0,
  RULES,
);

const clock = new VirtualClock();
const random = new Prng(1);
const signal = new AbortController().signal;
const population = new Map([...populationOf(PODS)].map(([kind, objects]) => [kind, [...objects]]));
const pods = population.get('Pod') ?? [];
const nodes = population.get('Node') ?? [];
const listeners: ObjectChange[] = [];
const used = { pods: [] as readonly KubeObject[], nodes: [] as readonly KubeObject[] };

const settle = (): NodeJS.MemoryUsage => {
  globalThis.gc?.();
  return process.memoryUsage();
};
const held = ({ heapUsed, external }: NodeJS.MemoryUsage): number => (heapUsed + external) / 2 ** 20;
const before = settle();

const source = new EmbeddedSource({
  clock,
  objects: {
    hasSynced: () => true,
    subscribe: ({ kind }, onChange) => {
      if (kind === 'Pod') listeners.push(onChange);
      for (const object of population.get(kind) ?? []) onChange(undefined, object);
      return () => undefined;
    },
  },
  usage: { pods: () => Promise.resolve(used.pods), nodes: () => Promise.resolve(used.nodes) },
});

const cpuMs = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
};
const sampling: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  for (let change = 0; change < CHANGED; change++) {
    const at = random.below(PODS);
    const after = podOf(at, random.below(9));
    for (const tell of listeners) tell(pods[at], after);
    pods[at] = after;
  }
  const now = toTimestamp(clock.now());
  used.pods = pods.map((_, at) => podMetricsOf(at, { now, memoryMi: 40 + random.below(60) }));
  used.nodes = nodes.map((node) => ({
    apiVersion: 'metrics.k8s.io/v1beta1',
    kind: 'NodeMetrics',
    metadata: { name: node.metadata.name },
    timestamp: now,
    usage: { cpu: '2', memory: `${10 + random.below(20)}Gi` },
  }));
  const began = process.cpuUsage();
  await source.beginRound(rules, signal);
  sampling.push(cpuMs(began));
  await clock.advance(INTERVAL_MS);
}
used.pods = [];
used.nodes = [];

const evaluations: number[] = [];
const slowest = new Map<string, number>();
const unknown = new Set<string>();
for (let run = 0; run < 5; run++) {
  const began = process.cpuUsage();
  for (const rule of rules) {
    const start = systemClock.monotonic();
    if ((await source.query(rule, clock.now() - INTERVAL_MS, signal)).type === 'unknown') unknown.add(rule);
    slowest.set(rule, Math.min(slowest.get(rule) ?? Number.POSITIVE_INFINITY, systemClock.monotonic() - start));
  }
  evaluations.push(cpuMs(began));
}
const median = (times: readonly number[]): string =>
  ([...times].sort((a, b) => a - b)[times.length >> 1] ?? 0).toFixed(1);
const after = settle();
console.log(`${rules.length} rules over ${source.seriesCount} series of ${PODS} pods; ${unknown.size} answers unknown`);
console.log(
  `sampling a round with ${CHANGED} changed pods and everything's usage: ${median(sampling)} ms CPU; first ${(sampling[0] ?? 0).toFixed(0)} ms`,
);
console.log(`evaluating ${rules.length} rules once: ${median(evaluations)} ms CPU`);
for (const [rule, ms] of [...slowest].sort(([, a], [, b]) => b - a).slice(0, 3))
  console.log(`  slowest: ${ms.toFixed(1)} ms ${rule.replaceAll(/\s+/g, ' ')}`);
console.log(
  `held after ${ROUNDS} rounds: ${(held(after) - held(before)).toFixed(0)} MB of heap and buffers; RSS +${((after.rss - before.rss) / 2 ** 20).toFixed(0)} MB`,
);
for (const rule of unknown) console.log(`  unknown: ${rule.replaceAll(/\s+/g, ' ')}`);
