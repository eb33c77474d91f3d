import type { KubeObject } from '../../../src/shapes/kube.ts';
import type { Resource, Row } from '../row.ts';
import { changed, evicted, PODS, web, WORKLOADS } from '../targets.ts';

const NODES: Resource = { group: '', version: 'v1', resource: 'nodes' };
const isCordoned = (node: KubeObject): boolean =>
  (node['spec'] as { readonly unschedulable?: boolean }).unschedulable === true;
const nodeOf = (pod: KubeObject): string | undefined => (pod['spec'] as { readonly nodeName?: string }).nodeName;

const node: Pick<Row, 'kind' | 'apiVersion' | 'resource' | 'name' | 'setUp' | 'hopeless'> = {
  kind: 'Node',
  apiVersion: 'v1',
  resource: NODES,
  name: 'node-1',
  // Two pods on each of the three nodes.
  setUp: ({ cluster }) => {
    cluster.modify(NODES, { name: 'node-1' }, (draft) => {
      draft.metadata.labels = { ...draft.metadata.labels, matrix: 'target' };
      return draft;
    });
    const deployment = web('Deployment', { labels: {} });
    cluster.create(WORKLOADS.Deployment, { ...deployment, spec: { ...(deployment['spec'] as object), replicas: 6 } });
    cluster.create(WORKLOADS.DaemonSet, {
      ...web('DaemonSet', { labels: {} }),
      metadata: { name: 'agent', namespace: 'default' },
      spec: {
        selector: { matchLabels: { app: 'agent' } },
        template: {
          metadata: { labels: { app: 'agent' } },
          spec: { containers: [{ name: 'main', image: 'registry.example/agent:1' }] },
        },
      },
    });
  },
  // A node that is broken all the same was cordoned as it should be.
  hopeless: 'Succeeded',
};

/** Cordoned by an action of before: of the operator's making, as the server says. */
const cordonedNode: typeof node = {
  ...node,
  setUp: async (at) => {
    await node.setUp?.(at);
    at.cluster.modify(NODES, { name: 'node-1' }, (draft) => {
      const ours = { manager: 'kubeskippy', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1' };
      const entry = { ...ours, fieldsV1: { 'f:spec': { 'f:unschedulable': {} } } };
      draft.metadata.managedFields = [...(draft.metadata.managedFields ?? []), entry];
      draft['spec'] = { ...(draft['spec'] as object), unschedulable: true };
      return draft;
    });
  },
};

export const nodeRows: readonly Row[] = [
  {
    type: 'cordon',
    ...node,
    action: { type: 'cordon', cordonAction: { signals: 1 } },
    acted: isCordoned,
    effects: {
      resource: NODES,
      of: changed(
        'node-1',
        (one) => (isCordoned(one) ? 1 : 0),
        (is) => (is === 1 ? 'cordoned' : 'uncordoned'),
      ),
    },
    once: ['cordoned'],
  },
  {
    type: 'uncordon',
    ...cordonedNode,
    action: { type: 'uncordon' },
    acted: (one) => !isCordoned(one),
    effects: {
      resource: NODES,
      of: changed(
        'node-1',
        (one) => (isCordoned(one) ? 1 : 0),
        (is) => (is === 1 ? 'cordoned' : 'uncordoned'),
      ),
    },
    once: ['uncordoned'],
  },
  {
    type: 'drain',
    ...node,
    action: { type: 'drain', drainAction: { signals: 1 } },
    acted: (target, _first, { world: { cluster } }) =>
      isCordoned(target) &&
      cluster.list(PODS).every((pod) => nodeOf(pod) !== 'node-1' || pod.metadata.name.startsWith('agent-')),
    effects: { resource: PODS, of: evicted },
    once: ['pod evicted', 'pod evicted'],
  },
];
