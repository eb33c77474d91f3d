import { describe, expect, it } from 'vitest';
import { controlledBy, planInput, pod, templateOf, workload } from '../../../test/kit/core-data.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { planUndo } from '../action/undo.ts';
import type { Answer, Outcome, PlanInput, PlanResult } from './action-kind.ts';
import { resize } from './resize.ts';

interface Amounts {
  readonly requests?: Record<string, string>;
  readonly limits?: Record<string, string>;
}
const container = (name: string, resources?: Amounts) => ({
  name,
  image: 'app:1',
  ...(resources !== undefined && { resources }),
});
const web = (resources: Amounts, more: object = {}) =>
  workload('Deployment', { spec: { template: { spec: { containers: [container('app', resources)] } }, ...more } });
const none: Answer = { found: 'no', reason: 'UnknownKind', message: 'no such kind' };

const plan = (
  resizeAction: object,
  target: KubeObject,
  change: Partial<PlanInput> & { vpas?: Answer } = {},
): PlanResult => {
  const { vpas = none, ...rest } = change;
  return resize.plan(
    planInput(templateOf({ type: 'resize', resizeAction }), target, {
      answers: { verticalAutoscalers: vpas },
      subresources: ['resize'],
      ...rest,
    }),
  );
};
const sent = (result: PlanResult) => {
  if (result.kind !== 'requests') throw new Error(JSON.stringify(result));
  const [first] = result.requests;
  if (first === undefined) throw new Error('no request');
  return { ...first, body: JSON.parse(first.body ?? '') as readonly { op: string; path: string; value?: unknown }[] };
};
const values = (result: PlanResult) =>
  Object.fromEntries(
    result.kind === 'requests'
      ? result.changes.map(({ field, newValue }) => [field.split('resources.')[1], newValue])
      : [],
  );

describe('the new amounts', () => {
  it.each<[string, object, Amounts, Record<string, string>]>([
    [
      'request and limit alike',
      { memory: { factor: 1.5 } },
      { requests: { memory: '64Mi' }, limits: { memory: '128Mi' } },
      { 'requests.memory': '96Mi', 'limits.memory': '192Mi' },
    ],
    [
      'only what is set',
      { memory: { factor: 2 } },
      { limits: { memory: '1Gi', cpu: '1' } },
      { 'limits.memory': '2Gi' },
    ],
    ['rounded up to a MiB', { memory: { factor: 1.15 } }, { limits: { memory: '64Mi' } }, { 'limits.memory': '74Mi' }],
    [
      'in decimal units where they were',
      { memory: { factor: 1.5 } },
      { limits: { memory: '100M' } },
      { 'limits.memory': '150M' },
    ],
    [
      'cores and millicores',
      { cpu: { factor: 1.25 } },
      { requests: { cpu: '250m' }, limits: { cpu: '2' } },
      { 'requests.cpu': '313m', 'limits.cpu': '2500m' },
    ],
    [
      'up to the maximum',
      { memory: { factor: 4, max: '100Mi' } },
      { limits: { memory: '64Mi' } },
      { 'limits.memory': '100Mi' },
    ],
    [
      'at least the minimum',
      { memory: { factor: 1.5, min: '256Mi' } },
      { limits: { memory: '64Mi' } },
      { 'limits.memory': '256Mi' },
    ],
    [
      'down, not below the minimum',
      { cpu: { factor: 0.1, min: '100m' } },
      { limits: { cpu: '500m' } },
      { 'limits.cpu': '100m' },
    ],
    [
      'a request never above its limit',
      { memory: { factor: 2, max: '128Mi' } },
      { requests: { memory: '100Mi' }, limits: { memory: '128Mi' } },
      { 'requests.memory': '128Mi' },
    ],
    [
      'both resources',
      { memory: { factor: 2 }, cpu: { factor: 2 } },
      { limits: { memory: '1Mi', cpu: '1' } },
      { 'limits.memory': '2Mi', 'limits.cpu': '2' },
    ],
  ])('%s', (_title, block, before, after) => {
    expect(values(plan(block, web(before)))).toEqual(after);
  });

  it('of one container or of all that have the resource', () => {
    const two = workload('StatefulSet', {
      spec: {
        template: {
          spec: {
            containers: [
              container('app', { limits: { memory: '1Gi' } }),
              container('proxy', { limits: { memory: '64Mi' } }),
              container('bare'),
            ],
          },
        },
      },
    });
    const fields = (block: object) =>
      sent(plan(block, two))
        .body.map(({ path }) => path)
        .filter((path) => path.startsWith('/spec'));
    const at = (index: number) => `/spec/template/spec/containers/${index}/resources/limits/memory`;
    expect(fields({ memory: { factor: 2 } })).toEqual([at(0), at(1)]);
    expect(fields({ memory: { factor: 2 }, container: 'proxy' })).toEqual([at(1)]);
  });
});

