/**
 * The kubelet's `/stats/summary` as the series that kubelet and cAdvisor publish.
 * https://github.com/kubernetes/kubelet/blob/master/pkg/apis/stats/v1alpha1/types.go
 */
import { type LabelRecord, listAt, numberAt, textAt } from './family.ts';
import type { Wanted } from './object-series.ts';

/** Family to field of a volume that a claim stands behind. */
const VOLUME: Readonly<Record<string, string>> = {
  kubelet_volume_stats_available_bytes: 'availableBytes',
  kubelet_volume_stats_capacity_bytes: 'capacityBytes',
  kubelet_volume_stats_used_bytes: 'usedBytes',
  kubelet_volume_stats_inodes: 'inodes',
  kubelet_volume_stats_inodes_free: 'inodesFree',
  kubelet_volume_stats_inodes_used: 'inodesUsed',
};

const CONTAINER: Readonly<Record<string, readonly string[]>> = {
  container_memory_rss: ['memory', 'rssBytes'],
  container_memory_usage_bytes: ['memory', 'usageBytes'],
  container_fs_usage_bytes: ['rootfs', 'usedBytes'],
};

const INTERFACE: Readonly<Record<string, string>> = {
  container_network_receive_bytes_total: 'rxBytes',
  container_network_receive_errors_total: 'rxErrors',
  container_network_transmit_bytes_total: 'txBytes',
  container_network_transmit_errors_total: 'txErrors',
};

/** Of claims; nobody else publishes these. */
export const VOLUME_FAMILIES: ReadonlySet<string> = new Set(Object.keys(VOLUME));
/** Of pods and containers; cAdvisor says the same in more detail. */
export const POD_FAMILIES: ReadonlySet<string> = new Set([...Object.keys(CONTAINER), ...Object.keys(INTERFACE)]);

export function summarySeries(summary: unknown, node: string): readonly Wanted[] {
  const series: Wanted[] = [];
  const add = (family: string, labels: LabelRecord, value: number | undefined): void => {
    if (value !== undefined) series.push({ family, labels, value });
  };
  for (const pod of listAt(summary, 'pods')) {
    const labels = { namespace: textAt(pod, 'podRef', 'namespace'), pod: textAt(pod, 'podRef', 'name'), node };
    for (const container of listAt(pod, 'containers')) {
      const own = { ...labels, container: textAt(container, 'name') };
      for (const [family, path] of Object.entries(CONTAINER)) add(family, own, numberAt(container, ...path));
    }
    for (const one of listAt(pod, 'network', 'interfaces')) {
      const own = { ...labels, interface: textAt(one, 'name') };
      for (const [family, field] of Object.entries(INTERFACE)) add(family, own, numberAt(one, field));
    }
    for (const volume of listAt(pod, 'volume')) {
      const claim = textAt(volume, 'pvcRef', 'name');
      if (claim === '') continue;
      const own = { namespace: textAt(volume, 'pvcRef', 'namespace'), persistentvolumeclaim: claim, node };
      for (const [family, field] of Object.entries(VOLUME)) add(family, own, numberAt(volume, field));
    }
  }
  return series;
}
