import { describe, expect, it } from 'vitest';
import { controlledBy, MINUTE, planInput, pod, SECOND, T0, templateOf } from '../../../test/kit/core-data.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { toTimestamp } from '../../std/clock.ts';
import type { Answer, Need, Outcome, PlanInput, PlanResult } from './action-kind.ts';
import { cordon } from './cordon.ts';
import { drain } from './drain.ts';

interface NodeShape {
  readonly ready?: 'True' | 'False' | 'Unknown';
  readonly cordoned?: 'yes';
  readonly by?: string;
  readonly taints?: readonly object[];
}
const node = (name: string, { ready = 'True', cordoned, by, taints = [] }: NodeShape = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name,
    uid: `${name}-uid`,
    resourceVersion: '5',
    ...(by !== undefined && { annotations: { 'kubeskippy.io/attempt': by } }),
  },
  spec: { taints, ...(cordoned !== undefined && { unschedulable: true }) },
  status: { conditions: [{ type: 'Ready', status: ready }] },
});
const gpu = [{ key: 'gpu', effect: 'NoSchedule' }];
const sick = [{ key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' }];
const CORDONED = node('a', { cordoned: 'yes', by: 'action-uid/1' });

const found = (...objects: readonly KubeObject[]): Answer => ({ found: 'yes', objects });
const web = pod({ metadata: { ownerReferences: controlledBy('ReplicaSet', 'rs') } });
const others = found(node('a'), node('b'), node('c'));

function plan(target: KubeObject, change: Partial<PlanInput> = {}, block: object = {}): PlanResult {
  const answers = { nodes: others, pods: found(web), ...change.answers };
  return drain.plan(planInput(templateOf({ type: 'drain', drainAction: block }), target, { ...change, answers }));
}
const LATER = { stage: 2, now: T0 + MINUTE, stagedAt: T0 };

describe('how many nodes must be left', () => {
  const template = templateOf({ type: 'cordon' });
  it.each<[string, KubeObject, readonly KubeObject[], 'requests' | 'TooFewNodes']>([
    ['one of three may go', node('a'), [node('b'), node('c')], 'requests'],
    ['one of two may go', node('a'), [node('b')], 'requests'],
    ['the only one may not', node('a'), [], 'TooFewNodes'],
    [
      'one of three may not, when another is cordoned',
      node('a'),
      [node('b', { cordoned: 'yes' }), node('c')],
      'TooFewNodes',
    ],
    [
      'nor when another is not ready',
      node('a', { ready: 'Unknown' }),
      [node('b', { ready: 'Unknown' }), node('c')],
      'TooFewNodes',
    ],
    ['two of four may', node('a'), [node('b', { cordoned: 'yes' }), node('c'), node('d')], 'requests'],
    [
      'nodes with other taints do not count: pods of this pool cannot go there',
      node('a', { taints: gpu }),
      [node('b'), node('c')],
      'TooFewNodes',
    ],
    ['those with the same do', node('a', { taints: gpu }), [node('b', { taints: gpu })], 'requests'],
    [
      'taints that follow from a state are none of a pool',
      node('a', { taints: sick }),
      [node('b'), node('c')],
      'requests',
    ],
  ])('%s', (_title, target, rest, wanted) => {
    const result = cordon.plan(planInput(template, target, { answers: { nodes: found(target, ...rest) } }));
    expect(result).toMatchObject(wanted === 'requests' ? { kind: 'requests' } : { kind: 'refused', reason: wanted });
  });

  it('cannot be told when the nodes cannot be read', () => {
    const answers = { nodes: { found: 'no', reason: 'Forbidden', message: 'no' } } as const;
    expect(cordon.plan(planInput(template, node('a'), { answers }))).toMatchObject({
      kind: 'refused',
      reason: 'NodesUnknown',
    });
  });
});

describe('a drain', () => {
  it('cordons first, only the node as it was seen, with the way back (I4, I8)', () => {
    expect(plan(node('a'))).toMatchObject({
      kind: 'requests',
      next: 'plan again',
      requests: [
        {
          method: 'PATCH',
          body: JSON.stringify({
            metadata: { uid: 'a-uid', resourceVersion: '5', annotations: { 'kubeskippy.io/attempt': 'action-uid/1' } },
            spec: { unschedulable: true },
          }),
          inverse: {
            body: '{"spec":{"unschedulable":null}}',
            guard: { '/spec/unschedulable': 'true' },
            restores: { '/spec/unschedulable': 'null' },
          },
        },
      ],
    });
  });

  it('evicts by UID, with the grace period that the pod asks for', () => {
    const result = plan(CORDONED, LATER);
    expect(result).toMatchObject({
      kind: 'requests',
      next: 'plan again',
      requests: [{ method: 'POST', precondition: { uid: 'pod-1' } }],
    });
    const [request] = result.kind === 'requests' ? result.requests : [];
    expect(JSON.parse(request?.body ?? '')).toMatchObject({ deleteOptions: { preconditions: { uid: 'pod-1' } } });
    expect(request?.body).not.toContain('gracePeriodSeconds');
  });

  const going = pod({
    metadata: { ownerReferences: controlledBy('ReplicaSet', 'rs'), deletionTimestamp: toTimestamp(T0 + 30 * SECOND) },
  });
  it.each<[string, KubeObject, readonly KubeObject[], Partial<PlanInput>, object]>([
    ['waits for a pod that is going', CORDONED, [going], LATER, { kind: 'wait' }],
    [
      'waits for its grace period where the node is not ready',
      node('a', { cordoned: 'yes', ready: 'Unknown' }),
      [going],
      { ...LATER, now: T0 + 20 * SECOND },
      { kind: 'wait' },
    ],
    [
      'and no longer: nobody would say that it has ended',
      node('a', { cordoned: 'yes', ready: 'Unknown' }),
      [going],
      LATER,
      { kind: 'complete', summary: expect.stringContaining('nobody knows whether these have ended: shop/web-1') },
    ],
    ['is complete when the last pod is gone', CORDONED, [], LATER, { kind: 'complete' }],
    [
      'counts pods that have ended, of DaemonSets and static ones as no pods',
      CORDONED,
      [
        pod({ metadata: { ownerReferences: controlledBy('Job', 'j') }, status: { phase: 'Succeeded' } }),
        pod({ metadata: { ownerReferences: controlledBy('DaemonSet', 'd') } }),
        pod({ metadata: { ownerReferences: controlledBy('Node', 'n') } }),
        pod({ metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } } }),
      ],
      LATER,
      { kind: 'complete', summary: 'Node a was drained (left on it: 3 of DaemonSets or static)' },
    ],
    [
      'gives up when its time is over',
      CORDONED,
      [web],
      { ...LATER, now: T0 + 10 * MINUTE },
      { kind: 'refused', reason: 'TimedOut' },
    ],
    [
      'gives up when somebody has uncordoned the node',
      node('a'),
      [web],
      LATER,
      { kind: 'refused', reason: 'Superseded' },
    ],
    ['has nothing to do on a cordoned node without pods', CORDONED, [], {}, { kind: 'refused', reason: 'NothingToDo' }],
    ['refuses a pod without a controller', node('a'), [pod()], {}, { kind: 'refused', reason: 'BarePods' }],
  ])('%s', (_title, target, pods, change, wanted) => {
    expect(plan(target, { ...change, answers: { pods: found(...pods) } })).toMatchObject(wanted);
  });

  it('asks for the namespaces and, one after another, for the controllers of the pods that would go', () => {
    const input = planInput(templateOf({ type: 'drain' }), node('a'));
    const set: KubeObject = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: 'the-replicaset',
        namespace: 'shop',
        uid: 'rs',
        ownerReferences: controlledBy('Deployment', 'd'),
      },
    };
    const agent = pod({ metadata: { namespace: 'agents', ownerReferences: controlledBy('DaemonSet', 'ds') } });
    const first = drain.more?.(input, { pods: found(web, agent) }) ?? {};
    expect(Object.keys(first)).toEqual(['Namespace/shop', 'rs']);
    const second: Readonly<Record<string, Need>> =
      drain.more?.(input, { pods: found(web, agent), rs: found(set) }) ?? {};
    expect(second['d']).toEqual({
      get: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'the-deployment' },
    });
  });

  it.each<[string, Readonly<Record<string, Answer>>]>([
    [
      'its controller is marked',
      {
        rs: found({
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          metadata: { name: 'rs', uid: 'rs', labels: { 'kubeskippy.io/protected': 'true' } },
        }),
      },
    ],
    [
      'its controller may not be read: whether it is marked cannot be told',
      { rs: { found: 'no', reason: 'Forbidden', message: 'no' } },
    ],
    [
      'its namespace is marked',
      {
        'Namespace/shop': found({
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name: 'shop', labels: { 'kubeskippy.io/protected': 'true' } },
        }),
      },
    ],
  ])('leaves a pod when %s (I24)', (_title, answers) => {
    expect(plan(CORDONED, { ...LATER, answers })).toMatchObject({
      kind: 'complete',
      summary: expect.stringContaining('; shop/web-1 ('),
    });
  });
});