describe('a workload is resized by its template', () => {
  const result = plan({ memory: { factor: 2 } }, web({ limits: { memory: '64Mi' } }));
  it('on the version that was read, marked, and with what takes it back', () => {
    expect(sent(result)).toMatchObject({
      path: '/apis/apps/v1/namespaces/shop/deployments/web',
      precondition: { uid: 'web-uid', resourceVersion: '9' },
    });
    expect(sent(result).body).toEqual([
      { op: 'replace', path: '/metadata/uid', value: 'web-uid' },
      { op: 'replace', path: '/metadata/resourceVersion', value: '9' },
      { op: 'add', path: '/metadata/annotations', value: {} },
      { op: 'add', path: '/metadata/annotations/kubeskippy.io~1attempt', value: 'action-uid/1' },
      { op: 'replace', path: '/spec/template/spec/containers/0/resources/limits/memory', value: '128Mi' },
    ]);
    expect(result).toMatchObject({ summary: 'resize Deployment shop/web: limits.memory 64Mi → 128Mi' });
    const { inverse } = sent(result);
    if (inverse === undefined) throw new Error('no inverse');
    expect(planUndo(inverse, web({ limits: { memory: '128Mi' } })).kind).toBe('request');
    expect(planUndo(inverse, web({ limits: { memory: '64Mi' } })).kind).toBe('restored');
    expect(planUndo(inverse, web({ limits: { memory: '99Mi' } })).kind).toBe('impossible');
  });
});

describe('a pod is resized in place', () => {
  const small = { requests: { memory: '64Mi' }, limits: { memory: '128Mi' } };
  const guaranteed = { requests: { memory: '64Mi', cpu: '1' }, limits: { memory: '64Mi', cpu: '1' } };
  const running = (resources: Amounts, metadata: object = {}): KubeObject => ({
    ...pod({ metadata }),
    spec: { containers: [container('app', resources)] },
  });

  it('through its subresource, there and back', () => {
    const request = sent(plan({ memory: { factor: 2 } }, running(small)));
    expect([request.path, request.inverse?.path]).toEqual(Array(2).fill('/api/v1/namespaces/shop/pods/web-1/resize'));
    expect(request.body.some(({ path }) => path.includes('annotations'))).toBe(false);
  });

  it('not where the server has no such subresource', () => {
    const result = plan({ memory: { factor: 2 } }, running(small), { subresources: ['eviction'] });
    expect(result).toMatchObject({ kind: 'refused', reason: 'NoInPlaceResize' });
    expect(JSON.stringify(result)).toContain('let the policy select its workload');
  });

  it.each<[string, object, Amounts, string]>([
    ['a Guaranteed pod stays Guaranteed', { memory: { factor: 2 } }, guaranteed, 'requests'],
    [
      'a Burstable one must not become Guaranteed',
      { memory: { factor: 2, max: '128Mi' }, cpu: { factor: 1 } },
      { requests: { memory: '64Mi', cpu: '1' }, limits: { memory: '128Mi', cpu: '1' } },
      'refused',
    ],
  ])('%s', (_title, block, resources, kind) => {
    expect(plan(block, running(resources)).kind).toBe(kind);
  });

  it.each<[string, KubeObject | undefined, Outcome]>([
    ['the new amounts: done', running({ requests: { memory: '128Mi' }, limits: { memory: '256Mi' } }), 'done'],
    ['the old amounts: not done', running(small), 'not done'],
    [
      'other amounts: somebody else was here',
      running({ requests: { memory: '1Mi' }, limits: { memory: '1Mi' } }),
      'superseded',
    ],
    ['gone', undefined, 'superseded'],
  ])('what became of a lost attempt is read off its amounts: %s', (_title, target, outcome) => {
    const block = { memory: { factor: 2 } };
    const result = plan(block, running(small));
    const requests = result.kind === 'requests' ? result.requests : [];
    const template = templateOf({ type: 'resize', resizeAction: block });
    expect(resize.classify({ target, kind: 'Pod', uid: 'pod-1', marker: 'action-uid/1', template, requests })).toBe(
      outcome,
    );
  });
});

