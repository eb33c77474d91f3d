import { describe, expect, it } from 'vitest';
import { claim, PLAN } from '../../../test/kit/action-data.ts';
import { healingAction, T0 } from '../../../test/kit/core-data.ts';
import { lapInput, lapLog, sceneOf } from '../../../test/kit/lap-input.ts';
import type { Sent } from '../../core/action/stage-replies.ts';
import { restart } from '../../core/actions/restart.ts';
import { ALLOW, refuse, type Verdict } from '../../core/gates/proposal.ts';
import { Prng } from '../../std/prng.ts';
import type { ClaimedStage } from './claim-lap.ts';
import { effectLap } from './effect-lap.ts';
import type { Send } from './lap-input.ts';

const STAGE: ClaimedStage = { kind: restart, how: 'begins', plan: PLAN };
const DONE: Sent = { kind: 'done', answers: ['200: restart'], refused: [] };

async function play(
  change: { readonly stage?: Partial<ClaimedStage>; readonly sent?: Sent; readonly verdict?: Verdict } = {},
) {
  const { sent = DONE, verdict = ALLOW } = change;
  const log = lapLog();
  const stages: Parameters<Send>[1][] = [];
  const result = await effectLap(
    {
      ...log,
      prng: new Prng(1),
      logger: { warn: (fields) => void log.done.push(`warn ${JSON.stringify(fields)}`) },
      judge: async (action, how) => {
        log.done.push(`judge: ${how}`);
        return { verdict, scene: sceneOf(action) };
      },
      announce: (_action, { reason }) => void log.done.push(`announce ${reason}`),
      send: async (_action, stage) => {
        log.done.push('send');
        stages.push(stage);
        return sent;
      },
    },
    lapInput(healingAction(claim())),
    { ...STAGE, ...change.stage },
  );
  return { ...log, stages, result };
}

describe('the effect of a claim', () => {
  it('comes after the gates, and is committed', async () => {
    const { done, stages, result } = await play();
    expect(done).toEqual(['judge: begins', 'announce HealingStarted', 'send', 'commit InProgress Verifying']);
    expect(stages[0]?.requests).toEqual(PLAN.requests);
    expect(result).toEqual({});
  });

  it('is announced once, at the first stage', async () => {
    const { done } = await play({ stage: { how: 'continues' } });
    expect(done).toEqual(['judge: continues', 'send', 'commit InProgress Verifying']);
  });

  it('tolerates refusals only where another stage sees what is left', async () => {
    const rulesOf = async (next: 'verify' | 'plan again') =>
      (await play({ stage: { plan: { ...PLAN, next } } })).stages[0]?.rules;
    expect(await rulesOf('plan again')).toEqual({ tolerates: restart.tolerates });
    expect(await rulesOf('verify')).toEqual({});
  });
});

describe('nothing is sent', () => {
  it.each<[string, Verdict, readonly string[]]>([
    [
      'when a gate refuses (I9)',
      refuse('Protected', 'it bears the label'),
      ['judge: begins', 'commit Failed Protected'],
    ],
    [
      'while others have to give way first',
      { allow: false, reason: 'BudgetExhausted', message: 'one is at work', turn: 'ours' },
      ['judge: begins', 'commit InProgress Retrying'],
    ],
    ['when another process has the action, and nothing is written', refuse('ClaimLost', 'changed'), ['judge: begins']],
  ])('%s', async (_title, verdict, done) => {
    const { done: found, result } = await play({ verdict });
    expect([found, result]).toEqual([done, {}]);
  });
});

describe('what came of it', () => {
  const before = ['judge: begins', 'announce HealingStarted', 'send'];
  const warning = (error: string) => `warn ${JSON.stringify({ action: 'shop/web-0123456789', error })}`;
  it.each<[string, Sent, readonly string[], object]>([
    ['is not written by a process that may not act any more', { kind: 'stopped' }, [], {}],
    [
      'is written down, and asked for soon, when the answer leaves it open',
      { kind: 'unclear', message: 'reset' },
      ['commit InProgress AnswerUnclear', warning('reset')],
      { wakeAt: T0 + 1000 },
    ],
    [
      'is another attempt, when the refusal passes',
      { kind: 'refused', done: [], failures: [{ code: 'Conflict', message: 'it changed', status: 409 }] },
      ['commit InProgress Retrying'],
      {},
    ],
  ])('%s', async (_title, sent, done, result) => {
    const played = await play({ sent });
    expect(played.done).toEqual([...before, ...done]);
    expect(played.result).toEqual(result);
  });
});
