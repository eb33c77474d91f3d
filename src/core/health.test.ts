import { describe, expect, it } from 'vitest';
import { pod, workload } from '../../test/kit/core-data.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { healthOf, rolloutInProgress } from './health.ts';

const gadget: KubeObject = { apiVersion: 'example.com/v1', kind: 'Gadget', metadata: { name: 'g' } };
const conditions = [{ type: 'Ready', status: 'False' as const, reason: 'ContainersNotReady' }];
const onDelete = { updateStrategy: { type: 'OnDelete' } };
const partition = { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } };

describe('health, judged from status as kubectl rollout status does', () => {
  it.each<[string, KubeObject, string, string?]>([
    ['a ready pod', pod(), 'healthy'],
    ['a pod that completed', pod({ status: { phase: 'Succeeded' } }), 'healthy'],
    [
      'a running pod that is not ready',
      pod({ status: { phase: 'Running', conditions } }),
      'unhealthy',
      'ContainersNotReady',
    ],
    [
      'a pod whose container waits says for what',
      pod({
        status: {
          phase: 'Pending',
          conditions,
          containerStatuses: [{ name: 'c', state: { waiting: { reason: 'ErrImagePull' } } }],
        },
      }),
      'unhealthy',
      'ErrImagePull',
    ],
    ['a failed pod', pod({ status: { phase: 'Failed', reason: 'Evicted' } }), 'unhealthy', 'Evicted'],
    [
      'a ready pod that terminates',
      pod({ metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
      'unhealthy',
      'terminating',
    ],
    ['a pod without a status', { ...pod(), status: {} }, 'unknown'],
    ['a kind that has no rule', gadget, 'unknown', 'Gadget'],
    ...['Deployment', 'StatefulSet', 'ReplicaSet', 'DaemonSet'].flatMap(
      (kind): [string, KubeObject, string, string?][] => [
        [`a ${kind} whose replicas are all there`, workload(kind), 'healthy'],
        [`a ${kind} without a status`, workload(kind, { status: 'none' }), 'unknown'],
        [
          `a ${kind} whose controller lags`,
          workload(kind, { metadata: { generation: 3 } }),
          'unhealthy',
          'has not seen',
        ],
        [
          `a ${kind} with unavailable pods`,
          workload(kind, { status: { availableReplicas: 2, numberAvailable: 2 } }),
          'unhealthy',
          '2 of 3',
        ],
      ],
    ),
    [
      'a Deployment with fewer ready than wanted',
      workload('Deployment', { status: { readyReplicas: 1 } }),
      'unhealthy',
      '1 of 3 replicas are ready',
    ],
    [
      'a Deployment in the middle of a rollout',
      workload('Deployment', { status: { updatedReplicas: 1 } }),
      'unhealthy',
      '1 of 3 replicas are updated',
    ],
    [
      'a Deployment with old pods left',
      workload('Deployment', { status: { replicas: 4 } }),
      'unhealthy',
      '1 old replicas',
    ],
    [
      'a Deployment of one replica by default',
      workload('Deployment', {
        spec: { replicas: undefined },
        status: { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 },
      }),
      'healthy',
    ],
    [
      'a Deployment scaled to nothing',
      workload('Deployment', {
        spec: { replicas: 0 },
        status: { replicas: 0, updatedReplicas: 0, readyReplicas: 0, availableReplicas: 0 },
      }),
      'healthy',
    ],
    [
      'a StatefulSet with one revision counts all as updated',
      workload('StatefulSet', { status: { currentRevision: 'r1', updateRevision: 'r1', updatedReplicas: 0 } }),
      'healthy',
    ],
    [
      'a StatefulSet between two revisions',
      workload('StatefulSet', { status: { currentRevision: 'r1', updateRevision: 'r2', updatedReplicas: 1 } }),
      'unhealthy',
      'updated',
    ],
    [
      'a StatefulSet that keeps old pods behind its partition',
      workload('StatefulSet', {
        spec: partition,
        status: { currentRevision: 'r1', updateRevision: 'r2', updatedReplicas: 1 },
      }),
      'healthy',
    ],
    [
      'a StatefulSet with OnDelete',
      workload('StatefulSet', {
        spec: onDelete,
        status: { currentRevision: 'r1', updateRevision: 'r2', updatedReplicas: 0 },
      }),
      'healthy',
    ],
    [
      'a DaemonSet in the middle of a rollout',
      workload('DaemonSet', { status: { updatedNumberScheduled: 2 } }),
      'unhealthy',
      '2 of 3 pods are updated',
    ],
    [
      'a DaemonSet with OnDelete',
      workload('DaemonSet', { spec: onDelete, status: { updatedNumberScheduled: 0 } }),
      'healthy',
    ],
  ])('%s', (_title, object, state, why) => {
    const health = healthOf(object);
    expect(health.state).toBe(state);
    if (why !== undefined && health.state !== 'healthy') expect(health.message).toContain(why);
  });
});

const stuck = [{ type: 'Progressing', status: 'False' as const, reason: 'ProgressDeadlineExceeded' }];

describe('a rollout under way', () => {
  it.each<[string, KubeObject, boolean]>([
    ['none', workload('Deployment'), false],
    ['a pod has none', pod(), false],
    ['a change that the controller has not seen', workload('Deployment', { metadata: { generation: 3 } }), true],
    ['a workload known by its reference alone may be in one', workload('StatefulSet', { status: 'none' }), true],
    ['old replicas are left', workload('Deployment', { status: { replicas: 4, updatedReplicas: 3 } }), true],
    ['scaling up is none', workload('Deployment', { spec: { replicas: 5 } }), false],
    [
      'one that passed its deadline is stuck, not under way',
      workload('Deployment', { status: { replicas: 4, conditions: stuck } }),
      false,
    ],
    ['a DaemonSet', workload('DaemonSet', { status: { updatedNumberScheduled: 1 } }), true],
    [
      'OnDelete waits for a person',
      workload('DaemonSet', { spec: onDelete, status: { updatedNumberScheduled: 1 } }),
      false,
    ],
    [
      'a partition holds it',
      workload('StatefulSet', {
        spec: partition,
        status: { currentRevision: 'a', updateRevision: 'b', updatedReplicas: 1 },
      }),
      false,
    ],
    [
      'a StatefulSet between revisions',
      workload('StatefulSet', { status: { currentRevision: 'a', updateRevision: 'b', updatedReplicas: 1 } }),
      true,
    ],
  ])('%s', (_title, object, underWay) => {
    expect(rolloutInProgress(object) !== undefined).toBe(underWay);
  });
});
