/**
 * What each action type sends to each kind of its matrix, as its own plan makes it, with the objects that are at the
 * paths. The way back is made from the plan's inverse, as the undo makes it.
 */
import type { Inverse, PlannedRequest } from '../../src/api/action-status.ts';
import type { HealingAction } from '../../src/api/parse-action.ts';
import { type Answer, DEFAULT_ACTION_SETTINGS, type PlanInput } from '../../src/core/actions/action-kind.ts';
import { actionRegistry, type ActionRegistry } from '../../src/core/actions/index.ts';
import { type Plugin, PLUGIN_API_VERSION } from '../../src/core/actions/plugin.ts';
import { mergePatch, reversal } from '../../src/core/actions/requests.ts';
import type { Errand, Sight } from '../../src/core/authority/path-check.ts';
import { isOperation, merged, operated } from '../../src/core/authority/patched.ts';
import { targetRef } from '../../src/core/observation.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { mergedJson } from '../../src/std/json.ts';
import { healingAction, planInput, pod, templateOf, workload } from './core-data.ts';

export interface Genuine {
  readonly title: string;
  readonly errand: Errand;
  readonly request: PlannedRequest;
  readonly sight: Sight;
  /** Of the way back. */
  readonly inverse?: Inverse;
}

const found = (...objects: readonly KubeObject[]): Answer => ({ found: 'yes', objects });
const NONE: Answer = { found: 'no', reason: 'UnknownKind', message: 'none' };
const owned = (kind: string, name: string, uid: string) => [
  { apiVersion: 'apps/v1', kind, name, uid, controller: true },
];
const LABELS = { app: 'web' };
const template = (image: string) => ({
  metadata: { labels: LABELS },
  spec: { containers: [{ name: 'app', image, resources: { limits: { memory: '64Mi' } } }] },
});
const running = (kind: string): KubeObject =>
  workload(kind, { spec: { selector: { matchLabels: LABELS }, template: template('app:2') } });
const SETS = { name: 'web-1', uid: 'rs-uid', annotations: { 'deployment.kubernetes.io/revision': '1' } };
const replicaSet: KubeObject = workload('ReplicaSet', {
  metadata: { ...SETS, ownerReferences: owned('Deployment', 'web', 'web-uid') },
  spec: { template: template('app:1') },
});
const kept = (kind: string): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'ControllerRevision',
  metadata: { name: 'web-1', namespace: 'shop', uid: 'rev-uid', ownerReferences: owned(kind, 'web', 'web-uid') },
  revision: 1,
  data: { spec: { template: template('app:1') } },
});
const ofDeployment = pod({ metadata: { ownerReferences: owned('ReplicaSet', 'web-1', 'rs-uid') } });
const ofSet = (kind: string) => pod({ metadata: { ownerReferences: owned(kind, 'web', 'web-uid') } });
const podsOf = (kind: string) => (kind === 'Deployment' ? ofDeployment : ofSet(kind));
const chainOf = (kind: string) => (kind === 'Deployment' ? [replicaSet, running(kind)] : [running(kind)]);
const bare = pod({
  metadata: { ownerReferences: owned('ReplicaSet', 'web-1', 'rs-uid') },
  spec: { nodeName: 'n1', containers: [{ name: 'app', resources: { limits: { memory: '64Mi' } } }] } as never,
});
const node = (name: string, unschedulable?: true): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, uid: `${name}-uid`, resourceVersion: '5' },
  spec: { ...(unschedulable !== undefined && { unschedulable }) },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
});
const hpa: KubeObject = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web', namespace: 'shop', uid: 'hpa-uid', resourceVersion: '3' },
  spec: { minReplicas: 1, maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
};
const scaleOf = (target: KubeObject): KubeObject => ({
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  metadata: target.metadata,
  spec: { replicas: 3 },
});
const cronJob: KubeObject = {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'repair', namespace: 'shop', uid: 'cron-uid', resourceVersion: '4' },
  spec: { jobTemplate: { spec: { template: { spec: { containers: [{ name: 'main', image: 'x' }] } } } } },
};
const service: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop', uid: 'service-uid', resourceVersion: '2' },
  spec: {},
};

