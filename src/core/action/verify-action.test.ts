import { describe, expect, it } from 'vitest';
import { CHANGE, claim, EFFECT } from '../../../test/kit/action-data.ts';
import { healingAction, MINUTE, T0 } from '../../../test/kit/core-data.ts';
import { type ActionStatus, isTerminal, type Phase } from '../../api/action-status.ts';
import type { Health } from '../health.ts';
import { carriedOut } from './effect.ts';
import { STABLE_MS, verify } from './verify-action.ts';

const well: Health = { state: 'healthy' };
const ill: Health = { state: 'unhealthy', message: '1 of 3 replicas are ready' };
const blind: Health = { state: 'unknown', message: 'it is gone' };

/** Looks at instants after the effect; the answer is the last status. */
function watch(...looks: readonly (readonly [number, Health])[]): ActionStatus {
  let action = healingAction(carriedOut(healingAction(claim()), EFFECT, T0));
  for (const [now, health] of looks) {
    if (isTerminal(action.phase)) break;
    const { status } = verify(action, { health }, { undo: 'wanted', now: T0 + now });
    if (status !== undefined) action = healingAction(status);
  }
  return action.status;
}

describe('success is seen, not assumed (I6)', () => {
  it.each<[string, ActionStatus, Phase, string]>([
    ['nothing is seen yet', watch(), 'InProgress', 'Waiting'],
    ['it is well for a moment', watch([1000, well], [1000 + STABLE_MS - 1, well]), 'InProgress', 'Stabilising'],
    ['it stays well for ten seconds', watch([1000, well], [1000 + STABLE_MS, well]), 'Succeeded', 'Healthy'],
    [
      'it breaks in between: the ten seconds begin again',
      watch([1000, well], [5000, ill], [6000, well], [12_000, well]),
      'InProgress',
      'Stabilising',
    ],
    [
      'and are over when they are over',
      watch([1000, well], [5000, ill], [6000, well], [16_000, well]),
      'Succeeded',
      'Healthy',
    ],
    [
      'what cannot be seen breaks it too',
      watch([1000, well], [5000, blind], [11_000, well]),
      'InProgress',
      'Stabilising',
    ],
    ['it is not well in time', watch([1000, ill], [MINUTE, ill]), 'Failed', 'TimedOut'],
    ['nothing is known in time', watch([MINUTE, blind]), 'Failed', 'TimedOut'],
    [
      'it becomes well at the last moment and stays so',
      watch([MINUTE - 1, well], [MINUTE + STABLE_MS, well]),
      'Succeeded',
      'Healthy',
    ],
  ])('%s', (_title, status, phase, state) => {
    expect([status.phase, status.verification?.state]).toEqual([phase, state]);
  });

  it.each<[string, string, readonly (readonly [number, Health])[], Phase]>([
    [
      'it has not outlasted its illness yet',
      '40s',
      [
        [1000, well],
        [40_999, well],
      ],
      'InProgress',
    ],
    [
      'it has outlasted its illness',
      '40s',
      [
        [1000, well],
        [41_000, well],
      ],
      'Succeeded',
    ],
    [
      'its deadline leaves less time',
      '5m',
      [
        [1000, well],
        [MINUTE, well],
      ],
      'Succeeded',
    ],
  ])('%s', (_title, recursWithin, looks, phase) => {
    const baseline = { wanted: 3, ready: 1, recursWithin };
    expect(watch(...looks.map(([at, health]) => [at, health] as const)).phase).toBe('Succeeded');
    let action = healingAction(carriedOut(healingAction(claim({ baseline })), EFFECT, T0));
    for (const [now, health] of looks) {
      const { status } = verify(action, { health }, { undo: 'wanted', now: T0 + now });
      if (status !== undefined) action = healingAction(status);
    }
    expect(action.phase).toBe(phase);
  });

  it('writes only when something new was seen, and says when to look again', () => {
    const waiting = healingAction(carriedOut(healingAction(claim()), EFFECT, T0));
    expect(verify(waiting, { health: ill }, { undo: 'wanted', now: T0 + 1 })).toEqual({ wakeAt: T0 + MINUTE });
    const stabilising = healingAction(verify(waiting, { health: well }, { undo: 'wanted', now: T0 + 1 }).status ?? {});
    expect(verify(stabilising, { health: well }, { undo: 'wanted', now: T0 + 5 })).toEqual({
      wakeAt: T0 + 1 + STABLE_MS,
    });
  });
});

describe('what did not help in time', () => {
  const late = { undo: 'wanted', now: T0 + MINUTE } as const;
  const done = healingAction(carriedOut(healingAction(claim({}, CHANGE)), EFFECT, T0));

  it('is taken back before it fails, when it has an inverse', () => {
    expect(verify(done, { health: ill }, late).status).toMatchObject({
      phase: 'InProgress',
      reason: 'Undoing',
      verification: { state: 'TimedOut', message: ill.message },
      undo: { state: 'InProgress', reason: 'NotVerified' },
    });
  });

  it('fails at once when the policy does not want it back', () => {
    const { status } = verify(done, { health: ill }, { ...late, undo: 'unwanted' });
    expect(status).toMatchObject({ phase: 'Failed', reason: 'NotVerified' });
    expect(status?.message).toBe(
      'not healthy 1m after scale Deployment shop/web from 2 to 4 replicas: 1 of 3 replicas are ready',
    );
  });

  it('has a reason of its own when the workload is worse off than before (I7)', () => {
    const { status } = verify(done, { health: ill, harm: '0 of 4 are ready' }, late);
    expect(status?.undo).toMatchObject({ reason: 'MadeWorse' });
  });
});
