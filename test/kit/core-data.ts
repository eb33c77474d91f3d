/**
 * What core decides on, in short: every builder gives a plain, healthy, permitted thing, and the test says what is
 * different.
 */
import type { ActionStatus } from '../../src/api/action-status.ts';
import type { ActionTemplate } from '../../src/api/action-template.ts';
import { FINALIZER } from '../../src/api/names.ts';
import type { KubeObject, ObjectMeta } from '../../src/shapes/kube.ts';
import { type HealingAction, parseAction } from '../../src/api/parse-action.ts';
import { parsePolicy } from '../../src/api/parse-policy.ts';
import type { HealingPolicy } from '../../src/api/policy.ts';
import type { ContainerStatus, Pod, Workload } from '../../src/shapes/workloads.ts';
import { DEFAULT_ACTION_SETTINGS, type PlanInput } from '../../src/core/actions/action-kind.ts';
import type { PastAction } from '../../src/core/history.ts';
import type { Proposal, ProposalPolicy } from '../../src/core/gates/proposal.ts';
import { type TargetRef, targetRef } from '../../src/core/observation.ts';
import { toTimestamp } from '../../src/std/clock.ts';

/** An instant with whole seconds, as timestamps have them. */
export const T0 = Date.UTC(2026, 0, 1);
export const SECOND = 1000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;

export const controlledBy = (kind: string, uid: string, name = `the-${kind.toLowerCase()}`) => [
  { apiVersion: 'apps/v1', kind, name, uid, controller: true },
];

export const pod = (
  change: {
    readonly metadata?: Partial<ObjectMeta>;
    readonly spec?: Pod['spec'];
    readonly status?: Pod['status'];
  } = {},
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web-1', namespace: 'shop', uid: 'pod-1', resourceVersion: '7', ...change.metadata },
  ...(change.spec !== undefined && { spec: change.spec }),
  status: change.status ?? { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
});

export const podWith = (container: Partial<ContainerStatus>): Pod =>
  pod({ status: { phase: 'Running', containerStatuses: [{ name: 'main', ...container }] } });

export const workload = (
  kind: string,
  change: {
    readonly metadata?: Partial<ObjectMeta>;
    readonly spec?: object;
    readonly status?: Workload['status'] | 'none';
  } = {},
): Workload => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'web', namespace: 'shop', uid: 'web-uid', resourceVersion: '9', generation: 2, ...change.metadata },
  spec: { replicas: 3, ...change.spec },
  ...(change.status !== 'none' && {
    status: {
      observedGeneration: 2,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      desiredNumberScheduled: 3,
      updatedNumberScheduled: 3,
      numberReady: 3,
      numberAvailable: 3,
      ...change.status,
    },
  }),
});

export const WEB: TargetRef = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  namespace: 'shop',
  name: 'web',
  uid: 'web-uid',
};

/** An action that was executed and succeeded at T0. */
export const past = (change: Partial<PastAction> = {}): PastAction => ({
  uid: 'a-1',
  namespace: 'shop',
  name: 'web-1',
  policyUid: 'policy-uid',
  targetUid: 'other-uid',
  targetNamespace: 'shop',
  rootUid: 'other-uid',
  targetKind: 'Deployment',
  template: 'restart',
  triggers: ['looping'],
  dryRun: false,
  phase: 'Succeeded',
  createdAt: T0,
  executed: true,
  lastAttemptAt: T0,
  completedAt: T0,
  ...change,
});

export const running = (change: Partial<PastAction> = {}): PastAction => {
  const { completedAt: _ended, ...rest } = past({ phase: 'InProgress', ...change });
  return rest;
};

/** One that began so long ago, and ended a second later. */
export const ago = (ms: number, change: Partial<PastAction> = {}): PastAction =>
  past({ uid: `ago-${ms}`, createdAt: T0 - ms, lastAttemptAt: T0 - ms, completedAt: T0 - ms + SECOND, ...change });

/** One on Deployment shop/web that ended a minute ago. */
export const pastOnWeb = (change: Partial<PastAction> = {}): PastAction =>
  past({ targetUid: WEB.uid, rootUid: WEB.uid, completedAt: T0 - MINUTE, ...change });

/** Five in a row, the last of them a millisecond before that instant. */
export const failures = (at: number): readonly PastAction[] =>
  Array.from({ length: 5 }, (_, i) => past({ uid: `f-${i}`, phase: 'Failed', completedAt: at - 5 + i }));

const looping = {
  name: 'looping',
  type: 'condition',
  conditionTrigger: { type: 'CrashLoopBackOff', status: 'True', duration: '30s' },
};