describe('what a VerticalPodAutoscaler sets', () => {
  const vpa = (kind: string, name: string, updateMode?: string): Answer => ({
    found: 'yes',
    objects: [
      {
        apiVersion: 'autoscaling.k8s.io/v1',
        kind: 'VerticalPodAutoscaler',
        metadata: { name: 'sizes', namespace: 'shop' },
        spec: {
          targetRef: { apiVersion: 'apps/v1', kind, name },
          ...(updateMode !== undefined && { updatePolicy: { updateMode } }),
        },
      },
    ],
  });
  const replica: KubeObject = {
    ...pod({
      metadata: {
        labels: { 'pod-template-hash': 'abc' },
        ownerReferences: controlledBy('ReplicaSet', 'rs').map((one) => ({ ...one, name: 'web-abc' })),
      },
    }),
    spec: { containers: [container('app', { limits: { memory: '64Mi' } })] },
  };
  it.each<[string, KubeObject, Answer, string]>([
    ['is left to it', web({ limits: { memory: '64Mi' } }), vpa('Deployment', 'web'), 'FieldOwned'],
    [
      'is left to it on the pods of its Deployment too',
      replica,
      vpa('Deployment', 'web', 'InPlaceOrRecreate'),
      'FieldOwned',
    ],
    [
      'cannot be told when they cannot be read',
      web({ limits: { memory: '64Mi' } }),
      { found: 'no', reason: 'Forbidden', message: 'no' },
      'AutoscalersUnknown',
    ],
  ])('%s', (_title, target, vpas, reason) => {
    expect(plan({ memory: { factor: 2 } }, target, { vpas })).toMatchObject({ kind: 'refused', reason });
  });

  it.each<[string, Answer]>([
    ['one that only recommends', vpa('Deployment', 'web', 'Off')],
    ['one of another workload', vpa('Deployment', 'other')],
    ['one of another kind', vpa('StatefulSet', 'web')],
  ])('%s does not matter', (_title, vpas) => {
    expect(plan({ memory: { factor: 2 } }, web({ limits: { memory: '64Mi' } }), { vpas }).kind).toBe('requests');
  });
});

describe('what cannot be resized', () => {
  const limits = { limits: { memory: '64Mi' } };
  it.each<[string, object, KubeObject, string]>([
    ['at its bound', { memory: { factor: 2, max: '64Mi' } }, web(limits), 'NothingToDo'],
    ['above its bound already', { memory: { factor: 2, max: '32Mi' } }, web(limits), 'NothingToDo'],
    ['without amounts', { cpu: { factor: 2 } }, web(limits), 'NoResources'],
    ['a container that is not there', { memory: { factor: 2 }, container: 'db' }, web(limits), 'NoContainer'],
    ['bounds that are no quantities', { memory: { factor: 2, max: 'much' } }, web(limits), 'InvalidAction'],
    ['bounds that leave no room', { memory: { factor: 2, min: '2Gi', max: '1Gi' } }, web(limits), 'InvalidAction'],
    ['paused', { memory: { factor: 2 } }, web(limits, { paused: true }), 'Paused'],
    [
      'rolled out by hand',
      { memory: { factor: 2 } },
      web(limits, { updateStrategy: { type: 'OnDelete' } }),
      'OnDelete',
    ],
  ])('%s', (_title, block, target, reason) => {
    expect(plan(block, target)).toMatchObject({ kind: 'refused', reason });
  });
});
