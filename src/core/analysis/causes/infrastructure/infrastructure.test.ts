import { ago, event, look, make, node, NOW, pending, pod, workload } from '../../../../../test/kit/analysis/looks.ts';
import { holdsInRows, type Row } from '../../../../../test/kit/analysis/rows.ts';

type Fields = Readonly<Record<string, unknown>>;
const ready = (status: string, more: Fields = {}) =>
  node('n1', { status: { conditions: [{ type: 'Ready', status, ...more }] } });
const asked = (service: string, running: boolean) => [
  { node: 'n1', service, running, text: running ? 'active' : 'inactive (dead)' },
];
const pressed = (type: string): Row => ({
  holds: look([node('n1', { status: { conditions: [{ type, status: 'True' }] } })]),
  nearly: look([node('n1', { status: { conditions: [{ type: `Other${type}`, status: 'True' }] } })]),
  against: look([node('n1', { status: { conditions: [{ type, status: 'False' }] } })]),
});
const DEAD = 'rpc error: dial unix /run/containerd/containerd.sock: connect: no such file or directory';
const proxy = (isReady: string, k8sApp = 'kube-proxy') =>
  make('Pod', 'p', {
    metadata: { namespace: 'kube-system', labels: { 'k8s-app': k8sApp } },
    spec: { nodeName: 'n1' },
    status: { conditions: [{ type: 'Ready', status: isReady }] },
  });
const clock = (name: string, seconds: number) =>
  node(name, { status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: ago(seconds) }] } });
const errors = (value: number) => [
  { about: { kind: 'Node', name: 'n1' }, name: 'networkErrors' as const, value, before: 0.01, at: NOW },
];

const slow = (name: string, on: string) => [
  make('Deployment', name, { spec: { template: { metadata: { labels: { app: name } }, spec: {} } } }),
  make('ReplicaSet', `${name}-1`, { metadata: { ownerReferences: [{ kind: 'Deployment', name, controller: true }] } }),
  make('Pod', `${name}-1-a`, {
    metadata: { labels: { app: name }, ownerReferences: [{ kind: 'ReplicaSet', name: `${name}-1`, controller: true }] },
    spec: { nodeName: on },
  }),
];
const late = (...names: readonly string[]) =>
  names.map((name) => ({
    about: { kind: 'Deployment', namespace: 'shop', name },
    name: 'roundTripMs' as const,
    value: 500,
    before: 5,
    at: NOW,
  }));
const two = [node('n1'), node('n2'), ...slow('a', 'n1'), ...slow('b', 'n1'), ...slow('c', 'n2')];

holdsInRows({
  KubeletDown: {
    holds: look([ready('Unknown')]),
    nearly: look([ready('False')]),
    against: look([ready('Unknown')], { nodeServices: asked('kubelet', true) }),
  },
  ContainerRuntimeDown: {
    holds: look([node('n1')], { events: [event(['Node', 'n1'], 'ContainerGCFailed', DEAD)] }),
    nearly: look([node('n1')], { events: [event(['Node', 'n1'], 'ContainerGCFailed', 'disk is full')] }),
    against: look([node('n1')], {
      events: [event(['Node', 'n1'], 'ContainerGCFailed', DEAD)],
      nodeServices: asked('containerd', true),
    }),
  },
  KubeProxyDown: {
    holds: look([node('n1'), proxy('False')]),
    nearly: look([node('n1'), proxy('False', 'other')]),
    against: look([node('n1'), proxy('True')]),
  },
  SchedulerDown: {
    holds: look([node('n1'), pending()]),
    nearly: look([node('n1'), pending()], {
      events: [event(['Pod', 'web-1-a'], 'FailedScheduling', '0/1 nodes are available: 1 Insufficient cpu.')],
    }),
    against: look([node('n1'), pending()], { gaps: [{ kind: 'Event', why: 'Forbidden' }] }),
  },
  NodeNotReady: {
    holds: look([ready('False', { message: 'network plugin not ready' })]),
    nearly: look([ready('Unknown')]),
    against: look([ready('True')]),
  },
  NodeDiskPressure: pressed('DiskPressure'),
  NodeMemoryPressure: pressed('MemoryPressure'),
  NodePidPressure: pressed('PIDPressure'),
  NodeNetworkUnavailable: pressed('NetworkUnavailable'),
  NodeNetworkLoss: {
    holds: look([node('n1')], { metrics: errors(8) }),
    nearly: look([node('n1')], { metrics: errors(0.02) }),
    against: look([node('n1')]),
  },
  NodeNetworkDelay: {
    holds: look(two, { metrics: late('a', 'b') }),
    // One on each node: no node is to blame.
    nearly: look(two, { metrics: late('a', 'c') }),
    against: look(two, { metrics: [...late('a', 'b'), ...errors(8)] }),
  },
  ClockSkewed: {
    holds: look([clock('n1', -300), clock('n2', 5)]),
    nearly: look([clock('n1', -5), clock('n2', 5)]),
    against: look([clock('n1', -300), clock('n2', -300)]),
  },
  ApiServerSlow: {
    holds: look(workload(), {
      events: [event(['ReplicaSet', 'web-1'], 'FailedCreate', 'etcdserver: request timed out')],
    }),
    nearly: look(workload(), { events: [event(['ReplicaSet', 'web-1'], 'FailedCreate', 'exceeded quota: q')] }),
    against: look([...workload(), pod()], {
      events: [
        {
          ...event(['ReplicaSet', 'web-1'], 'FailedCreate', 'etcdserver: request timed out'),
          lastTimestamp: ago(7200),
        },
      ],
    }),
  },
});
