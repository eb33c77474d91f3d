import { ago, HOUR, judgedPolicy, MINUTE, proposal, T0 } from '../../../test/kit/core-data.ts';
import { gateTable } from '../../../test/kit/gate-table.ts';
import { given } from '../../std/given.ts';
import { actionsOf } from '../healings.ts';
import { chronic } from './chronic.ts';

const DAY = 24 * HOUR;
const limits = (maxHealingsPerDay: number, maxHealingsPerWeek: number) =>
  judgedPolicy({}, { maxHealingsPerDay, maxHealingsPerWeek });
const { target, chain } = proposal();
const root = chain.at(-1)?.metadata.uid ?? target.uid;
const healed = (ms: number, change = {}) =>
  ago(ms, { rootUid: root, ...given({ targetNamespace: target.namespace }), ...change });
const every = (ms: number, count: number, change = {}) =>
  Array.from({ length: count }, (_, i) => healed((i + 1) * ms, { uid: `every-${i}`, ...change }));

gateTable(chronic, [
  ['fewer than five in a day', { history: every(HOUR, 4) }, undefined],
  [
    'five in a day, until the fifth last is a day old',
    { history: every(HOUR, 5) },
    'was healed 5 times in 24h (limit 5), the last time at',
    T0 - 5 * HOUR + 1000 + DAY,
  ],
  [
    'ten in a week, however far apart',
    { history: every(15 * HOUR, 10) },
    '10 times in 168h (limit 10)',
    T0 + 18 * HOUR + 1000,
  ],
  ['what lies further back counts no more', { history: every(20 * HOUR, 30), policy: limits(5, 10) }, undefined],
  [
    'what is known of the time alone counts as well',
    {
      policy: limits(5, 2),
      history: actionsOf({ [`${target.namespace}/${root}`]: [T0 - 2 * DAY, T0 - 3 * DAY] }),
    },
    '2 times in 168h (limit 2)',
    T0 + 4 * DAY,
  ],
  ['what failed has not helped', { history: every(MINUTE, 9, { phase: 'Failed' }) }, undefined],
  ['that people were told heals nothing', { history: every(MINUTE, 9, { ended: 'Delivered' }) }, undefined],
  ['a dry run heals nothing', { history: every(MINUTE, 9, { dryRun: true, executed: false }) }, undefined],
  ['another workload', { history: every(MINUTE, 9, { rootUid: 'other', targetUid: 'other' }) }, undefined],
  ['people may be told all the same', { actionType: 'notify', history: every(HOUR, 9) }, undefined],
  ['a person may do it by hand all the same', { policy: undefined, history: every(HOUR, 9) } as never, undefined],
]);
