/** Plugins and checks that look beyond the object: expectations are taken from the sources that the README names. */
import { beforeAll, describe, expect, test } from 'vitest';
import { Prng } from '../../std/prng.ts';
import { VirtualClock } from '../../std/clock.ts';
import { selectorProblems } from '../access/review-selectors.ts';
import { ApiServer } from '../apiserver/server.ts';
import type { Draft } from '../machinery/json.ts';
import { OF_DEVELOPERS, OF_MASTERS } from '../test-kit/certificate-requests.ts';

const CORE = '/api/v1/namespaces/default';
const CSR = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';

type Ask = (method: string, path: string, body?: unknown, as?: string) => Promise<Answer>;
interface Answer {
  readonly status: number;
  readonly message: string | undefined;
  readonly warning: string;
  readonly value: Draft;
}

function asking(server: ApiServer): Ask {
  return async (method, path, body, as) => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const headers = { 'content-type': type, authorization: 'Bearer t', ...(as ? { 'impersonate-user': as } : {}) };
    const answer = await server.handle({ method, path, headers, body: JSON.stringify(body ?? {}) });
    const value = answer.body.form === 'object' ? (answer.body.value as Draft) : {};
    const message = value['message'] as string | undefined;
    return { status: answer.status, message, warning: answer.headers['warning'] ?? '', value };
  };
}

const container = (more: Draft) => ({ name: 'c', image: 'app:1', ...more });
const sized = (cpu: string) => ({ containers: [container({ resources: { requests: { cpu } } })] });

let ask: Ask;
beforeAll(async () => {
  const users = new Map([['t', { name: 'admin', groups: ['system:masters'] }]]);
  const access = { mode: 'on', users, anonymous: 'refused' } as const;
  ask = asking(new ApiServer({ clock: new VirtualClock(), prng: new Prng(1), access }));
  await ask('POST', `${CORE}/serviceaccounts`, { metadata: { name: 'default' } });
  const rule = { apiGroups: ['certificates.k8s.io'], resources: ['*'], verbs: ['*'] };
  await ask('POST', `${RBAC}/clusterroles`, {
    metadata: { name: 'r' },
    rules: [{ ...rule, resources: ['certificatesigningrequests/approval', 'certificatesigningrequests/status'] }],
  });
  await ask('POST', `${RBAC}/clusterrolebindings`, {
    metadata: { name: 'r' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'r' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'ann' }],
  });
  const request = Buffer.from(OF_DEVELOPERS).toString('base64');
  const spec = { request, signerName: 'example.com/own', usages: ['client auth'] };
  await ask('POST', CSR, { metadata: { name: 'a' }, spec });
});

describe('Resizing', () => {
  test('a pod grows no larger than its node', async () => {
    await ask('POST', '/api/v1/nodes', { metadata: { name: 'n' } });
    await ask('PATCH', '/api/v1/nodes/n/status', { status: { allocatable: { cpu: '2', memory: '1Gi' } } });
    await ask('POST', `${CORE}/pods`, { metadata: { name: 'p' }, spec: { nodeName: 'n', ...sized('1') } });
    await ask('PATCH', `${CORE}/pods/p/status`, { status: { phase: 'Running' } });
    const beyond = await ask('PATCH', `${CORE}/pods/p/resize`, { spec: sized('2500m') });
    expect(beyond).toMatchObject({
      status: 403,
      message:
        'pods "p" is forbidden: node didn\'t have enough allocatable resources: cpu, requested: 2500, allocatable: 2000',
      value: { details: { causes: [{ reason: 'NodeCapacity' }] } },
    });
    expect((await ask('PATCH', `${CORE}/pods/p/resize`, { spec: sized('1500m') })).status).toBe(200);
  });

  test('what the pod as a whole asks for does not go', async () => {
    const resources = { requests: { cpu: '1', memory: '1Gi' } };
    await ask('POST', `${CORE}/pods`, {
      metadata: { name: 'q' },
      spec: { resources, containers: [container({ resources: { requests: { cpu: '1', memory: '1Gi' } } })] },
    });
    const gone = await ask('PATCH', `${CORE}/pods/q/resize`, { spec: { resources: null } });
    expect(gone.message).toContain('spec.resources: Forbidden: pod-level resources cannot be removed');
  });
});

describe('Signers', () => {
  const approved = { status: { conditions: [{ type: 'Approved', status: 'True', reason: 'x' }] } };
  const refused = (verb: string) =>
    `certificatesigningrequests.certificates.k8s.io "a" is forbidden: user not permitted to ${verb} requests with ` +
    'signerName "example.com/own"';

  test('who may write the request may not therefore approve or sign', async () => {
    expect((await ask('PATCH', `${CSR}/a/approval`, approved, 'ann')).message).toBe(refused('approve'));
    const failed = { status: { conditions: [{ type: 'Failed', status: 'True', reason: 'x' }] } };
    expect((await ask('PATCH', `${CSR}/a/status`, failed, 'ann')).message).toBe(refused('sign'));
    const signers = { apiGroups: ['certificates.k8s.io'], resources: ['signers'], resourceNames: ['example.com/*'] };
    const writes = { apiGroups: ['certificates.k8s.io'], resources: ['*'], verbs: ['patch'] };
    const rules = [writes, { ...signers, verbs: ['approve'] }];
    await ask('PUT', `${RBAC}/clusterroles/r`, { metadata: { name: 'r' }, rules });
    expect((await ask('PATCH', `${CSR}/a/approval`, approved, 'ann')).status).toBe(200);
  });
});

