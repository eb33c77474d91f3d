import { describe, expect, it } from 'vitest';
import { controlledBy, MINUTE, planInput, pod, T0, templateOf, workload } from '../../../test/kit/core-data.ts';
import type { Inverse, PlannedRequest } from '../../api/action-status.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { planUndo } from '../action/undo.ts';
import type { Outcome, PlanInput, PlanResult } from './action-kind.ts';
import { restart } from './restart.ts';

const template = templateOf({ type: 'restart', restartAction: { strategy: 'recreate' } });
const plan = (target: KubeObject, change: Partial<PlanInput> = {}): PlanResult =>
  restart.plan(planInput(template, target, change));
const only = (result: PlanResult): PlannedRequest => {
  if (result.kind !== 'requests') throw new Error(JSON.stringify(result));
  const [request] = result.requests;
  if (request === undefined) throw new Error('no request');
  return request;
};
const down = only(plan(workload('StatefulSet')));
const inverses: readonly Inverse[] = down.inverse === undefined ? [] : [down.inverse];
const empty = (change: object = {}) =>
  workload('StatefulSet', { spec: { replicas: 0, ...change }, status: { replicas: 0 } });
const pods = (...objects: readonly KubeObject[]) => ({ pods: { found: 'yes' as const, objects } });
const UP = { stage: 2, inverses, answers: pods() };

describe('making a workload anew', () => {
  it('goes to 0 first, only as it was seen, and keeps the count that it had (I4, I8)', () => {
    expect(JSON.parse(down.body ?? '')).toEqual({
      metadata: { uid: 'web-uid', resourceVersion: '9', annotations: { 'kubeskippy.io/attempt': 'action-uid/1' } },
      spec: { replicas: 0 },
    });
    expect(down.inverse).toMatchObject({ guard: { '/spec/replicas': '0' }, restores: { '/spec/replicas': '3' } });
    expect(plan(workload('StatefulSet'))).toMatchObject({
      next: 'plan again',
      changes: [{ oldValue: '3', newValue: '0' }],
    });
  });

  it('goes back to that count when the last pod is gone, and not before', () => {
    const last = pod({
      metadata: {
        ownerReferences: controlledBy('StatefulSet', 'web-uid', 'web'),
        deletionTimestamp: '2026-01-01T00:00:00Z',
      },
    });
    expect(plan(empty(), { ...UP, answers: pods(last) })).toEqual({
      kind: 'wait',
      message: 'StatefulSet shop/web: still there: shop/web-1',
    });
    expect(plan(empty(), UP)).toMatchObject({ next: 'verify', changes: [{ oldValue: '0', newValue: '3' }] });
    expect(JSON.parse(only(plan(empty(), UP)).body ?? '')).toMatchObject({ spec: { replicas: 3 } });
  });

  it('goes back to that count at another attempt, too, from 0', () => {
    expect(only(plan(empty(), { ...UP, stage: 1, marker: 'action-uid/2' })).description).toContain('back from 0 to 3');
  });

  it.each<[string, KubeObject, Partial<PlanInput>, string]>([
    [
      'its time is over and a pod is still there',
      empty(),
      {
        now: T0 + 10 * MINUTE,
        answers: pods(pod({ metadata: { ownerReferences: controlledBy('StatefulSet', 'web-uid', 'web') } })),
      },
      'TimedOut',
    ],
    ['somebody has scaled it meanwhile', empty({ replicas: 1 }), {}, 'Superseded'],
    [
      'its pods cannot be read',
      empty(),
      { answers: { pods: { found: 'no', reason: 'Forbidden', message: 'no' } } },
      'PodsUnknown',
    ],
  ])('stops when %s', (_title, target, change, reason) => {
    expect(plan(target, { ...UP, ...change })).toMatchObject({ kind: 'refused', reason });
  });

  it('is taken back from 0, and left alone once somebody has scaled it', () => {
    const [inverse] = inverses;
    if (inverse === undefined) throw new Error('no inverse');
    expect(planUndo(inverse, empty())).toMatchObject({ kind: 'request' });
    expect(planUndo(inverse, workload('StatefulSet'))).toEqual({ kind: 'restored' });
    expect(planUndo(inverse, empty({ replicas: 5 }))).toMatchObject({ kind: 'impossible' });
  });

  const marked = (replicas: number, marker?: string) =>
    workload('StatefulSet', {
      metadata: { annotations: marker === undefined ? {} : { 'kubeskippy.io/attempt': marker } },
      spec: { replicas },
    });
  it.each<[string, KubeObject | undefined, Outcome]>([
    ['it is at 0, by this action: done', marked(0, 'action-uid/1'), 'done'],
    ['it is at 0, by somebody else: superseded', marked(0), 'superseded'],
    ['it is as it was: not done', marked(3), 'not done'],
    ['it is gone: superseded', undefined, 'superseded'],
  ])('an attempt to go to 0, by a live read: %s (I3)', (_title, target, outcome) => {
    expect(
      restart.classify({
        target,
        kind: 'StatefulSet',
        uid: 'web-uid',
        marker: 'action-uid/1',
        template,
        requests: [down],
      }),
    ).toBe(outcome);
  });
});
