import { describe, expect, it } from 'vitest';
import { pod, workload } from '../../../test/kit/core-data.ts';
import type { Inverse } from '../../api/action-status.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { MadeRequest } from './action-kind.ts';
import {
  call,
  creation,
  eviction,
  jsonInverse,
  jsonPatch,
  mergeInverse,
  mergePatch,
  oneRequest,
  policyPatch,
  refOf,
  removal,
  removalOf,
  reversal,
} from './requests.ts';

const web = workload('Deployment');
const PATH = '/apis/apps/v1/namespaces/shop/deployments/web';
const said = { path: PATH, description: 'do it' };
const bodyOf = ({ body = '' }: { readonly body?: string }): unknown => JSON.parse(body);

describe('what changes or removes an object is held to the one that was read (I8)', () => {
  const HELD = { uid: 'web-uid', resourceVersion: '9' };
  it.each<[string, MadeRequest, unknown]>([
    [
      'a merge patch',
      mergePatch(web, { ...said, fields: { spec: { replicas: 5 } } }),
      { metadata: HELD, spec: { replicas: 5 } },
    ],
    [
      'one that leaves its mark',
      mergePatch(web, { ...said, fields: {}, marker: 'action-uid/1' }),
      { metadata: { ...HELD, annotations: { 'kubeskippy.io/attempt': 'action-uid/1' } } },
    ],
    [
      "a policy's patch, whatever UID and mark it names itself",
      policyPatch(web, {
        ...said,
        type: 'strategic',
        marker: 'action-uid/1',
        fields: {
          metadata: { uid: 'another', annotations: { 'kubeskippy.io/attempt': 'mine', team: 'a' } },
          spec: { replicas: 5 },
        },
      }),
      {
        metadata: { ...HELD, annotations: { 'kubeskippy.io/attempt': 'action-uid/1', team: 'a' } },
        spec: { replicas: 5 },
      },
    ],
    [
      'a JSON patch, before its own operations',
      jsonPatch(web, { ...said, operations: [{ op: 'remove', path: '/spec/paused' }] }),
      [
        { op: 'replace', path: '/metadata/uid', value: 'web-uid' },
        { op: 'replace', path: '/metadata/resourceVersion', value: '9' },
        { op: 'remove', path: '/spec/paused' },
      ],
    ],
    [
      'a removal',
      removal(web, { ...said, gracePeriodSeconds: 30, propagationPolicy: 'Orphan' }),
      {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        preconditions: HELD,
        gracePeriodSeconds: 30,
        propagationPolicy: 'Orphan',
      },
    ],
  ])('%s', (_title, request, body) => {
    expect(request).toMatchObject({ path: PATH, description: 'do it', precondition: HELD });
    expect(bodyOf(request)).toEqual(body);
  });

  it('an eviction by the UID alone: the status of a pod that is to go changes all the time', () => {
    const request = eviction(pod(), { description: 'evict it', gracePeriodSeconds: 0 });
    expect(request).toMatchObject({
      method: 'POST',
      path: '/api/v1/namespaces/shop/pods/web-1/eviction',
      precondition: { uid: 'pod-1' },
    });
    expect(bodyOf(request)).toMatchObject({
      metadata: { name: 'web-1', namespace: 'shop' },
      deleteOptions: { preconditions: { uid: 'pod-1' }, gracePeriodSeconds: 0 },
    });
  });

  it('without a grace period an eviction leaves it to the pod', () => {
    expect(bodyOf(eviction(pod(), { description: 'evict it' }))).toMatchObject({
      deleteOptions: { preconditions: { uid: 'pod-1' } },
    });
    expect(eviction(pod(), { description: 'evict it' }).body).not.toContain('gracePeriodSeconds');
  });
});

