import { MINUTE, past, pastOnWeb, proposal, T0, workload } from '../../../test/kit/core-data.ts';
import { gateTable } from '../../../test/kit/gate-table.ts';
import { coolingDown } from './cooling-down.ts';

gateTable(coolingDown, [
  ['nothing was done', {}, undefined],
  [
    'too soon after the last action',
    { history: [pastOnWeb()] },
    'ended at 2025-12-31T23:59:00Z; the cool-down is 300 s',
    T0 + 4 * MINUTE,
  ],
  [
    "after another policy's too (I19)",
    { history: [pastOnWeb({ policyUid: 'x', phase: 'Failed' })] },
    'Failed',
    T0 + 4 * MINUTE,
  ],
  ['long enough after it', { history: [pastOnWeb({ completedAt: T0 - 5 * MINUTE })] }, undefined],
  [
    'long enough by a clock that was set forward, and too soon by the one before',
    {
      history: [pastOnWeb({ completedAt: T0 - 5 * MINUTE })],
      limits: { ...proposal().limits, leapMs: 3 * MINUTE },
    },
    'cool-down',
    T0 + 3 * MINUTE,
  ],
  ['after one elsewhere', { history: [past()] }, undefined],
  ['after one that did nothing', { history: [pastOnWeb({ executed: false, phase: 'Cancelled' })] }, undefined],
  [
    'after one on a sibling of the same root',
    {
      chain: [workload('Deployment', { metadata: { uid: 'root' } })],
      history: [pastOnWeb({ targetUid: 'x', rootUid: 'root' })],
    },
    'cool-down',
    T0 + 4 * MINUTE,
  ],
]);
