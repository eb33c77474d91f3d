/** `kube_node_*`. https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/cluster/node-metrics.md */
import {
  at,
  conditions,
  type Emit,
  identity,
  type KindFamilies,
  listAt,
  type Readable,
  textAt,
  time,
} from './family.ts';
import { emitResources } from './resources.ts';

const NAME = 'node';
const ROLE = 'node-role.kubernetes.io/';

const resources =
  (which: 'allocatable' | 'capacity') =>
  (node: Readable, emit: Emit): void =>
    emitResources({ owner: node, path: ['status', which], labels: identity(node, NAME), emit });

const internalAddress = (node: Readable): string =>
  textAt(
    listAt(node, 'status', 'addresses').findLast((address) => textAt(address, 'type') === 'InternalIP'),
    'address',
  );

export const NODE: KindFamilies = {
  apiVersion: 'v1',
  kind: 'Node',
  fields: [
    'spec.unschedulable',
    'spec.taints',
    'spec.providerID',
    'spec.podCIDR',
    'status.conditions',
    'status.addresses',
    'status.allocatable',
    'status.capacity',
    'status.nodeInfo',
  ],
  families: {
    kube_node_created: time(NAME, ['metadata', 'creationTimestamp']),
    kube_node_deletion_timestamp: time(NAME, ['metadata', 'deletionTimestamp']),
    kube_node_info: (node, emit) => {
      const info = at(node, 'status', 'nodeInfo');
      emit(
        {
          ...identity(node, NAME),
          kernel_version: textAt(info, 'kernelVersion'),
          os_image: textAt(info, 'osImage'),
          container_runtime_version: textAt(info, 'containerRuntimeVersion'),
          kubelet_version: textAt(info, 'kubeletVersion'),
          kubeproxy_version: 'deprecated',
          provider_id: textAt(node, 'spec', 'providerID'),
          pod_cidr: textAt(node, 'spec', 'podCIDR'),
          system_uuid: textAt(info, 'systemUUID'),
          internal_ip: internalAddress(node),
        },
        1,
      );
    },
    kube_node_role: (node, emit) => {
      for (const label of Object.keys(node.metadata.labels ?? {})) {
        if (label.startsWith(ROLE)) emit({ ...identity(node, NAME), role: label.slice(ROLE.length) }, 1);
      }
    },
    kube_node_spec_unschedulable: (node, emit) =>
      emit(identity(node, NAME), Number(at(node, 'spec', 'unschedulable') === true)),
    kube_node_spec_taint: (node, emit) => {
      for (const taint of listAt(node, 'spec', 'taints')) {
        emit(
          {
            ...identity(node, NAME),
            key: textAt(taint, 'key'),
            value: textAt(taint, 'value'),
            effect: textAt(taint, 'effect'),
          },
          1,
        );
      }
    },
    kube_node_status_addresses: (node, emit) => {
      for (const address of listAt(node, 'status', 'addresses')) {
        emit({ ...identity(node, NAME), type: textAt(address, 'type'), address: textAt(address, 'address') }, 1);
      }
    },
    kube_node_status_condition: conditions(NAME),
    kube_node_status_allocatable: resources('allocatable'),
    kube_node_status_capacity: resources('capacity'),
  },
};
