import { ago, HOUR, judgedPolicy, MINUTE, proposal, running, T0 } from '../../../test/kit/core-data.ts';
import { gateTable } from '../../../test/kit/gate-table.ts';
import { rateLimited } from './rate-limited.ts';

const limit = (maxActionsPerHour: number) => judgedPolicy({}, { maxActionsPerHour });
const limits = { ...proposal().limits, maxActionsPerHour: 2 };
gateTable(rateLimited, [
  ['below the limit', { policy: limit(2), history: [ago(MINUTE)] }, undefined],
  [
    'at the limit, until the oldest is an hour old',
    { policy: limit(2), history: [ago(MINUTE), ago(30 * MINUTE)] },
    '2 of 2 actions',
    T0 + 30 * MINUTE,
  ],
  [
    'after the clock was set forward, until an hour has passed by the clock as it went before',
    { policy: limit(1), history: [ago(70 * MINUTE)], limits: { ...proposal().limits, leapMs: 20 * MINUTE } },
    '1 of 1 actions',
    T0 + 10 * MINUTE,
  ],
  [
    'after the clock was set forward, what was just proposed still takes a place for a minute only',
    {
      limits: { ...limits, maxActionsPerHour: 1, leapMs: HOUR },
      history: [running({ policyUid: 'x', phase: 'Approved', createdAt: T0 - MINUTE })],
    },
    undefined,
  ],
  ['what is an hour old counts no more', { policy: limit(2), history: [ago(MINUTE), ago(HOUR)] }, undefined],
  [
    "another policy's do not count against it",
    { policy: limit(1), history: [ago(MINUTE, { policyUid: 'x' })] },
    undefined,
  ],
  [
    'what did nothing does not count',
    { policy: limit(1), history: [ago(MINUTE, { executed: false, phase: 'Cancelled' })] },
    undefined,
  ],
  [
    'an accepted proposal counts at once',
    { policy: limit(1), history: [running({ phase: 'Pending', executed: false })] },
    '1 of 1 actions',
  ],
  [
    'with the limit in flight no time is named, whatever lies further back',
    { policy: limit(1), history: [running(), ago(5 * HOUR), ago(MINUTE, { dryRun: true })] },
    '1 of 1 actions',
  ],
  [
    'all policies together',
    { limits, history: [ago(MINUTE, { policyUid: 'x' }), ago(2 * MINUTE, { policyUid: 'y' })] },
    'operator: 2 of 2',
    T0 + 58 * MINUTE,
  ],
  [
    'what waits for a person takes nothing of the hour of all',
    {
      limits,
      history: ['a', 'b'].map((uid) => running({ uid, policyUid: 'x', phase: 'Pending', awaits: 'approval' })),
    },
    undefined,
  ],
  [
    'what was just proposed does, until a minute has passed',
    {
      limits,
      history: [ago(MINUTE, { policyUid: 'x' }), running({ policyUid: 'x', phase: 'Approved', createdAt: T0 })],
    },
    'operator: 2 of 2',
    T0 + MINUTE,
  ],
  [
    'one namespace leaves a fifth of the hour to the others',
    {
      limits: { ...limits, maxActionsPerHour: 5 },
      history: [1, 2, 3, 4].map((minutes) => ago(minutes * MINUTE, { policyUid: 'x' })),
    },
    'namespace shop: 4 of 4',
    T0 + 56 * MINUTE,
  ],
]);
