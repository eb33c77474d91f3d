import { describe, expect, it } from 'vitest';
import { workload } from '../../../test/kit/core-data.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { creationProblem, evictionProblem, markProblem, patchProblem, removalProblem } from './request-body.ts';

const web: KubeObject = workload('Deployment', {
  metadata: { labels: { 'kubeskippy.io/protected': 'true', app: 'web' } },
  spec: { replicas: 3, template: { spec: { containers: [{ name: 'app', image: 'app:1' }] } } },
});
const HELD = { uid: 'web-uid', resourceVersion: '9' };
const held = [
  { op: 'replace', path: '/metadata/uid', value: 'web-uid' },
  { op: 'replace', path: '/metadata/resourceVersion', value: '9' },
];
const merge = (fields: object, metadata: object = HELD) => ({
  contentType: 'application/merge-patch+json',
  body: JSON.stringify({ metadata, ...fields }),
});
const json = (...operations: readonly object[]) => ({
  contentType: 'application/json-patch+json',
  body: JSON.stringify(operations),
});
const IMAGE = '/spec/template/spec/containers/0/image';
const replicas = { fields: ['/spec/replicas'], uid: 'web-uid', object: web };
const count = { op: 'replace', path: '/spec/replicas', value: 5 };
const image = { op: 'replace', path: IMAGE, value: 'evil' };

describe('a patch that may set the count', () => {
  it.each<[string, { readonly contentType?: string; readonly body: string }, RegExp | undefined]>([
    ['sets it', merge({ spec: { replicas: 5 } }), undefined],
    ['sets it by an operation', json(...held, count), undefined],
    [
      'of a version that is over says nothing: the server refuses it',
      merge({ spec: { paused: true } }, { ...HELD, resourceVersion: '8' }),
      undefined,
    ],
    ['sets something else too', merge({ spec: { replicas: 5, paused: true } }), /changes \/spec\/paused/],
    ['sets an image', json(...held, image), /changes \/spec\/template\/spec\/containers\/0\/image/],
    ['replaces everything', json(...held, { op: 'replace', path: '', value: {} }), /not held/],
    [
      'replaces the whole spec',
      json(...held, { op: 'add', path: '/spec', value: { replicas: 5 } }),
      /changes \/spec\/template/,
    ],
    ['takes a list away', json(...held, { op: 'remove', path: '/spec/template' }), /changes \/spec\/template/],
    ['takes the protection away', merge({}, { ...HELD, labels: { 'kubeskippy.io/protected': null } }), /protected/],
    ['takes all labels away', merge({}, { ...HELD, labels: null }), /protected/],
    ['gives it another owner', merge({}, { ...HELD, ownerReferences: [] }), /ownerReferences/],
    ['takes the ownership of fields away', merge({}, { ...HELD, managedFields: [{}] }), /managedFields/],
    ['moves the image away', json(...held, { op: 'move', from: IMAGE, path: '/spec/replicas' }), /image/],
    [
      'copies the image elsewhere',
      json(...held, { op: 'copy', from: IMAGE, path: '/spec/revisionHistoryLimit' }),
      /revisionHistoryLimit/,
    ],
    ['counts a list from its end', json(...held, { ...image, path: IMAGE.replace('0', '-1') }), /does not apply/],
    ['names a place in another way', json(...held, { ...image, path: IMAGE.replace('0', '00') }), /does not apply/],
    ['leaves out the first slash', json(...held, { ...image, path: `x${IMAGE}` }), /no JSON patch/],
    ['is held to nothing', merge({ spec: { replicas: 5 } }, {}), /not held/],
    ['is held to no version', json(held[0] ?? {}, count), /not held/],
    ['lets go of the version', json(...held, { op: 'remove', path: '/metadata/resourceVersion' }, count), /not held/],
    [
      'takes the version of another one',
      json(...held, { op: 'copy', from: '/metadata/name', path: '/metadata/resourceVersion' }, count),
      /not held/,
    ],
    [
      'takes the version from the object',
      json(...held, { op: 'move', from: '/metadata/uid', path: '/metadata/resourceVersion' }, count),
      /not held/,
    ],
    ['writes all metadata', json(...held, { op: 'replace', path: '/metadata', value: {} }), /not held/],
    ['is held to another object', merge({ spec: { replicas: 5 } }, { ...HELD, uid: 'other' }), /another object/],
    [
      'has a key twice',
      {
        ...merge({}),
        body: '{"spec":{"paused":true},"metadata":{"uid":"web-uid","resourceVersion":"9"},"spec":{"replicas":5}}',
      },
      /no patch/,
    ],
    [
      'is server-side apply',
      { ...merge({ spec: { replicas: 5 } }), contentType: 'application/apply-patch+yaml' },
      /known type/,
    ],
    ['has no type', { body: merge({}).body }, /known type/],
    ['is no JSON', { ...merge({}), body: '{' }, /no patch/],
  ])('%s', (_title, request, problem) => {
    const found = patchProblem(request, replicas);
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(problem);
  });

  it('of a scale is judged by its words alone, since the scale is another object', () => {
    const { object: _whole, ...blind } = replicas;
    expect(patchProblem(merge({ spec: { replicas: 5 } }), blind)).toBeUndefined();
    expect(patchProblem(merge({ spec: { replicas: 5, selector: null } }), blind)).toContain('/spec/selector');
    expect(patchProblem(json(...held, count), blind)).toContain('was not read');
  });
});