describe('what became of an attempt, by a live read (I3)', () => {
  const template = templateOf({ type: 'drain' });
  const requestsOf = (result: PlanResult) => (result.kind === 'requests' ? result.requests : []);
  const cordoning = requestsOf(plan(node('a')));
  const evicting = requestsOf(plan(CORDONED, LATER));
  const path = evicting[0]?.path ?? '';
  it.each<[string, KubeObject | undefined, ReturnType<typeof requestsOf>, Answer | undefined, Outcome]>([
    ['cordoned by this action: done', CORDONED, cordoning, undefined, 'done'],
    ['cordoned by somebody else: theirs', node('a', { cordoned: 'yes' }), cordoning, undefined, 'superseded'],
    ['not cordoned: not done', node('a'), cordoning, undefined, 'not done'],
    ['the node is gone: superseded', undefined, cordoning, undefined, 'superseded'],
    ['the pod is there as it was: not done', CORDONED, evicting, found(web), 'not done'],
    ['the pod is gone: done', CORDONED, evicting, { found: 'no', reason: 'NotFound', message: '' }, 'done'],
    ['another has its name: done', CORDONED, evicting, found(pod({ metadata: { uid: 'other' } })), 'done'],
    [
      'the pod may not be read: unknown',
      CORDONED,
      evicting,
      { found: 'no', reason: 'Forbidden', message: '' },
      'unknown',
    ],
  ])('%s', (_title, target, requests, answer, outcome) => {
    const answers = answer === undefined ? {} : { [path]: answer };
    expect(
      drain.classify({ target, kind: 'Node', uid: 'a-uid', marker: 'action-uid/1', template, requests, answers }),
    ).toBe(outcome);
  });
});
