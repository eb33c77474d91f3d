import type { KubeObject } from '../../../src/shapes/kube.ts';
import type { Resource, Row } from '../row.ts';
import { changed, nodeRow, NODES, podRow, PODS, ROLLING, WORKLOADS, workloadRow } from '../targets.ts';

const DEFINITIONS: Resource = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };
const CACHES: Resource = { group: 'example.com', version: 'v1', resource: 'caches' };

const definition: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'caches.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'caches', singular: 'cache', kind: 'Cache', listKind: 'CacheList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        },
      },
    ],
  },
};
const cache: KubeObject = {
  apiVersion: 'example.com/v1',
  kind: 'Cache',
  metadata: { name: 'sessions', namespace: 'default', labels: { matrix: 'target' } },
  // Kinds that nobody here knows are judged by such a condition.
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
};

const poolOf = ({ metadata }: KubeObject): string => metadata.labels?.['pool'] ?? 'none';
const patchRow = (resource: Resource, name: string) => ({
  type: 'patch',
  action: { type: 'patch', patchAction: { type: 'merge', patch: '{metadata: {labels: {pool: spare}}}' } },
  acted: (target: KubeObject) => poolOf(target) === 'spare',
  effects: { resource, of: changed(name, poolOf, (pool) => `pool ${pool}`) },
  once: ['pool spare'],
  undone: ['pool none'],
});

export const patchRows: readonly Row[] = [
  { ...patchRow(PODS, 'web-0'), ...podRow() },
  ...ROLLING.map((kind): Row => ({ ...patchRow(WORKLOADS[kind], 'web'), ...workloadRow(kind) })),
  {
    ...patchRow(CACHES, 'sessions'),
    kind: 'Cache',
    apiVersion: 'example.com/v1',
    resource: CACHES,
    namespace: 'default',
    name: 'sessions',
    permissions: [{ apiGroups: ['example.com'], resources: ['caches'], verbs: ['get', 'list', 'watch', 'patch'] }],
    setUp: (world) => {
      world.cluster.create(DEFINITIONS, definition);
      world.cluster.create(CACHES, cache);
    },
  },
  { ...patchRow(NODES, 'node-1'), ...nodeRow },
];
