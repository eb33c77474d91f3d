/** Small clusters for the tests of rules: one namespace, one workload, and what is wrong with it. */
import type { KubeObject } from '../../../src/shapes/kube.ts';
import type { EventObject } from '../../../src/shapes/workloads.ts';
import { Snapshot, type SnapshotParts } from '../../../src/core/analysis/snapshot.ts';

export const NOW = Date.parse('2026-01-01T12:00:00Z');
export const ago = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString();

type Fields = Readonly<Record<string, unknown>>;

export const make = (kind: string, name: string, fields: Fields = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  ...fields,
  metadata: {
    name,
    ...(!['Node', 'PersistentVolume', 'StorageClass', 'Namespace'].includes(kind) && { namespace: 'shop' }),
    ...(fields['metadata'] as object | undefined),
  },
});

const ownedBy = (kind: string, name: string) => ({
  ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: name, controller: true }],
});

export const container = (fields: Fields = {}): Fields => ({
  name: 'main',
  image: 'registry.example/shop/web:1',
  ports: [{ containerPort: 8080 }],
  ...fields,
});

/** A Deployment `web` of one replica, by its ReplicaSet, and the template's spec. */
export const workload = (
  spec: Fields = {},
  fields: { readonly deployment?: Fields; readonly set?: Fields } = {},
): readonly KubeObject[] => {
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [container()], ...spec } };
  return [
    make('Deployment', 'web', {
      spec: { replicas: 1, template, ...(fields.deployment?.['spec'] as object | undefined) },
      status: fields.deployment?.['status'] ?? {},
    }),
    make('ReplicaSet', 'web-1', {
      metadata: ownedBy('Deployment', 'web'),
      spec: { replicas: 1, template },
      status: { replicas: 1, ...(fields.set?.['status'] as object | undefined) },
    }),
  ];
};

const READY = [
  { type: 'Initialized', status: 'True' },
  { type: 'Ready', status: 'True' },
];
const UNREADY = [
  { type: 'Initialized', status: 'True' },
  { type: 'Ready', status: 'False' },
];

/** A pod of `web`: well unless fields of its status say otherwise. */
export const pod = ({
  spec,
  status,
  name = 'web-1-a',
  metadata,
}: {
  readonly spec?: Fields;
  readonly status?: Fields;
  readonly name?: string;
  readonly metadata?: Fields;
} = {}): KubeObject =>
  make('Pod', name, {
    metadata: { labels: { app: 'web' }, creationTimestamp: ago(300), ...ownedBy('ReplicaSet', 'web-1'), ...metadata },
    spec: { nodeName: 'n1', containers: [container()], ...spec },
    status: {
      phase: 'Running',
      conditions: READY,
      containerStatuses: [{ name: 'main', ready: true, restartCount: 0 }],
      ...status,
    },
  });

export const unready = (status: Fields = {}): Fields => ({
  conditions: UNREADY,
  containerStatuses: [{ name: 'main', ready: false, restartCount: 0, ...status }],
});

export const ended = (exitCode: number, reason: string, seconds = 5): Fields =>
  unready({
    restartCount: 3,
    state: { waiting: { reason: 'CrashLoopBackOff' } },
    lastState: { terminated: { exitCode, reason, startedAt: ago(20 + seconds), finishedAt: ago(20) } },
  });

export const pending = (spec: Fields = {}): KubeObject =>
  pod({ spec: { nodeName: undefined, ...spec }, status: { phase: 'Pending', conditions: [], containerStatuses: [] } });

export const node = (
  name: string,
  fields: { readonly spec?: Fields; readonly status?: Fields; readonly labels?: Fields } = {},
): KubeObject =>
  make('Node', name, {
    metadata: { labels: { 'kubernetes.io/hostname': name, ...fields.labels } },
    spec: fields.spec ?? {},
    status: {
      allocatable: { cpu: '4', memory: '8Gi' },
      conditions: [{ type: 'Ready', status: 'True' }],
      ...fields.status,
    },
  });

export const service = (spec: Fields = {}, name = 'web'): KubeObject =>
  make('Service', name, { spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }], ...spec } });

/** The n-th event of a look is the n-th that happened. */
export const event = (about: readonly [string, string], reason: string, message: string): EventObject => {
  const [kind, name] = about;
  const namespace = kind === 'Node' ? {} : { namespace: 'shop' };
  return {
    ...make('Event', `${name}.${reason}`, { metadata: { namespace: kind === 'Node' ? 'default' : 'shop' } }),
    involvedObject: { kind, name, ...namespace },
    reason,
    message,
    firstTimestamp: ago(60),
    lastTimestamp: ago(10),
  };
};

export const said = (reason: string, message: string): EventObject => event(['Pod', 'web-1-a'], reason, message);

export const look = (objects: readonly KubeObject[], parts: Partial<SnapshotParts> = {}): Snapshot =>
  new Snapshot({ at: NOW, objects, events: [], ...parts });
