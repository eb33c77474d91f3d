import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../std/clock.ts';
import { Prng } from '../../std/prng.ts';
import { ApiServer } from '../apiserver/server.ts';

const post = async (server: ApiServer, path: string, body: unknown) => {
  const { status, body: answer } = await server.handle({
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json', authorization: 'Bearer t' },
    body: JSON.stringify(body),
  });
  return { status, value: answer.form === 'object' ? (answer.value as Record<string, unknown>) : {} };
};

async function newServer(): Promise<ApiServer> {
  const users = new Map([['t', { name: 'admin', groups: ['system:masters'] }]]);
  const server = new ApiServer({
    clock: new VirtualClock(1_800_000_000_000),
    prng: new Prng(1),
    access: { mode: 'on', users, anonymous: 'refused' },
  });
  for (const name of ['ann', 'bob'])
    await post(server, '/api/v1/namespaces/default/serviceaccounts', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name },
    });
  await post(server, '/api/v1/namespaces/default/pods', {
    metadata: { name: 'p' },
    spec: { serviceAccountName: 'ann', containers: [{ name: 'c', image: 'i' }] },
  });
  return server;
}

describe("A pod's token", () => {
  it('names the node where the pod runs', async () => {
    const server = await newServer();
    await post(server, '/api/v1/nodes', { metadata: { name: 'n1' } });
    await post(server, '/api/v1/namespaces/default/pods/p/binding', {
      metadata: { name: 'p' },
      target: { kind: 'Node', name: 'n1' },
    });
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'p' };
    const issued = await post(server, '/api/v1/namespaces/default/serviceaccounts/ann/token', {
      spec: { boundObjectRef },
    });
    const { token } = issued.value['status'] as { token: string };
    const { body } = await server.handle({
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }),
    });
    expect(body).toMatchObject({
      value: {
        status: {
          userInfo: {
            username: 'system:serviceaccount:default:ann',
            extra: {
              'authentication.kubernetes.io/node-name': ['n1'],
              'authentication.kubernetes.io/node-uid': [expect.stringMatching(/^[0-9a-f-]{36}$/)],
              'authentication.kubernetes.io/pod-name': ['p'],
            },
          },
        },
      },
    });
  });
});

describe('A token bound to an object', () => {
  it.each<[string, string, unknown, number, string | undefined]>([
    ['a pod of the account', 'ann', { apiVersion: 'v1', kind: 'Pod', name: 'p' }, 201, undefined],
    ['a pod that is not there', 'ann', { apiVersion: 'v1', kind: 'Pod', name: 'q' }, 404, 'pods "q" not found'],
    [
      "another account's pod",
      'bob',
      { apiVersion: 'v1', kind: 'Pod', name: 'p' },
      400,
      'cannot bind token for serviceaccount "bob" to pod running with different serviceaccount name.',
    ],
    [
      'a pod of an older name',
      'ann',
      { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' },
      409,
      'Operation cannot be fulfilled on Pod "p": the UID in the bound object reference (u) does not match the UID in record. The object might have been deleted and then recreated',
    ],
    [
      'what ends no token',
      'ann',
      { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
      400,
      'cannot bind token to object of type apps/v1, Kind=Deployment',
    ],
  ])('asked for %s', async (_, account, boundObjectRef, status, message) => {
    const answer = await post(await newServer(), `/api/v1/namespaces/default/serviceaccounts/${account}/token`, {
      spec: { boundObjectRef },
    });
    expect([answer.status, answer.value['message']]).toEqual([status, message]);
  });
});

describe('What a binding and a review leave open', () => {
  it('is the group of a role', async () => {
    const { status, value } = await post(await newServer(), '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: 'b' },
      roleRef: { kind: 'ClusterRole', name: 'view' },
    });
    expect([status, value['roleRef']]).toEqual([
      201,
      { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    ]);
  });

  it.each([
    [
      { fieldSelector: {} },
      'fieldSelector.requirements: Required value: when spec.resourceAttributes.fieldSelector is specified, requirements or rawSelector is required',
    ],
    [
      { labelSelector: { rawSelector: 'a', requirements: [{ key: 'a', operator: 'Exists' }] } },
      'labelSelector.rawSelector: Invalid value: "a": may not specified at the same time as requirements',
    ],
  ])('is not a selector: %j', async (selector, problem) => {
    const { value } = await post(await newServer(), '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      spec: { user: 'u', resourceAttributes: { verb: 'list', resource: 'pods', ...selector } },
    });
    expect(value['message']).toBe(`.authorization.k8s.io "" is invalid: spec.resourceAttributes.${problem}`);
  });
});

describe('A request for a token', () => {
  const place = '/api/v1/namespaces/default/serviceaccounts/none/token';
  it.each<[string, object, number]>([
    ['of nobody', {}, 404],
    ['that names another account than its path', { metadata: { name: 'bob' } }, 422],
    ['that lies in another namespace', { metadata: { namespace: 'other' } }, 400],
    ['that does not decode', { spec: { expirationSeconds: 'x' } }, 400],
  ])('%s is refused for that first', async (_, body, status) => {
    expect(await post(await newServer(), place, body)).toMatchObject({ status });
  });

  it('has a name for what it is bound to', async () => {
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: '' };
    const answer = await post(await newServer(), place.replace('none', 'ann'), { spec: { boundObjectRef } });
    expect(answer).toMatchObject({ status: 400, value: { message: 'Name parameter required.' } });
  });
});
