import { describe, expect, it } from 'vitest';
import { pod, planInput, templateOf, workload } from '../../../test/kit/core-data.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { Workload } from '../../shapes/workloads.ts';
import { planUndo } from '../action/undo.ts';
import type { Answer, PlanInput, PlanResult } from './action-kind.ts';
import { rollback } from './rollback.ts';

const labels = { app: 'web' };
const templateWith = (image: string, annotations?: Record<string, string>) => ({
  metadata: { labels, ...(annotations !== undefined && { annotations }) },
  spec: { containers: [{ name: 'app', image, env: [{ name: 'KEY', value: 'hunter2' }] }] },
});
const owner = (kind: string) => [{ apiVersion: 'apps/v1', kind, name: 'web', uid: 'web-uid', controller: true }];
const yes = (...objects: readonly KubeObject[]): Answer => ({ found: 'yes', objects });

const web = (image: string, change: { metadata?: object; spec?: object } = {}): Workload =>
  workload('Deployment', {
    metadata: { ...change.metadata },
    spec: { selector: { matchLabels: labels }, template: templateWith(image), ...change.spec },
  });

/** A ReplicaSet as the Deployment controller leaves it. */
const set = (
  number: number,
  image: string,
  more: { ready?: number; annotations?: Record<string, string>; uid?: string } = {},
): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: {
    name: `web-${number}`,
    namespace: 'shop',
    uid: `rs-${number}`,
    annotations: { 'deployment.kubernetes.io/revision': String(number) },
    ownerReferences: owner('Deployment').map((one) => ({ ...one, uid: more.uid ?? one.uid })),
  },
  spec: {
    template: {
      ...templateWith(image, more.annotations),
      metadata: {
        ...templateWith(image, more.annotations).metadata,
        labels: { ...labels, 'pod-template-hash': `h${number}` },
      },
    },
  },
  status: { replicas: 0, readyReplicas: more.ready ?? 0 },
});

const input = (
  target: KubeObject,
  revisions: Answer,
  more: { toRevision?: number } & Partial<PlanInput> = {},
): PlanInput => {
  const { toRevision, ...change } = more;
  const template = templateOf({
    type: 'rollback',
    ...(toRevision !== undefined && { rollbackAction: { toRevision } }),
  });
  return planInput(template, target, { answers: { revisions }, ...change });
};
const plan = (target: KubeObject, sets: readonly KubeObject[], toRevision?: number): PlanResult =>
  rollback.plan(input(target, yes(...sets), toRevision === undefined ? {} : { toRevision }));
const sent = (result: PlanResult) => {
  if (result.kind !== 'requests') throw new Error(JSON.stringify(result));
  const [first] = result.requests;
  if (first === undefined) throw new Error('no request');
  return { ...first, body: JSON.parse(first.body ?? '') as readonly { op: string; path: string; value?: unknown }[] };
};
const imageIn = (result: PlanResult) => sent(result).body.find(({ path }) => path.endsWith('/image'))?.value;
const marked = (names: string) => ({ metadata: { annotations: { 'kubeskippy.io/failed-revisions': names } } });

const withoutEnv = <T extends KubeObject>(object: T): T =>
  JSON.parse(JSON.stringify(object).replace(/,"env":\[[^\]]*\]/, '')) as T;