/** Labels a ConfigMap, and the target itself. */
const plugin: Plugin = {
  apiVersion: PLUGIN_API_VERSION,
  name: 'mine',
  executors: {
    label: {
      kinds: 'any',
      proof: 'effect',
      rbac: [
        { apiGroups: ['apps'], resources: ['deployments'], verbs: ['patch'] },
        { apiGroups: [''], resources: ['configmaps'], verbs: ['patch'] },
      ],
      parameters: {},
      plan: ({ target, path }) => ({
        kind: 'requests',
        summary: 'label it',
        requests: [target, settings].map((object) =>
          mergePatch(object, {
            path: object === target ? path : '/api/v1/namespaces/shop/configmaps/settings',
            description: 'label it',
            fields: { metadata: { labels: { seen: 'yes' } } },
          }),
        ),
        changes: [],
        next: 'verify',
      }),
      classify: () => 'done',
    },
  },
};
const settings: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: 'shop', uid: 'cm-uid', resourceVersion: '8' },
};

export const REGISTRY: ActionRegistry = actionRegistry({ disabled: [], plugins: [plugin] });
export const SETTINGS = { ...DEFAULT_ACTION_SETTINGS, endpoints: ['pager'], channels: ['chat'] };

interface Case {
  readonly type: string;
  readonly block?: object;
  readonly target: KubeObject;
  readonly change?: Partial<PlanInput>;
  /** At the path of a request, where that is not the target, and its controllers. */
  readonly other?: { readonly object: KubeObject; readonly chain: readonly KubeObject[] };
}

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet'];
const COUNTED = ['Deployment', 'StatefulSet'];
const probed = (target: KubeObject): Answer =>
  found(
    mergedJson(target, {
      metadata: { annotations: { 'kubeskippy.io/attempt': 'action-uid/1' }, labels: { seen: 'yes' } },
    }) as KubeObject,
  );
const label = (type: string) => ({ type, patch: 'metadata: {labels: {seen: "yes"}}' });
const labelled = { type: 'json', patch: '[{op: add, path: /metadata/labels, value: {seen: "yes"}}]' };

const CASES: readonly Case[] = [
  { type: 'restart', target: ofDeployment },
  ...WORKLOADS.map((kind) => ({ type: 'restart', block: { strategy: 'rolling' }, target: running(kind) })),
  ...COUNTED.map((kind) => ({
    type: 'restart',
    block: { strategy: 'recreate' },
    target: running(kind),
    change: { answers: { pods: found(podsOf(kind)), replicaSets: found(replicaSet) } },
  })),
  ...WORKLOADS.map((kind) => ({
    type: 'restart',
    block: { strategy: 'graceful', maxConcurrent: 3 },
    target: running(kind),
    change: { answers: { pods: found(podsOf(kind)), replicaSets: found(replicaSet) } },
    other: { object: podsOf(kind), chain: chainOf(kind) },
  })),
  ...[...COUNTED, 'ReplicaSet'].map((kind) => ({
    type: 'scale',
    block: { direction: 'up', replicas: 1 },
    target: running(kind),
    change: { answers: { scale: found(scaleOf(running(kind))), autoscalers: found() } },
  })),
  {
    type: 'scale',
    block: { direction: 'up', replicas: 3, autoscaler: 'adjust' },
    target: running('Deployment'),
    change: { answers: { scale: found(scaleOf(running('Deployment'))), autoscalers: found(hpa) } },
    other: { object: hpa, chain: [] },
  },
  ...[running('Deployment'), service, node('n1')].flatMap((target) =>
    [label('merge'), label('strategic'), labelled].map((block) => ({
      type: 'patch',
      block,
      target,
      change: { answers: { probe: probed(target) } },
    })),
  ),
  { type: 'delete', target: ofDeployment },
  ...[service, running('Deployment'), replicaSet, cronJob].map((target) => ({ type: 'delete', target })),
  { type: 'rollback', target: running('Deployment'), change: { answers: { revisions: found(replicaSet) } } },
  ...['StatefulSet', 'DaemonSet'].map((kind) => ({
    type: 'rollback',
    target: running(kind),
    change: { answers: { revisions: found(kept(kind)), pods: found() } },
  })),
  {
    type: 'rollback',
    target: running('StatefulSet'),
    change: {
      stage: 2,
      answers: {
        revisions: found(kept('StatefulSet')),
        pods: found(
          pod({ ...ofSet('StatefulSet'), status: { phase: 'Pending' }, metadata: ofSet('StatefulSet').metadata }),
        ),
      },
    },
    other: { object: ofSet('StatefulSet'), chain: chainOf('StatefulSet') },
  },
  ...[...WORKLOADS.map(running), bare].map((target) => ({
    type: 'resize',
    block: { memory: { factor: 2 } },
    target,
    change: { answers: { verticalAutoscalers: NONE }, subresources: ['resize'] },
  })),
  {
    type: 'cordon',
    target: node('n1'),
    change: { answers: { nodes: found(node('n1'), node('n2'), node('n3')) } },
  },
  {
    type: 'drain',
    target: node('n1', true),
    change: { answers: { nodes: found(node('n1', true), node('n2'), node('n3')), pods: found(bare) } },
    other: { object: bare, chain: chainOf('Deployment') },
  },
  {
    type: 'job',
    block: { template: 'repair' },
    target: running('Deployment'),
    change: { answers: { template: found(cronJob), job: { ...NONE, reason: 'NotFound' } } },
  },
  { type: 'webhook', block: { name: 'pager' }, target: running('Deployment') },
  { type: 'notify', target: running('Deployment') },
  {
    type: 'custom',
    block: { executor: 'label' },
    target: running('Deployment'),
    other: { object: settings, chain: [] },
  },
];

