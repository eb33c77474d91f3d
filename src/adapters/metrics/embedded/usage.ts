/**
 * What pods and nodes use, from `metrics.k8s.io`, as the series that the kubelet and cAdvisor publish. The API gives
 * rates of CPU over a short window; the counters here add those up, so that `rate()` over them answers what the API
 * said.
 */
import type { KubeObject } from '../../../shapes/kube.ts';
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

type Take = (family: string, labels: LabelRecord, value: () => number | undefined) => void;

/** What the last polls said, with the counters that go on from poll to poll. */
export class UsageMeters {
  #meters = new Map<string, Meter>();
  #next = new Map<string, Meter>();

  /**
   * One round: all `PodMetrics` or `NodeMetrics`, with what else is known of each (its Pod or Node), as far as the
   * families are wanted. Objects missing from a round lose their counters.
   */
  read(
    metrics: readonly KubeObject[],
    known: (metric: KubeObject) => Readable | undefined,
    isWanted: (family: string) => boolean,
  ): readonly UsageSeries[] {
    this.#next = new Map();
    const series: UsageSeries[] = [];
    const take: Take = (family, labels, valueOf) => {
      const value = isWanted(family) ? valueOf() : undefined;
      if (value !== undefined) series.push({ family, labels, value });
    };
    for (const metric of metrics) {
      if (metric.metadata.namespace === undefined) this.#node(metric, known(metric), take);
      else this.#pod(metric, known(metric), take);
    }
    this.#meters = this.#next;
    return series;
  }

  #pod(metric: KubeObject, pod: Readable | undefined, take: Take): void {
    const { namespace = '', name } = metric.metadata;
    const labels = { namespace, pod: name };
    const key = `${namespace}/${name}`;
    let cpu = 0;
    let memory = 0;
    for (const container of listAt(metric, 'containers')) {
      const usage = usageOf(container);
      const own = { ...labels, container: textAt(container, 'name') };
      cpu += usage.cpu;
      memory += usage.memory;
      take('container_cpu_usage_seconds_total', own, () => this.#advance(`${key}/${own.container}`, metric, usage.cpu));
      take('container_memory_working_set_bytes', own, () => usage.memory);
    }
    take('pod_cpu_usage_seconds_total', labels, () => this.#advance(key, metric, cpu));
    take('pod_memory_working_set_bytes', labels, () => memory);
    take('memory_usage_bytes', labels, () => memory);
    take('cpu_usage_percent', labels, () => share(cpu, podBounds(pod).cpu));
    take('memory_usage_percent', labels, () => share(memory, podBounds(pod).memory));
  }

  #node(metric: KubeObject, node: Readable | undefined, take: Take): void {
    const labels = { node: metric.metadata.name };
    const { cpu, memory } = usageOf(metric);
    take('node_cpu_usage_seconds_total', labels, () => this.#advance(metric.metadata.name, metric, cpu));
    take('node_memory_working_set_bytes', labels, () => memory);
    take('memory_usage_bytes', labels, () => memory);
    take('cpu_usage_percent', labels, () => share(cpu, quantityOf(node, ['status', 'allocatable'], 'cpu')));
    take('memory_usage_percent', labels, () => share(memory, quantityOf(node, ['status', 'allocatable'], 'memory')));
  }

  /**
   * The counter of this name after the time that passed since the last measurement. The same measurement twice adds
   * nothing.
   */
  #advance(key: string, metric: KubeObject, cores: number): number {
    const at = fromTimestamp(textAt(metric, 'timestamp')) ?? 0;
    const before = this.#meters.get(key);
    const elapsedMs = before === undefined ? 0 : Math.max(0, at - before.measuredAt);
    const meter = {
      seconds: (before?.seconds ?? 0) + (cores * elapsedMs) / 1000,
      measuredAt: Math.max(at, before?.measuredAt ?? 0),
    };
    this.#next.set(key, meter);
    return meter.seconds;
  }
}

const usageOf = (of: unknown): { cpu: number; memory: number } => ({
  cpu: amountOf(textAt(of, 'usage', 'cpu')) ?? 0,
  memory: amountOf(textAt(of, 'usage', 'memory')) ?? 0,
});

const share = (used: number, most: number | undefined): number | undefined =>
  most === undefined || most <= 0 ? undefined : (used / most) * 100;

interface Bounds {
  readonly cpu: number | undefined;
  readonly memory: number | undefined;
}

/** By the object: what a pod may use changes when the pod does, and is asked for in every round. */
const boundsOfPods = new WeakMap<Readable, Bounds>();

function podBounds(pod: Readable | undefined): Bounds {
  if (pod === undefined) return { cpu: undefined, memory: undefined };
  const known = boundsOfPods.get(pod);
  if (known !== undefined) return known;
  const bounds = { cpu: podBound(pod, 'cpu'), memory: podBound(pod, 'memory') };
  boundsOfPods.set(pod, bounds);
  return bounds;
}

/**
 * The sum of the containers' limits, else of their requests; undefined unless every container has one, since a share of
 * a part misleads.
 */
function podBound(pod: Readable, resource: string): number | undefined {
  const containers = listAt(pod, 'spec', 'containers');
  for (const which of ['limits', 'requests']) {
    const bounds = containers.map((container) => quantityOf(container, ['resources', which], resource));
    if (bounds.length > 0 && bounds.every((bound) => bound !== undefined))
      return bounds.reduce((sum, bound) => sum + bound, 0);
  }
  return undefined;
}

function quantityOf(owner: unknown, path: readonly string[], resource: string): number | undefined {
  const found = entriesAt(owner, ...path).find(([name]) => name === resource);
  return found === undefined ? undefined : amountOf(found[1]);
}
