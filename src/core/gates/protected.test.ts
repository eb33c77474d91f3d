import { judgedPolicy, pod, WEB, workload } from '../../../test/kit/core-data.ts';
import { gateTable } from '../../../test/kit/gate-table.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { targetRef } from '../observation.ts';
import { protectedTarget } from './protected.ts';

const marked = (where: 'labels' | 'annotations', key: string, value: string) =>
  workload('Deployment', { metadata: { [where]: { [key]: value } } });
const namespace = (labels: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop', labels },
});
const protecting = (rule: Record<string, unknown>) =>
  judgedPolicy({}, { protectedResources: [{ apiVersion: 'apps/v1', kind: 'Deployment', ...rule }] });
const PROTECTED = 'kubeskippy.io/protected';
const DISABLED = 'kubeskippy.io/healing-disabled';

const KARPENTER = 'karpenter.sh/do-not-disrupt';
const templateWith = (annotations: Record<string, string>) =>
  workload('Deployment', { spec: { template: { metadata: { annotations } } } });
const podWithMark = (annotations: Record<string, string>) => ({
  target: targetRef(pod()),
  object: pod({ metadata: { annotations } }),
});

gateTable(protectedTarget, [
  ['a pod that Karpenter is to leave alone', podWithMark({ [KARPENTER]: 'true' }), KARPENTER],
  ['a pod that it may disrupt', podWithMark({ [KARPENTER]: 'false' }), undefined],
  [
    'a pod that the cluster autoscaler must not evict',
    podWithMark({ 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' }),
    'safe-to-evict: "false"',
  ],
  ['a pod that it may evict', podWithMark({ 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' }), undefined],
  [
    'a pod that the descheduler is to leave alone',
    podWithMark({ 'descheduler.alpha.kubernetes.io/prefer-no-eviction': '' }),
    'prefer-no-eviction',
  ],
  [
    'a workload whose template has such a mark',
    { object: templateWith({ [KARPENTER]: 'true' }) },
    'the pod template of Deployment shop/web has the annotation karpenter.sh/do-not-disrupt',
  ],
  [
    'such a mark forbids only what takes pods away',
    { object: templateWith({ [KARPENTER]: 'true' }), actionType: 'notify' },
    undefined,
  ],

  ['an ordinary target', {}, undefined],
  ['protected by a label', { object: marked('labels', PROTECTED, 'true') }, 'label'],
  ['protected by an annotation', { object: marked('annotations', PROTECTED, 'true') }, 'annotation'],
  ['"false" protects nothing', { object: marked('labels', PROTECTED, 'false') }, undefined],
  ['healing disabled by any value', { object: marked('annotations', DISABLED, 'until friday') }, DISABLED],
  ['healing disabled by an empty value', { object: marked('labels', DISABLED, '') }, DISABLED],
  ['healing disabled "false" is healing enabled', { object: marked('annotations', DISABLED, 'false') }, undefined],
  ['its controller is protected', { chain: [marked('labels', PROTECTED, 'true')] }, 'Deployment shop/web'],
  ['its namespace is protected', { namespace: namespace({ [PROTECTED]: 'true' }) }, 'Namespace shop'],
  ["in the operator's own namespace (I23)", { target: { ...WEB, namespace: 'kubeskippy-system' } }, "operator's own"],
  [
    'in a namespace that the configuration protects',
    { target: { ...WEB, namespace: 'kube-system' } },
    "operator's configuration",
  ],
  [
    'is such a namespace itself',
    { target: { apiVersion: 'v1', kind: 'Namespace', name: 'kube-system', uid: 'n' } },
    "operator's configuration",
  ],
  ['of a kind that the configuration denies', { target: { ...WEB, apiVersion: 'v1', kind: 'Secret' } }, 'deniedKinds'],
  ['listed by kind', { policy: protecting({}) }, 'protectedResources'],
  ['listed by a glob of its name', { policy: protecting({ excludeNames: ['w*'] }) }, 'protectedResources'],
  ['another name is listed', { policy: protecting({ excludeNames: ['db'] }) }, undefined],
  [
    'listed by label',
    {
      policy: protecting({ labelSelector: { matchLabels: { tier: 'gold' } } }),
      object: marked('labels', 'tier', 'gold'),
    },
    'protectedResources',
  ],
  ['other labels are listed', { policy: protecting({ labelSelector: { matchLabels: { tier: 'gold' } } }) }, undefined],
  [
    'its controller is listed',
    { policy: protecting({}), target: targetRef(pod()), object: pod(), chain: [workload('Deployment')] },
    'Deployment shop/web',
  ],
]);
