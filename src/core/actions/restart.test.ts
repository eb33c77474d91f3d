import { describe, expect, it } from 'vitest';
import { controlledBy, planInput, pod, T0, templateOf, workload } from '../../../test/kit/core-data.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { toTimestamp } from '../../std/clock.ts';
import type { Outcome, PlanResult } from './action-kind.ts';
import { actionRegistry } from './index.ts';
import { restart } from './restart.ts';

const MARKER = 'action-uid/1';
function plan(target: KubeObject, restartAction: Record<string, unknown> = {}): PlanResult {
  const template = templateOf({ type: 'restart', restartAction });
  return restart.plan(planInput(template, target, { marker: MARKER }));
}
const only = (result: PlanResult) => {
  if (result.kind !== 'requests') throw new Error(JSON.stringify(result));
  expect(result.requests).toHaveLength(1);
  const [request] = result.requests;
  return { ...request, body: JSON.parse(request?.body ?? '') as unknown, changes: result.changes };
};
const owned = pod({ metadata: { ownerReferences: controlledBy('ReplicaSet', 'rs') } });

describe('a pod with a controller', () => {
  it('is evicted, by its UID and with its grace period (I8, I17)', () => {
    expect(only(plan(owned, { gracePeriodSeconds: 5 }))).toMatchObject({
      method: 'POST',
      path: '/api/v1/namespaces/shop/pods/web-1/eviction',
      precondition: { uid: 'pod-1' },
      body: {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: 'web-1', namespace: 'shop' },
        deleteOptions: { preconditions: { uid: 'pod-1' }, gracePeriodSeconds: 5 },
      },
    });
  });
});

describe('a workload', () => {
  it.each([
    ['Deployment', 'deployments'],
    ['StatefulSet', 'statefulsets'],
    ['DaemonSet', 'daemonsets'],
  ])('a %s is annotated as kubectl rollout restart does, marked, and only as it was seen (I4, I8)', (kind, plural) => {
    expect(only(plan(workload(kind)))).toMatchObject({
      method: 'PATCH',
      path: `/apis/apps/v1/namespaces/shop/${plural}/web`,
      contentType: 'application/merge-patch+json',
      body: {
        metadata: { uid: 'web-uid', resourceVersion: '9' },
        spec: {
          template: {
            metadata: {
              annotations: { 'kubectl.kubernetes.io/restartedAt': toTimestamp(T0), 'kubeskippy.io/attempt': MARKER },
            },
          },
        },
      },
    });
  });

  it('keeps what the annotation said before in the changes', () => {
    const before = { 'kubectl.kubernetes.io/restartedAt': '2025-01-01T00:00:00Z' };
    const target = workload('Deployment', { spec: { template: { metadata: { annotations: before } } } });
    expect(only(plan(target)).changes).toMatchObject([{ oldValue: '2025-01-01T00:00:00Z', newValue: toTimestamp(T0) }]);
  });
});

it('a StatefulSet all of whose pods stand behind a partition is told apart', () => {
  const behind = workload('StatefulSet', { spec: { updateStrategy: { rollingUpdate: { partition: 3 } } } });
  const planned = restart.plan(planInput(templateOf({ type: 'restart' }), behind));
  expect(planned).toMatchObject({ reason: 'NotReached', message: expect.stringContaining('none of its pods') });
});

describe('what cannot be restarted', () => {
  it.each<[string, KubeObject, Record<string, unknown>, string]>([
    ['a bare pod: nothing would bring it back', pod(), {}, 'BarePod'],
    [
      'a pod with an owner that is no controller',
      pod({ metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'x' }] } }),
      {},
      'BarePod',
    ],
    ['a static pod of a node', pod({ metadata: { ownerReferences: controlledBy('Node', 'n') } }), {}, 'MirrorPod'],
    [
      'a StatefulSet behind a partition, by a rolling update',
      workload('StatefulSet', { spec: { updateStrategy: { rollingUpdate: { partition: 1 } } } }),
      { strategy: 'rolling' },
      'NotReached',
    ],
    [
      'a StatefulSet whose partition is above all its pods',
      workload('StatefulSet', { spec: { updateStrategy: { rollingUpdate: { partition: 3 } } } }),
      { strategy: 'rolling' },
      'NotReached',
    ],
    ['a DaemonSet by scaling to 0 and back', workload('DaemonSet'), { strategy: 'recreate' }, 'UnsupportedStrategy'],
    [
      'a workload of no replicas, by scaling to 0',
      workload('StatefulSet', { spec: { replicas: 0 } }),
      { strategy: 'recreate' },
      'NothingToDo',
    ],
    [
      'a StatefulSet whose volumes would go with its pods',
      workload('StatefulSet', { spec: { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' } } }),
      { strategy: 'recreate' },
      'WouldDeleteVolumes',
    ],
    [
      'a paused Deployment, by whatever strategy',
      workload('Deployment', { spec: { paused: true } }),
      { strategy: 'recreate' },
      'Paused',
    ],
    [
      'a paused Deployment, gracefully',
      workload('Deployment', { spec: { paused: true } }),
      { strategy: 'graceful' },
      'Paused',
    ],
    ['a workload without pods', workload('StatefulSet'), { strategy: 'graceful' }, 'NothingToDo'],
    ['a paused Deployment', workload('Deployment', { spec: { paused: true } }), {}, 'Paused'],
    [
      'a DaemonSet with OnDelete',
      workload('DaemonSet', { spec: { updateStrategy: { type: 'OnDelete' } } }),
      {},
      'OnDelete',
    ],
  ])('%s', (_title, target, block, reason) => {
    expect(plan(target, block)).toMatchObject({ kind: 'refused', reason });
  });
});

describe('what became of an attempt, by a live read (I3)', () => {
  const marked = (marker: string) =>
    workload('Deployment', { spec: { template: { metadata: { annotations: { 'kubeskippy.io/attempt': marker } } } } });
  it.each<[string, KubeObject | undefined, string, Outcome]>([
    ['the pod is there as it was: not done', owned, 'pod-1', 'not done'],
    ['the pod is terminating: done', pod({ metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }), 'pod-1', 'done'],
    ['the pod is gone: done', undefined, 'pod-1', 'done'],
    ['another pod has its name: done', pod({ metadata: { uid: 'pod-2' } }), 'pod-1', 'done'],
    ['the workload is gone: whether it was restarted before cannot be told', undefined, 'web-uid', 'superseded'],
    [
      'another workload has its name: the same',
      workload('Deployment', { metadata: { uid: 'new' } }),
      'web-uid',
      'superseded',
    ],
    ['the workload carries the marker: done', marked(MARKER), 'web-uid', 'done'],
    ['the workload carries no marker: not done', workload('Deployment'), 'web-uid', 'not done'],
    [
      'the workload carries that of another attempt of the action: done',
      marked(`${MARKER.split('/')[0]}/7`),
      'web-uid',
      'done',
    ],
    ['the workload carries that of another action: not done', marked('another-action/1'), 'web-uid', 'not done'],
  ])('%s', (_title, target, uid, outcome) => {
    const kind = uid === 'web-uid' ? 'Deployment' : 'Pod';
    expect(
      restart.classify({ target, kind, uid, marker: MARKER, template: templateOf({ type: 'restart' }), requests: [] }),
    ).toBe(outcome);
  });
});

describe('the registry', () => {
  it('asks for the RBAC of the actions that it knows', () => {
    expect(actionRegistry().rules).toEqual(expect.arrayContaining([...restart.rbac]));
  });
});
