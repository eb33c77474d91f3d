import { describe, expect, it } from 'vitest';
import { planInput, pod, templateOf, workload } from '../../../test/kit/core-data.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { MutableObject } from '../../sandbox/index.ts';
import { planUndo } from '../action/undo.ts';
import {
  type ActionSettings,
  type Answer,
  DEFAULT_ACTION_SETTINGS,
  type Outcome,
  type PlanInput,
  type PlanResult,
} from './action-kind.ts';
import { patch } from './patch.ts';

const container = {
  name: 'app',
  image: 'app:1',
  resources: { limits: { memory: '64Mi' } },
  env: [{ name: 'KEY', value: 'hunter2' }],
};
const web = workload('Deployment', {
  spec: { replicas: 3, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [container] } } },
});
const attempt = 'kubeskippy.io/attempt';

/** What the server would make of the request: the object changed as the test says, carrying the marker. */
const made = (change: (draft: MutableObject) => void, from: KubeObject = web): Answer => {
  const object = structuredClone(from) as MutableObject;
  Object.assign(object.metadata, {
    resourceVersion: '10',
    annotations: { ...from.metadata.annotations, [attempt]: 'action-uid/1' },
  });
  change(object);
  return { found: 'yes', objects: [object] };
};
const input = (patchAction: object, change: Partial<PlanInput> = {}, target: KubeObject = web): PlanInput =>
  planInput(templateOf({ type: 'patch', patchAction }), target, change);
const plan = (patchAction: object, probe: Answer, settings: Partial<ActionSettings> = {}): PlanResult =>
  patch.plan(input(patchAction, { answers: { probe }, settings: { ...DEFAULT_ACTION_SETTINGS, ...settings } }));
const probeOf = (patchAction: object, target: KubeObject = web) => {
  const need = patch.needs?.(input(patchAction, {}, target))['probe'];
  return need !== undefined && 'probe' in need
    ? { ...need.probe, body: JSON.parse(need.probe.body ?? '') as unknown }
    : undefined;
};
const scale = { type: 'merge', patch: 'spec: {replicas: 5}' };
const scaled = made((draft) => (draft.spec.replicas = 5));

