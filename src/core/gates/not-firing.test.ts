import { gateTable } from '../../../test/kit/gate-table.ts';
import { MINUTE, T0 } from '../../../test/kit/core-data.ts';
import { notFiring } from './not-firing.ts';

const trigger = { name: 'looping', detail: 'no container is in CrashLoopBackOff' };

gateTable(notFiring, [
  ['an action that answers no trigger passes', {}, undefined],
  ['one whose trigger holds passes', { trigger: { ...trigger, state: 'holds' } }, undefined],
  [
    'one whose episode has ended does not, and no time changes that',
    { trigger: { ...trigger, state: 'over' } },
    'trigger looping does not hold any more: no container is in CrashLoopBackOff',
  ],
  [
    'one whose trigger clears waits until its episode has ended',
    { trigger: { ...trigger, state: 'clearing', until: T0 + MINUTE } },
    'trigger looping does not hold any more',
    T0 + MINUTE,
  ],
]);