describe('how far it may go back', () => {
  const barrier = { annotations: { 'kubeskippy.io/rollback-barrier': 'schema 7' } };
  it.each<[string, readonly KubeObject[], number | undefined, string]>([
    [
      'not across the release that runs',
      [set(1, 'app:1'), set(2, 'app:2'), set(3, 'app:3', barrier)],
      undefined,
      'RollbackBarrier',
    ],
    ['not across one in between', [set(1, 'app:1'), set(2, 'app:2', barrier), set(3, 'app:3')], 1, 'RollbackBarrier'],
    ['to one that is marked, which is not crossed', [set(2, 'app:2', barrier), set(3, 'app:3')], undefined, 'app:2'],
    [
      'across a mark that says false',
      [set(2, 'app:2'), set(3, 'app:3', { annotations: { 'kubeskippy.io/rollback-barrier': 'false' } })],
      undefined,
      'app:2',
    ],
    [
      'not to one that never took over',
      [set(1, 'app:1', { ready: 3 }), set(2, 'app:2'), set(3, 'app:3')],
      2,
      'NeverHealthy',
    ],
    ['to one of which nothing is known', [set(1, 'app:1'), set(2, 'app:2'), set(3, 'app:3')], 1, 'app:1'],
  ])('%s', (_title, sets, toRevision, wanted) => {
    const annotated = sets.at(-1)?.['spec'] as { readonly template: { readonly metadata: { annotations?: object } } };
    const { annotations } = annotated.template.metadata;
    const running = web('app:3', { spec: { template: templateWith('app:3', annotations as Record<string, string>) } });
    const result = plan(running, sets, toRevision);
    expect(result.kind === 'refused' ? result.reason : imageIn(result)).toBe(wanted);
  });

  it('says which revision stands in the way', () => {
    const sets = [set(1, 'app:1'), set(2, 'app:2', barrier), set(3, 'app:3')];
    expect(plan(web('app:3'), sets, 1)).toMatchObject({
      message:
        'Deployment shop/web is not rolled back to revision 1: revision 2 (web-2) is marked kubeskippy.io/rollback-barrier; roll out a release that works',
    });
  });
});

describe('which revision it goes back to', () => {
  it.each<[string, Workload, readonly KubeObject[], number | undefined, string]>([
    ['the one before', web('app:3'), [set(1, 'app:1'), set(2, 'app:2'), set(3, 'app:3')], undefined, 'app:2'],
    [
      'an older one that still has ready pods',
      web('app:3'),
      [set(1, 'app:1', { ready: 2 }), set(2, 'app:2'), set(3, 'app:3')],
      undefined,
      'app:1',
    ],
    [
      'none that was left as failed',
      web('app:3', marked('web-2')),
      [set(1, 'app:1'), set(2, 'app:2'), set(3, 'app:3')],
      undefined,
      'app:1',
    ],
    ['a given one', web('app:3'), [set(1, 'app:1'), set(2, 'app:2'), set(3, 'app:3')], 1, 'app:1'],
    [
      'a given one even when it was left as failed',
      web('app:3', marked('web-2')),
      [set(2, 'app:2'), set(3, 'app:3')],
      2,
      'app:2',
    ],
    [
      'not the same release before a restart',
      web('app:2', { spec: { template: templateWith('app:2', { 'kubectl.kubernetes.io/restartedAt': 'now' }) } }),
      [
        set(1, 'app:1'),
        set(2, 'app:2'),
        set(3, 'app:2', { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } }),
      ],
      undefined,
      'app:1',
    ],
    [
      'never one that is newer',
      web('app:2'),
      [set(1, 'app:1'), set(2, 'app:2'), set(3, 'app:3', { ready: 1 })],
      undefined,
      'app:1',
    ],
    [
      'never one of another workload',
      web('app:2'),
      [set(1, 'app:1'), set(2, 'app:2'), set(3, 'app:9', { uid: 'other' })],
      undefined,
      'app:1',
    ],
  ])('%s', (_title, target, sets, toRevision, image) => {
    expect(imageIn(plan(target, sets, toRevision))).toBe(image);
  });

  it.each<[string, Workload, readonly KubeObject[], number | undefined, string, RegExp]>([
    ['the first revision', web('app:1'), [set(1, 'app:1')], undefined, 'NoRevision', /keeps no older revision/],
    [
      'all have failed',
      web('app:3', marked('web-1,web-2')),
      [set(1, 'app:1'), set(2, 'app:2'), set(3, 'app:3')],
      undefined,
      'NoRevision',
      /\(2, 1\) has failed before/,
    ],
    [
      'a revision that is not kept',
      web('app:3'),
      [set(2, 'app:2'), set(3, 'app:3')],
      7,
      'RevisionUnknown',
      /no revision 7; it keeps 2, 3/,
    ],
    ['the revision it has', web('app:3'), [set(2, 'app:2'), set(3, 'app:3')], 3, 'NothingToDo', /already/],
    [
      'a paused one',
      web('app:3', { spec: { paused: true } }),
      [set(2, 'app:2'), set(3, 'app:3')],
      undefined,
      'Paused',
      /rollout resume/,
    ],
    [
      'one that rolls out only by hand',
      web('app:3', { spec: { updateStrategy: { type: 'OnDelete' } } }),
      [set(2, 'app:2')],
      undefined,
      'OnDelete',
      /by hand/,
    ],
  ])('nowhere: %s', (_title, target, sets, toRevision, reason, message) => {
    const result = plan(target, sets, toRevision);
    expect(result).toMatchObject({ kind: 'refused', reason });
    expect(JSON.stringify(result)).toMatch(message);
  });

  it('nowhere when the revisions cannot be read', () => {
    const no: Answer = { found: 'no', reason: 'Forbidden', message: 'replicasets is forbidden' };
    expect(rollback.plan(input(web('app:2'), no))).toMatchObject({ reason: 'RevisionsUnknown' });
  });
});