describe('what is made anew has nothing to be held to', () => {
  it('an object goes to its collection', () => {
    const job: KubeObject = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'repair', namespace: 'shop' } };
    const request = creation(job, { path: '/apis/batch/v1/namespaces/shop/jobs', description: 'run it' });
    expect(request).toMatchObject({ method: 'POST', path: '/apis/batch/v1/namespaces/shop/jobs' });
    expect(bodyOf(request)).toEqual(job);
  });

  it('a call has a name of the configuration in place of a path', () => {
    expect(call('pager', { body: { id: 'action-uid/1' }, description: 'call it' })).toEqual({
      method: 'POST',
      path: '',
      endpoint: 'pager',
      contentType: 'application/json',
      body: '{"id":"action-uid/1"}',
      description: 'call it',
    });
  });
});

describe('what takes a change back', () => {
  const changed = [
    { pointer: '/spec/replicas', before: 3, after: 5 },
    { pointer: '/spec/paused', before: undefined, after: true },
  ];
  it('names what was set and what was there before, absent as null', () => {
    expect(mergeInverse({ ...said, changed, fields: { spec: { replicas: 3, paused: null } } })).toEqual({
      method: 'PATCH',
      path: PATH,
      contentType: 'application/merge-patch+json',
      body: '{"spec":{"replicas":3,"paused":null}}',
      description: 'do it',
      guard: { '/spec/replicas': '5', '/spec/paused': 'true' },
      restores: { '/spec/replicas': '3', '/spec/paused': 'null' },
    });
  });

  it('may be a JSON patch, field by field', () => {
    const operations = [{ op: 'replace', path: '/spec/replicas', value: 3 }];
    expect(jsonInverse({ ...said, changed, operations })).toMatchObject({
      contentType: 'application/json-patch+json',
      body: JSON.stringify(operations),
      guard: { '/spec/replicas': '5' },
    });
  });
});

describe('a change is taken back on the object as it is by then', () => {
  const live = workload('Deployment', { metadata: { resourceVersion: '12' } });
  const HELD = { uid: 'web-uid', resourceVersion: '12' };
  it.each<[string, Inverse, unknown]>([
    [
      'by a merge patch',
      mergeInverse({ ...said, changed: [], fields: { spec: { replicas: 3 } } }),
      { spec: { replicas: 3 }, metadata: HELD },
    ],
    [
      'by a JSON patch',
      jsonInverse({ ...said, changed: [], operations: [{ op: 'remove', path: '/spec/paused' }] }),
      [
        { op: 'test', path: '/metadata/uid', value: 'web-uid' },
        { op: 'replace', path: '/metadata/resourceVersion', value: '12' },
        { op: 'remove', path: '/spec/paused' },
      ],
    ],
  ])('%s', (_title, inverse, body) => {
    const request = reversal(inverse, live);
    expect(request).toMatchObject({ method: 'PATCH', path: PATH, precondition: HELD });
    expect(bodyOf(request)).toEqual(body);
    expect(Object.keys(request)).not.toContain('guard');
  });

  it('one without a body has nothing to put it into', () => {
    const { body: _body, ...without } = mergeInverse({ ...said, changed: [], fields: {} });
    expect(reversal({ ...without, method: 'DELETE' }, live)).toMatchObject({ method: 'DELETE', precondition: HELD });
  });
});

describe('for people', () => {
  it('an object without a namespace is named without one', () => {
    expect(refOf({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'a' } })).toBe('Node/a');
    expect(refOf(web)).toBe('Deployment/shop/web');
  });

  it('a stage of one request says what its request says', () => {
    const request = mergePatch(web, { ...said, fields: {} });
    const plan = oneRequest(request, { changes: [removalOf(web)], fields: [['spec']], next: 'plan again' });
    expect(plan).toEqual({
      kind: 'requests',
      summary: 'do it',
      requests: [request],
      changes: [
        { resourceRef: 'Deployment/shop/web', changeType: 'delete', field: 'metadata.uid', oldValue: 'web-uid' },
      ],
      fields: [['spec']],
      next: 'plan again',
    });
    expect(oneRequest(request)).not.toHaveProperty('fields');
  });
});
