/** The Node objects that the sandbox's kubelets register. https://kubernetes.io/docs/reference/node/node-status/ */
import type { KubeObject } from '../../shapes/kube.ts';
import { toTimestamp } from '../../std/clock.ts';
import type { Node, NodeCondition } from '../runtime/shapes.ts';

/**
 * On a Node: `stopped` takes its kubelet away (no heartbeats, pods untouched) until it says `running` or is removed.
 */
export const KUBELET_ANNOTATION = 'sandbox.kubeskippy.io/kubelet';

export const isStopped = (node: KubeObject): boolean => node.metadata.annotations?.[KUBELET_ANNOTATION] === 'stopped';

export interface NodeShape {
  readonly cpu: string;
  readonly memory: string;
  readonly pods: string;
}

export const DEFAULT_SHAPE: NodeShape = { cpu: '8', memory: '32Gi', pods: '110' };

/** `10.1.2` for the pods of the n-th node: 32,768 nodes of 253 pods. */
export const podNetwork = (index: number): string => `10.${128 + ((index >> 8) & 127)}.${index & 255}`;

export const nodeAddress = (index: number): string =>
  `172.${18 + ((index >> 16) & 7)}.${(index >> 8) & 255}.${index & 255}`;

/** As a kubelet registers it, which owns the labels that it sets. */
export function nodeObject(name: string, { index, now }: { readonly index: number; readonly now: number }): KubeObject {
  const labels = {
    'beta.kubernetes.io/arch': 'amd64',
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'topology.kubernetes.io/zone': `zone-${'abc'[index % 3] ?? 'a'}`,
  };
  const owned = Object.fromEntries(Object.keys(labels).map((label) => [`f:${label}`, {}]));
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels,
      annotations: { [KUBELET_ANNOTATION]: 'running' },
      managedFields: [
        {
          manager: 'kubelet',
          operation: 'Update',
          apiVersion: 'v1',
          time: toTimestamp(now),
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:metadata': { 'f:labels': { '.': {}, ...owned } } },
        },
      ],
    },
    spec: { podCIDR: `${podNetwork(index)}.0/24`, podCIDRs: [`${podNetwork(index)}.0/24`] },
  };
}

const CONDITIONS: readonly (readonly [type: string, status: 'True' | 'False', reason: string, message: string])[] = [
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
];

/**
 * What the kubelet reports: conditions that were taken over by the node controller come back with a new transition
 * time.
 */
export function nodeConditions(node: Node, now: number): readonly NodeCondition[] {
  const stamp = toTimestamp(now);
  const own = CONDITIONS.map(([type, status, reason, message]) => {
    const before = node.status?.conditions?.find((condition) => condition.type === type);
    const lastTransitionTime =
      before?.status === status && before.lastTransitionTime ? before.lastTransitionTime : stamp;
    return { type, status, lastHeartbeatTime: stamp, lastTransitionTime, reason, message };
  });
  const others = (node.status?.conditions ?? []).filter(
    (condition) => !CONDITIONS.some(([type]) => type === condition.type),
  );
  return [...others, ...own];
}

export function nodeStatus(
  node: Node,
  place: { readonly index: number; readonly shape: NodeShape; readonly now: number },
): unknown {
  const { index, shape, now } = place;
  const { name } = node.metadata;
  const amounts = {
    cpu: shape.cpu,
    'ephemeral-storage': '100Gi',
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: shape.memory,
    pods: shape.pods,
  };
  return {
    ...node.status,
    capacity: amounts,
    allocatable: amounts,
    conditions: nodeConditions(node, now),
    addresses: [
      { type: 'InternalIP', address: nodeAddress(index) },
      { type: 'Hostname', address: name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      machineID: name,
      systemUUID: name,
      bootID: name,
      kernelVersion: '6.12.0',
      osImage: 'KubeSkippy sandbox',
      containerRuntimeVersion: 'containerd://2.2.0',
      kubeletVersion: 'v1.36.2',
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: 'amd64',
    },
  };
}
