/**
 * The attack: the operator is fooled, or its token is stolen, and its permissions are used for what they were not given
 * for: on what is protected, and to change what pods run.
 * The guard: an admission policy on the operator's own account (src/api/admission/effects.ts).
 */
import { describe, expect, it } from 'vitest';
import { operatorUser } from '../../src/api/admission/caller.ts';
import { DEFAULT_NAMESPACE } from '../../src/api/names.ts';
import { actionRegistry } from '../../src/core/actions/index.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import {
  CRON_JOBS as CRON_JOB_TYPE,
  DEPLOYMENTS as DEPLOYMENT_TYPE,
  NODES as NODE_TYPE,
  PODS as POD_TYPE,
} from '../../src/kube/well-known.ts';
import { answerTo, as, member } from '../kit/people.ts';
import { CRON_JOBS, DEPLOYMENTS, NAMESPACES, NODES, PODS } from '../kit/resources.ts';
import { deployment, TestCluster } from '../kit/test-cluster.ts';

interface Stage {
  readonly world: TestCluster;
  readonly operator: KubeClient;
}

async function installed(): Promise<Stage> {
  const world = new TestCluster(1, 'off', 'on');
  await world.account(actionRegistry().rules);
  const namespaces = [
    { metadata: { name: 'kept', labels: { 'kubeskippy.io/protected': 'true' } } },
    { metadata: { name: 'kept-too', annotations: { 'kubeskippy.io/healing-disabled': '' } } },
  ];
  for (const one of namespaces) world.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', ...one });
  return { world, operator: as(world, operatorUser({ namespace: DEFAULT_NAMESPACE })) };
}

interface Draft {
  readonly metadata?: object;
  readonly spec?: object;
}

/** What the server says when the operator patches a Deployment that was made so. */
async function patched(
  stage: Stage,
  body: Draft,
  made: { readonly namespace?: string; readonly metadata?: object } = {},
) {
  const { namespace = 'default', metadata } = made;
  const web = deployment('web');
  stage.world.cluster.create(DEPLOYMENTS, { ...web, metadata: { ...web.metadata, namespace, ...metadata } });
  return answerTo(stage.operator.patch(DEPLOYMENT_TYPE, { namespace, name: 'web' }, { type: 'strategic', body }));
}

const template = (spec: object, annotations?: object): Draft => ({
  spec: { template: { ...(annotations !== undefined && { metadata: { annotations } }), spec } },
});
const main = (change: object): Draft => template({ containers: [{ name: 'main', ...change }] });

