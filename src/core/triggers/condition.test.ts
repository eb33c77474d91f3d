import { describe, expect, it } from 'vitest';
import { pod, podWith, T0, workload } from '../../../test/kit/core-data.ts';
import type { Condition, KubeObject } from '../../shapes/kube.ts';
import type { ConditionTrigger } from '../../api/policy.ts';
import type { Pod } from '../../shapes/workloads.ts';
import { toTimestamp } from '../../std/clock.ts';
import { RECOVERED_AFTER_MS } from '../pod-conditions.ts';
import type { Firing } from '../observation.ts';
import { evaluateCondition } from './condition.ts';

const spec = (conditionType: string, status: string): ConditionTrigger => ({
  name: 't',
  type: 'condition',
  cooldownMs: 0,
  durationMs: 0,
  conditionType,
  status,
});
const ask = (question: ConditionTrigger, target: KubeObject, pods: readonly Pod[] = []): Firing =>
  evaluateCondition(question, { target, pods, events: [] }, T0);

const ready = (status: Condition['status']): Pod =>
  pod({ status: { phase: 'Running', conditions: [{ type: 'Ready', status }] } });
const loops = podWith({ restartCount: 4, state: { waiting: { reason: 'CrashLoopBackOff' } } });
const runs = podWith({ restartCount: 0, state: { running: { startedAt: toTimestamp(T0) } } });
const available = (status: Condition['status']) =>
  workload('Deployment', {
    status: { conditions: [{ type: 'Available', status, reason: 'MinimumReplicas', message: 'short' }] },
  });
const ofPod = (one: Pod): [KubeObject, readonly Pod[]] => [one, [one]];
const LOOP = spec('CrashLoopBackOff', 'True');

describe('a condition of the target', () => {
  it.each<[string, ConditionTrigger, KubeObject, readonly Pod[], Firing['holds'], boolean]>([
    ['has the wanted status', spec('Available', 'False'), available('False'), [], 'true', false],
    ['has another status', spec('Available', 'False'), available('True'), [], 'false', false],
    [
      'is Unknown to its controller: neither one nor the other',
      spec('Available', 'False'),
      available('Unknown'),
      [],
      'unknown',
      false,
    ],
    ['is Unknown, which is what was asked for', spec('Available', 'Unknown'), available('Unknown'), [], 'true', false],
    ['is not reported yet', spec('Available', 'False'), workload('Deployment'), [], 'unknown', false],
    ['is none that its controller reports', spec('Sparkling', 'True'), available('True'), [], 'unknown', true],
    ['holds for the pod', spec('Ready', 'False'), ...ofPod(ready('False')), 'true', false],
    ['does not hold for the pod', spec('Ready', 'False'), ...ofPod(ready('True')), 'false', false],
    [
      'is Unknown for the pod, as on a node that was lost',
      spec('Ready', 'False'),
      ...ofPod(ready('Unknown')),
      'unknown',
      false,
    ],
    [
      'is unheard of for a pod that reports others',
      spec('Sparkling', 'True'),
      ...ofPod(ready('True')),
      'unknown',
      true,
    ],
    [
      'cannot be told of a pod without a status',
      spec('Ready', 'False'),
      ...ofPod({ ...pod(), status: {} }),
      'unknown',
      false,
    ],
    ['is in the loop when one of its pods is', LOOP, workload('Deployment'), [runs, loops], 'true', false],
    ['is not in the loop when none of its pods is', LOOP, workload('Deployment'), [runs], 'false', false],
    ['cannot be told without any pod', LOOP, workload('Deployment'), [], 'unknown', true],
    [
      'asked for False: no pod may be in the loop',
      spec('CrashLoopBackOff', 'False'),
      workload('Deployment'),
      [runs, loops],
      'false',
      false,
    ],
    [
      'asked for False: none is',
      spec('CrashLoopBackOff', 'False'),
      workload('Deployment'),
      [runs, runs],
      'true',
      false,
    ],
  ])('%s', (_title, question, target, pods, holds, notApplicable) => {
    const firing = ask(question, target, pods);
    expect([firing.holds, firing.notApplicable ?? false]).toEqual([holds, notApplicable]);
  });

  it('tells a person what was seen, and on which pod', () => {
    expect(ask(spec('Available', 'False'), available('False')).detail).toBe('Available=False: MinimumReplicas: short');
    expect(ask(LOOP, workload('Deployment'), [loops]).detail).toContain('pod web-1: container main');
  });

  it('says when a pod may have recovered by the passing of time alone', () => {
    const back = podWith({
      restartCount: 3,
      state: { running: { startedAt: toTimestamp(T0) } },
      lastState: { terminated: { exitCode: 1 } },
    });
    expect(ask(LOOP, ...ofPod(back))).toMatchObject({ holds: 'true', recheckAt: T0 + RECOVERED_AFTER_MS });
  });
});
