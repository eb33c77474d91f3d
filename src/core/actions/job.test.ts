import { describe, expect, it } from 'vitest';
import { planInput, templateOf, workload } from '../../../test/kit/core-data.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { Answer, Outcome, PlanInput } from './action-kind.ts';
import { job } from './job.ts';

const web = workload('Deployment');
const template = (parameters?: Record<string, string>) => ({
  ...templateOf({ type: 'job', jobAction: { template: 'repair' } }),
  jobAction: { template: 'repair', ...(parameters !== undefined && { parameters }) },
});
const cronJob = (container: object = {}, more: object = {}): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: {
    name: 'repair',
    namespace: 'shop',
    uid: 'cron-uid',
    annotations: { 'kubeskippy.io/parameters': 'LEVEL, TEXT,MODE' },
  },
  spec: {
    suspend: true,
    jobTemplate: {
      metadata: { labels: { team: 'db' }, annotations: { note: 'mine' } },
      spec: {
        backoffLimit: 1,
        template: {
          spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'x', ...container }], ...more },
        },
      },
    },
  },
});
const yes = (object: KubeObject): Answer => ({ found: 'yes', objects: [object] });
const no = (reason: string): Answer => ({ found: 'no', reason, message: `${reason}!` });
const plan = (change: Partial<PlanInput> = {}, parameters?: Record<string, string>) =>
  job.plan(
    planInput(template(parameters), web, { answers: { template: yes(cronJob()), job: no('NotFound') }, ...change }),
  );

interface SentJob extends KubeObject {
  readonly spec: {
    readonly backoffLimit: number;
    readonly template: {
      readonly spec: Record<'containers' | 'initContainers', readonly { readonly env: readonly object[] }[]>;
    };
  };
}
function sent(result: ReturnType<typeof plan>): { readonly path: string; readonly body: SentJob } {
  if (result.kind !== 'requests') throw new Error(JSON.stringify(result));
  expect(result.next).toBe('plan again');
  return { path: result.requests[0]?.path ?? '', body: JSON.parse(result.requests[0]?.body ?? '') as SentJob };
}
const made = (status: object, marker = 'action-uid/1'): Answer =>
  yes({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'repair-x', namespace: 'shop', annotations: { 'kubeskippy.io/attempt': marker } },
    status,
  });
const condition = (type: string, message = '') => ({
  conditions: [{ type, status: 'True', reason: 'BackoffLimitExceeded', message }],
});

describe('a Job', () => {
  it('is made from the template as kubectl makes it, marked, and told what it is for', () => {
    const { path, body } = sent(plan({}, { LEVEL: 'deep' }));
    expect(path).toBe('/apis/batch/v1/namespaces/shop/jobs');
    expect(body.metadata).toMatchObject({
      labels: { team: 'db', 'kubeskippy.io/policy': 'p', 'kubeskippy.io/target-name': 'web' },
      annotations: {
        note: 'mine',
        'cronjob.kubernetes.io/instantiate': 'manual',
        'kubeskippy.io/attempt': 'action-uid/1',
      },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: 'repair', uid: 'cron-uid', controller: true }],
    });
    expect(body.spec.backoffLimit).toBe(1);
    expect(body.spec.template.spec.containers[0]?.env).toEqual([
      { name: 'KUBESKIPPY_TARGET_KIND', value: 'Deployment' },
      { name: 'KUBESKIPPY_TARGET_NAME', value: 'web' },
      { name: 'KUBESKIPPY_TARGET_NAMESPACE', value: 'shop' },
      { name: 'KUBESKIPPY_TARGET_UID', value: 'web-uid' },
      { name: 'KUBESKIPPY_TRIGGER', value: 'looping' },
      { name: 'LEVEL', value: 'deep' },
    ]);
  });

  it('has one name for an action, whatever the attempt, and another for another action', () => {
    const name = (change: Partial<PlanInput>) => sent(plan(change)).body.metadata.name;
    const { origin } = planInput(template(), web);
    expect(name({ marker: 'action-uid/2' })).toBe(name({}));
    expect(name({ origin: { ...origin, uid: 'other-uid' } })).not.toBe(name({}));
    expect(name({}).length).toBeLessThanOrEqual(63);
  });

  it('keeps what containers set and tells init containers too', () => {
    const answer = yes(
      cronJob({ env: [{ name: 'MODE', value: 'a' }] }, { initContainers: [{ name: 'init', image: 'x' }] }),
    );
    const { body } = sent(plan({ answers: { template: answer, job: no('NotFound') } }));
    expect(body.spec.template.spec.containers[0]?.env[0]).toEqual({ name: 'MODE', value: 'a' });
    expect(body.spec.template.spec.initContainers[0]?.env).toHaveLength(5);
  });

  it('gets values as they are written: a reference to a variable of the container is none', () => {
    const { body } = sent(plan({}, { TEXT: 'costs $(PASSWORD)' }));
    expect(body.spec.template.spec.containers[0]?.env.at(-1)).toEqual({ name: 'TEXT', value: 'costs $$(PASSWORD)' });
  });

  it('lives in the namespace of the policy; for an action made by hand, in that of the action', () => {
    const { origin } = planInput(template(), web);
    const { policy: _none, ...byHand } = origin;
    const needsOf = (from: typeof origin) => job.needs?.(planInput(template(), web, { origin: from }))['template'];
    expect(needsOf({ ...origin, policy: { namespace: 'tools', name: 'p' } })).toMatchObject({
      get: { namespace: 'tools', name: 'repair' },
    });
    expect(needsOf(byHand)).toMatchObject({ get: { namespace: 'shop' } });
  });
});

