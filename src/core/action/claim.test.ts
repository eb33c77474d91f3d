import { describe, expect, it } from 'vitest';
import { at, CHANGE, claim, PLAN } from '../../../test/kit/action-data.ts';
import { healingAction, T0 } from '../../../test/kit/core-data.ts';
import type { ResourceChange } from '../../api/action-status.ts';
import { claimed, marker, nextAttempt, nextStage, waitingFor } from './claim.ts';

const gone = (uid: string): ResourceChange => ({
  resourceRef: `Pod/shop/${uid}`,
  changeType: 'delete',
  field: 'metadata.uid',
  oldValue: uid,
});

describe('a claim', () => {
  it('has the number of the attempt and its plan before anything is sent (I2)', () => {
    const before = healingAction(claim({ attempts: 1, nextAttemptTime: at(0), effectTime: at(0) }));
    const status = claimed(before, PLAN, { now: T0 + 9 });
    expect(status).toMatchObject({
      phase: 'InProgress',
      attempts: 2,
      startTime: at(0),
      lastAttemptTime: at(9),
      plan: { attempt: 2, stage: 1, continues: false, requests: PLAN.requests },
    });
    for (const over of ['nextAttemptTime', 'effectTime', 'verification', 'stageTime'])
      expect(status).not.toHaveProperty(over);
  });

  it.each([
    ['first', healingAction({ phase: 'Approved' }), [1, 1]],
    ['first of the next attempt', healingAction(claim({ nextAttemptTime: at(0) })), [2, 1]],
    ['second', healingAction(claim({ stageTime: at(0) })), [1, 2]],
  ])('of the %s stage counts attempt and stage', (_title, action, counts) => {
    expect([nextAttempt(action), nextStage(action)]).toEqual(counts);
  });

  it('marks what an attempt does, so that a late request of it is told from another', () => {
    expect(marker(healingAction(), 2)).toBe('action-uid/2');
  });

  it('remembers how the workload was before the first attempt, not before the last', () => {
    const first = claimed(healingAction({ phase: 'Approved' }), PLAN, { baseline: { wanted: 3, ready: 2 }, now: T0 });
    const second = claimed(healingAction(first), PLAN, { baseline: { wanted: 3, ready: 0 }, now: T0 });
    expect(second.baseline).toEqual({ wanted: 3, ready: 2 });
  });

  it('tells a pod once whose eviction is asked for again, and the newest 64 changes', () => {
    const evict = (...uids: readonly string[]) => ({ ...PLAN, changes: uids.map(gone) });
    const first = claimed(healingAction({ phase: 'Approved' }), evict('a', 'b'), { now: T0 });
    const again = claimed(healingAction(first), evict('b', 'c'), { now: T0 });
    expect(again.result?.changes?.map(({ oldValue }) => oldValue)).toEqual(['a', 'b', 'c']);
    const many = evict(...Array.from({ length: 64 }, (_, n) => `pod-${n}`));
    expect(claimed(healingAction(again), many, { now: T0 }).result?.changes).toEqual(many.changes);
  });

  it('keeps values of environment variables out of the status (I32)', () => {
    const body = JSON.stringify({
      spec: { containers: [{ name: 'main', env: [{ name: 'TOKEN', value: 'planted' }] }] },
    });
    const plan = { ...CHANGE, requests: [{ method: 'PATCH' as const, path: '/x', description: 'd', body }] };
    expect(JSON.stringify(claimed(healingAction(), plan, { now: T0 }))).not.toContain('planted');
  });

  it('has at least one request', () => {
    expect(() => claimed(healingAction(), { ...PLAN, requests: [] }, { now: T0 })).toThrow('1 to 16 requests');
  });
});

describe('while a stage is waited for', () => {
  it('the status says what is missing, and is written once', () => {
    const status = waitingFor(healingAction(claim()), 'two pods are left');
    expect(status).toMatchObject({ reason: 'InStages', message: 'two pods are left' });
    expect(waitingFor(healingAction(status ?? {}), 'two pods are left')).toBeUndefined();
  });

  it('a message that is too long is written once too', () => {
    const long = 'x'.repeat(5000);
    const status = waitingFor(healingAction(claim()), long);
    expect(status?.message).toHaveLength(1024);
    expect(waitingFor(healingAction(status ?? {}), long)).toBeUndefined();
  });
});