describe('the request', () => {
  const result = plan(web('app:3'), [set(2, 'app:2'), set(3, 'app:3')]);
  it('changes what differs on the version that was read, and marks what it leaves', () => {
    expect(sent(result)).toMatchObject({
      method: 'PATCH',
      path: '/apis/apps/v1/namespaces/shop/deployments/web',
      contentType: 'application/json-patch+json',
    });
    expect(sent(result).body).toEqual([
      { op: 'replace', path: '/metadata/uid', value: 'web-uid' },
      { op: 'replace', path: '/metadata/resourceVersion', value: '9' },
      { op: 'add', path: '/metadata/annotations', value: {} },
      { op: 'add', path: '/metadata/annotations/kubeskippy.io~1attempt', value: 'action-uid/1' },
      { op: 'add', path: '/metadata/annotations/kubeskippy.io~1failed-revisions', value: 'web-3' },
      { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'app:2' },
    ]);
    expect(result).toMatchObject({
      summary: 'roll Deployment shop/web back from revision 3 to revision 2 (web-2)',
      changes: [{ field: 'spec.template.spec.containers[0].image', oldValue: 'app:3', newValue: 'app:2' }],
      next: 'verify',
    });
    expect(JSON.stringify(result)).not.toContain('hunter2');
  });

  it('is taken back with its mark, while nobody has changed the same fields', () => {
    const { inverse } = sent(result);
    if (inverse === undefined) throw new Error('no inverse');
    const rolledBack = web('app:2', marked('web-3'));
    expect(planUndo(inverse, rolledBack).kind).toBe('request');
    expect(JSON.parse(inverse.body ?? '')).toEqual([
      { op: 'remove', path: '/metadata/annotations/kubeskippy.io~1failed-revisions' },
      { op: 'replace', path: '/spec/template/spec/containers/0/image', value: 'app:3' },
    ]);
    expect(planUndo(inverse, web('app:4', marked('web-3'))).kind).toBe('impossible');
    expect(planUndo(inverse, web('app:3')).kind).toBe('restored');
  });

  it('keeps at most ten marks, the newest first', () => {
    const old = Array.from({ length: 12 }, (_one, index) => `old-${index}`);
    const { body } = sent(plan(web('app:3', marked(old.join(','))), [set(2, 'app:2'), set(3, 'app:3')]));
    const marks = body.find(({ path }) => path.endsWith('failed-revisions'))?.value as string;
    expect(marks.split(',')).toEqual(['web-3', ...old.slice(0, 9)]);
  });

  it('restores the whole template when too much differs to be told apart', () => {
    const many = (value: string) => ({
      ...templateWith('app:1').metadata,
      annotations: Object.fromEntries(Array.from({ length: 40 }, (_one, index) => [`a${index}`, value])),
    });
    const target = web('app:3', { spec: { template: { ...templateWith('app:3'), metadata: many('new') } } });
    const sets = [
      set(2, 'app:2', { annotations: many('old').annotations }),
      set(3, 'app:3', { annotations: many('new').annotations }),
    ];
    const { inverse } = sent(plan(withoutEnv(target), sets.map(withoutEnv)));
    expect(Object.keys(inverse?.guard ?? {})).toEqual([
      '/metadata/annotations/kubeskippy.io~1failed-revisions',
      '/spec/template',
    ]);
    // The whole template would hold the values of its variables.
    expect(sent(plan(target, sets)).inverse).toBeUndefined();
  });

  it('whose way back would hold the value of a variable has none', () => {
    const target = JSON.parse(JSON.stringify(web('app:3')).replace('hunter2', 'hunter3')) as Workload;
    const result = sent(plan(target, [set(2, 'app:2'), set(3, 'app:3')]));
    expect(result.inverse).toBeUndefined();
    expect(sent(plan(web('app:3'), [set(2, 'app:2'), set(3, 'app:3')])).inverse).toBeDefined();
  });

  it('that status cannot keep is refused, with what to do instead', () => {
    const large = { text: 'x'.repeat(70_000) };
    const result = plan(web('app:3'), [set(2, 'app:2', { annotations: large }), set(3, 'app:3')]);
    expect(result).toMatchObject({ kind: 'refused', reason: 'TooLarge' });
    expect(JSON.stringify(result)).toContain('kubectl rollout undo');
  });
});

