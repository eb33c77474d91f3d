import { failures, MINUTE, running, T0 } from '../../../test/kit/core-data.ts';
import { gateTable } from '../../../test/kit/gate-table.ts';
import { circuitOpen } from './circuit-open.ts';

gateTable(circuitOpen, [
  ['closed', {}, undefined],
  ['open after five failures in a row', { history: failures(T0) }, '5 actions failed in a row', T0 - 1 + 5 * MINUTE],
  [
    "another policy's failures open nothing",
    { history: failures(T0).map((action) => ({ ...action, policyUid: 'x' })) },
    undefined,
  ],
  ['half-open lets one try', { history: failures(T0 - 5 * MINUTE) }, undefined],
  [
    'half-open admits no second (I21)',
    { history: [...failures(T0 - 5 * MINUTE), running()] },
    'one action is trying already',
  ],
]);
