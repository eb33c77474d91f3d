import { SCRIPT_ANNOTATION } from '../../../src/sandbox/index.ts';
import type { KubeObject } from '../../../src/shapes/kube.ts';
import type { Change, Resource, Row } from '../row.ts';
import { podGoes, podRow, PODS, WORKLOADS, workloadRow } from '../targets.ts';

const JOBS: Resource = { group: 'batch', version: 'v1', resource: 'jobs' };
const job: KubeObject = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'import', namespace: 'default', labels: { matrix: 'target' } },
  spec: {
    template: {
      // It goes on for longer than the play: one that has ended is not ill.
      metadata: { annotations: { [SCRIPT_ANNOTATION]: JSON.stringify({ exit: { after: '1000h', code: 0 } }) } },
      spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'registry.example/app:1' }] },
    },
  },
};

const gone =
  (name: string) =>
  ({ object, type }: Change): string | undefined =>
    type === 'DELETED' && object.metadata.name === name ? 'deleted' : undefined;

/** Nothing brings it back: when it is gone, there is nothing left that could be broken. */
const forGood = {
  type: 'delete',
  action: { type: 'delete' },
  acted: () => false,
  once: ['deleted'],
  hopeless: 'Succeeded',
} as const;

export const deleteRows: readonly Row[] = [
  {
    type: 'delete',
    ...podRow(),
    action: { type: 'delete' },
    acted: () => false,
    effects: { resource: PODS, of: podGoes },
    once: ['pod evicted'],
  },
  ...(['Deployment', 'DaemonSet', 'ReplicaSet'] as const).map(
    (kind): Row => ({ ...forGood, ...workloadRow(kind), effects: { resource: WORKLOADS[kind], of: gone('web') } }),
  ),
  {
    ...forGood,
    kind: 'Job',
    apiVersion: 'batch/v1',
    resource: JOBS,
    namespace: 'default',
    name: 'import',
    setUp: (world) => void world.cluster.create(JOBS, job),
    effects: { resource: JOBS, of: gone('import') },
  },
];