test('The signer of clients gets no request of an administrator', async () => {
  const asking = (name: string, pem: string, signerName: string) =>
    ask('POST', CSR, {
      metadata: { name },
      spec: { request: Buffer.from(pem).toString('base64'), signerName, usages: ['client auth'] },
    });
  const signer = 'kubernetes.io/kube-apiserver-client';
  expect(await asking('masters', OF_MASTERS, signer)).toMatchObject({
    status: 403,
    message: `certificatesigningrequests.certificates.k8s.io "masters" is forbidden: use of ${signer} signer with system:masters group is not allowed`,
  });
  expect((await asking('masters', OF_MASTERS, 'example.com/own')).status).toBe(201);
  expect((await asking('developers', OF_DEVELOPERS, signer)).status).toBe(201);
});

test('A system priority class stays', async () => {
  const { status, message } = await ask(
    'DELETE',
    '/apis/scheduling.k8s.io/v1/priorityclasses/system-node-critical',
    undefined,
  );
  expect([status, message]).toEqual([
    403,
    'priorityclasses.scheduling.k8s.io "system-node-critical" is forbidden: this is a system priority class and cannot be deleted',
  ]);
});

test('A quota that lets more be asked for than be used is told', async () => {
  const hard = { cpu: '2', 'limits.cpu': '1', 'requests.memory': '2Gi', 'limits.memory': '1Gi' };
  const made = await ask('POST', `${CORE}/resourcequotas`, { metadata: { name: 'w' }, spec: { hard } });
  expect(made.warning).toBe(
    '299 - "ResourceQuota cpu (2) should be less than limits.cpu (1)", ' +
      '299 - "ResourceQuota requests.memory (2Gi) should be less than limits.memory (1Gi)"',
  );
  await ask('DELETE', `${CORE}/resourcequotas/w`);
});

test("A volume's affinity names terms", async () => {
  const spec = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/a' } };
  const made = (nodeAffinity: Draft) =>
    ask('POST', '/api/v1/persistentvolumes', { metadata: { name: 'v' }, spec: { ...spec, nodeAffinity } });
  expect((await made({})).message).toContain(
    'spec.nodeAffinity.required: Required value: must specify required node constraints',
  );
  expect((await made({ required: { nodeSelectorTerms: [] } })).message).toContain(
    'spec.nodeAffinity.required.nodeSelectorTerms: Required value: must have at least one node selector term',
  );
});

test('A mount that is read-only all the way down is not passed on', async () => {
  const mount = { name: 'd', mountPath: '/d', readOnly: true, recursiveReadOnly: 'Enabled' };
  const spec = {
    containers: [container({ volumeMounts: [{ ...mount, mountPropagation: 'HostToContainer' }] })],
    volumes: [{ name: 'd', emptyDir: {} }],
  };
  expect((await ask('POST', `${CORE}/pods`, { metadata: { name: 'm' }, spec })).message).toContain(
    'recursiveReadOnly: Forbidden: may only be specified when mountPropagation is None or not specified',
  );
});

test('The namespace of a body without storage is that of the request', async () => {
  const review = { metadata: { namespace: 'other' }, spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } };
  const path = '/apis/authorization.k8s.io/v1/namespaces/default/localsubjectaccessreviews';
  expect(await ask('POST', path, { ...review, spec: { ...review.spec, user: 'ann' } })).toMatchObject({
    status: 400,
    message: 'the namespace of the provided object does not match the namespace sent on the request',
  });
});

describe('What a review cannot read of its selectors, it tells', () => {
  const field = (...operators: readonly string[]) => ({
    fieldSelector: { requirements: operators.map((operator) => ({ key: 'a', operator, values: ['b'] })) },
  });
  test.each<[string, Draft, string]>([
    ['all read', { ...field('In', 'NotIn'), labelSelector: { rawSelector: 'a=b' } }, ''],
    ['some read', field('In', 'Exists'), 'spec.resourceAttributes.fieldSelector partially ignored due to parse error'],
    [
      'none read',
      { ...field('Exists'), labelSelector: { rawSelector: 'a in (' } },
      'spec.resourceAttributes.fieldSelector ignored due to parse error; ' +
        'spec.resourceAttributes.labelSelector ignored due to parse error',
    ],
  ])('%s', (_title, resourceAttributes, told) => {
    expect(selectorProblems({ resourceAttributes })).toBe(told);
  });
});