describe('the request', () => {
  const held = { uid: 'web-uid', resourceVersion: '9', annotations: { [attempt]: 'action-uid/1' } };
  it.each<[string, object, string, unknown]>([
    ['YAML', scale, 'application/merge-patch+json', { metadata: held, spec: { replicas: 5 } }],
    [
      'JSON',
      { type: 'merge', patch: '{"spec":{"replicas":5}}' },
      'application/merge-patch+json',
      { metadata: held, spec: { replicas: 5 } },
    ],
    [
      'strategic, its own metadata kept',
      { type: 'strategic', patch: 'metadata: {resourceVersion: "1", labels: {a: b}, annotations: {c: d}}' },
      'application/strategic-merge-patch+json',
      { metadata: { ...held, labels: { a: 'b' }, annotations: { c: 'd', ...held.annotations } } },
    ],
    [
      'single fields after the patch, in one request',
      {
        type: 'merge',
        patch: 'spec: {replicas: 1, paused: true}',
        patches: [
          { path: ['spec', 'replicas'], value: '7' },
          { path: ['metadata', 'labels', 'a.b/c'], value: '"on"' },
        ],
      },
      'application/merge-patch+json',
      { metadata: { ...held, labels: { 'a.b/c': 'on' } }, spec: { replicas: 7, paused: true } },
    ],
  ])('%s carries the version that was read, and who did it', (_title, block, contentType, body) => {
    expect(probeOf(block)).toMatchObject({
      method: 'PATCH',
      path: '/apis/apps/v1/namespaces/shop/deployments/web',
      contentType,
      body,
    });
  });

  it('of type json holds on to the version and marks before it changes anything; single fields are added at their place', () => {
    const block = {
      type: 'json',
      patch: '- {op: remove, path: /spec/paused}',
      patches: [{ path: ['metadata', 'labels', 'a/b'], value: 'x' }],
    };
    expect(probeOf(block)?.body).toEqual([
      { op: 'replace', path: '/metadata/uid', value: 'web-uid' },
      { op: 'replace', path: '/metadata/resourceVersion', value: '9' },
      { op: 'add', path: '/metadata/annotations', value: {} },
      { op: 'add', path: '/metadata/annotations/kubeskippy.io~1attempt', value: 'action-uid/1' },
      { op: 'remove', path: '/spec/paused' },
      { op: 'add', path: '/metadata/labels/a~1b', value: 'x' },
    ]);
    expect(probeOf(block, workload('Deployment', { metadata: { annotations: { a: 'b' } } }))?.body).not.toContainEqual(
      expect.objectContaining({ path: '/metadata/annotations' }),
    );
  });

  it.each<[string, object, RegExp]>([
    ['no YAML', { type: 'merge', patch: '{a: [' }, /neither YAML nor JSON/],
    ['a list where a map is wanted', { type: 'strategic', patch: '[]' }, /must be a map/],
    ['a map where a list is wanted', { type: 'json', patch: 'spec: {}' }, /must be a list of operations/],
    [
      'a list element by its place',
      { type: 'merge', patches: [{ path: ['spec', 'containers', '0', 'image'], value: 'x' }] },
      /type json/,
    ],
    ['all annotations taken away', { type: 'merge', patch: 'metadata: {annotations: null}' }, /ours included/],
    [
      'more than status can keep',
      {
        type: 'merge',
        patches: Array.from({ length: 64 }, (_one, index) => ({ path: [`field${index}`], value: 'x'.repeat(4000) })),
      },
      /at most 65536/,
    ],
  ])('is refused when it is %s', (_title, block, message) => {
    const result = patch.plan(input(block));
    expect(result).toMatchObject({ kind: 'refused', reason: 'InvalidPatch' });
    expect(JSON.stringify(result)).toMatch(message);
    expect(patch.needs?.(input(block))).toEqual({});
  });
});

