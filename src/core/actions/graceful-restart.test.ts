import { describe, expect, it } from 'vitest';
import { controlledBy, MINUTE, planInput, pod, SECOND, T0, templateOf, workload } from '../../../test/kit/core-data.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { toTimestamp } from '../../std/clock.ts';
import type { Answer, PlanInput, PlanResult } from './action-kind.ts';
import { restart } from './restart.ts';

const owned = controlledBy('StatefulSet', 'web-uid', 'web');
interface Made {
  readonly at?: number;
  readonly ready?: 'True' | 'False';
  readonly going?: 'yes';
}
const made = (name: string, { at = T0 - MINUTE, ready = 'True', going }: Made = {}): KubeObject =>
  pod({
    metadata: {
      name,
      uid: `${name}-${at}`,
      ownerReferences: owned,
      creationTimestamp: toTimestamp(at),
      ...(going !== undefined && { deletionTimestamp: toTimestamp(T0) }),
    },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready, lastTransitionTime: toTimestamp(at) }] },
  });
const found = (...objects: readonly KubeObject[]): Answer => ({ found: 'yes', objects });

function plan(pods: readonly KubeObject[], block: object = {}, change: Partial<PlanInput> = {}): PlanResult {
  const template = templateOf({ type: 'restart', restartAction: { strategy: 'graceful', ...block } });
  return restart.plan(planInput(template, workload('StatefulSet'), { answers: { pods: found(...pods) }, ...change }));
}
const evicted = (result: PlanResult): readonly string[] => {
  if (result.kind !== 'requests') throw new Error(JSON.stringify(result));
  expect(result.next).toBe('plan again');
  expect(result.requests.every(({ path, method }) => method === 'POST' && path.endsWith('/eviction'))).toBe(true);
  return result.requests.map(({ path }) => path.split('/').at(-2) ?? '');
};
const LATER = { stage: 2, now: T0 + MINUTE, stagedAt: T0 };
const new0 = made('web-0', { at: T0 + SECOND });

describe('a graceful restart', () => {
  it('leaves a pod that another program is to leave alone, and names it', () => {
    const kept = made('web-0');
    const marked = { ...kept, metadata: { ...kept.metadata, annotations: { 'karpenter.sh/do-not-disrupt': 'true' } } };
    const pods = [marked, made('web-1'), made('web-2')];
    expect(evicted(plan(pods, { maxConcurrent: 3 }))).toEqual(['web-1', 'web-2']);
    const fresh = ['web-1', 'web-2'].map((name) => made(name, { at: T0 + SECOND }));
    expect(plan([marked, ...fresh], {}, LATER)).toMatchObject({
      kind: 'complete',
      summary: expect.stringMatching(/, but shop\/web-0: Pod shop\/web-0 has the annotation karpenter/) as string,
    });
    expect(plan([marked])).toMatchObject({ kind: 'refused', reason: 'NothingToDo' });
  });

  it.each<[string, readonly KubeObject[], object, Partial<PlanInput>, readonly string[]]>([
    ['takes one pod first', [made('web-0'), made('web-1'), made('web-2')], {}, {}, ['web-0']],
    [
      'takes as many as may be missing',
      [made('web-0'), made('web-1'), made('web-2')],
      { maxConcurrent: 2 },
      {},
      ['web-0', 'web-1'],
    ],
    [
      'takes first what does not serve',
      [made('web-0'), made('web-1', { ready: 'False' }), made('web-2')],
      {},
      {},
      ['web-1'],
    ],
    ['goes on when the one in its place is ready', [new0, made('web-1'), made('web-2')], {}, LATER, ['web-1']],
    [
      'leaves alone what is going already',
      [new0, made('web-1', { going: 'yes' }), made('web-2')],
      { maxConcurrent: 2 },
      LATER,
      ['web-2'],
    ],
    [
      'leaves alone what it does not own',
      [made('web-0'), { ...made('web-1'), metadata: { name: 'web-1' } }, made('web-2')],
      { maxConcurrent: 2 },
      {},
      ['web-0'],
    ],
  ])('%s', (_title, pods, block, change, wanted) => {
    expect(evicted(plan(pods, block, change))).toEqual(wanted);
  });

  it.each<[string, readonly KubeObject[], Partial<PlanInput>, object]>([
    [
      'waits until the one in its place is ready',
      [made('web-0', { at: T0 + SECOND, ready: 'False' }), made('web-1'), made('web-2')],
      LATER,
      {
        kind: 'wait',
        message:
          '1 of 3 pods of StatefulSet shop/web are missing or not ready (shop/web-0); 2 are still to be restarted',
      },
    ],
    [
      'waits until it has been ready for as long as the workload asks for',
      [new0, made('web-1'), made('web-2')],
      { ...LATER, target: workload('StatefulSet', { spec: { minReadySeconds: 90 } }) },
      { kind: 'wait' },
    ],
    [
      'asks a budget that refused again after five seconds, not at once',
      [made('web-0'), made('web-1'), made('web-2')],
      { ...LATER, now: T0 + 4 * SECOND },
      { kind: 'wait' },
    ],
    [
      'refuses to begin where pods are missing',
      [made('web-0'), made('web-1')],
      {},
      { kind: 'refused', reason: 'PodsMissing' },
    ],
    [
      'gives up when its time is over',
      [made('web-0', { at: T0 + SECOND, ready: 'False' }), made('web-1'), made('web-2')],
      { ...LATER, now: T0 + 10 * MINUTE },
      { kind: 'refused', reason: 'TimedOut' },
    ],
    ['is complete when no pod is older than itself', [new0, made('web-1', { at: T0 })], LATER, { kind: 'complete' }],
  ])('%s', (_title, pods, change, wanted) => {
    expect(plan(pods, {}, change)).toMatchObject(wanted);
  });

  it('does not act on pods that it cannot read', () => {
    const answers = { pods: { found: 'no', reason: 'Forbidden', message: 'no' } } as const;
    expect(plan([], {}, { answers })).toMatchObject({ kind: 'refused', reason: 'PodsUnknown' });
  });
});
