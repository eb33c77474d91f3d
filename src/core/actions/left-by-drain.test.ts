import { describe, expect, it } from 'vitest';
import { controlledBy, MINUTE, planInput, pod, SECOND, T0, templateOf } from '../../../test/kit/core-data.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { toTimestamp } from '../../std/clock.ts';
import type { Answer, PlanInput, PlanResult } from './action-kind.ts';
import { drain } from './drain.ts';

const node = (name: string, spec: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, uid: `${name}-uid`, resourceVersion: '5', labels: { 'kubernetes.io/hostname': name } },
  spec,
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
});
const CORDONED = node('a', { unschedulable: true });
const found = (...objects: readonly KubeObject[]): Answer => ({ found: 'yes', objects });
const LATER = { stage: 2, now: T0 + MINUTE, stagedAt: T0 };
const plan = (target: KubeObject, change: Partial<PlanInput>, block: object = {}): PlanResult =>
  drain.plan(planInput(templateOf({ type: 'drain', drainAction: block }), target, change));

describe('a drain leaves where it is, and names', () => {
  const owned = (change: object): KubeObject => {
    const { metadata, ...rest } = change as { readonly metadata?: object };
    return {
      ...pod({ metadata: { ownerReferences: controlledBy('ReplicaSet', 'rs'), ...metadata } }),
      ...rest,
    };
  };
  const claimed = owned({ spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-0' } }] } });
  const onNode = (name: string) => ({
    required: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [name] }] }],
    },
  });
  const storage = (nodeName: string): Readonly<Record<string, Answer>> => ({
    'PersistentVolumeClaim/shop/data-0': found({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data-0' },
      spec: { volumeName: 'disk-1' },
    }),
    'PersistentVolume/disk-1': found({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'disk-1' },
      spec: { nodeAffinity: onNode(nodeName) },
    }),
  });
  const nodes = found(node('a'), node('b'), node('c'));

  it.each<[string, KubeObject, Readonly<Record<string, Answer>>, string]>([
    [
      'a pod whose data would go with it',
      owned({
        spec: {
          volumes: [
            { name: 'cache', emptyDir: {} },
            { name: 'scratch', ephemeral: {} },
          ],
        },
      }),
      {},
      'the data of its volumes cache, scratch would go with it, and deleteEmptyDirData is not set',
    ],
    [
      'a pod that Karpenter is to leave alone',
      owned({ metadata: { annotations: { 'karpenter.sh/do-not-disrupt': 'true' } } }),
      {},
      'Pod shop/web-1 has the annotation karpenter.sh/do-not-disrupt: "true"',
    ],
    [
      'a pod that the cluster autoscaler is to leave alone',
      owned({ metadata: { annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' } } }),
      {},
      'cluster-autoscaler.kubernetes.io/safe-to-evict: "false"',
    ],
    [
      'a pod that came after it had begun, since it tolerates the cordon',
      owned({ metadata: { creationTimestamp: toTimestamp(T0 + 2 * SECOND) } }),
      {},
      'it came after the drain had begun',
    ],
    [
      'a pod that no other node is labelled for',
      owned({ spec: { nodeSelector: { 'kubernetes.io/hostname': 'a' } } }),
      {},
      'no other node has the labels of its nodeSelector',
    ],
    ['a pod whose volume is on this node alone', claimed, storage('a'), 'PersistentVolume disk-1 of its claim data-0'],
  ])('%s', (_title, one, more, why) => {
    expect(plan(CORDONED, { ...LATER, answers: { nodes, pods: found(one), ...more } })).toMatchObject({
      kind: 'complete',
      summary: expect.stringContaining(why) as string,
    });
  });

  it.each<[string, KubeObject, Readonly<Record<string, Answer>>, object]>([
    [
      'whose data may go, since people have said so',
      owned({ spec: { volumes: [{ name: 'cache', emptyDir: {} }] } }),
      {},
      { deleteEmptyDirData: true },
    ],
    ['that was there when it began', owned({ metadata: { creationTimestamp: toTimestamp(T0) } }), {}, {}],
    ['whose volume another node reaches', claimed, storage('b'), {}],
    [
      'that the cluster autoscaler may evict',
      owned({ metadata: { annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' } } }),
      {},
      {},
    ],
  ])('and evicts one %s', (_title, one, more, block) => {
    expect(plan(CORDONED, { ...LATER, answers: { nodes, pods: found(one), ...more } }, block)).toMatchObject({
      kind: 'requests',
      requests: [{ method: 'POST' }],
    });
  });

  it('asks for the claims of the pods, then for their volumes', () => {
    const input = planInput(templateOf({ type: 'drain' }), CORDONED);
    const claim = 'PersistentVolumeClaim/shop/data-0';
    expect(Object.keys(drain.more?.(input, { pods: found(claimed) }) ?? {})).toContain(claim);
    const more = drain.more?.(input, { pods: found(claimed), ...storage('a') }) ?? {};
    expect(more['PersistentVolume/disk-1']).toEqual({
      get: { apiVersion: 'v1', kind: 'PersistentVolume', name: 'disk-1' },
    });
  });
});
