import { describe, expect, it } from 'vitest';
import { at, claim, PLAN } from '../../../test/kit/action-data.ts';
import { healingAction, T0, workload } from '../../../test/kit/core-data.ts';
import { lapInput, lapLog, switchedOff, sceneOf } from '../../../test/kit/lap-input.ts';
import type { Outcome, PlanResult } from '../../core/actions/action-kind.ts';
import { restart } from '../../core/actions/restart.ts';
import { FINALIZER } from '../../api/names.ts';
import { ALLOW, refuse, type Verdict } from '../../core/gates/proposal.ts';
import { type ClaimedStage, claimLap } from './claim-lap.ts';
import type { LapInput } from './lap-input.ts';
import type { Planning } from './planning.ts';

const target = workload('Deployment');
const planned = (result: PlanResult = PLAN): Planning => ({ kind: 'planned', actionKind: restart, target, result });

async function play(
  input: LapInput,
  change: {
    readonly planning?: Planning;
    readonly outcome?: Outcome;
    readonly verdict?: Verdict;
    readonly unwritable?: string;
    readonly commit?: 'refused';
  } = {},
) {
  const { planning = planned(), outcome = 'not done', verdict = ALLOW } = change;
  const log = lapLog();
  const effects: (ClaimedStage & { readonly attempts: number | undefined })[] = [];
  const result = claimLap(
    {
      ...log,
      ...(change.commit !== undefined && { commit: () => Promise.reject(new Error('Conflict')) }),
      plan: async () => planning,
      outcomeOf: async (_kind, seen) => {
        log.done.push(`ask what became of ${seen.target === undefined ? 'a target that is gone' : 'the target'}`);
        return outcome;
      },
      judge: async (action, how) => {
        log.done.push(`judge: ${how}`);
        return { verdict, scene: sceneOf(action) };
      },
      hold: async (action) => {
        log.done.push('hold');
        return { ...action, metadata: { ...action.metadata, finalizers: [FINALIZER] } };
      },
      auditProblem: () => change.unwritable,
      baselineOf: () => ({ wanted: 3, ready: 2 }),
      effect: async ({ action }, stage) => {
        log.done.push('effect');
        effects.push({ ...stage, attempts: action.status.attempts });
        return { wakeAt: T0 + 1 };
      },
    },
    input,
  );
  await Promise.allSettled([result]);
  return { ...log, effects, result };
}

const first = lapInput(healingAction({ phase: 'Approved' }));
const retry = lapInput(healingAction(claim({ nextAttemptTime: at(0) })));
const midway = lapInput(healingAction(claim({ stageTime: at(0) }, { ...PLAN, next: 'plan again' })));

describe('a claim', () => {
  it('is not made while the audit trail takes no record: no attempt is used up (I30)', async () => {
    for (const [input, how] of [
      [first, 'Approved'],
      [retry, 'InProgress'],
      [midway, 'InProgress'],
    ] as const) {
      const { committed, effects } = await play(input, { unwritable: 'cannot write the audit trail /a: ENOSPC' });
      expect(effects).toEqual([]);
      expect(committed).toMatchObject([{ phase: how, message: 'not begun: cannot write the audit trail /a: ENOSPC' }]);
      expect(committed[0]?.attempts).toBe(input.action.status.attempts);
    }
  });

  it('commits the plan and how the workload was, then hands both on to be sent', async () => {
    const { done, committed, effects, result } = await play(first);
    expect(done).toEqual(['commit InProgress Executing', 'effect']);
    expect(committed[0]).toMatchObject({ attempts: 1, plan: { attempt: 1 }, baseline: { wanted: 3, ready: 2 } });
    expect(effects).toEqual([{ kind: restart, how: 'begins', plan: PLAN, attempts: 1 }]);
    expect(await result).toEqual({ wakeAt: T0 + 1 });
  });

  it('sends nothing when its commit is refused', async () => {
    const { done, result } = await play(first, { commit: 'refused' });
    await expect(result).rejects.toThrow('Conflict');
    expect(done).toEqual([]);
  });

  it('of a second attempt asks first what became of the one before', async () => {
    const { done } = await play(retry);
    expect(done).toEqual(['ask what became of the target', 'commit InProgress Executing', 'effect']);
  });

  it('is left when it was done already (I3)', async () => {
    const { done } = await play(retry, { outcome: 'done' });
    expect(done).toEqual(['ask what became of the target', 'commit InProgress Verifying']);
  });
});

describe('the next stage', () => {
  it('holds an action that a person made before it begins', async () => {
    const action = healingAction({ phase: 'Approved' });
    const { finalizers: _none, ...metadata } = action.metadata;
    const { done } = await play(lapInput({ ...action, metadata }));
    expect(done).toEqual(['hold', 'commit InProgress Executing', 'effect']);
  });

  it('asks the gates before its claim', async () => {
    const { done, effects } = await play(midway);
    expect(done).toEqual(['judge: continues', 'commit InProgress Executing', 'effect']);
    expect(effects).toMatchObject([{ how: 'continues', attempts: 1 }]);
  });

  it('waits while they refuse, and says so', async () => {
    const { done, committed, result } = await play(midway, { verdict: refuse('Suspended', 'healing is paused') });
    expect(done).toEqual(['judge: continues', 'commit InProgress InStages']);
    expect(committed[0]?.message).toBe('left midway: healing is paused');
    expect(await result).toEqual({ wakeAt: T0 + 5000 });
  });

  it('is left to the process that has taken the action over', async () => {
    const { done, result } = await play(midway, { verdict: refuse('ClaimLost', 'changed') });
    expect([done, await result]).toEqual([['judge: continues'], {}]);
  });
});

describe('without a plan', () => {
  it.each<[string, LapInput, Planning, Outcome, readonly string[]]>([
    [
      'that can be made, it ends',
      first,
      planned({ kind: 'refused', reason: 'BarePod', message: 'nothing brings it back' }),
      'not done',
      ['commit Cancelled BarePod'],
    ],
    [
      'because its type was switched off, it ends',
      switchedOff(retry.action),
      { kind: 'refused', reason: 'UnsupportedAction', message: 'switched off' },
      'done',
      ['commit Failed UnsupportedAction'],
    ],
    [
      'that has anything left to send, it waits',
      midway,
      planned({ kind: 'wait', message: 'pods end' }),
      'not done',
      ['commit InProgress InStages'],
    ],
    [
      'and without a target, it ends',
      first,
      { kind: 'gone', message: 'gone' },
      'not done',
      ['commit Cancelled TargetGone'],
    ],
    [
      'and without the target that it took away, it is done',
      retry,
      { kind: 'gone', message: 'gone' },
      'done',
      ['ask what became of a target that is gone', 'commit InProgress Verifying'],
    ],
  ])('%s', async (_title, input, planning, outcome, done) => {
    const { done: found, effects } = await play(input, { planning, outcome });
    expect(found).toEqual(done);
    expect(effects).toEqual([]);
  });
});
