import { describe, expect, it } from 'vitest';
import { healingAction, SECOND, T0, WEB } from '../../../test/kit/core-data.ts';
import type { ActionStatus } from '../../api/action-status.ts';
import { LABELS } from '../../api/names.ts';
import { toMicroTime } from '../../std/clock.ts';
import type { PastAction } from '../history.ts';
import { EXECUTED, pastAction, PLAN_REFUSED, WITHDRAWN } from './past-action.ts';

const at = (seconds: number): string => toMicroTime(T0 + seconds * SECOND);
const executed = (status: 'True' | 'False', reason = 'Done') => ({
  conditions: [{ type: EXECUTED, status, reason, message: '', lastTransitionTime: at(0) }],
});

describe('a HealingAction, as history reads it', () => {
  it('carries its identity, target, rung and episode', () => {
    const labels = { [LABELS.rootUid]: 'root' };
    expect(pastAction(healingAction({}, { labels }))).toEqual({
      uid: 'action-uid',
      namespace: 'shop',
      name: 'web-0123456789',
      policyUid: 'policy-uid',
      policy: 'shop/p',
      targetUid: WEB.uid,
      targetNamespace: 'shop',
      rootUid: 'root',
      targetKind: 'Deployment',
      template: 'restart',
      type: 'restart',
      triggers: ['looping'],
      dryRun: false,
      phase: 'Pending',
      createdAt: T0,
      executed: false,
      episodeStart: T0,
    });
  });

  it.each<[string, ActionStatus, Partial<PastAction>]>([
    ['nothing was claimed: nothing was executed', { phase: 'Approved' }, { executed: false }],
    ['a claim may have been executed', { phase: 'InProgress', attempts: 1 }, { executed: true }],
    [
      'a claim of which nothing was sent was not',
      { phase: 'Failed', reason: 'Conflict', message: 'busy', attempts: 1, ...executed('False', 'Conflict') },
      { executed: false, unsent: { how: 'hindered', why: 'busy' } },
    ],
    [
      'a process was interrupted before it sent anything',
      { phase: 'Failed', reason: 'Interrupted', attempts: 3, ...executed('False', 'Interrupted') },
      { executed: false, unsent: { how: 'withdrawn', why: '' } },
    ],
    [
      'a person rejected it',
      { phase: 'Cancelled', reason: 'Rejected', message: 'not now' },
      { unsent: { how: 'rejected', why: 'not now' } },
    ],
    [
      'it was not approved in time',
      { phase: 'Cancelled', reason: 'ApprovalExpired' },
      { unsent: { how: 'hindered', why: '' } },
    ],
    [
      'no plan could be made',
      { phase: 'Cancelled', reason: 'BarePod', ...executed('False', PLAN_REFUSED) },
      { unsent: { how: 'hindered', why: '' } },
    ],
    [
      'a gate said no before the claim',
      { phase: 'Cancelled', reason: 'PolicyChanged' },
      { unsent: { how: 'withdrawn', why: '' } },
    ],
    [
      'a gate said no after the claim',
      { phase: 'Failed', attempts: 1, ...executed('False', WITHDRAWN) },
      { executed: false, unsent: { how: 'withdrawn', why: '' } },
    ],
    ['it failed after it was done', { phase: 'Failed', attempts: 1, ...executed('True') }, { executed: true }],
    [
      'the claim is the last attempt until its answer',
      { phase: 'InProgress', attempts: 1, lastAttemptTime: at(5) },
      { lastAttemptAt: T0 + 5 * SECOND },
    ],
    [
      'an answer that came late moves it: the request may have arrived late',
      { phase: 'InProgress', attempts: 1, lastAttemptTime: at(5), effectTime: at(50) },
      { lastAttemptAt: T0 + 50 * SECOND },
    ],
    [
      'its way back moves it once more, and counts as no other action',
      {
        phase: 'Failed',
        attempts: 1,
        effectTime: at(50),
        undo: { state: 'Done', triedAt: at(90) },
        ...executed('True'),
      },
      { lastAttemptAt: T0 + 90 * SECOND },
    ],
    [
      'it ended',
      { phase: 'Failed', reason: 'MadeWorse', attempts: 1, completionTime: at(9) },
      { completedAt: T0 + 9 * SECOND, ended: 'MadeWorse' },
    ],
  ])('%s', (_title, status, wanted) => {
    expect(pastAction(healingAction(status))).toMatchObject(wanted);
  });

  it.each<[string, ActionStatus]>([
    ['whose record others have changed', { phase: 'Failed', reason: 'StatusTampered' }],
    ['that failed after it was done', { phase: 'Failed', attempts: 1, ...executed('True') }],
    ['that helped', { phase: 'Succeeded', attempts: 1, ...executed('True') }],
    ['that goes on', { phase: 'InProgress', attempts: 1 }],
  ])('one %s may have sent something', (_title, status) => {
    expect(pastAction(healingAction(status))).not.toHaveProperty('unsent');
  });

  it('a dry run was never executed', () => {
    expect(pastAction(healingAction({ phase: 'Succeeded', attempts: 1 }, { spec: { dryRun: true } }))).toMatchObject({
      dryRun: true,
      executed: false,
    });
  });

  it('without a label the target is its own root', () => {
    expect(pastAction(healingAction()).rootUid).toBe(WEB.uid);
  });
});
