/** Where a node is. */
import type { KubeObject } from '../../shapes/kube.ts';

/** What pods say of their node. */
const COPIED = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

export function topologyOf(node: KubeObject | undefined): Readonly<Record<string, string>> {
  const labels = node?.metadata.labels ?? {};
  return Object.fromEntries(COPIED.flatMap((key) => (labels[key] === undefined ? [] : [[key, labels[key]]])));
}
