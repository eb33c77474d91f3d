/** What the rows are about: a workload `web` of any kind, one of its pods, and how a change to them is named. */
import type { KubeObject } from '../../src/shapes/kube.ts';
import type { Change, Resource, Row } from './row.ts';

const APPS = { group: 'apps', version: 'v1' };
export const WORKLOADS = {
  Deployment: { ...APPS, resource: 'deployments' },
  StatefulSet: { ...APPS, resource: 'statefulsets' },
  DaemonSet: { ...APPS, resource: 'daemonsets' },
  ReplicaSet: { ...APPS, resource: 'replicasets' },
} as const satisfies Readonly<Record<string, Resource>>;
export type WorkloadKind = keyof typeof WORKLOADS;
/** Those that roll a new template out. */
export const ROLLING = ['Deployment', 'StatefulSet', 'DaemonSet'] as const satisfies readonly WorkloadKind[];
export const PODS: Resource = { group: '', version: 'v1', resource: 'pods' };

interface Shape {
  readonly labels?: Readonly<Record<string, string>>;
  readonly podLabels?: Readonly<Record<string, string>>;
  /** Of the container. */
  readonly resources?: object;
}

export const web = (
  kind: WorkloadKind,
  { labels = { matrix: 'target' }, podLabels = {}, resources }: Shape = {},
): KubeObject => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'web', namespace: 'default', labels },
  spec: {
    ...(kind !== 'DaemonSet' && { replicas: 2 }),
    ...(kind === 'StatefulSet' && { serviceName: 'web' }),
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web', ...podLabels } },
      spec: {
        containers: [{ name: 'main', image: 'registry.example/app:1', ...(resources !== undefined && { resources }) }],
      },
    },
  },
});

export type Target = Pick<Row, 'kind' | 'apiVersion' | 'resource' | 'namespace' | 'name' | 'setUp'>;

export const workloadRow = (kind: WorkloadKind, shape: Shape = {}): Target => ({
  kind,
  apiVersion: 'apps/v1',
  resource: WORKLOADS[kind],
  namespace: 'default',
  name: 'web',
  setUp: (world) => void world.cluster.create(WORKLOADS[kind], web(kind, shape)),
});

/** A pod whose successor has its name: only the UID tells them apart. */
export const podRow = (shape: Shape = {}): Target => ({
  kind: 'Pod',
  apiVersion: 'v1',
  resource: PODS,
  namespace: 'default',
  name: 'web-0',
  setUp: (world) =>
    void world.cluster.create(
      WORKLOADS.StatefulSet,
      web('StatefulSet', { labels: {}, podLabels: { matrix: 'target' }, ...shape }),
    ),
});

export const NODES: Resource = { group: '', version: 'v1', resource: 'nodes' };
export const nodeRow: Target = {
  kind: 'Node',
  apiVersion: 'v1',
  resource: NODES,
  name: 'node-1',
  setUp: (world) =>
    void world.cluster.modify(NODES, { name: 'node-1' }, (draft) => {
      draft.metadata.labels = { ...draft.metadata.labels, matrix: 'target' };
      return draft;
    }),
};

/** An effect that shows in a value of the target, by the name that is made of the new one. */
export const changed =
  (
    target: string,
    of: (object: KubeObject) => string | number | undefined,
    name: (value: string | number | undefined) => string,
  ) =>
  ({ object, old, type }: Change): string | undefined => {
    if (type !== 'MODIFIED' || old === undefined || object.metadata.name !== target) return undefined;
    return of(object) === of(old) ? undefined : name(of(object));
  };

interface PodStatus {
  readonly conditions?: readonly { readonly reason?: string }[];
}
const byEviction = (object: KubeObject): boolean =>
  ((object['status'] ?? {}) as PodStatus).conditions?.some(({ reason }) => reason === 'EvictionByEvictionAPI') ?? false;

/** Of any pod, and by an eviction: the pods of a workload that is gone go too. */
export const evicted = (change: Change): string | undefined =>
  byEviction(change.object) ? goes(change, change.object.metadata.name) : undefined;

/** The moment at which the pod begins to go. */
export const podGoes = (change: Change): string | undefined => goes(change, 'web-0');

const goes = ({ object, old, type }: Change, name: string): string | undefined => {
  if (object.metadata.name !== name || old === undefined || old.metadata.deletionTimestamp !== undefined)
    return undefined;
  return type === 'DELETED' || object.metadata.deletionTimestamp !== undefined ? 'pod evicted' : undefined;
};

interface PodSpec {
  readonly containers?: readonly {
    readonly image?: string;
    readonly resources?: { readonly limits?: Readonly<Record<string, string>> };
  }[];
}
/** Of a pod or of the template of a workload. */
export const firstContainer = (object: KubeObject) => {
  const spec = (object['spec'] ?? {}) as PodSpec & { readonly template?: { readonly spec?: PodSpec } };
  return (spec.template?.spec ?? spec).containers?.[0];
};
