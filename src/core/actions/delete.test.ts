import { describe, expect, it } from 'vitest';
import { controlledBy, planInput, pod, templateOf, workload } from '../../../test/kit/core-data.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { DEFAULT_ACTION_SETTINGS, type Outcome, type PlanResult } from './action-kind.ts';
import { deletion } from './delete.ts';

const plan = (target: KubeObject, deleteAction?: object, deletableKinds: readonly string[] = []): PlanResult =>
  deletion.plan(
    planInput(templateOf({ type: 'delete', ...(deleteAction !== undefined && { deleteAction }) }), target, {
      settings: { ...DEFAULT_ACTION_SETTINGS, deletableKinds },
    }),
  );
const request = (result: PlanResult) => {
  if (result.kind !== 'requests') throw new Error(JSON.stringify(result));
  const [first] = result.requests;
  return { ...first, body: JSON.parse(first?.body ?? '') as object };
};
const thing = (apiVersion: string, kind: string, metadata: object = {}): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: 'thing', namespace: 'shop', uid: 'thing-uid', resourceVersion: '4', ...metadata },
});
const job = thing('batch/v1', 'Job');
const options = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'thing-uid', resourceVersion: '4' } };

const DATA = [{ name: 'cache', emptyDir: {} }];

describe('a pod whose data would go with it', () => {
  const holding = {
    ...pod({ metadata: { ownerReferences: controlledBy('ReplicaSet', 'rs') } }),
    spec: { volumes: DATA },
  };

  it.each<[string, object, object]>([
    ['is not deleted', {}, { kind: 'refused', reason: 'LocalData' }],
    ['is deleted when people have said so', { deleteEmptyDirData: true }, { kind: 'requests' }],
  ])('%s', (_title, deleteAction, wanted) => {
    expect(deletion.plan(planInput(templateOf({ type: 'delete', deleteAction }), holding))).toMatchObject(wanted);
  });
});

describe('an object is deleted as it was read', () => {
  it.each<[string, object | undefined, object]>([
    ['by default', undefined, { ...options, gracePeriodSeconds: 30 }],
    [
      'with what it owns',
      { propagationPolicy: 'Foreground' },
      { ...options, gracePeriodSeconds: 30, propagationPolicy: 'Foreground' },
    ],
    ['at once', { force: true, gracePeriodSeconds: 60 }, { ...options, gracePeriodSeconds: 0 }],
  ])('%s', (_title, block, body) => {
    const sent = request(plan(job, block));
    expect(sent).toMatchObject({ method: 'DELETE', path: '/apis/batch/v1/namespaces/shop/jobs/thing', body });
    expect(sent.inverse).toBeUndefined();
  });

  it('and says what goes', () => {
    expect(plan(job)).toMatchObject({
      changes: [{ resourceRef: 'Job/shop/thing', changeType: 'delete', oldValue: 'thing-uid' }],
    });
  });
});

describe('a pod goes by eviction', () => {
  const controlled = pod({ metadata: { ownerReferences: controlledBy('ReplicaSet', 'rs-uid') } });
  it.each<[string, object, number]>([
    ['with its grace period', { gracePeriodSeconds: 5 }, 5],
    ['at once', { force: true }, 0],
  ])('%s', (_title, block, gracePeriodSeconds) => {
    const sent = request(plan(controlled, block));
    expect(sent).toMatchObject({
      method: 'POST',
      path: '/api/v1/namespaces/shop/pods/web-1/eviction',
      body: { kind: 'Eviction', deleteOptions: { preconditions: { uid: 'pod-1' }, gracePeriodSeconds } },
    });
  });

  it.each<[string, KubeObject, string]>([
    ['that nothing brings back', pod(), 'BarePod'],
    ['of its node', pod({ metadata: { ownerReferences: controlledBy('Node', 'node-uid') } }), 'MirrorPod'],
  ])('one %s does not go at all, not even by force', (_title, target, reason) => {
    expect(plan(target, { force: true })).toMatchObject({ kind: 'refused', reason });
  });

  it('and no permission to delete pods is asked for', () => {
    const pods = deletion.rbac.filter(({ resources }) => resources.includes('pods'));
    expect(pods).toEqual([]);
  });
});

describe('what is never deleted', () => {
  it.each([
    ['v1', 'Namespace'],
    ['v1', 'Node'],
    ['v1', 'PersistentVolume'],
    ['v1', 'PersistentVolumeClaim'],
    ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
    ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'],
    ['apps/v1', 'StatefulSet'],
    ['kubeskippy.io/v1alpha1', 'HealingPolicy'],
  ])('%s %s, unless the configuration names it', (apiVersion, kind) => {
    const target = thing(apiVersion, kind);
    expect(plan(target, { force: true })).toMatchObject({ kind: 'refused', reason: 'KindNotDeletable' });
    expect(plan(target, {}, [`${apiVersion}/${kind}`]).kind).toBe('requests');
    expect(plan(target, {}, ['example.com/v1/Other']).kind).toBe('refused');
  });

  it('a kind of the same name in another group is another kind', () => {
    expect(plan(thing('example.com/v1', 'StatefulSet')).kind).toBe('requests');
  });

  it('what has finalizers, which are named; force deletes it all the same', () => {
    const held = thing('batch/v1', 'Job', { finalizers: ['example.com/export', 'example.com/bill'] });
    const result = plan(held);
    expect(result).toMatchObject({ kind: 'refused', reason: 'Finalizers' });
    expect(JSON.stringify(result)).toContain('example.com/export, example.com/bill');
    expect(plan(held, { force: true }).kind).toBe('requests');
  });
});

describe('what became of a lost attempt', () => {
  const template = templateOf({ type: 'delete' });
  it.each<[string, KubeObject | undefined, Outcome]>([
    ['gone: done', undefined, 'done'],
    ['another in its place: done', workload('Deployment', { metadata: { uid: 'new-uid' } }), 'done'],
    ['on its way: done', workload('Deployment', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }), 'done'],
    ['still there: not done', workload('Deployment'), 'not done'],
  ])('%s', (_title, target, outcome) => {
    expect(
      deletion.classify({ target, kind: 'Deployment', uid: 'web-uid', marker: 'action-uid/1', template, requests: [] }),
    ).toBe(outcome);
  });
});
