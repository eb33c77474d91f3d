import type { KubeObject } from '../../../src/shapes/kube.ts';
import type { Row } from '../row.ts';
import { changed, WORKLOADS, workloadRow } from '../targets.ts';

const replicasOf = (object: KubeObject): number => (object['spec'] as { readonly replicas?: number }).replicas ?? 0;

export const scaleRows: readonly Row[] = (['Deployment', 'StatefulSet', 'ReplicaSet'] as const).map((kind) => ({
  type: 'scale',
  ...workloadRow(kind),
  action: { type: 'scale', scaleAction: { direction: 'up', replicas: 1 } },
  acted: (target) => replicasOf(target) === 3,
  effects: { resource: WORKLOADS[kind], of: changed('web', replicasOf, (count) => `${count} replicas`) },
  once: ['3 replicas'],
  undone: ['2 replicas'],
}));