describe('a patch of a plugin', () => {
  it.each<[string, { readonly contentType: string; readonly body: string }, RegExp | undefined]>([
    ['may set what it wants', json(image), undefined],
    ['leaves the marks alone', merge({}, { labels: null }), /protected/],
    ['sets no mark', merge({}, { annotations: { 'kubeskippy.io/healing-disabled': 'true' } }), /healing-disabled/],
    [
      'does not replace the labels unseen',
      { ...merge({}, { labels: { $patch: 'replace' } }), contentType: 'application/strategic-merge-patch+json' },
      /\$patch/,
    ],
  ])('%s', (_title, request, problem) => {
    const found = markProblem(request, web);
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(problem);
  });
});

describe('an eviction', () => {
  const address = { group: '', version: 'v1', namespace: 'shop', resource: 'pods', name: 'web-1' };
  const body = (change: object = {}, options: object = {}) => ({
    body: JSON.stringify({
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'web-1', namespace: 'shop' },
      deleteOptions: { preconditions: { uid: 'pod-1' }, ...options },
      ...change,
    }),
  });
  it.each([
    ['of the pod at the path', body(), undefined],
    ['of another pod', body({ metadata: { name: 'other', namespace: 'shop' } }), /no eviction/],
    ['of any pod of that name', body({}, { preconditions: {} }), /not held/],
    ['that is something else', body({ kind: 'Binding' }), /no eviction/],
    ['that orphans', body({}, { orphanDependents: true }), /options/],
  ])('%s', (_title, request, problem) => {
    const found = evictionProblem(request, address, 'pod-1');
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(problem);
  });

  it('and a deletion are held to a UID', () => {
    expect(removalProblem({ body: JSON.stringify({ preconditions: { uid: 'x' } }) }, 'x')).toBeUndefined();
    expect(removalProblem({}, 'x')).toContain('not held');
  });
});

describe('a new Job', () => {
  const asked = { apiVersion: 'batch/v1', kind: 'Job', namespace: 'shop', action: 'action-uid' };
  const annotations = { 'kubeskippy.io/attempt': 'action-uid/2' };
  const body = (metadata: object, kind = 'Job') => ({
    body: JSON.stringify({
      apiVersion: 'batch/v1',
      kind,
      metadata: { name: 'x', namespace: 'shop', annotations, ...metadata },
    }),
  });
  it.each([
    ['of this action', body({}), undefined],
    ['in another namespace', body({ namespace: 'kube-system' }), /another namespace/],
    ['of another kind', body({}, 'CronJob'), /no Job/],
    ['without a name', body({ name: undefined }), /no name/],
    ['of another action', body({ annotations: { 'kubeskippy.io/attempt': 'other/1' } }), /not marked/],
  ])('%s', (_title, request, problem) => {
    const found = creationProblem(request, asked);
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(problem);
  });
});