const RESTART = template({}, { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' });

describe("the operator's account", () => {
  it.each<[string, Draft]>([
    ['restarts', RESTART],
    ['scales', { spec: { replicas: 3 } }],
    ['gives a container more memory', main({ resources: { limits: { memory: '1Gi' } } })],
    ['slows a probe down', main({ livenessProbe: { httpGet: { port: 80 }, periodSeconds: 30 } })],
    ['annotates a template', template({}, { team: 'a' })],
    [
      'rolls back, by the mark of the revisions that it left',
      {
        metadata: { annotations: { 'kubeskippy.io/failed-revisions': 'web-1' } },
        ...main({ image: 'registry.example/app:0' }),
      },
    ],
  ])('%s', async (_title, body) => {
    expect(await patched(await installed(), body)).toBe('accepted');
  });

  it.each<[string, Draft]>([
    ['an image', main({ image: 'evil.example/app:1' })],
    ['a command', main({ command: ['sh'] })],
    ['arguments', main({ args: ['-c', 'id'] })],
    ['an environment', main({ env: [{ name: 'LD_PRELOAD', value: '/tmp/x.so' }] })],
    ['where an environment comes from', main({ envFrom: [{ secretRef: { name: 's' } }] })],
    ['rights of a container', main({ securityContext: { privileged: true } })],
    [
      'mounts',
      template({
        containers: [{ name: 'main', volumeMounts: [{ name: 'v', mountPath: '/host' }] }],
        volumes: [{ name: 'v', emptyDir: {} }],
      }),
    ],
    ['hooks', main({ lifecycle: { postStart: { exec: { command: ['id'] } } } })],
    ['another container', template({ containers: [{ name: 'evil', image: 'evil.example/app:1' }] })],
    [
      'another container that comes first',
      template({ initContainers: [{ name: 'evil', image: 'evil.example/app:1' }] }),
    ],
    ['a ServiceAccount', template({ serviceAccountName: 'admin' })],
    ['volumes', template({ volumes: [{ name: 'v', hostPath: { path: '/' } }] })],
    ['rights of the pod', template({ securityContext: { runAsUser: 0 } })],
    ['the network of the host', template({ hostNetwork: true })],
    ['AppArmor', template({}, { 'container.apparmor.security.beta.kubernetes.io/main': 'unconfined' })],
    ['a role of the cloud', template({}, { 'iam.amazonaws.com/role': 'admin' })],
  ])('does not change %s of a template', async (_title, body) => {
    expect(await patched(await installed(), body)).toMatch(/^403: .*the operator changes no .* of a pod template/);
  });

  it.each<[string, { readonly namespace?: string; readonly metadata?: object }, RegExp]>([
    ['in a protected namespace', { namespace: 'kube-system' }, /nothing in a protected namespace/],
    ['in a namespace with a label', { namespace: 'kept' }, /nothing in a namespace with/],
    ['in a namespace with an annotation', { namespace: 'kept-too' }, /nothing in a namespace with/],
    ['with a label', { metadata: { labels: { 'kubeskippy.io/protected': 'true' } } }, /nothing that has/],
    ['with an annotation', { metadata: { annotations: { 'kubeskippy.io/protected': 'true' } } }, /nothing that has/],
    [
      'that is disabled',
      { metadata: { annotations: { 'kubeskippy.io/healing-disabled': 'yes' } } },
      /nothing that has/,
    ],
  ])('changes nothing %s, and deletes it neither', async (_title, made, words) => {
    const stage = await installed();
    expect(await patched(stage, RESTART, made)).toMatch(words);
    const { namespace = 'default' } = made;
    expect(await answerTo(stage.operator.delete(DEPLOYMENT_TYPE, { namespace, name: 'web' }))).toMatch(words);
  });

  it('changes what is no longer disabled', async () => {
    const metadata = { annotations: { 'kubeskippy.io/healing-disabled': 'false' } };
    expect(await patched(await installed(), RESTART, { metadata })).toBe('accepted');
  });

  it('does not change what a pod or a CronJob runs', async () => {
    const { world, operator } = await installed();
    const spec = { containers: [{ name: 'main', image: 'registry.example/app:1' }] };
    const body = { containers: [{ name: 'main', image: 'evil.example/app:1' }] };
    const metadata = { name: 'web', namespace: 'default' };
    // Pods need an account where access is on, and no controller makes it here.
    const account = { metadata: { name: 'default', namespace: 'default' } };
    world.cluster.create({ group: '', version: 'v1', resource: 'serviceaccounts' }, account as KubeObject);
    world.cluster.create(PODS, { apiVersion: 'v1', kind: 'Pod', metadata, spec });
    const jobTemplate = { spec: { template: { spec: { ...spec, restartPolicy: 'Never' } } } };
    const cronJob = { apiVersion: 'batch/v1', kind: 'CronJob', metadata, spec: { schedule: '0 0 * * *', jobTemplate } };
    world.cluster.create(CRON_JOBS, cronJob);
    expect(await answerTo(operator.patch(POD_TYPE, metadata, { type: 'strategic', body: { spec: body } }))).toMatch(
      /changes no image/,
    );
    const changed = { spec: { jobTemplate: { spec: { template: { spec: body } } } } };
    expect(await answerTo(operator.patch(CRON_JOB_TYPE, metadata, { type: 'strategic', body: changed }))).toMatch(
      /changes no image/,
    );
  });

  it('cordons a node', async () => {
    const { world, operator } = await installed();
    const metadata = { name: 'n' };
    world.cluster.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata });
    const body = { spec: { unschedulable: true } };
    expect(await answerTo(operator.patch(NODE_TYPE, metadata, { type: 'merge', body }))).toBe('accepted');
  });

  it('is the only one that the policy holds for', async () => {
    const { world } = await installed();
    const ann = member(world, 'ann', [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['patch'] }]);
    world.cluster.create(DEPLOYMENTS, deployment('web'));
    const body = main({ image: 'registry.example/app:2' });
    const key = { namespace: 'default', name: 'web' };
    expect(await answerTo(ann.patch(DEPLOYMENT_TYPE, key, { type: 'strategic', body }))).toBe('accepted');
  });
});

const POD_SPEC = { containers: [{ name: 'main', image: 'registry.example/app:1' }] };

describe('the right to try pods', () => {
  it('makes none: only a dry run is taken', async () => {
    const { world, operator } = await installed();
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } };
    world.cluster.create({ group: '', version: 'v1', resource: 'serviceaccounts' }, account);
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'mine', namespace: 'default' }, spec: POD_SPEC };
    const create = (query: string) =>
      operator.request({
        method: 'POST',
        path: `/api/v1/namespaces/default/pods${query}`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(pod),
      });
    expect((await create('?dryRun=All')).status).toBe(201);
    const refused = await create('');
    expect([refused.status, JSON.stringify(refused.value)]).toEqual([
      403,
      expect.stringContaining('the operator makes no pods; it asks by a dry run whether one would be admitted'),
    ]);
  });
});
