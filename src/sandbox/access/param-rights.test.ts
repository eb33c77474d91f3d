import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../std/clock.ts';
import { Prng } from '../../std/prng.ts';
import { ApiServer } from '../apiserver/server.ts';
import { asList, at, type Draft } from '../machinery/json.ts';

const RBAC = { group: 'rbac.authorization.k8s.io', version: 'v1' };
const WHO = '&{ann 7 [team system:authenticated] map[]}';
const SECRET = { apiVersion: 'v1', kind: 'Secret' };
const MAP = { apiVersion: 'v1', kind: 'ConfigMap' };
const UNKNOWN = { apiVersion: 'a.b/v1', kind: 'C' };
const WHAT = {
  mutating: {
    policy: {
      reinvocationPolicy: 'Never',
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: '[JSONPatch{}]' } }],
    },
    binding: {},
  },
  validating: { policy: { validations: [{ expression: 'true' }] }, binding: { validationActions: ['Deny'] } },
} as const;
type Of = keyof typeof WHAT;

/** A server on which `ann` may write policies and get ConfigMaps. */
function start() {
  const users = new Map([
    ['ann', { name: 'ann', uid: '7', groups: ['team'] }],
    ['root', { name: 'root', groups: ['system:masters'] }],
  ]);
  const server = new ApiServer({
    clock: new VirtualClock(),
    prng: new Prng(1),
    access: { mode: 'on', users, anonymous: 'refused' },
  });
  const rules = [
    { apiGroups: ['admissionregistration.k8s.io'], resources: ['*'], verbs: ['*'] },
    { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] },
  ];
  const kinds = [
    ['clusterroles', { kind: 'ClusterRole', rules }],
    [
      'clusterrolebindings',
      {
        kind: 'ClusterRoleBinding',
        roleRef: { apiGroup: RBAC.group, kind: 'ClusterRole', name: 'writer' },
        subjects: [{ apiGroup: RBAC.group, kind: 'User', name: 'ann' }],
      },
    ],
  ] as const;
  for (const [resource, body] of kinds)
    server.cluster.create(
      { ...RBAC, resource },
      { apiVersion: `${RBAC.group}/v1`, metadata: { name: 'writer' }, ...body },
    );
  const post = async (resource: string, body: Draft, token: string) => {
    const answer = await server.handle({
      method: 'POST',
      path: `/apis/admissionregistration.k8s.io/v1/${resource}`,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    const [cause] = asList(at(answer.body.form === 'object' ? answer.body.value : {}, 'details', 'causes'));
    return at(cause, 'message') ?? answer.status;
  };
  const rule = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }];
  return {
    policy: (of: Of, name: string, { paramKind, token }: { paramKind?: Draft; token: string }) => {
      const spec = {
        matchConstraints: { resourceRules: rule },
        ...WHAT[of].policy,
        ...(paramKind ? { paramKind } : {}),
      };
      return post(`${of}admissionpolicies`, { metadata: { name }, spec }, token);
    },
    binding: (of: Of, policyName: string, ref: Draft) => {
      const spec = { policyName, paramRef: { parameterNotFoundAction: 'Deny', ...ref }, ...WHAT[of].binding };
      return post(`${of}admissionpolicybindings`, { metadata: { name: 'b' }, spec }, 'ann');
    },
  };
}

describe.each(['mutating', 'validating'] as const)('a %s policy', (of) => {
  const mixed = (verb: string) => (of === 'mutating' ? [verb, WHO] : [WHO, verb]);
  const noRight = (verb: string) => {
    const [subject, right] = mixed(verb);
    return `Forbidden: user ${subject} does not have "${right}" permission on the object referenced by paramRef`;
  };
  const least = `to determine minimum required permissions and user ${WHO} does not have "get" permission for all groups, versions and resources`;

  it.each<[string, Draft | undefined, string, number | string]>([
    ['that may be read', MAP, 'ann', 201],
    [
      'that may not be read',
      SECRET,
      'ann',
      `Forbidden: user ${WHO} must have "get" permission on all objects of the referenced paramKind (kind=Secret, apiVersion=v1)`,
    ],
    [
      'of an unknown kind',
      UNKNOWN,
      'ann',
      `Forbidden: user ${WHO} must have "get" permission on all objects of the referenced paramKind (kind=C, apiVersion=a.b/v1)`,
    ],
    ['of which there are none', undefined, 'ann', 201],
    ['that masters read', SECRET, 'root', 201],
  ])('has parameters %s', async (_, paramKind, token, wanted) => {
    expect(await start().policy(of, 'p', { ...(paramKind ? { paramKind } : {}), token })).toBe(wanted);
  });

  it.each<[string, Draft, Draft, string, number | string]>([
    ['one that may be read', MAP, { name: 's' }, 'p', 201],
    ['all where one may be read', MAP, { selector: {} }, 'p', noRight('list')],
    ['one that may not be read', SECRET, { name: 's' }, 'p', noRight('get')],
    [
      'one of an unknown kind',
      UNKNOWN,
      { name: 's' },
      'p',
      `Forbidden: unable to resolve paramKind &{a.b/v1 C} ${least}`,
    ],
    ['one of a policy that is not there', MAP, { name: 's' }, 'q', `Forbidden: unable to get policy q ${least}`],
  ])('is bound to %s', async (_, paramKind, ref, policy, wanted) => {
    const server = start();
    expect(await server.policy(of, 'p', { paramKind, token: 'root' })).toBe(201);
    expect(await server.binding(of, policy, ref)).toBe(wanted);
  });
});
