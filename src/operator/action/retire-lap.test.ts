import { expect, it } from 'vitest';
import { claim } from '../../../test/kit/action-data.ts';
import { healingAction, HOUR, past, T0 } from '../../../test/kit/core-data.ts';
import { lapInput, lapLog } from '../../../test/kit/lap-input.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { finish } from '../../core/action/ending.ts';
import type { PastAction } from '../../core/history.ts';
import { retireLap } from './retire-lap.ts';

const DAY = 24 * HOUR;
const ended = healingAction(finish(claim(), { phase: 'Failed', reason: 'NotVerified', message: 'ill' }, T0));
const healed = healingAction(finish(claim(), { phase: 'Succeeded', reason: 'Verified', message: 'well' }, T0));

/** As the history tells them. */
const of = (actions: readonly PastAction[]) => (policyUid: string | undefined) =>
  actions.filter((one) => one.policyUid === policyUid);

async function play(action: HealingAction, now: number, siblings: readonly PastAction[], policy: string) {
  const log = lapLog();
  await log.clock.advance(now);
  const rules = { keepForMs: DAY, keepNewest: 1 };
  const remove = async ({ name }: HealingAction) => void log.done.push(`remove ${name}`);
  const remember = async ({ uid }: PastAction) => void log.done.push(`remember ${uid}`);
  const result = await retireLap(
    {
      ...log,
      rules,
      siblings: of(siblings),
      hasPolicy: () => policy !== 'gone',
      keepsNode: () => policy !== 'there',
      remember,
      remove,
    },
    lapInput(action),
  );
  return [log.done, result];
}
const newer = (policyUid: string) => past({ uid: 'newer', policyUid, completedAt: T0 + HOUR });

it.each<[string, HealingAction, number, readonly PastAction[], readonly [readonly string[], object], string?]>([
  ['is kept for a day (I19)', ended, HOUR, [newer('policy-uid')], [[], { wakeAt: T0 + DAY }]],
  ['is removed after that', ended, DAY, [newer('policy-uid')], [['remove web-0123456789'], {}]],
  ['is kept as the newest of its policy', ended, DAY, [newer('another')], [[], { wakeAt: T0 + DAY + HOUR }]],
  [
    'goes after that even as the newest of a policy that is gone',
    ended,
    DAY,
    [newer('another')],
    [['remove web-0123456789'], {}],
    'gone',
  ],
  [
    'that has healed is remembered before it goes, since a week of healings is counted',
    healed,
    DAY,
    [newer('policy-uid')],
    [['remember action-uid', 'remove web-0123456789'], {}],
  ],
  [
    'that keeps a node cordoned stays, since its policy may take that back',
    healed,
    DAY,
    [newer('policy-uid')],
    [[], { wakeAt: T0 + DAY + HOUR }],
    'there, and a node has its mark',
  ],
  [
    'that keeps a node cordoned goes with its policy',
    ended,
    DAY,
    [newer('another')],
    [['remove web-0123456789'], {}],
    'gone',
  ],
  ['that has not ended is kept', healingAction(claim()), 9 * DAY, [newer('policy-uid')], [[], {}]],
])('an action %s', async (_title, action, now, siblings, outcome, policy = 'there') => {
  expect(await play(action, now, siblings, policy)).toEqual(outcome);
});
