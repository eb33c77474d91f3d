/**
 * The rights by which `delete` and `patch` reach each kind, and `scale` each kind that has a scale: without one of them
 * a request here is refused. The cluster has no nodes: nothing runs.
 */
import { describe, expect, it } from 'vitest';
import { actionRegistry } from '../../src/core/actions/index.ts';
import { requestWords } from '../../src/kube/request-words.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { Discovery } from '../../src/kube/discovery.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { SYSTEM_ADMIN } from '../../src/sandbox/index.ts';
import { ACTIONS } from '../kit/resources.ts';
import { TestCluster } from '../kit/test-cluster.ts';

const labels = { app: 'ill' };
const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'registry.example/app:1' }] } };
const job = { template: { spec: { ...template.spec, restartPolicy: 'Never' } } };
const selector = { matchLabels: labels };
const scaled = { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'ill' }, maxReplicas: 3 };

/** `apiVersion/Kind` and a spec that the server takes. */
const KINDS = {
  deployments: ['apps/v1/Deployment', { selector, template }],
  statefulsets: ['apps/v1/StatefulSet', { selector, template, serviceName: 'ill' }],
  daemonsets: ['apps/v1/DaemonSet', { selector, template }],
  replicasets: ['apps/v1/ReplicaSet', { selector, template }],
  replicationcontrollers: ['v1/ReplicationController', { selector: labels, template }],
  pods: ['v1/Pod', template.spec],
  services: ['v1/Service', { selector: labels, ports: [{ port: 80 }] }],
  persistentvolumeclaims: [
    'v1/PersistentVolumeClaim',
    { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  ],
  jobs: ['batch/v1/Job', job],
  cronjobs: ['batch/v1/CronJob', { schedule: '0 0 1 1 *', jobTemplate: { spec: job } }],
  horizontalpodautoscalers: ['autoscaling/v2/HorizontalPodAutoscaler', scaled],
  poddisruptionbudgets: ['policy/v1/PodDisruptionBudget', { selector, maxUnavailable: 1 }],
} as const satisfies Readonly<Record<string, readonly [string, object]>>;
type Resource = keyof typeof KINDS;

const ACTION = {
  delete: { deleteAction: {} },
  patch: { patchAction: { type: 'merge', patch: 'metadata: {annotations: {note: seen}}' } },
  scale: { scaleAction: { direction: 'up', replicas: 1, maxReplicas: 5 } },
} as const;

/** The requests that the operator sends in earnest, for an action of the type on an object of the kind. */
async function played(resource: Resource, type: keyof typeof ACTION) {
  const world = new TestCluster(0, 'on', 'on');
  const token = await world.account(actionRegistry().rules);
  const operator = world.operator({ token, config: { handMade: { unproven: 'accept' } } });
  const client = new KubeClient({ transport: world.sandbox.transport(SYSTEM_ADMIN), clock: world.clock });
  const [named, spec] = KINDS[resource];
  const [apiVersion, kind] = [named.slice(0, named.lastIndexOf('/')), named.slice(named.lastIndexOf('/') + 1)];
  const found = await new Discovery(client).resolve(apiVersion, kind);
  if (found === undefined) throw new Error(`the cluster has no ${named}`);
  const object: KubeObject = { apiVersion, kind, metadata: { name: 'ill', namespace: 'default', labels }, spec };
  await world.clock.advance(1000);
  const { metadata } = await client.create(found, object);
  await world.clock.advance(1000);
  world.cluster.create(ACTIONS, {
    apiVersion: 'kubeskippy.io/v1alpha1',
    kind: 'HealingAction',
    metadata: { name: 'by-hand', namespace: 'default' },
    spec: {
      targetResource: { apiVersion, kind, name: 'ill', namespace: 'default', uid: metadata.uid },
      action: { name: type, type, ...ACTION[type] },
    },
  });
  await world.until(
    () => world.actionStatus().attempts === 1 || world.actionStatus().completionTime !== undefined,
    60_000,
  );
  await world.clock.advance(5000);
  const sent = operator.sent
    .filter(({ query, write }) => write > 0 && query.get('dryRun') === null)
    .map(({ request }) => requestWords(request))
    .map(({ verb, resource: asked }) => `${verb} ${asked}`);
  return { sent, forbidden: operator.forbidden, message: world.actionStatus().message };
}

const group = (resource: Resource): string => {
  const [first = '', second] = KINDS[resource][0].split('/');
  return second === undefined || /^v[0-9]/.test(first) ? resource : `${resource}.${first}`;
};

const DELETED = [
  'deployments',
  'daemonsets',
  'replicasets',
  'replicationcontrollers',
  'services',
  'cronjobs',
  'horizontalpodautoscalers',
  'poddisruptionbudgets',
] as const;
const PATCHED = [
  'statefulsets',
  'daemonsets',
  'replicasets',
  'replicationcontrollers',
  'pods',
  'services',
  'persistentvolumeclaims',
  'jobs',
  'cronjobs',
  'horizontalpodautoscalers',
  'poddisruptionbudgets',
] as const;
const SCALED = ['statefulsets', 'replicasets'] as const;

describe('an operator with the rights of an installation', () => {
  it.each([
    ...DELETED.map((resource) => ['delete', resource, ''] as const),
    ...PATCHED.map((resource) => ['patch', resource, ''] as const),
    ...SCALED.map((resource) => ['scale', resource, '/scale'] as const),
  ])('may %s %s%s', async (type, resource, subresource) => {
    const { sent, forbidden, message } = await played(resource, type);
    expect(sent, message).toContain(`${type === 'scale' ? 'patch' : type} ${group(resource)}${subresource}`);
    expect(forbidden).toEqual([]);
  });
});