const PLURALS: Readonly<Record<string, string>> = { Service: 'services' };

/** The errand of an action of this type on this target, made by a policy of the target's namespace. */
export function errandFor(
  { type, block, target }: Pick<Case, 'type' | 'block' | 'target'>,
  change: Partial<Errand> & { readonly action?: HealingAction } = {},
): Errand {
  const action = healingAction(
    {},
    {
      spec: {
        targetResource: targetRef(target),
        action: { name: 'a', type, ...(block !== undefined && { [`${type}Action`]: block }) },
      },
    },
  );
  const [version = '', group = ''] = target.apiVersion.split('/').toReversed();
  const resource = PLURALS[target.kind] ?? `${target.kind.toLowerCase()}s`;
  return {
    action,
    reach: REGISTRY.reachOf({ template: action.spec.action, targetKind: target.kind, settings: SETTINGS }),
    type: { group, version, resource },
    // Nodes lie in no namespace.
    scope: {
      clusterPolicyNamespaces: target.metadata.namespace === undefined ? ['shop'] : [],
      operatorNamespace: 'kubeskippy-system',
    },
    limits: { namespace: 'kubeskippy-system', protectedNamespaces: ['kube-system'], deniedKinds: [] },
    ...change,
  };
}

/** The object as the server would have it then. A strategic patch of these merges maps, as a merge patch does. */
function patchedBy({ contentType = '', body = '{}' }: PlannedRequest, object: KubeObject): KubeObject {
  const patch: unknown = JSON.parse(body);
  const isOperations = contentType === 'application/json-patch+json' && Array.isArray(patch);
  const after = isOperations ? operated(object, patch.filter(isOperation)) : { value: merged(object, patch) };
  if ('whyNot' in after) throw new Error(after.whyNot);
  return after.value as KubeObject;
}

export function genuineRequests(): readonly Genuine[] {
  return CASES.flatMap((one): readonly Genuine[] => {
    const { type, block, target, change = {}, other } = one;
    const errand = errandFor(one);
    const template = templateOf({ type, ...(block !== undefined && { [`${type}Action`]: block }) });
    const kind = REGISTRY.find(template);
    if ('whyNot' in kind) throw new Error(kind.whyNot);
    const input = planInput(template, target, { settings: SETTINGS, ...change });
    const plan = kind.value.plan(input);
    if (plan.kind !== 'requests') throw new Error(`${type} of ${target.kind}: ${JSON.stringify(plan)}`);
    return plan.requests.flatMap((request) => {
      const title = `${type} of ${target.kind}: ${request.description}`;
      const isOther = other !== undefined && !request.path.startsWith(input.path);
      const sight: Sight = isOther ? other : { object: target, chain: [] };
      const { inverse } = request;
      if (inverse === undefined) return [{ title, errand, request, sight }];
      const object = patchedBy(request, sight.object ?? target);
      const back = reversal(inverse, object);
      return [
        { title, errand, request, sight },
        { title: `${title}, and back`, errand, request: back, sight: { ...sight, object }, inverse },
      ];
    });
  });
}
