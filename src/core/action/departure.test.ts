import { describe, expect, it } from 'vitest';
import { at, claim, INVERSE } from '../../../test/kit/action-data.ts';
import { healingAction, HOUR, MINUTE, T0 } from '../../../test/kit/core-data.ts';
import type { ActionStatus } from '../../api/action-status.ts';
import { MAX_DEPARTURE_MS, mayGo, remembered } from './departure.ts';
import { finish } from './ending.ts';
import { decideStep } from './step-action.ts';

const ended = finish(claim(), { phase: 'Failed', reason: 'NotVerified', message: 'ill' }, T0);
const midway = claim({ stageTime: at(0) });

describe('an action that somebody has deleted', () => {
  it.each<[string, ActionStatus, boolean]>([
    ['has not begun', {}, true],
    ['waits for its gates', { phase: 'Approved' }, true],
    ['has ended', ended, true],
    ['is in verification', claim({ effectTime: at(0) }), true],
    ['waits for its next attempt', claim({ nextAttemptTime: at(MINUTE) }), true],
    ['stands between two stages', midway, false],
    ['has sent what is not answered', claim(), false],
    [
      'takes back what it has done',
      claim({ effectTime: at(0), inverses: [INVERSE], undo: { state: 'InProgress', requests: [] } }),
      false,
    ],
  ])('%s: may go %#', (_title, status, expected) => {
    const action = healingAction(status);
    expect(mayGo(action, T0, T0)).toBe(expected);
    expect(mayGo(action, T0, T0 + MAX_DEPARTURE_MS)).toBe(true);
    const step = decideStep({ action, undo: 'wanted', deletedAt: T0 }, T0);
    expect(step.do === 'release').toBe(expected);
  });

  it('goes on as before while nobody has deleted it', () => {
    expect(decideStep({ action: healingAction(midway), undo: 'wanted' }, T0).do).toBe('claim');
  });
});

describe('what limits need of an action that goes', () => {
  it('is how it ended', () => {
    expect(remembered(healingAction(ended), T0 + HOUR)).toMatchObject({
      phase: 'Failed',
      executed: true,
      completedAt: T0,
      policy: 'shop/p',
      targetUid: 'web-uid',
    });
  });

  it('is neither success nor failure of one that nobody verified', () => {
    const past = remembered(healingAction(claim({ effectTime: at(0) })), T0 + MINUTE);
    expect(past).toMatchObject({ phase: 'Cancelled', executed: true, completedAt: T0 + MINUTE });
  });

  it('counts as an effect when somebody has changed its status', () => {
    const doubted = { ...healingAction(), doubt: { reason: 'StatusTampered', message: '' } as const };
    expect(remembered(doubted, T0)).toMatchObject({ executed: true, completedAt: T0 });
  });

  it.each<[string, ActionStatus, object, number]>([
    ['has not acted', { phase: 'Approved' }, {}, 0],
    ['was a dry run', ended, { dryRun: true }, 0],
    ['ended a day ago', ended, {}, 24 * HOUR],
  ])('is nothing of one that %s', (_title, status, spec, later) => {
    expect(remembered(healingAction(status, { spec }), T0 + later)).toBeUndefined();
  });
});