export function policyOf(spec: Record<string, unknown> = {}): HealingPolicy {
  const { policy, problems } = parsePolicy({
    apiVersion: 'kubeskippy.io/v1alpha1',
    kind: 'HealingPolicy',
    metadata: { name: 'p', namespace: 'shop', uid: 'policy-uid', generation: 1 },
    spec: {
      mode: 'automatic',
      selector: { resources: [{ apiVersion: 'apps/v1', kind: 'Deployment' }] },
      triggers: [looping],
      actions: [{ name: 'restart', type: 'restart' }],
      ...spec,
    },
  });
  if (policy === undefined) throw new Error(JSON.stringify(problems));
  return policy;
}

export const judgedPolicy = (
  change: Partial<ProposalPolicy> = {},
  safetyRules: Record<string, unknown> = {},
): ProposalPolicy => ({
  uid: 'policy-uid',
  name: 'p',
  namespace: 'shop',
  suspended: false,
  analysis: { mode: 'advise', order: 'priority' },
  safety: policyOf({ safetyRules }).safety,
  cooldownMs: 300_000,
  ...change,
});

/** A restart of a healthy Deployment that every gate allows. */
export const proposal = (change: Partial<Proposal> = {}): Proposal => ({
  target: WEB,
  object: workload('Deployment'),
  chain: [],
  namespace: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', uid: 'shop-uid' } },
  actionType: 'restart',
  policy: judgedPolicy(),
  limits: {
    namespace: 'kubeskippy-system',
    maxActionsPerHour: 60,
    namespaceLimits: { sharePercent: 80, unfinishedActions: 100 },
    maxConcurrent: 5,
    protectedNamespaces: ['kube-system'],
    deniedKinds: ['v1/Secret'],
  },
  history: [],
  ...change,
});

const one = pod({ metadata: { ownerReferences: controlledBy('ReplicaSet', 'rs') } });
/** Of a proposal: a pod of Deployment shop/web. */
export const ownedPod = {
  target: targetRef(one),
  object: one,
  chain: [workload('ReplicaSet', { metadata: { uid: 'rs' } }), workload('Deployment')],
};

/** A HealingAction as it is read from the API server. */
export function healingAction(
  status: ActionStatus = {},
  change: { readonly spec?: object; readonly labels?: ObjectMeta['labels'] } = {},
): HealingAction {
  const object: KubeObject = {
    apiVersion: 'kubeskippy.io/v1alpha1',
    kind: 'HealingAction',
    metadata: {
      name: 'web-0123456789',
      namespace: 'shop',
      uid: 'action-uid',
      creationTimestamp: toTimestamp(T0),
      finalizers: [FINALIZER],
      ...(change.labels !== undefined && { labels: change.labels }),
    },
    spec: {
      policyRef: { name: 'p', namespace: 'shop', uid: 'policy-uid' },
      targetResource: WEB,
      action: { name: 'restart', type: 'restart' },
      trigger: 'looping',
      episode: { startedAt: toTimestamp(T0), step: 0 },
      ...change.spec,
    },
    status,
  };
  const { action, problems } = parseAction(object);
  if (action === undefined) throw new Error(JSON.stringify(problems));
  return action;
}

/** A defaulted action template. */
export function templateOf(action: Record<string, unknown>): ActionTemplate {
  const [first] = policyOf({ actions: [{ name: 'a', ...action }] }).actions;
  if (first === undefined) throw new Error(`not an action: ${JSON.stringify(action)}`);
  return first.template;
}

/** What the shell hands to a plan: first stage, at T0, with nothing read beside the target. */
export const planInput = (
  template: ActionTemplate,
  target: KubeObject,
  change: Partial<PlanInput> = {},
): PlanInput => ({
  template,
  target,
  path: pathOf(target),
  subresources: [],
  marker: 'action-uid/1',
  origin: {
    namespace: 'shop',
    name: 'web-1',
    uid: 'action-uid',
    policy: { namespace: 'shop', name: 'p' },
    trigger: 'looping',
    evidence: 'seen',
    seen: [
      { source: 'condition', message: 'looping: seen' },
      { source: 'metric', message: 'slow: seen' },
    ],
  },
  settings: DEFAULT_ACTION_SETTINGS,
  limits: { namespace: 'kubeskippy-system', protectedNamespaces: ['kube-system'], deniedKinds: ['v1/Secret'] },
  stage: 1,
  startedAt: T0,
  now: T0,
  until: T0 + 10 * MINUTE,
  answers: {},
  delivered: [],
  inverses: [],
  ...change,
});

/** Path of an object, for kinds whose plural is regular. */
function pathOf({ apiVersion, kind, metadata }: KubeObject): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const where = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  return `${root}${where}/${kind.toLowerCase()}s/${metadata.name}`;
}
