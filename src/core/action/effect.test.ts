import { describe, expect, it } from 'vitest';
import { at, CHANGE, claim, EFFECT, INVERSE, PLAN } from '../../../test/kit/action-data.ts';
import { healingAction, MINUTE, T0 } from '../../../test/kit/core-data.ts';
import type { PlannedRequest, ResourceChange } from '../../api/action-status.ts';
import { carriedOut, effected, effectOf } from './effect.ts';
import { EXECUTED } from './past-action.ts';

const staged = { ...CHANGE, next: 'plan again' } as const;

describe('a stage that was carried out', () => {
  it('is followed by watching, until the deadline', () => {
    const status = carriedOut(healingAction(claim({}, CHANGE)), EFFECT, T0);
    expect(status).toMatchObject({
      phase: 'InProgress',
      reason: 'Verifying',
      effectTime: at(0),
      inverses: [INVERSE],
      verification: { state: 'Waiting', startedAt: at(0), deadline: at(MINUTE) },
      conditions: [{ type: EXECUTED, status: 'True' }],
    });
  });

  it('is followed by another stage, where the plan has one', () => {
    const status = carriedOut(healingAction(claim({}, staged)), EFFECT, T0);
    expect(status).toMatchObject({ phase: 'InProgress', reason: 'InStages', stageTime: at(0), inverses: [INVERSE] });
    expect(status.effectTime).toBeUndefined();
  });

  it('is the end, where the answer is all that can be known', () => {
    const status = carriedOut(healingAction(claim()), { ...EFFECT, proof: 'answer' }, T0);
    expect(status).toMatchObject({ phase: 'Succeeded', reason: 'Delivered', message: `${PLAN.summary}: delivered` });
  });

  it('has no changes of requests whose refusal is tolerated', () => {
    const change = (uid: string): ResourceChange => ({
      resourceRef: uid,
      changeType: 'delete',
      field: 'metadata.uid',
      oldValue: uid,
    });
    const request = (uid: string): PlannedRequest => ({
      method: 'POST',
      path: `/${uid}`,
      description: uid,
      precondition: { uid },
    });
    const plan = { ...staged, requests: [request('a'), request('b')], changes: [change('a'), change('b')] };
    const status = carriedOut(
      healingAction(claim({}, plan)),
      { ...EFFECT, refused: [{ request: request('a'), message: 'no budget' }] },
      T0,
    );
    expect(status.result?.changes).toEqual([change('b')]);
  });
});

describe('a dry run', () => {
  const dry = { spec: { dryRun: true } };
  it('has succeeded when the server accepted it', () => {
    const status = carriedOut(healingAction(claim(), dry), { ...EFFECT, answers: ['200: restart'] }, T0);
    expect(status).toMatchObject({
      phase: 'Succeeded',
      reason: 'DryRun',
      result: { success: true, answers: ['200: restart'] },
    });
  });

  it('is over after the first stage, and has nothing to take back', () => {
    const status = carriedOut(healingAction(claim({}, staged), dry), EFFECT, T0);
    expect([status.phase, status.reason, status.inverses]).toEqual(['Succeeded', 'DryRun', undefined]);
    expect(status.message).toContain('the first stage');
  });
});

it('everything done ends the stages and waits for no attempt', () => {
  const status = effected(healingAction(claim({ stageTime: at(0), nextAttemptTime: at(0) })), EFFECT, T0);
  for (const over of ['stageTime', 'nextAttemptTime']) expect(status).not.toHaveProperty(over);
});

it('a type that was switched off since is proven by health', () => {
  expect(effectOf(undefined, { healthCheckTimeoutMs: 5 })).toEqual({ proof: 'healed', healthCheckTimeoutMs: 5 });
  expect(effectOf({ proof: 'answer' }, { healthCheckTimeoutMs: 5 }).proof).toBe('answer');
});
