import { judgedPolicy } from '../../../test/kit/core-data.ts';
import { gateTable } from '../../../test/kit/gate-table.ts';
import { suspended } from './suspended.ts';

gateTable(suspended, [
  ['an active policy may act', {}, undefined],
  ['a suspended one may not', { policy: judgedPolicy({ suspended: true }) }, 'policy shop/p has spec.suspend: true'],
  ['nobody may while the kill switch is thrown', { paused: 'ConfigMap x pauses all healing' }, 'pauses all healing'],
]);
