import type { KubeObject } from '../../../src/shapes/kube.ts';
import type { Row } from '../row.ts';
import { changed, firstContainer, podRow, PODS, ROLLING, WORKLOADS, workloadRow } from '../targets.ts';

const resources = { requests: { memory: '32Mi' }, limits: { memory: '64Mi' } };
const limitOf = (object: KubeObject): string | undefined => firstContainer(object)?.resources?.limits?.['memory'];
const resizeRow = {
  type: 'resize',
  action: { type: 'resize', resizeAction: { memory: { factor: 2, max: '1Gi' } } },
  acted: (target: KubeObject) => limitOf(target) === '128Mi',
  once: ['limit 128Mi'],
  undone: ['limit 64Mi'],
};
const told = (limit: string | number | undefined): string => `limit ${limit}`;

export const resizeRows: readonly Row[] = [
  { ...resizeRow, ...podRow({ resources }), effects: { resource: PODS, of: changed('web-0', limitOf, told) } },
  ...ROLLING.map(
    (kind): Row => ({
      ...resizeRow,
      ...workloadRow(kind, { resources }),
      effects: { resource: WORKLOADS[kind], of: changed('web', limitOf, told) },
    }),
  ),
];
