/** What MutatingAdmissionPolicies make of objects, through the API server. */
import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../std/clock.ts';
import { createSandbox } from '../index.ts';
import { at, type Draft, objectsOf } from '../machinery/json.ts';
import { closeHookServers, jsonPatch, map, startHookServer } from '../test-kit/hook-server.ts';
import {
  REGISTRATION,
  MAPS,
  DEPLOYMENTS,
  TEMPLATE,
  patch,
  apply,
  add,
  count,
  configMap,
  deployment,
  containers,
  inPod,
  denied,
  type Made,
  policyClient,
  policyCluster,
} from '../test-kit/mutating-policies.ts';

describe('what a policy makes of an object', () => {
  it.each<[string, readonly Draft[], Draft]>([
    ['a patch', [add('/data/b', 'object.data.a + "2"')], { a: '1', b: '12' }],
    ['one after the other', [count('v'), count('v'), add('/data/w', 'object.data.v')], { a: '1', v: 'xx', w: 'xx' }],
    [
      'a patch with a test that fails',
      [patch('[JSONPatch{op: "test", path: "/data/a", value: "9"}, JSONPatch{op: "remove", path: "/data/a"}]')],
      { a: '1' },
    ],
    [
      'a test that holds',
      [
        patch(
          '[JSONPatch{op: "test", path: "/data/a", value: "1"}, JSONPatch{op: "replace", path: "/data/a", value: "2"}]',
        ),
      ],
      { a: '2' },
    ],
    [
      'made by a macro',
      [patch('["p", "q"].map(k, JSONPatch{op: "add", path: "/data/" + k, value: k})')],
      { a: '1', p: 'p', q: 'q' },
    ],
    [
      'values of other types as JSON has them',
      [
        add('/data/t', 'timestamp("2020-01-01T00:00:00Z")'),
        add('/data/d', 'duration("90s")'),
        add('/data/b', 'b"xyz"'),
      ],
      { a: '1', t: '2020-01-01T00:00:00Z', d: '90s', b: 'eHl6' },
    ],
    ['a map from the object itself', [apply('Object{data: object.data}')], { a: '1' }],
    ['no change', [apply('Object{}')], { a: '1' }],
  ])('%s', async (_, mutations, data) => {
    const { policy, post } = policyCluster();
    await policy(mutations);
    expect((await post()).value['data']).toEqual(data);
  });

  it('merges lists by their keys, defaults what it adds, and gives nobody the fields', async () => {
    const { policy, send } = policyCluster();
    await policy([
      inPod(`[${TEMPLATE}.spec.containers{name: "side", image: "s"}, ${TEMPLATE}.spec.containers{
        name: "one", image: "new", env: [${TEMPLATE}.spec.containers.env{name: "B", value: "b"}]
      }]`),
    ]);
    const { value } = await send('POST', `${DEPLOYMENTS}?fieldManager=me`, deployment());
    expect(containers(value)).toMatchObject([
      { name: 'side', image: 's', imagePullPolicy: 'Always' },
      { name: 'one', image: 'new', args: ['x'], env: [{ name: 'A' }, { name: 'B' }] },
    ]);
    expect(JSON.stringify(at(value, 'metadata', 'managedFields'))).not.toContain('side');
  });

  it('is checked afterwards, and changes what is sent to a subresource in its own form', async () => {
    const { policy, send } = policyCluster();
    const rules = [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['*'], resources: ['deployments/scale'] }];
    await send('POST', DEPLOYMENTS, deployment());
    await policy([patch('[JSONPatch{op: "replace", path: "/spec/replicas", value: object.spec.replicas + 1}]')], {
      spec: { matchConstraints: { resourceRules: rules } },
    });
    const scaled = await send('PATCH', `${DEPLOYMENTS}/d/scale`, { spec: { replicas: 4 } });
    expect(at(scaled.value, 'spec', 'replicas')).toBe(5);
    expect(at((await send('GET', `${DEPLOYMENTS}/d`)).value, 'spec', 'replicas')).toBe(5);
    await policy([apply('Object{spec: Object.spec{replicas: -1}}')], { name: 'negative' });
    expect((await send('POST', DEPLOYMENTS, deployment('e'))).message).toContain('must be greater than or equal to 0');
  });

  it('is stored by a dry run of nobody, and says so in the request', async () => {
    const { policy, send } = policyCluster();
    await policy([add('/data/dry', 'string(request.dryRun)')]);
    expect((await send('POST', `${MAPS}?dryRun=All`, configMap('m'))).value['data']).toEqual({ a: '1', dry: 'true' });
    expect((await send('GET', `${MAPS}/m`)).status).toBe(404);
  });
});

