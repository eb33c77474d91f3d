/**
 * A cluster of two teams: eve edits namespace `shop`, and `team-b` belongs to others. Ada may approve in `shop`. Sid
 * may write statuses there, which no role of ours allows.
 */
import type { KubeObject } from '../../src/shapes/kube.ts';
import { CRASHES_UNTIL_RESTARTED, deployment } from '../kit/test-cluster.ts';

export const EDITOR = 'eve';
export const APPROVER = 'ada';
export const STATUS_WRITER = 'sid';

const RBAC = 'rbac.authorization.k8s.io';
const KUBESKIPPY = 'kubeskippy.io/v1alpha1';

export const namespace = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

export const within = (home: string, object: KubeObject): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, namespace: home },
});

function bound(user: string, role: string): KubeObject {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'RoleBinding',
    metadata: { namespace: 'shop', name: `${user}-${role}` },
    roleRef: { apiGroup: RBAC, kind: role.startsWith('own-') ? 'Role' : 'ClusterRole', name: role },
    subjects: [{ kind: 'User', apiGroup: RBAC, name: user }],
  };
}

const role = (name: string, resource: string, verbs: readonly string[]): KubeObject => ({
  apiVersion: `${RBAC}/v1`,
  kind: 'Role',
  metadata: { namespace: 'shop', name },
  rules: [{ apiGroups: ['kubeskippy.io'], resources: [resource], verbs }],
});

/** Its pods crash until it is restarted; `heal` is the label that policies select. */
export function broken(name: string, heal: string): KubeObject {
  const made = deployment(name, CRASHES_UNTIL_RESTARTED);
  return within('shop', { ...made, metadata: { ...made.metadata, labels: { app: name, heal } } });
}

const service = (home: string, name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: home, name },
  spec: { selector: { app: name }, ports: [{ port: 80 }] },
});

/** A program that may be run with a parameter, which its author should never have declared. */
const REPAIR: KubeObject = {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { namespace: 'shop', name: 'repair', annotations: { 'kubeskippy.io/parameters': 'BASH_ENV' } },
  spec: {
    schedule: '0 0 1 1 *',
    suspend: true,
    jobTemplate: {
      spec: {
        template: {
          spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'registry.example/repair:1' }] },
        },
      },
    },
  },
};

/** What the administrators have made before anybody attacks. `merger-with-acme` is a name that is nobody's business. */
export const CLUSTER: readonly KubeObject[] = [
  ...['shop', 'team-b', 'platform'].map(namespace),
  bound(EDITOR, 'edit'),
  bound(EDITOR, 'kubeskippy-author'),
  role('own-words', 'healingapprovals', ['create']),
  bound(EDITOR, 'own-words'),
  bound(APPROVER, 'kubeskippy-approver'),
  role('own-statuses', 'healingactions/status', ['get', 'update', 'patch']),
  bound(STATUS_WRITER, 'own-statuses'),
  bound(STATUS_WRITER, 'view'),
  within('kube-system', deployment('coredns')),
  service('kube-system', 'kube-dns'),
  within('team-b', deployment('victim')),
  within('team-b', deployment('merger-with-acme')),
  service('team-b', 'api'),
  within('platform', deployment('own')),
  REPAIR,
];

const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment' };
const LOOPING = {
  name: 'looping',
  type: 'condition',
  conditionTrigger: { type: 'CrashLoopBackOff', status: 'True', duration: '1s' },
};
const RESTART = { name: 'restart', type: 'restart', restartAction: { strategy: 'rolling' } };
const SAFETY = { maxUnhealthy: '100%', maxConcurrent: 10, requireHealthCheck: true };

export const policy = (home: string, name: string, spec: Readonly<Record<string, unknown>>): KubeObject => ({
  apiVersion: KUBESKIPPY,
  kind: 'HealingPolicy',
  metadata: { namespace: home, name },
  spec: {
    mode: 'automatic',
    selector: { resources: [DEPLOYMENT] },
    triggers: [LOOPING],
    actions: [RESTART],
    safetyRules: SAFETY,
    ...spec,
  },
});

/** Selects the Deployments of this label. */
export const healing = (heal: string, mode: string): KubeObject =>
  policy('shop', heal, { mode, selector: { resources: [DEPLOYMENT], labelSelector: { matchLabels: { heal } } } });

/** Would restart, if people agree, what an Event says is broken. */
export const LISTENING = policy('team-b', 'listening', {
  mode: 'manual',
  triggers: [{ name: 'told', type: 'event', eventTrigger: { reason: 'Broken', count: 1, window: '5m' } }, LOOPING],
});

/** Copies names of pods of `team-b` into a label that evidence shows. */
export const spying = (home: string, query: string): KubeObject =>
  policy(home, 'spying', {
    mode: 'monitor',
    triggers: [
      {
        name: 'spying',
        type: 'metric',
        metricTrigger: { query, operator: '>', threshold: 0, duration: '0s', target: { aggregate: 'AllSelected' } },
      },
    ],
  });

export const event = (home: string, name: string, involvedObject: object): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { namespace: home, name },
  involvedObject: { ...DEPLOYMENT, namespace: home, ...involvedObject },
  reason: 'Broken',
  message: 'restart it',
  type: 'Warning',
  count: 50,
});

/** A pod that crashes and says that it belongs to the Deployment. */
export const claiming = (owner: KubeObject): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    namespace: 'shop',
    name: 'claiming',
    annotations: { 'sandbox.kubeskippy.io/script': JSON.stringify([{ exit: { after: '1s', code: 1 } }]) },
    ownerReferences: [{ ...DEPLOYMENT, controller: true, name: owner.metadata.name, uid: owner.metadata.uid }] as never,
  },
  spec: { containers: [{ name: 'main', image: 'registry.example/app:1' }] },
});

/** Made by eve, with her own name on it. */
export const byHand = (name: string, targetResource: object, spec: Readonly<Record<string, unknown>>): KubeObject => ({
  apiVersion: KUBESKIPPY,
  kind: 'HealingAction',
  metadata: { namespace: 'shop', name, annotations: { 'kubeskippy.io/author': EDITOR } },
  spec: { targetResource, ...spec },
});

export const wordOf = (name: string, spec: Readonly<Record<string, unknown>>): KubeObject => ({
  apiVersion: KUBESKIPPY,
  kind: 'HealingApproval',
  metadata: { namespace: 'shop', name },
  spec: { decision: 'Approve', reason: 'seen', ...spec },
});
