import type { KubeObject } from '../../../src/api/kube.ts';
import type { Row } from '../row.ts';
import { changed, podGoes, podRow, PODS, ROLLING, WORKLOADS, workloadRow } from '../targets.ts';

const restartedAt = (object: KubeObject): string | undefined =>
  (object as { spec?: { template?: { metadata?: { annotations?: Record<string, string> } } } }).spec?.template?.metadata?.annotations?.[
    'kubectl.kubernetes.io/restartedAt'
  ];

export const restartRows: readonly Row[] = [
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
