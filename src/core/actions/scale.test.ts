import { describe, expect, it } from 'vitest';
import { planInput, templateOf, workload } from '../../../test/kit/core-data.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { planUndo } from '../action/undo.ts';
import type { Answer, Outcome, PlanResult } from './action-kind.ts';
import { scale } from './scale.ts';

const web = workload('Deployment');
const scaleObject = (replicas: number): KubeObject => ({
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  metadata: { name: 'web', namespace: 'shop', uid: 'web-uid', resourceVersion: '9' },
  spec: { replicas },
});
const hpa = (spec: object = {}, name = 'web'): KubeObject => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name, namespace: 'shop', uid: 'hpa-uid', resourceVersion: '5' },
  spec: {
    minReplicas: 2,
    maxReplicas: 4,
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    ...spec,
  },
});
const yes = (...objects: readonly KubeObject[]): Answer => ({ found: 'yes', objects });
const plan = (scaleAction: object, seen: { from?: number; hpas?: Answer; scale?: Answer } = {}): PlanResult =>
  scale.plan(
    planInput(templateOf({ type: 'scale', scaleAction }), web, {
      answers: { scale: seen.scale ?? yes(scaleObject(seen.from ?? 3)), autoscalers: seen.hpas ?? yes() },
    }),
  );
const request = (result: PlanResult) => {
  if (result.kind !== 'requests') throw new Error(JSON.stringify(result));
  const [first] = result.requests;
  if (first === undefined) throw new Error('no request');
  return { ...first, body: JSON.parse(first.body ?? '') as { metadata: unknown; spec: Record<string, number> } };
};

describe('scaling goes to an absolute count, on the version that was read', () => {
  it.each<[string, object, number, number]>([
    ['up by one', { direction: 'up', replicas: 1 }, 3, 4],
    ['down by one', { direction: 'down', replicas: 1 }, 3, 2],
    ['to a count', { direction: 'absolute', replicas: 7 }, 3, 7],
    ['up, but not above the maximum', { direction: 'up', replicas: 5, maxReplicas: 6 }, 3, 6],
    ['down, but not below the minimum', { direction: 'down', replicas: 5, minReplicas: 2 }, 3, 2],
    ['from nothing', { direction: 'up', replicas: 1 }, 0, 1],
  ])('%s', (_title, block, from, to) => {
    const sent = request(plan(block, { from }));
    expect(sent.path).toBe('/apis/apps/v1/namespaces/shop/deployments/web/scale');
    expect(sent.body).toEqual({ metadata: { uid: 'web-uid', resourceVersion: '9' }, spec: { replicas: to } });
  });

  it('is taken back while the count is still ours, and on its newest version', () => {
    const { inverse } = request(plan({ direction: 'up', replicas: 1 }));
    if (inverse === undefined) throw new Error('no inverse');
    const live = scaleObject(4);
    const step = planUndo(inverse, { ...live, metadata: { ...live.metadata, resourceVersion: '12' } });
    if (step.kind !== 'request') throw new Error(step.kind);
    expect(JSON.parse(step.request.body ?? '')).toEqual({
      metadata: { uid: 'web-uid', resourceVersion: '12' },
      spec: { replicas: 3 },
    });
    expect(planUndo(inverse, scaleObject(3)).kind).toBe('restored');
    expect(planUndo(inverse, scaleObject(9))).toMatchObject({ kind: 'impossible' });
    expect(planUndo(inverse, undefined)).toMatchObject({ kind: 'impossible' });
  });
});

describe('what an autoscaler owns', () => {
  it('is left to it, by name', () => {
    const result = plan({ direction: 'up', replicas: 1 }, { hpas: yes(hpa({}, 'web-hpa')) });
    expect(result).toMatchObject({ kind: 'refused', reason: 'Autoscaled' });
    expect(JSON.stringify(result)).toContain('web-hpa');
  });

  it.each<[string, object, object]>([
    ['up: its minimum rises', { direction: 'up', replicas: 1 }, { minReplicas: 4, maxReplicas: 4 }],
    ['far up: its maximum rises too', { direction: 'up', replicas: 3 }, { minReplicas: 6, maxReplicas: 6 }],
    ['down: its minimum falls', { direction: 'down', replicas: 2 }, { minReplicas: 1, maxReplicas: 4 }],
    ['absolute', { direction: 'absolute', replicas: 4 }, { minReplicas: 4, maxReplicas: 4 }],
  ])('or has its bounds moved when the policy says so: %s', (_title, block, bounds) => {
    const sent = request(plan({ ...block, autoscaler: 'adjust' }, { hpas: yes(hpa()) }));
    expect(sent.path).toBe('/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/web');
    expect(sent.body).toEqual({ metadata: { uid: 'hpa-uid', resourceVersion: '5' }, spec: bounds });
    expect(sent.inverse?.restores).toMatchObject({ '/spec/minReplicas': '2' });
  });

  it.each<[string, KubeObject]>([
    ['another workload', hpa({ scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'other' } })],
    [
      'another kind of the same name',
      hpa({ scaleTargetRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web' } }),
    ],
  ])('an autoscaler of %s does not matter', (_title, other) => {
    expect(plan({ direction: 'up', replicas: 1 }, { hpas: yes(other) }).kind).toBe('requests');
  });
});

describe('what cannot be scaled', () => {
  it.each<[string, object, Parameters<typeof plan>[1], string]>([
    ['a count that is there already', { direction: 'absolute', replicas: 3 }, {}, 'NothingToDo'],
    ['a count at its bound', { direction: 'up', replicas: 1, maxReplicas: 3 }, {}, 'NothingToDo'],
    [
      'a kind whose scale cannot be read',
      { direction: 'up', replicas: 1 },
      { scale: { found: 'no', reason: 'NotFound', message: 'the server could not find the requested resource' } },
      'NoScale',
    ],
    [
      'a workload whose autoscalers cannot be read',
      { direction: 'up', replicas: 1 },
      { hpas: { found: 'no', reason: 'Forbidden', message: 'horizontalpodautoscalers is forbidden' } },
      'AutoscalersUnknown',
    ],
  ])('%s', (_title, block, seen, reason) => {
    expect(plan(block, seen)).toMatchObject({ kind: 'refused', reason });
  });

  it('without autoscalers on the server there are none', () => {
    expect(
      plan({ direction: 'up', replicas: 1 }, { hpas: { found: 'no', reason: 'UnknownKind', message: '' } }).kind,
    ).toBe('requests');
  });
});

describe('what became of a lost attempt', () => {
  const template = templateOf({ type: 'scale', scaleAction: { direction: 'up', replicas: 1 } });
  const sent = plan({ direction: 'up', replicas: 1 });
  const requests = sent.kind === 'requests' ? sent.requests : [];
  it.each<[string, KubeObject | undefined, Outcome]>([
    ['the wanted count: done', workload('Deployment', { spec: { replicas: 4 } }), 'done'],
    ['the old count: not done', workload('Deployment', { spec: { replicas: 3 } }), 'not done'],
    ['a third count: somebody else was here', workload('Deployment', { spec: { replicas: 9 } }), 'superseded'],
    ['gone', undefined, 'superseded'],
    ['no count to be read', { ...web, spec: {} }, 'unknown'],
  ])('%s', (_title, target, outcome) => {
    expect(
      scale.classify({ target, kind: 'Deployment', uid: 'web-uid', marker: 'action-uid/1', template, requests }),
    ).toBe(outcome);
  });
});
