import { describe, expect, it } from 'vitest';
import { healingAction, MINUTE, planInput, T0, templateOf, workload } from '../../../test/kit/core-data.ts';
import type { PlannedRequest } from '../../api/action-status.ts';
import { restart } from '../actions/restart.ts';
import { scale } from '../actions/scale.ts';
import type { BuiltInKind, PlanInput } from '../actions/action-kind.ts';
import { planDigest, specDigest } from './plan-digest.ts';

/** Of the plan that is really made for this workload. */
function digestOf(kind: BuiltInKind, action: Record<string, unknown>, change: Partial<PlanInput> = {}): string {
  const target = change.target ?? workload('Deployment');
  // The scale of a workload is an object of its own.
  const scaled = { ...target, apiVersion: 'autoscaling/v1', kind: 'Scale' };
  const answers: PlanInput['answers'] = {
    scale: { found: 'yes', objects: [scaled] },
    autoscalers: { found: 'yes', objects: [] },
  };
  const plan = kind.plan(planInput(templateOf(action), target, { answers, ...change }));
  if (plan.kind !== 'requests') throw new Error(`no plan: ${JSON.stringify(plan)}`);
  return planDigest({ requests: plan.requests });
}

const later = {
  now: T0 + MINUTE,
  marker: 'a-uid/2',
  target: workload('Deployment', { metadata: { resourceVersion: '10' } }),
};
const scaleUp = { name: 'scale', type: 'scale', scaleAction: { direction: 'up', replicas: 1 } };

describe('the digest of a plan', () => {
  it('of a restart is the same at another time, of another version, in another attempt', () => {
    const rolling = { name: 'restart', type: 'restart' };
    expect(digestOf(restart, rolling, later)).toBe(digestOf(restart, rolling));
  });

  it('of a change of scale is the same of another version, and another from another count', () => {
    const first = digestOf(scale, scaleUp);
    expect(digestOf(scale, scaleUp, later)).toBe(first);
    expect(digestOf(scale, scaleUp, { target: workload('Deployment', { spec: { replicas: 5 } }) })).not.toBe(first);
  });

  const request: PlannedRequest = {
    method: 'PATCH',
    path: '/apis/apps/v1/namespaces/shop/deployments/web',
    contentType: 'application/merge-patch+json',
    body: '{"metadata":{"uid":"web-uid","resourceVersion":"9"},"spec":{"replicas":4}}',
    description: 'scale',
    precondition: { uid: 'web-uid', resourceVersion: '9' },
    inverse: {
      method: 'PATCH',
      path: '/x',
      body: '{"spec":{"replicas":3}}',
      description: 'back',
      guard: { '/spec/replicas': '4' },
      restores: { '/spec/replicas': '3', '/metadata/annotations/kubeskippy.io~1attempt': 'null' },
    },
  };
  const { inverse } = request;
  const back = (change: object): PlannedRequest => ({
    ...request,
    ...(inverse && { inverse: { ...inverse, ...change } }),
  });
  it.each<[string, 'same' | 'another', PlannedRequest]>([
    ['in other words', 'same', { ...request, description: 'scale it' }],
    ['held to another version', 'same', { ...request, precondition: { uid: 'web-uid', resourceVersion: '10' } }],
    [
      'with the mark of another attempt before it',
      'same',
      back({ restores: { '/spec/replicas': '3', '/metadata/annotations/kubeskippy.io~1attempt': '"a/1"' } }),
    ],
    ['to another object', 'another', { ...request, path: `${request.path}2` }],
    ['by another method', 'another', { ...request, method: 'PUT' }],
    ['with another body', 'another', { ...request, body: '{"spec":{"replicas":40}}' }],
    ['of another kind of patch', 'another', { ...request, contentType: 'application/json-patch+json' }],
    ['held to another object', 'another', { ...request, precondition: { uid: 'other', resourceVersion: '9' } }],
    ['to an endpoint', 'another', { ...request, path: '', endpoint: 'ops' }],
    ['taken back to something else', 'another', back({ body: '{"spec":{"replicas":0}}' })],
    ['with something else before it', 'another', back({ restores: { '/spec/replicas': '2' } })],
  ])('of a request %s is the %s', (_title, how, changed) => {
    const digests = [request, changed].map((one) => planDigest({ requests: [one] }));
    expect(digests[0] === digests[1] ? 'same' : 'another').toBe(how);
  });

  it('says whether other stages follow, and in which order requests go', () => {
    const other = { ...request, path: '/other' };
    const digests = [
      planDigest({ requests: [request, other] }),
      planDigest({ requests: [other, request] }),
      planDigest({ requests: [request, other], continues: true }),
    ];
    expect(new Set(digests).size).toBe(3);
  });

  it('leaves a JSON patch its other operations', () => {
    const json = (value: number, version: string): PlannedRequest => ({
      ...request,
      body: JSON.stringify([
        { op: 'replace', path: '/metadata/resourceVersion', value: version },
        { op: 'replace', path: '/spec/replicas', value },
      ]),
    });
    const digest = (value: number, version: string) => planDigest({ requests: [json(value, version)] });
    expect(digest(1, '9')).toBe(digest(1, '10'));
    expect(digest(1, '9')).not.toBe(digest(2, '9'));
  });

  it('leaves a call everything but the mark of the attempt', () => {
    const call = (body: object) =>
      planDigest({ requests: [{ ...request, endpoint: 'ops', path: '', body: JSON.stringify(body) }] });
    expect(call({ id: 'a/1', text: 'x' })).toBe(call({ id: 'a/2', text: 'x' }));
    expect(call({ id: 'a/1', text: 'x' })).not.toBe(call({ id: 'a/1', text: 'y' }));
  });
});

it('the digest of a spec is that of one action', () => {
  const action = healingAction();
  const digests = [action, { ...action, uid: 'later' }, healingAction({}, { spec: { dryRun: true } })].map(specDigest);
  expect(new Set(digests).size).toBe(3);
  expect(specDigest(healingAction({ phase: 'Approved' }))).toBe(digests[0]);
});
