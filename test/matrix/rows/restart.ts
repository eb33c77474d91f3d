import type { KubeObject } from '../../../src/shapes/kube.ts';
import type { Row } from '../row.ts';
import { changed, evicted, podGoes, podRow, PODS, ROLLING, WORKLOADS, workloadRow } from '../targets.ts';

const restartedAt = (object: KubeObject): string | undefined =>
  (object as { spec?: { template?: { metadata?: { annotations?: Record<string, string> } } } }).spec?.template?.metadata
    ?.annotations?.['kubectl.kubernetes.io/restartedAt'];

const EVICTED = 'pod evicted';
/** Its first pods are there before the play begins, a minute after the workload. */
const madeLater = (pod: KubeObject, { metadata }: KubeObject): boolean =>
  Date.parse(pod.metadata.creationTimestamp ?? '') - Date.parse(metadata.creationTimestamp ?? '') > 60_000;
const replicasOf = (object: KubeObject): number | undefined =>
  (object['spec'] as { readonly replicas?: number }).replicas;

export const rollingRestarts: readonly Row[] = [
  {
    type: 'restart',
    ...podRow(),
    action: { type: 'restart' },
    acted: () => false,
    effects: { resource: PODS, of: podGoes },
    once: ['pod evicted'],
  },
  ...ROLLING.map(
    (kind): Row => ({
      type: 'restart',
      ...workloadRow(kind),
      action: { type: 'restart' },
      acted: (target, first) => restartedAt(target) !== restartedAt(first),
      effects: { resource: WORKLOADS[kind], of: changed('web', restartedAt, () => 'restarted') },
      once: ['restarted'],
    }),
  ),
];

export const recreatingRestarts = (['Deployment', 'StatefulSet'] as const).map(
  (kind): Row => ({
    type: 'restart',
    variant: 'recreate',
    ...workloadRow(kind),
    action: { type: 'restart', restartAction: { strategy: 'recreate' } },
    acted: (target) => replicasOf(target) === 2 && target.metadata.annotations?.['kubeskippy.io/attempt'] !== undefined,
    effects: { resource: WORKLOADS[kind], of: changed('web', replicasOf, (count) => `${count} replicas`) },
    once: ['0 replicas', '2 replicas'],
    undone: [],
  }),
);

export const gracefulRestarts = ROLLING.map(
  (kind): Row => ({
    type: 'restart',
    variant: 'graceful',
    ...workloadRow(kind),
    action: { type: 'restart', restartAction: { strategy: 'graceful', gracePeriodSeconds: 5 } },
    acted: (target, _first, { world }) => world.cluster.list(PODS, 'default').every((pod) => madeLater(pod, target)),
    effects: { resource: PODS, of: evicted },
    // A node each for those of a DaemonSet.
    once: kind === 'DaemonSet' ? [EVICTED, EVICTED, EVICTED] : [EVICTED, EVICTED],
    attempts: 1,
  }),
);
