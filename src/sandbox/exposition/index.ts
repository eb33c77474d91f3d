/**
 * The page `/metrics` of the cluster: what kube-state-metrics and the kubelets would publish of it, for a Prometheus to
 * scrape.
 */
import type { ApiServer } from '../apiserver/server.ts';
import type { Kubelets } from '../kubelet/kubelet.ts';
import { NODES, PODS } from '../runtime/resources.ts';
import type { Node, Pod } from '../runtime/shapes.ts';
import { CLUSTER_METRICS } from './cluster.ts';
import { JOB_METRICS } from './jobs.ts';
import type { KindMetrics } from './object-metrics.ts';
import { POD_METRICS } from './pods.ts';
import { CONTENT_TYPE, exposition, type Family } from './text-format.ts';
import { CpuMeters, usageFamilies, volumeFamilies } from './usage.ts';
import { WORKLOAD_METRICS } from './workloads.ts';

const KINDS: readonly KindMetrics[] = [POD_METRICS, ...WORKLOAD_METRICS, ...JOB_METRICS, ...CLUSTER_METRICS];

export function serveExposition(server: ApiServer, kubelets: Kubelets | undefined): void {
  const meters = new CpuMeters();
  server.servePage('/metrics', () => {
    const now = server.clock.now();
    const objects = KINDS.flatMap((kind) => familiesOf(server, kind));
    const pods = server.cluster.list(PODS) as readonly Pod[];
    const nodes = server.cluster.list(NODES) as readonly Node[];
    const usage = kubelets === undefined ? [] : usageFamilies({ kubelets, pods, nodes, meters }, now);
    const volumes = kubelets === undefined ? [] : volumeFamilies(kubelets, now);
    return { contentType: CONTENT_TYPE, text: exposition([...objects, ...usage, ...volumes]) };
  });
}

function familiesOf(server: ApiServer, { gvr, identity, families }: KindMetrics): readonly Family[] {
  const objects = server.cluster.list(gvr).map((object) => ({ object, named: identity(object) }));
  return Object.entries(families).map(([name, says]) => ({
    name,
    type: name.endsWith('_total') ? 'counter' : 'gauge',
    samples: objects.flatMap(({ object, named }) =>
      says(object).map(({ labels, value }) => ({ labels: { ...named, ...labels }, value })),
    ),
  }));
}
