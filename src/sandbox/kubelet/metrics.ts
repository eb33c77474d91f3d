/** The objects of metrics.k8s.io, as metrics-server makes them. https://github.com/kubernetes-sigs/metrics-server */
import type { KubeObject } from '../../shapes/kube.ts';
import { toTimestamp } from '../../std/clock.ts';
import type { Node, Pod } from '../runtime/shapes.ts';
import type { Usage } from './usage.ts';

const API_VERSION = 'metrics.k8s.io/v1beta1';

/** metrics-server scrapes this often; what it shows is that old at most. */
const WINDOW_SECONDS = 15;

/** What the kubelet and the system use of a node besides its pods. */
const NODE_OVERHEAD: Usage = { cpu: 0.05, memory: 512 * 2 ** 20 };

const quantities = ({ cpu, memory }: Usage): { readonly cpu: string; readonly memory: string } => ({
  cpu: `${Math.round(cpu * 1e9)}n`,
  memory: `${Math.round(memory / 1024)}Ki`,
});

const common = (now: number): { readonly timestamp: string; readonly window: string } => ({
  timestamp: toTimestamp(now),
  window: `${WINDOW_SECONDS}s`,
});

export function podMetrics(pod: Pod, containers: ReadonlyMap<string, Usage>, now: number): KubeObject {
  const { name, namespace = '', labels } = pod.metadata;
  return {
    kind: 'PodMetrics',
    apiVersion: API_VERSION,
    metadata: { name, namespace, creationTimestamp: toTimestamp(now), ...(labels === undefined ? {} : { labels }) },
    ...common(now),
    containers: [...containers].map(([container, usage]) => ({ name: container, usage: quantities(usage) })),
  };
}

/** All of a node's pods, and what the kubelet and the system use. */
export function nodeUsage(usages: Iterable<Usage>): Usage {
  let { cpu, memory } = NODE_OVERHEAD;
  for (const usage of usages) {
    cpu += usage.cpu;
    memory += usage.memory;
  }
  return { cpu, memory };
}

export function nodeMetrics(node: Node, usage: Usage, now: number): KubeObject {
  const { name, labels } = node.metadata;
  return {
    kind: 'NodeMetrics',
    apiVersion: API_VERSION,
    metadata: { name, creationTimestamp: toTimestamp(now), ...(labels === undefined ? {} : { labels }) },
    ...common(now),
    usage: quantities(usage),
  };
}
