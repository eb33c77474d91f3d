import { describe, expect, it } from 'vitest';
import { pod, policyOf, T0, workload } from '../../../test/kit/core-data.ts';
import type { Trigger } from '../../api/policy.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { Pod } from '../../shapes/workloads.ts';
import type { Firing } from '../observation.ts';
import { evaluateTrigger } from './index.ts';

const triggerOf = (trigger: object): Trigger => {
  const [first] = policyOf({ triggers: [{ name: 't', ...trigger }] }).triggers;
  if (first === undefined) throw new Error('no trigger');
  return first;
};
const condition = (type: string, status: string) =>
  triggerOf({ type: 'condition', conditionTrigger: { type, status } });
const NOT_READY = condition('Ready', 'False');
const BACK_OFF = triggerOf({ type: 'event', eventTrigger: { reason: 'BackOff' } });
const RESTARTS = triggerOf({ type: 'metric', metricTrigger: { query: 'restarts', operator: '>', threshold: 1 } });

/** As kubelets leave a pod that has come to its end. */
const over = (phase: 'Succeeded' | 'Failed', reason?: string): Pod =>
  pod({
    status: {
      phase,
      ...(reason !== undefined && { reason }),
      conditions: [{ type: 'Ready', status: 'False', reason: phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed' }],
      containerStatuses: [{ name: 'main', state: { terminated: { exitCode: phase === 'Failed' ? 1 : 0 } } }],
    },
  });
const job = (type: string): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'report', namespace: 'shop', uid: 'job' },
  status: { conditions: [{ type, status: 'True' }] },
});
const backOff = {
  uid: 'e',
  about: { uid: 'pod-1', kind: 'Pod', name: 'web-1' },
  reason: 'BackOff',
  type: 'Warning',
  message: 'back-off',
  firstAt: T0,
  points: [{ at: T0, count: 1 }],
};
const many = { t: { at: T0, goodUntil: T0 + 60_000, absence: 'unknown', series: [{ labels: {}, value: 5 }] } } as const;

describe('a trigger, asked about what has ended', () => {
  it.each<[string, Trigger, KubeObject, Firing['holds']]>([
    ['Ready=False of a pod that has completed', NOT_READY, over('Succeeded'), 'false'],
    ['Events of a pod that has completed', BACK_OFF, over('Succeeded'), 'false'],
    ['restarts of a pod that has completed', RESTARTS, over('Succeeded'), 'false'],
    ['Ready=False of a pod that has failed', NOT_READY, over('Failed'), 'false'],
    ['that a pod was evicted', condition('Evicted', 'True'), over('Failed', 'Evicted'), 'true'],
    ['Events of a pod that has failed', BACK_OFF, over('Failed'), 'true'],
    ['that a Job is complete', condition('Complete', 'True'), job('Complete'), 'true'],
    ['restarts of a Job that is complete', RESTARTS, job('Complete'), 'false'],
    ['that a Job has failed', condition('Failed', 'True'), job('Failed'), 'true'],
  ])('%s', (_title, trigger, target, holds) => {
    const pods = target.kind === 'Pod' ? [target as Pod] : [];
    const { firing } = evaluateTrigger(trigger, { target, pods, events: [backOff], metrics: many }, T0);
    expect(firing.holds).toBe(holds);
  });

  it.each<[string, Trigger, KubeObject, readonly Pod[], Firing['holds']]>([
    [
      'pods of a workload that were evicted, and replaced',
      condition('Evicted', 'True'),
      workload('ReplicaSet'),
      [over('Failed', 'Evicted'), pod()],
      'false',
    ],
    [
      'pods of a Job that have completed',
      condition('Error', 'True'),
      job('Suspended'),
      [over('Succeeded'), pod()],
      'false',
    ],
    [
      'how a pod of a Job has failed',
      condition('Evicted', 'True'),
      job('Suspended'),
      [over('Failed', 'Evicted')],
      'true',
    ],
  ])('%s', (_title, trigger, target, pods, holds) => {
    expect(evaluateTrigger(trigger, { target, pods, events: [] }, T0).firing.holds).toBe(holds);
  });
});
