/**
 * The kubelet's page `/stats/summary`: what pods use and what is on the claims that they mount.
 * https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/kubelet/pkg/apis/stats/v1alpha1/types.go
 */
import { toTimestamp } from '../../std/clock.ts';
import type { Node, Pod } from '../runtime/shapes.ts';
import type { Usage } from './usage.ts';
import type { VolumeUse } from './volumes.ts';

interface Measured {
  readonly pods: readonly Pod[];
  readonly usage: (pod: Pod) => ReadonlyMap<string, Usage> | undefined;
  readonly volumes: readonly VolumeUse[];
}

export function statsSummary(node: Node, { pods, usage, volumes }: Measured, now: number): object {
  const time = toTimestamp(now);
  const running = pods.flatMap((pod) => {
    const containers = usage(pod);
    if (containers === undefined) return [];
    const { name, namespace = '', uid = '' } = pod.metadata;
    const mounted = (pod.spec.volumes ?? []).flatMap(({ name: volume, persistentVolumeClaim: claim }) => {
      const use = volumes.find((one) => one.namespace === namespace && one.claim === claim?.claimName);
      return use === undefined ? [] : [volumeStats(volume, use, time)];
    });
    return [
      {
        podRef: { name, namespace, uid },
        startTime: pod.status?.startTime,
        containers: [...containers].map(([container, used]) => ({
          name: container,
          startTime: startOf(pod, container),
          ...usageStats(used, time),
        })),
        ...(mounted.length > 0 && { volume: mounted }),
      },
    ];
  });
  return { node: { nodeName: node.metadata.name, startTime: node.metadata.creationTimestamp }, pods: running };
}

const startOf = (pod: Pod, container: string): string | undefined =>
  pod.status?.containerStatuses?.find(({ name }) => name === container)?.state?.running?.startedAt;

const usageStats = ({ cpu, memory }: Usage, time: string): object => ({
  cpu: { time, usageNanoCores: Math.round(cpu * 1e9) },
  memory: { time, workingSetBytes: Math.round(memory) },
});

const volumeStats = (
  name: string,
  { namespace, claim, capacity, used, inodes, inodesUsed }: VolumeUse,
  time: string,
): object => ({
  time,
  availableBytes: capacity - used,
  capacityBytes: capacity,
  usedBytes: used,
  inodesFree: inodes - inodesUsed,
  inodes,
  inodesUsed,
  name,
  pvcRef: { name: claim, namespace },
});
