import {
  judgedPolicy,
  MINUTE,
  ownedPod,
  pastOnWeb,
  proposal,
  running,
  SECOND,
  T0,
  WEB,
} from '../../../test/kit/core-data.ts';
import { gateTable } from '../../../test/kit/gate-table.ts';
import { budgetExhausted } from './budget-exhausted.ts';

const limits = { ...proposal().limits, maxConcurrent: 1 };

gateTable(budgetExhausted, [
  [
    'to cordon a node, while another node is worked on',
    { actionType: 'cordon', history: [running({ targetKind: 'Node', policyUid: 'x' })] },
    'is in flight on another node (InProgress); nodes are taken away one at a time',
  ],
  [
    'to drain one, while only workloads are',
    { actionType: 'drain', history: [running({ policyUid: 'x' })] },
    undefined,
  ],
  [
    'to patch one, all the same',
    { actionType: 'patch', history: [running({ targetKind: 'Node', policyUid: 'x' })] },
    undefined,
  ],
  ['nothing is in flight', {}, undefined],
  [
    "something of another policy's is, on the same target (I20)",
    { history: [running({ targetUid: WEB.uid, policyUid: 'x' })] },
    'on the same workload (InProgress)',
  ],
  [
    'on a sibling under the same root',
    { ...ownedPod, history: [running({ targetUid: 'pod-2', rootUid: WEB.uid, policyUid: 'x' })] },
    'on the same workload',
  ],
  [
    'on a controller in between',
    { ...ownedPod, history: [running({ targetUid: 'rs', rootUid: 'elsewhere', policyUid: 'x' })] },
    'on the same workload',
  ],
  [
    'on a pod of the workload',
    { history: [running({ targetUid: 'pod-2', rootUid: WEB.uid, policyUid: 'x' })] },
    'on the same workload',
  ],
  ["a dry run is in nobody's way", { history: [running({ targetUid: WEB.uid, dryRun: true })] }, undefined],
  ["what has finished is in nobody's way", { history: [pastOnWeb()] }, undefined],
  [
    "the policy's own elsewhere, up to maxConcurrent (I14)",
    { history: [running()] },
    'policy shop/p: 1 of 1 actions in flight',
  ],
  ['maxConcurrent allows two', { policy: judgedPolicy({}, { maxConcurrent: 2 }), history: [running()] }, undefined],
  [
    "others' up to the operator's limit",
    { limits, history: [running({ policyUid: 'x' })] },
    'operator: 1 of 1 actions in flight',
  ],
  [
    'what waits for a person takes no place of the operator',
    { limits, history: [running({ policyUid: 'x', phase: 'Pending', awaits: 'approval' })] },
    undefined,
  ],
  [
    'what was just proposed takes one, until a minute has passed',
    { limits, history: [running({ policyUid: 'x', phase: 'Approved', createdAt: T0 - 10 * SECOND })] },
    'operator: 1 of 1',
    T0 + 50 * SECOND,
  ],
  [
    'what has waited longer, for whatever, takes none',
    { limits, history: [running({ policyUid: 'x', phase: 'Approved', createdAt: T0 - MINUTE })] },
    undefined,
  ],
  [
    'a node whose action waits is no node that is taken away',
    {
      actionType: 'drain',
      history: [running({ targetKind: 'Node', policyUid: 'x', phase: 'Pending', awaits: 'approval' })],
    },
    undefined,
  ],
  [
    'what waits still stands against its own workload (I20)',
    { history: [running({ targetUid: WEB.uid, policyUid: 'x', phase: 'Pending', awaits: 'approval' })] },
    'on the same workload (Pending)',
  ],
  [
    'an action of another namespace that names the UID of this workload does not',
    { history: [running({ rootUid: WEB.uid, policyUid: 'x', targetNamespace: 'elsewhere' })] },
    undefined,
  ],
  [
    'one namespace leaves a place to the others',
    { history: ['a', 'b', 'c', 'd'].map((uid) => running({ uid, policyUid: 'x' })) },
    'namespace shop: 4 of 4',
  ],
  [
    'and others are not counted in it',
    { history: ['a', 'b', 'c', 'd'].map((uid) => running({ uid, policyUid: 'x', namespace: 'elsewhere' })) },
    undefined,
  ],
  [
    'so many may wait in one namespace',
    {
      history: Array.from({ length: 100 }, (_, i) =>
        running({ uid: `w${i}`, policyUid: 'x', phase: 'Pending', awaits: 'approval' }),
      ),
    },
    'namespace shop with what waits: 100 of 100',
  ],
]);