describe('the plan is made of what the server would make of it', () => {
  it('and records old and new values and what takes it back', () => {
    const result = plan(scale, scaled);
    if (result.kind !== 'requests') throw new Error(JSON.stringify(result));
    expect(result.changes).toEqual([
      { resourceRef: 'Deployment/shop/web', changeType: 'patch', field: 'spec.replicas', oldValue: '3', newValue: '5' },
    ]);
    expect(result.fields).toEqual([['spec', 'replicas']]);
    expect(result.summary).toBe('patch Deployment shop/web: /spec/replicas');
    const inverse = result.requests[0]?.inverse;
    if (inverse === undefined) throw new Error('no inverse');
    expect(inverse.contentType).toBe('application/json-patch+json');
    expect(JSON.parse(inverse.body ?? '')).toEqual([{ op: 'replace', path: '/spec/replicas', value: 3 }]);
    expect(planUndo(inverse, workload('Deployment', { spec: { replicas: 5 } })).kind).toBe('request');
    expect(planUndo(inverse, workload('Deployment', { spec: { replicas: 4 } }))).toMatchObject({ kind: 'impossible' });
    expect(planUndo(inverse, web)).toEqual({ kind: 'restored' });
  });

  it('one field of a container: its neighbours and the values beside it stay out', () => {
    const after = made((draft) => {
      draft.spec.template.spec.containers[0].resources.limits.memory = '128Mi';
      draft.spec.template.spec.containers[0].resources.requests = { memory: '64Mi' };
    });
    const result = plan({ type: 'strategic', patch: 'spec: {}' }, after);
    if (result.kind !== 'requests') throw new Error(JSON.stringify(result));
    expect(result.changes.map(({ field, oldValue, newValue }) => [field, oldValue, newValue])).toEqual([
      ['spec.template.spec.containers[0].resources.limits.memory', '64Mi', '128Mi'],
      ['spec.template.spec.containers[0].resources.requests.memory', undefined, '64Mi'],
    ]);
    const inverse = result.requests[0]?.inverse;
    expect(JSON.parse(inverse?.body ?? '')).toEqual([
      { op: 'replace', path: '/spec/template/spec/containers/0/resources/limits/memory', value: '64Mi' },
      { op: 'remove', path: '/spec/template/spec/containers/0/resources/requests' },
    ]);
    expect(inverse?.guard['/spec/template/spec/containers/0/name']).toBe('"app"');
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  it('annotations that were not there are taken away one by one', () => {
    const result = plan(
      scale,
      made((draft) => (draft.metadata.annotations['team'] = 'shop')),
    );
    if (result.kind !== 'requests') throw new Error(JSON.stringify(result));
    expect(JSON.parse(result.requests[0]?.inverse?.body ?? '')).toEqual([
      { op: 'remove', path: '/metadata/annotations/team' },
    ]);
  });
});

describe('the fields that may change', () => {
  const containers = (draft: MutableObject) => draft.spec.template.spec.containers;
  it.each<[string, (draft: MutableObject) => void]>([
    ['replicas', (draft) => (draft.spec.replicas = 1)],
    ['a label', (draft) => (draft.metadata.labels = { a: 'b' })],
    ['an annotation of the template', (draft) => (draft.spec.template.metadata.annotations = { a: 'b' })],
    ['resources', (draft) => (containers(draft)[0].resources = { requests: { cpu: '1' } })],
  ])('%s: by default', (_title, change) => {
    expect(plan(scale, made(change)).kind).toBe('requests');
  });

  it.each<[string, (draft: MutableObject) => void, string]>([
    ['an image', (draft) => (containers(draft)[0].image = 'evil:1'), '/spec/template/spec/containers/0/image'],
    ['a command', (draft) => (containers(draft)[0].command = ['sh']), '/spec/template/spec/containers/0/command'],
    ['another container', (draft) => containers(draft).push({ name: 'b' }), '/spec/template/spec/containers'],
    [
      'a whole probe',
      (draft) => (containers(draft)[0].livenessProbe = { periodSeconds: 1, exec: { command: ['x'] } }),
      '/spec/template/spec/containers/0/livenessProbe/exec/command',
    ],
    ['finalizers', (draft) => (draft.metadata.finalizers = ['a/b']), '/metadata/finalizers'],
    ['owners', (draft) => (draft.metadata.ownerReferences = [{ uid: 'x' }]), '/metadata/ownerReferences'],
    [
      'a mark of protection',
      (draft) => (draft.metadata.labels = { 'kubeskippy.io/protected': 'false' }),
      'kubeskippy.io~1protected',
    ],
    [
      'the same on the template',
      (draft) => (draft.spec.template.metadata.annotations = { 'kubeskippy.io/healing-disabled': 'true' }),
      'healing-disabled',
    ],
  ])('%s: not, and it is named', (_title, change, pointer) => {
    const result = plan(scale, made(change));
    expect(result).toMatchObject({ kind: 'refused', reason: 'FieldNotAllowed' });
    expect(JSON.stringify(result)).toContain(pointer);
  });

  it.each<[string, string, 'requests' | 'refused']>([
    ['the field itself', '/spec/template/spec/containers/*/image', 'requests'],
    ['all below', '/spec/template/**', 'requests'],
    ['another field', '/spec/template/spec/containers/*/command', 'refused'],
    ['a level too high', '/spec/*', 'refused'],
  ])('by configuration: %s', (_title, pattern, kind) => {
    const image = made((draft) => (containers(draft)[0].image = 'app:2'));
    expect(plan(scale, image, { patchFields: [pattern] }).kind).toBe(kind);
  });

  it('the timings of a probe that is there', () => {
    const target = workload('Deployment', {
      spec: {
        template: {
          spec: { containers: [{ name: 'app', livenessProbe: { periodSeconds: 10, exec: { command: ['x'] } } }] },
        },
      },
    });
    const probe = made((draft) => (draft.spec.template.spec.containers[0].livenessProbe.periodSeconds = 30), target);
    expect(patch.plan(input(scale, { answers: { probe } }, target)).kind).toBe('requests');
  });

  it('of a Secret only labels and annotations, whatever the configuration says, and no value of it is shown', () => {
    const secret: KubeObject = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'keys', namespace: 'shop', uid: 'secret-uid' },
      data: { key: 'aHVudGVyMg==' },
    };
    const settings = { ...DEFAULT_ACTION_SETTINGS, patchFields: ['/**'] };
    const of = (change: (draft: MutableObject) => void) =>
      patch.plan(input(scale, { settings, answers: { probe: made(change, secret) } }, secret));
    expect(of((draft) => (draft.metadata.labels = { a: 'b' })).kind).toBe('requests');
    const result = of((draft) => (draft.data.key = 'bmV3'));
    expect(result).toMatchObject({ kind: 'refused', reason: 'FieldNotAllowed' });
    expect(JSON.stringify(result)).not.toMatch(/aHVudGVyMg|bmV3/);
  });

  it.each<[string, Parameters<typeof made>[0]]>([
    ['a variable', (draft) => (containers(draft)[0].env[0].value = 'hunter3')],
    ['a command line', (draft) => (containers(draft)[0].command = ['sh', '-c', 'hunter3'])],
    ['arguments', (draft) => (containers(draft)[0].args = ['--password=hunter3'])],
    [
      'the manifest that kubectl keeps',
      (draft) => (draft.metadata.annotations['kubectl.kubernetes.io/last-applied-configuration'] = '{"a":"hunter3"}'),
    ],
  ])('%s may hold a secret, and is not changed even where the configuration lets it', (_what, change) => {
    const result = plan(scale, made(change), { patchFields: ['/spec/template/**', '/metadata/**'] });
    expect(result).toMatchObject({ kind: 'refused', reason: 'SecretField' });
    expect(JSON.stringify(result)).not.toMatch(/hunter/);
  });
});

