import { expect, it } from 'vitest';
import { claim } from '../../../test/kit/action-data.ts';
import { healingAction } from '../../../test/kit/core-data.ts';
import { lapInput, lapLog, switchedOff } from '../../../test/kit/lap-input.ts';
import type { Outcome } from '../../core/actions/action-kind.ts';
import { Prng } from '../../std/prng.ts';
import { classifyLap } from './classify-lap.ts';
import type { LapInput } from './lap-input.ts';

const claimed = healingAction(claim());

async function play(input: LapInput, outcome: Outcome) {
  const log = lapLog();
  const outcomeOf = async () => {
    log.done.push('read');
    return outcome;
  };
  const result = await classifyLap({ ...log, prng: new Prng(1), outcomeOf }, input);
  return { ...log, result };
}

it.each<[Outcome, string]>([
  ['done', 'commit InProgress Verifying'],
  ['not done', 'commit InProgress Retrying'],
  ['superseded', 'commit Failed Superseded'],
  ['unknown', 'commit Failed OutcomeUnknown'],
])('an attempt that is found %s: %s (I3)', async (outcome, commit) => {
  const { done, result } = await play(lapInput(claimed), outcome);
  expect([done, result]).toEqual([['read', commit], {}]);
});

it('nothing can tell what became of an attempt whose type was switched off', async () => {
  expect((await play(switchedOff(claimed), 'done')).done).toEqual(['commit Failed OutcomeUnknown']);
});
