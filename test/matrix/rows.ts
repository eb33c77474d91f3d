/** The rows of the matrix: every action type on every kind that it supports. */
import type { KubeObject } from '../../src/api/kube.ts';
import type { TestCluster } from '../kit/test-cluster.ts';
import type { Change, Resource, Row } from './row.ts';

const APPS = { group: 'apps', version: 'v1' };
const WORKLOADS: Readonly<Record<string, Resource>> = {
  Deployment: { ...APPS, resource: 'deployments' },
  StatefulSet: { ...APPS, resource: 'statefulsets' },
  DaemonSet: { ...APPS, resource: 'daemonsets' },
  ReplicaSet: { ...APPS, resource: 'replicasets' },
};
const PODS: Resource = { group: '', version: 'v1', resource: 'pods' };

const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'registry.example/app:1' }] } };
const web = (kind: string, labels: Record<string, string> = { matrix: 'target' }, pods = template): KubeObject => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'web', namespace: 'default', labels },
  spec: {
    ...(kind !== 'DaemonSet' && { replicas: 2 }),
    ...(kind === 'StatefulSet' && { serviceName: 'web' }),
    selector: { matchLabels: { app: 'web' } },
    template: pods,
  },
});

const workloadRow = (kind: string): Pick<Row, 'kind' | 'apiVersion' | 'resource' | 'namespace' | 'name' | 'setUp'> => {
  const resource = WORKLOADS[kind] ?? PODS;
  return {
    kind,
    apiVersion: 'apps/v1',
    resource,
    namespace: 'default',
    name: 'web',
    setUp: (world: TestCluster) => void world.cluster.create(resource, web(kind)),
  };
};

const marked = { ...template, metadata: { labels: { app: 'web', matrix: 'target' } } };
/** A pod whose successor has its name: only the UID tells them apart. */
const podRow: Pick<Row, 'kind' | 'apiVersion' | 'resource' | 'namespace' | 'name' | 'setUp'> = {
  kind: 'Pod',
  apiVersion: 'v1',
  resource: PODS,
  namespace: 'default',
  name: 'web-0',
  setUp: (world) => void world.cluster.create({ ...APPS, resource: 'statefulsets' }, web('StatefulSet', {}, marked)),
};

const replicasOf = (object: KubeObject | undefined): number =>
  (object?.['spec'] as { readonly replicas?: number } | undefined)?.replicas ?? 0;
const restartedAt = (object: KubeObject | undefined): string | undefined =>
  (object as { spec?: { template?: { metadata?: { annotations?: Record<string, string> } } } } | undefined)?.spec?.template?.metadata
    ?.annotations?.['kubectl.kubernetes.io/restartedAt'];

const changed =
  (of: (object: KubeObject | undefined) => unknown, name: (object: KubeObject) => string) =>
  ({ object, old, type }: Change): string | undefined =>
    type === 'MODIFIED' && object.metadata.name === 'web' && of(object) !== of(old) ? name(object) : undefined;

/** The moment at which a pod of the name begins to go. */
const podGoes = ({ object, old, type }: Change): string | undefined => {
  if (object.metadata.name !== podRow.name || old === undefined || old.metadata.deletionTimestamp !== undefined) return undefined;
  return type === 'DELETED' || object.metadata.deletionTimestamp !== undefined ? 'pod evicted' : undefined;
};

export const rows: readonly Row[] = [
  {
    type: 'restart',
    ...podRow,
    action: { type: 'restart' },
    acted: () => false,
    effects: { resource: PODS, of: podGoes },
    once: ['pod evicted'],
  },
  ...['Deployment', 'StatefulSet', 'DaemonSet'].map(
    (kind): Row => ({
      type: 'restart',
      ...workloadRow(kind),
      action: { type: 'restart' },
      acted: (target, first) => restartedAt(target) !== restartedAt(first),
      effects: { resource: WORKLOADS[kind] ?? PODS, of: changed(restartedAt, () => 'restarted') },
      once: ['restarted'],
    }),
  ),
  ...['Deployment', 'StatefulSet', 'ReplicaSet'].map(
    (kind): Row => ({
      type: 'scale',
      ...workloadRow(kind),
      action: { type: 'scale', scaleAction: { direction: 'up', replicas: 1 } },
      acted: (target) => replicasOf(target) === 3,
      effects: { resource: WORKLOADS[kind] ?? PODS, of: changed(replicasOf, (object) => `${replicasOf(object)} replicas`) },
      once: ['3 replicas'],
      undone: ['2 replicas'],
    }),
  ),
];