describe('what comes to nothing', () => {
  const no = (reason: string): Answer => ({ found: 'no', reason, message: `the server says ${reason}` });
  it.each<[string, Answer, string]>([
    ['nothing would change', made(() => undefined), 'NothingToDo'],
    ['a quota or an admission rule refuses', no('Forbidden'), 'PatchRefused'],
    ['it does not apply', no('Invalid'), 'PatchRefused'],
    ['a strategic patch of a custom resource', no('UnsupportedMediaType'), 'PatchRefused'],
    ['the marker would be lost', made((draft) => delete draft.metadata.annotations), 'InvalidPatch'],
    [
      'more fields than can be taken back',
      made(
        (draft) => (draft.metadata.labels = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`l${i}`, 'x']))),
      ),
      'TooManyChanges',
    ],
  ])('%s', (_title, probe, reason) => {
    const result = plan(scale, probe);
    expect(result).toMatchObject({ kind: 'refused', reason });
    if (probe.found === 'no') expect(JSON.stringify(result)).toContain(probe.message);
  });

  it('an object that changed meanwhile is looked at again', () => {
    expect(plan(scale, no('Conflict')).kind).toBe('wait');
  });
});

describe('what became of a lost attempt', () => {
  const seen = (annotations: Record<string, string>) => workload('Deployment', { metadata: { annotations } });
  it.each<[string, KubeObject | undefined, Outcome]>([
    ['our marker: done', seen({ [attempt]: 'action-uid/1' }), 'done'],
    ['the marker of an earlier attempt: done', seen({ [attempt]: 'action-uid/2' }), 'done'],
    ['the marker of another action: not done', seen({ [attempt]: 'other-uid/1' }), 'not done'],
    ['no marker: not done', web, 'not done'],
    ['gone', undefined, 'superseded'],
    ['replaced', pod(), 'superseded'],
  ])('%s', (_title, target, outcome) => {
    const template = templateOf({ type: 'patch', patchAction: scale });
    expect(
      patch.classify({ target, kind: 'Deployment', uid: 'web-uid', marker: 'action-uid/1', template, requests: [] }),
    ).toBe(outcome);
  });
});
