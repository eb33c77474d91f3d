/**
 * What pods and nodes use, from `metrics.k8s.io`, as the series that the kubelet and cAdvisor publish. The API gives rates of CPU over a short
 * window; the counters here add those up, so that `rate()` over them answers what the API said.
 */
import type { KubeObject } from '../../../api/kube.ts';
import { fromTimestamp, type Instant } from '../../../std/clock.ts';
import { amountOf, entriesAt, type LabelRecord, listAt, type Readable, textAt } from './family.ts';

export interface UsageSeries {
  readonly family: string;
  readonly labels: LabelRecord;
  readonly value: number;
}

/** Cumulative CPU seconds per container, pod or node. */
interface Meter {
  seconds: number;
  measuredAt: Instant;
}

/** What the last polls said, with the counters that go on from poll to poll. */
export class UsageMeters {
  #meters = new Map<string, Meter>();
  #next = new Map<string, Meter>();

  /** One round: all `PodMetrics` or `NodeMetrics`, with what else is known of each (its Pod or Node). Objects missing from a round lose their counters. */
  read(metrics: readonly KubeObject[], known: (metric: KubeObject) => Readable | undefined): readonly UsageSeries[] {
    this.#next = new Map();
    const series = metrics.flatMap((metric) =>
      metric.metadata.namespace === undefined ? this.#node(metric, known(metric)) : this.#pod(metric, known(metric)),
    );
    this.#meters = this.#next;
    return series;
  }

  #pod(metric: KubeObject, pod: Readable | undefined): readonly UsageSeries[] {
    const labels = { namespace: metric.metadata.namespace ?? '', pod: metric.metadata.name };
    const series: UsageSeries[] = [];
    let cpu = 0;
    let memory = 0;
    for (const container of listAt(metric, 'containers')) {
      const usage = usageOf(container);
      const own = { ...labels, container: textAt(container, 'name') };
      cpu += usage.cpu;
      memory += usage.memory;
      series.push({ family: 'container_cpu_usage_seconds_total', labels: own, value: this.#advance(own, metric, usage.cpu) });
      series.push({ family: 'container_memory_working_set_bytes', labels: own, value: usage.memory });
    }
    series.push({ family: 'pod_cpu_usage_seconds_total', labels, value: this.#advance(labels, metric, cpu) });
    series.push({ family: 'pod_memory_working_set_bytes', labels, value: memory });
    series.push({ family: 'memory_usage_bytes', labels, value: memory });
    return [...series, ...percentages(labels, { cpu, memory }, (resource) => podBound(pod, resource))];
  }

  #node(metric: KubeObject, node: Readable | undefined): readonly UsageSeries[] {
    const labels = { node: metric.metadata.name };
    const { cpu, memory } = usageOf(metric);
    const series: UsageSeries[] = [
      { family: 'node_cpu_usage_seconds_total', labels, value: this.#advance(labels, metric, cpu) },
      { family: 'node_memory_working_set_bytes', labels, value: memory },
      { family: 'memory_usage_bytes', labels, value: memory },
    ];
    const bound = (resource: string): number | undefined => quantityOf(node, ['status', 'allocatable'], resource);
    return [...series, ...percentages(labels, { cpu, memory }, bound)];
  }

  /** The counter of these labels after the time that passed since the last measurement. The same measurement twice adds nothing. */
  #advance(labels: LabelRecord, metric: KubeObject, cores: number): number {
    const key = JSON.stringify(labels);
    const at = fromTimestamp(textAt(metric, 'timestamp')) ?? 0;
    const before = this.#meters.get(key);
    const elapsedMs = before === undefined ? 0 : Math.max(0, at - before.measuredAt);
    const meter = { seconds: (before?.seconds ?? 0) + (cores * elapsedMs) / 1000, measuredAt: Math.max(at, before?.measuredAt ?? 0) };
    this.#next.set(key, meter);
    return meter.seconds;
  }
}

const usageOf = (of: unknown): { cpu: number; memory: number } => ({
  cpu: amountOf(textAt(of, 'usage', 'cpu')) ?? 0,
  memory: amountOf(textAt(of, 'usage', 'memory')) ?? 0,
});

function percentages(
  labels: LabelRecord,
  usage: { cpu: number; memory: number },
  bound: (resource: string) => number | undefined,
): readonly UsageSeries[] {
  return (['cpu', 'memory'] as const).flatMap((resource) => {
    const most = bound(resource);
    return most === undefined || most <= 0 ? [] : [{ family: `${resource}_usage_percent`, labels, value: (usage[resource] / most) * 100 }];
  });
}

/** The sum of the containers' limits, else of their requests; undefined unless every container has one, since a share of a part misleads. */
function podBound(pod: Readable | undefined, resource: string): number | undefined {
  const containers = listAt(pod, 'spec', 'containers');
  for (const which of ['limits', 'requests']) {
    const bounds = containers.map((container) => quantityOf(container, ['resources', which], resource));
    if (bounds.length > 0 && bounds.every((bound) => bound !== undefined)) return bounds.reduce((sum, bound) => sum + bound, 0);
  }
  return undefined;
}

function quantityOf(owner: unknown, path: readonly string[], resource: string): number | undefined {
  const found = entriesAt(owner, ...path).find(([name]) => name === resource);
  return found === undefined ? undefined : amountOf(found[1]);
}
