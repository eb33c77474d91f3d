import { describe, expect, it } from 'vitest';
import { pod, podWith, T0 } from '../../test/kit/core-data.ts';
import type { ContainerStatus, Pod } from '../shapes/workloads.ts';
import { toTimestamp } from '../std/clock.ts';
import { isPodPseudoCondition, podCondition, RECOVERED_AFTER_MS } from './pod-conditions.ts';

const crashed = { terminated: { exitCode: 1, reason: 'Error' } };
const killed = { terminated: { exitCode: 137, reason: 'OOMKilled' } };
const runningSince = (at: number) => ({ running: { startedAt: toTimestamp(at) } });
const waiting = (reason: string) => ({ waiting: { reason } });
const done = { terminated: { exitCode: 0, reason: 'Completed' } };

const initAndMain = (init: ContainerStatus): Pod =>
  pod({
    status: {
      phase: 'Running',
      initContainerStatuses: [init],
      containerStatuses: [{ name: 'main', ready: true, restartCount: 0, state: runningSince(T0) }],
    },
  });

describe('conditions that a pod declares', () => {
  it('are answered as they stand, with their reason and message', () => {
    const seen = podCondition(
      pod({
        status: {
          phase: 'Running',
          conditions: [{ type: 'Ready', status: 'False', reason: 'NotYet', message: 'wait' }],
        },
      }),
      'Ready',
      T0,
    );
    expect(seen).toEqual({ status: 'False', detail: 'NotYet: wait' });
  });

  it.each<[string, Pod, string]>([
    ['a type that nobody reports', pod(), 'Sparkling'],
    ['a container state before there is any status', { ...pod(), status: {} }, 'CrashLoopBackOff'],
  ])('cannot tell %s', (_title, seen, type) => {
    expect(podCondition(seen, type, T0)).toBeUndefined();
  });
});

describe('container states as conditions', () => {
  it.each<[string, Pod, string, 'True' | 'False']>([
    [
      'waiting in the loop is the loop',
      podWith({ restartCount: 1, state: waiting('CrashLoopBackOff') }),
      'CrashLoopBackOff',
      'True',
    ],
    [
      'between two attempts of a loop it still loops',
      podWith({ restartCount: 2, state: crashed, lastState: crashed }),
      'CrashLoopBackOff',
      'True',
    ],
    ['a first crash is no loop', podWith({ restartCount: 0, state: crashed }), 'CrashLoopBackOff', 'False'],
    [
      'one restart is no loop',
      podWith({ restartCount: 1, state: runningSince(T0), lastState: crashed }),
      'CrashLoopBackOff',
      'False',
    ],
    [
      'restarts after clean exits are no crash loop',
      podWith({ restartCount: 9, state: runningSince(T0), lastState: done }),
      'CrashLoopBackOff',
      'False',
    ],
    ['a pull that is backing off', podWith({ state: waiting('ImagePullBackOff') }), 'ImagePullBackOff', 'True'],
    [
      'a failing pull is the same trouble under either name',
      podWith({ state: waiting('ErrImagePull') }),
      'ImagePullBackOff',
      'True',
    ],
    ['and the other way round', podWith({ state: waiting('ImagePullBackOff') }), 'ErrImagePull', 'True'],
    ['another waiting reason is not', podWith({ state: waiting('ContainerCreating') }), 'ErrImagePull', 'False'],
    [
      'a broken reference to a ConfigMap',
      podWith({ state: waiting('CreateContainerConfigError') }),
      'CreateContainerConfigError',
      'True',
    ],
    ['out of memory just now', podWith({ state: killed }), 'OOMKilled', 'True'],
    [
      'out of memory last time, not started again',
      podWith({ restartCount: 1, state: waiting('CrashLoopBackOff'), lastState: killed }),
      'OOMKilled',
      'True',
    ],
    [
      'an ordinary crash is not out of memory',
      podWith({ restartCount: 3, state: waiting('CrashLoopBackOff'), lastState: crashed }),
      'OOMKilled',
      'False',
    ],
    [
      'evicted by the kubelet',
      pod({ status: { phase: 'Failed', reason: 'Evicted', message: 'disk' } }),
      'Evicted',
      'True',
    ],
    ['not evicted', pod(), 'Evicted', 'False'],
    [
      'a pod that no node takes',
      pod({
        status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] },
      }),
      'Unschedulable',
      'True',
    ],
    [
      'a scheduled pod',
      pod({ status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'True' }] } }),
      'Unschedulable',
      'False',
    ],
    [
      'an init container in the loop counts',
      initAndMain({ name: 'init', restartCount: 4, state: waiting('CrashLoopBackOff'), lastState: crashed }),
      'CrashLoopBackOff',
      'True',
    ],
    [
      'an init container that came through at last is well',
      initAndMain({ name: 'init', restartCount: 4, state: done, lastState: crashed }),
      'CrashLoopBackOff',
      'False',
    ],
    [
      'so is one that was out of memory before',
      initAndMain({ name: 'init', restartCount: 1, state: done, lastState: killed }),
      'OOMKilled',
      'False',
    ],
    [
      'a job that succeeded after failing is well',
      pod({
        spec: { restartPolicy: 'OnFailure' },
        status: {
          phase: 'Succeeded',
          containerStatuses: [{ name: 'main', restartCount: 3, state: done, lastState: crashed }],
        },
      }),
      'CrashLoopBackOff',
      'False',
    ],
  ])('%s', (_title, seen, type, status) => {
    expect(podCondition(seen, type, T0)?.status).toBe(status);
  });

  it('has recovered once it ran for a minute after its last crash, and says when to look again', () => {
    const seen = podWith({ restartCount: 3, state: runningSince(T0), lastState: crashed });
    expect(podCondition(seen, 'CrashLoopBackOff', T0 + RECOVERED_AFTER_MS - 1)).toMatchObject({
      status: 'True',
      recheckAt: T0 + RECOVERED_AFTER_MS,
    });
    expect(podCondition(seen, 'CrashLoopBackOff', T0 + RECOVERED_AFTER_MS)).toEqual({
      status: 'False',
      detail: 'no container is in CrashLoopBackOff',
    });
  });

  it('knows its own names from conditions that only status can answer', () => {
    expect([isPodPseudoCondition('OOMKilled'), isPodPseudoCondition('Ready')]).toEqual([true, false]);
  });
});