describe('what cannot be run', () => {
  it.each<[string, Answer, Record<string, string>, string]>([
    ['a template that is not there', no('NotFound'), {}, 'NoTemplate'],
    ['a template that may not be read', no('Forbidden'), {}, 'NoTemplate'],
    ['a name that no program can read', yes(cronJob()), { 'a-b': 'x' }, 'InvalidParameters'],
    ['a name that the template does not declare', yes(cronJob()), { OTHER: 'x' }, 'InvalidParameters'],
    ['a name that a loader reads', yes(cronJob()), { LD_PRELOAD: 'x' }, 'InvalidParameters'],
    ['a name of ours', yes(cronJob()), { KUBESKIPPY_TRIGGER: 'x' }, 'InvalidParameters'],
    [
      'a variable that a container sets itself',
      yes(cronJob({ env: [{ name: 'MODE', value: 'a' }] })),
      { MODE: 'b' },
      'ParameterConflict',
    ],
  ])('%s', (_title, answer, parameters, reason) => {
    expect(plan({ answers: { template: answer, job: no('NotFound') } }, parameters)).toMatchObject({
      kind: 'refused',
      reason,
    });
  });
});

describe('the end of the Job is the end of the action', () => {
  it.each<[string, Answer, object]>([
    [
      'it runs',
      made({ active: 1, failed: 2 }),
      { kind: 'wait', message: expect.stringContaining('1 pods active, 2 failed') as unknown },
    ],
    ['it has completed', made(condition('Complete')), { kind: 'complete' }],
    [
      'it failed, with its own message',
      made(condition('Failed', 'Job has reached the specified backoff limit')),
      {
        kind: 'refused',
        reason: 'JobFailed',
        message: expect.stringContaining('reached the specified backoff limit') as unknown,
      },
    ],
    ['it is gone', no('NotFound'), { kind: 'refused', reason: 'JobGone' }],
    ['it cannot be read', no('Forbidden'), { kind: 'refused', reason: 'JobUnknown' }],
    ['its name belongs to somebody else', made({}, 'other-uid/1'), { kind: 'refused', reason: 'JobNameTaken' }],
    ['an earlier attempt made it', made({ active: 1 }, 'action-uid/7'), { kind: 'wait' }],
  ])('%s', (_title, answer, expected) => {
    expect(plan({ stage: 2, answers: { template: yes(cronJob()), job: answer } })).toMatchObject(expected);
  });
});

describe('what became of a lost attempt', () => {
  const first = plan();
  const requests = first.kind === 'requests' ? first.requests : [];
  const common = {
    target: web,
    kind: 'Deployment',
    uid: 'web-uid',
    marker: 'action-uid/1',
    template: template(),
    requests,
  };

  it('is asked of the Job that was to be made', () => {
    expect(job.traces?.(common)).toEqual({
      job: { get: { apiVersion: 'batch/v1', kind: 'Job', namespace: 'shop', name: sent(first).body.metadata.name } },
    });
  });

  it.each<[string, Answer, Outcome]>([
    ['the Job is there: done', made({}), 'done'],
    ['it is not there: not done', no('NotFound'), 'not done'],
    ['it is somebody else: superseded', made({}, 'other/1'), 'superseded'],
    ['it may not be read: unknown', no('Forbidden'), 'unknown'],
  ])('%s', (_title, answer, outcome) => {
    expect(job.classify({ ...common, answers: { job: answer } })).toBe(outcome);
  });
});