describe('which policies change an object', () => {
  const condition = (expression: string) => ({ matchConditions: [{ name: 'c', expression }] });

  it.each<[string, Made, unknown]>([
    ['a condition holds', { spec: condition('object.data.a == "1"') }, 'x'],
    ['a condition does not hold', { spec: condition('object.data.a == "2"') }, undefined],
    [
      'a condition fails',
      { spec: condition('object.data.q == "2"') },
      denied(`expression 'object.data.q == "2"' resulted in error: no such key: q`),
    ],
    [
      'the binding is about others',
      { binding: { matchResources: { objectSelector: { matchLabels: { a: 'b' } } } } },
      undefined,
    ],
    ['the binding is of another policy', { binding: { policyName: 'q' } }, undefined],
    [
      'a kind of parameters that is not known',
      { spec: { paramKind: { apiVersion: 'a.b/v1', kind: 'C' } } },
      `policy "p" denied request: failed to configure policy: failed to find resource referenced by paramKind: 'a.b/v1, Kind=C'`,
    ],
  ])('%s', async (_, made, wanted) => {
    const { policy, post } = policyCluster();
    await policy([count('v')], made);
    const { value, message } = await post();
    expect(message ?? at(value, 'data', 'v')).toBe(wanted);
  });

  it.each<[string, Draft, Draft, unknown]>([
    ['by name', { apiVersion: 'v1', kind: 'ConfigMap' }, { name: 'one' }, { one: '1' }],
    [
      'by labels, each in turn',
      { apiVersion: 'v1', kind: 'ConfigMap' },
      { selector: { matchLabels: { p: 'y' } } },
      { one: '1', two: '1' },
    ],
    [
      'that are missing',
      { apiVersion: 'v1', kind: 'ConfigMap' },
      { name: 'q' },
      denied('failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction'),
    ],
    [
      'that may be missing',
      { apiVersion: 'v1', kind: 'ConfigMap' },
      { name: 'q', parameterNotFoundAction: 'Allow' },
      {},
    ],
    [
      'of the cluster, with a namespace',
      { apiVersion: 'v1', kind: 'Namespace' },
      { name: 'default', namespace: 'x' },
      denied('failed to configure binding: paramRef.namespace must not be provided for a cluster-scoped `paramKind`'),
    ],
  ])('with parameters %s', async (_, paramKind, ref, wanted) => {
    const { policy, post } = policyCluster();
    for (const name of ['one', 'two']) await post(name, { metadata: { name, labels: { p: 'y' } } });
    await policy([apply('Object{metadata: Object.metadata{annotations: {params.metadata.name: "1"}}}')], {
      spec: { paramKind },
      binding: { paramRef: { parameterNotFoundAction: 'Deny', ...ref } },
    });
    const { value, message } = await post();
    expect(message ?? at(value, 'metadata', 'annotations') ?? {}).toEqual(wanted);
  });

  it('in the order of their names, each on what those before left, chosen before the first changes it', async () => {
    const { policy, post } = policyCluster();
    const append = (text: string) => apply(`Object{data: {"a": object.data.a + "${text}"}}`);
    await policy([append('b'), apply('Object{metadata: Object.metadata{labels: {"late": "1"}}}')], { name: 'b' });
    await policy([append('a')], { name: 'a' });
    const rules = [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['configmaps'] }];
    rules[0] = { ...rules[0], operations: ['CREATE'] } as (typeof rules)[0];
    const selects = { resourceRules: rules, objectSelector: { matchLabels: { late: '1' } } };
    await policy([append('c')], { name: 'c', spec: { matchConstraints: selects } });
    expect((await post()).value['data']).toEqual({ a: '1ab' });
  });

  it.each([
    ['Never', { v: 'x', w: 'x' }],
    ['IfNeeded', { v: 'xx', w: 'x' }],
  ])('reinvoked %s', async (reinvocationPolicy, data) => {
    const { policy, post } = policyCluster();
    await policy([count('v')], { name: 'a', spec: { reinvocationPolicy } });
    await policy([count('w')], { name: 'b' });
    expect((await post()).value['data']).toEqual({ a: '1', ...data });
  });

  it('not after they are gone, and not themselves', async () => {
    const { policy, post, send } = policyCluster();
    await policy([patch('[JSONPatch{op: "remove", path: "/nope"}]')]);
    expect((await post()).status).toBe(403);
    expect((await send('DELETE', `${REGISTRATION}/mutatingadmissionpolicies/p`)).status).toBe(200);
    expect((await post()).status).toBe(201);
  });

  it('before validating policies judge what is left', async () => {
    const { policy, post, send } = policyCluster();
    const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }];
    await send('POST', `${REGISTRATION}/validatingadmissionpolicies`, {
      metadata: { name: 'v' },
      spec: { matchConstraints: { resourceRules: rules }, validations: [{ expression: '"v" in object.data' }] },
    });
    await send('POST', `${REGISTRATION}/validatingadmissionpolicybindings`, {
      metadata: { name: 'v' },
      spec: { policyName: 'v', validationActions: ['Deny'] },
    });
    expect((await post()).status).toBe(422);
    await policy([count('v')]);
    expect((await post()).status).toBe(201);
  });
});

describe('with the other parts of a cluster', () => {
  afterEach(closeHookServers);

  const PODS = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }];

  it('changes the pods that controllers make', async () => {
    const clock = new VirtualClock();
    const sandbox = createSandbox({ clock });
    const { send, policy } = policyClient(sandbox.server);
    const side = apply('Object{spec: Object.spec{containers: [Object.spec.containers{name: "side", image: "s"}]}}');
    await policy([side], { spec: { matchConstraints: { resourceRules: PODS } } });
    expect((await send('POST', DEPLOYMENTS, deployment())).status).toBe(201);
    await clock.advance(5_000);
    const { value } = await send('GET', '/api/v1/namespaces/default/pods');
    const names = objectsOf(value['items']).map((pod) =>
      objectsOf(at(pod, 'spec', 'containers')).map(({ name }) => name),
    );
    expect(names).toEqual([['one', 'side']]);
    await sandbox.close();
  });

  it('comes before the webhooks, and again after they changed the object', async () => {
    const server = startHookServer();
    server.on('/hook', ({ request }) =>
      jsonPatch({ op: 'add', path: '/data/hook', value: String(at(request['object'], 'data', 'v')) }),
    );
    await server.register('Mutating', 'c', [{}]);
    const { policy } = policyClient(server.sandbox.server);
    await policy([count('v'), apply('Object{data: {"saw": string(has(object.data.hook))}}')], {
      spec: { reinvocationPolicy: 'IfNeeded' },
    });
    const { value } = await server.post(MAPS, map('m', { data: { a: '1' } }));
    expect(value['data']).toEqual({ a: '1', v: 'xx', hook: 'x', saw: 'true' });
  });
});
