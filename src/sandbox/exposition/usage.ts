/**
 * What the kubelets publish of containers, pods, nodes and volumes:
 * https://kubernetes.io/docs/reference/instrumentation/metrics/ (`/metrics/resource`). A node's own series carry the
 * label `node` here, since one page serves all nodes and a scrape could not add it.
 */
import type { Kubelets } from '../kubelet/kubelet.ts';
import type { Node, Pod } from '../runtime/shapes.ts';
import type { Usage } from '../kubelet/usage.ts';
import { seconds } from './object-metrics.ts';
import type { Family, Sample } from './text-format.ts';

interface Meter {
  readonly cpuSeconds: number;
  readonly readAt: number;
}

/** CPU time by what uses it, carried from scrape to scrape: a scripted container has a rate and no counter. */
export class CpuMeters {
  #meters = new Map<string, Meter>();
  #next = new Map<string, Meter>();

  /** Whatever is not read in a round is forgotten with it. */
  round<T>(read: () => T): T {
    this.#next = new Map();
    const result = read();
    this.#meters = this.#next;
    return result;
  }

  read(key: string, { cpu }: Usage, now: number): number {
    const before = this.#meters.get(key) ?? { cpuSeconds: 0, readAt: now };
    const cpuSeconds = before.cpuSeconds + (cpu * (now - before.readAt)) / 1000;
    this.#next.set(key, { cpuSeconds, readAt: now });
    return cpuSeconds;
  }
}

interface Measured {
  readonly labels: Readonly<Record<string, string>>;
  readonly usage: Usage;
  /** Another key is another counter, from zero. */
  readonly key: string;
}

const gauge = (name: string, samples: readonly Sample[]): Family => ({ name, type: 'gauge', samples });

export function usageFamilies(
  of: {
    readonly kubelets: Kubelets;
    readonly pods: readonly Pod[];
    readonly nodes: readonly Node[];
    readonly meters: CpuMeters;
  },
  now: number,
): readonly Family[] {
  const { kubelets, pods, nodes, meters } = of;
  const containers = pods.flatMap((pod) => containersOf(pod, kubelets));
  const podTotals = pods.flatMap((pod): Measured[] => {
    const usages = [...(kubelets.usage(pod)?.values() ?? [])];
    const { name, namespace = '', uid = '' } = pod.metadata;
    return usages.length === 0 ? [] : [{ labels: { namespace, pod: name }, usage: sum(usages), key: uid }];
  });
  const nodeTotals = nodes.flatMap((node): Measured[] => {
    const usage = kubelets.nodeUsage(node);
    return usage === undefined
      ? []
      : [{ labels: { node: node.metadata.name }, usage, key: `node ${node.metadata.name}` }];
  });
  return meters.round(() =>
    (['container', 'pod', 'node'] as const).flatMap((what) => {
      const measured = { container: containers, pod: podTotals, node: nodeTotals }[what];
      const cpu = measured.map(({ labels, usage, key }) => ({ labels, value: meters.read(key, usage, now) }));
      return [
        { name: `${what}_cpu_usage_seconds_total`, type: 'counter' as const, samples: cpu },
        gauge(
          `${what}_memory_working_set_bytes`,
          measured.map(({ labels, usage }) => ({ labels, value: Math.round(usage.memory) })),
        ),
      ];
    }),
  );
}

function containersOf(pod: Pod, kubelets: Kubelets): readonly Measured[] {
  const { name, namespace = '', uid = '' } = pod.metadata;
  return [...(kubelets.usage(pod) ?? [])].map(([container, usage]) => {
    const status = pod.status?.containerStatuses?.find((candidate) => candidate.name === container);
    // A container's counter lives as long as its cgroup: a restart begins another.
    const startedAt = seconds(status, 'state.running.startedAt') ?? 0;
    return { labels: { namespace, pod: name, container }, usage, key: `${uid}/${container}/${startedAt}` };
  });
}

const sum = (usages: readonly Usage[]): Usage => ({
  cpu: usages.reduce((total, { cpu }) => total + cpu, 0),
  memory: usages.reduce((total, { memory }) => total + memory, 0),
});

/** https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/metrics/collectors/volume_stats.go */
export function volumeFamilies(kubelets: Kubelets, now: number): readonly Family[] {
  const volumes = kubelets.volumes(now);
  const family = (name: string, value: (volume: (typeof volumes)[number]) => number): Family =>
    gauge(
      `kubelet_volume_stats_${name}`,
      volumes.map((volume) => ({
        labels: { namespace: volume.namespace, persistentvolumeclaim: volume.claim },
        value: value(volume),
      })),
    );
  return [
    family('capacity_bytes', ({ capacity }) => capacity),
    family('available_bytes', ({ capacity, used }) => capacity - used),
    family('used_bytes', ({ used }) => used),
    family('inodes', ({ inodes }) => inodes),
    family('inodes_free', ({ inodes, inodesUsed }) => inodes - inodesUsed),
    family('inodes_used', ({ inodesUsed }) => inodesUsed),
  ];
}
