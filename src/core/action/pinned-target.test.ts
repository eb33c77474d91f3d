import { describe, expect, it } from 'vitest';
import { byHand } from '../../../test/kit/action-data.ts';
import { healingAction, T0 } from '../../../test/kit/core-data.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { toTimestamp } from '../../std/clock.ts';
import { pastAction } from './past-action.ts';
import { lacksUid, pinned } from './pinned-target.ts';
import { targetOf } from './refs.ts';

const { uid: UID = '', ...NAMED } = healingAction().spec.targetResource;
const unnamed = (status = {}) => byHand(healingAction(status, { spec: { targetResource: NAMED } }));
const found = (change: Partial<KubeObject['metadata']> = {}): KubeObject => ({
  apiVersion: NAMED.apiVersion,
  kind: NAMED.kind,
  metadata: { name: NAMED.name, uid: UID, creationTimestamp: toTimestamp(T0 - 60_000), ...change },
});

describe('the target of an action that names no UID', () => {
  it('is what has the name, from then on by its UID', () => {
    const status = pinned(unnamed(), found(), T0 + 1000);
    expect(status).toEqual({ phase: 'Pending', targetUid: UID });
    const after = unnamed(status);
    expect([lacksUid(after), targetOf(after).uid, pastAction(after).targetUid, pastAction(after).rootUid]).toEqual([
      false,
      UID,
      UID,
      UID,
    ]);
  });

  it('is one that was created in the same second: both were applied together', () => {
    expect(pinned(unnamed(), found({ creationTimestamp: toTimestamp(T0) }), T0 + 1000).targetUid).toBe(UID);
  });

  it.each<[string, KubeObject | undefined, string, RegExp]>([
    ['is not there', undefined, 'TargetGone', /Deployment shop\/web does not exist/],
    [
      'was created after the action: another object may have been meant',
      found({ creationTimestamp: toTimestamp(T0 + 1000) }),
      'OutOfScope',
      /Deployment shop\/web was created after this action/,
    ],
  ])('that %s', (_title, object, reason, message) => {
    const status = pinned(unnamed(), object, T0 + 2000);
    expect(status).toMatchObject({ phase: 'Cancelled', reason, message: expect.stringMatching(message) });
    expect(status).not.toHaveProperty('targetUid');
  });
});

describe('a UID in the status', () => {
  it.each([
    ['of an action that names another one', byHand(healingAction({ targetUid: 'other' }))],
    ['of an action of a policy', healingAction({ targetUid: 'other' })],
  ])('%s counts for nothing', (_title, action) => {
    expect([lacksUid(action), targetOf(action).uid]).toEqual([false, UID]);
  });
});