describe('a StatefulSet', () => {
  const revision = (number: number, image: string): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { name: `web-h${number}`, namespace: 'shop', uid: `cr-${number}`, ownerReferences: owner('StatefulSet') },
    data: { spec: { template: { $patch: 'replace', ...templateWith(image) } } },
    revision: number,
  });
  const podOf = (name: string, hash: string, ready: boolean): KubeObject =>
    pod({
      metadata: {
        name,
        uid: name,
        labels: { ...labels, 'controller-revision-hash': hash },
        ownerReferences: owner('StatefulSet'),
      },
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
    });
  const target = (image: string, spec: object = {}) =>
    workload('StatefulSet', {
      spec: { selector: { matchLabels: labels }, template: templateWith(image), ...spec },
      status: { updateRevision: 'web-h1' },
    });
  const answers = (...pods: readonly KubeObject[]) => ({
    revisions: yes(revision(1, 'app:1'), revision(2, 'app:2'), revision(3, 'app:3')),
    pods: yes(...pods),
  });

  it('goes back to the revision whose pods are ready, by its ControllerRevisions, and has to be looked after', () => {
    const seen = answers(podOf('web-0', 'web-h1', true), podOf('web-1', 'web-h3', false));
    const result = rollback.plan(input(target('app:3'), yes(), { answers: seen }));
    expect([imageIn(result), result]).toMatchObject(['app:1', { next: 'plan again' }]);
    const parallel = rollback.plan(
      input(target('app:3', { podManagementPolicy: 'Parallel' }), yes(), { answers: seen }),
    );
    expect(parallel).toMatchObject({ next: 'verify' });
  });

  it.each<[string, readonly KubeObject[], readonly string[]]>([
    [
      'broken pods of the failed revision are evicted',
      [podOf('web-0', 'web-h1', true), podOf('web-1', 'web-h3', false)],
      ['web-1'],
    ],
    ['ready ones are left to the controller', [podOf('web-0', 'web-h3', true)], []],
    ['those of the wanted revision are left alone', [podOf('web-0', 'web-h1', false)], []],
  ])('then %s', (_title, pods, evicted) => {
    const result = rollback.plan(input(target('app:1'), yes(), { stage: 2, answers: answers(...pods) }));
    const names =
      result.kind === 'requests'
        ? result.requests.map(({ body }) => (JSON.parse(body ?? '') as KubeObject).metadata.name)
        : [];
    expect([result.kind, names]).toEqual([evicted.length === 0 ? 'complete' : 'requests', evicted]);
  });

  it('waits until its controller has seen the template', () => {
    const lagging = workload('StatefulSet', { metadata: { generation: 3 }, spec: { template: templateWith('app:1') } });
    expect(rollback.plan(input(lagging, yes(), { stage: 2, answers: answers() })).kind).toBe('wait');
  });
});
