import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../shapes/kube.ts';
import type { Draft } from '../machinery/json.ts';
import type { ResourceType } from '../machinery/registry.ts';
import { AdmissionPolicies } from './admission-policies.ts';
import type { PolicyWorld } from './policy-evaluation.ts';
import type { AdmissionRequest } from './policy-matching.ts';

const TYPE = {
  group: '',
  version: 'v1',
  resource: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
  storageKey: 'configmaps',
} as unknown as ResourceType;
const NAMESPACE: KubeObject = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'n', labels: { tier: 'prod' } },
};
const LIMIT: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'limits', namespace: 'n' },
  data: { max: '3' },
};

const world: PolicyWorld = {
  authorizer: {
    authorize: (user, attributes) => ({ allowed: user.name === 'boss' && attributes.verb === 'approve', reason: '' }),
  },
  namespace: (name) => (name === 'n' ? NAMESPACE : undefined),
  equivalents: () => [],
  scope: (_, kind) => (kind === 'ConfigMap' ? 'namespace' : undefined),
  params: (_, kind) => (kind === 'ConfigMap' ? [LIMIT] : undefined),
};

const policy = (spec: Draft): KubeObject => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: 'p' },
  spec: {
    failurePolicy: 'Fail',
    matchConstraints: {
      resourceRules: [
        { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] },
      ],
    },
    ...spec,
  },
});
const binding = (spec: Draft = {}): KubeObject => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name: 'b' },
  spec: { policyName: 'p', validationActions: ['Deny'], ...spec },
});
const request = (data: Draft, change: Partial<AdmissionRequest> = {}): AdmissionRequest => ({
  operation: 'CREATE',
  type: TYPE,
  subresource: '',
  name: 'c',
  namespace: 'n',
  object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'n' }, data },
  user: { name: 'ann', groups: ['dev'] },
  dryRun: undefined,
  options: {},
  ...change,
});

function judge(spec: Draft, asked: AdmissionRequest, bound: Draft = {}) {
  const policies = new AdmissionPolicies(world);
  policies.setPolicy(policy(spec));
  policies.setBinding(binding(bound));
  const { refusal, warnings } = policies.judge(asked);
  return {
    code: refusal?.code,
    message: refusal?.status.message?.replace(
      /^configmaps "c" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: /,
      '',
    ),
    warnings,
  };
}

const validations = (...list: Draft[]): Draft => ({ validations: list });

describe('a policy denies', () => {
  it('with the first failing expression, its message and reason', () => {
    expect(
      judge(validations({ expression: 'true' }, { expression: 'object.data.a == "1"' }), request({ a: '2' })),
    ).toEqual({
      code: 422,
      message: 'failed expression: object.data.a == "1"',
      warnings: [],
    });
    expect(
      judge(
        validations({ expression: 'false', messageExpression: '"no " + object.metadata.name', reason: 'Forbidden' }),
        request({}),
      ),
    ).toMatchObject({ code: 403, message: 'no c' });
    expect(
      judge(validations({ expression: 'false', message: 'plain', messageExpression: '""' }), request({})),
    ).toMatchObject({
      message: 'plain',
    });
  });

  it('when an expression fails, unless failures are to be ignored', () => {
    const failing = validations({ expression: 'object.data.none == "1"' });
    expect(judge(failing, request({}))).toMatchObject({
      code: 422,
      message: 'expression \'object.data.none == "1"\' resulted in error: no such key: none',
    });
    expect(judge({ ...failing, failurePolicy: 'Ignore' }, request({}))).toEqual({
      code: undefined,
      message: undefined,
      warnings: [],
    });
  });

  it('or warns, as the binding says', () => {
    expect(
      judge(validations({ expression: 'false', message: 'careful' }), request({}), {
        validationActions: ['Warn', 'Audit'],
      }),
    ).toEqual({
      code: undefined,
      message: undefined,
      warnings: ["Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': careful"],
    });
  });
});

describe('expressions see', () => {
  const holds = (expression: string, asked = request({})) =>
    judge(validations({ expression }), asked).code === undefined;

  it.each([
    [
      'the request',
      'request.operation == "CREATE" && request.userInfo.username == "ann" && "dev" in request.userInfo.groups && request.resource.resource == "configmaps" && request.namespace == "n" && !request.dryRun',
    ],
    ['the namespace', 'namespaceObject.metadata.labels.tier == "prod"'],
    ['no old object at a creation', 'oldObject == null'],
    [
      'the rights of the user',
      '!authorizer.group("").resource("configmaps").namespace("n").check("approve").allowed()',
    ],
    [
      'the rights on what is asked for',
      '!authorizer.requestResource.check("approve").allowed() && authorizer.requestResource.check("approve").reason() == ""',
    ],
    ['optional fields', 'object.data.?x.orValue("none") == "none"'],
  ])('%s', (_, expression) => {
    expect(holds(expression)).toBe(true);
  });

  it('another user by another authorizer', () => {
    expect(
      holds(
        'authorizer.requestResource.check("approve").allowed()',
        request({}, { user: { name: 'boss', groups: [] } }),
      ),
    ).toBe(true);
  });

  it('variables, each evaluated when it is needed', () => {
    const variables = [
      { name: 'size', expression: 'size(object.data)' },
      { name: 'big', expression: 'variables.size > 1' },
      { name: 'broken', expression: 'object.data.none' },
    ];
    expect(
      judge({ variables, ...validations({ expression: '!variables.big' }) }, request({ a: '1', b: '2' })),
    ).toMatchObject({
      code: 422,
    });
    expect(judge({ variables, ...validations({ expression: '!variables.big' }) }, request({ a: '1' }))).toMatchObject({
      code: undefined,
    });
  });

  it('parameters', () => {
    const spec = {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      ...validations({ expression: 'size(object.data) <= int(params.data.max)' }),
    };
    const paramRef = { name: 'limits', parameterNotFoundAction: 'Deny' };
    expect(judge(spec, request({ a: '1' }), { paramRef }).code).toBeUndefined();
    expect(judge(spec, request({ a: '1', b: '2', c: '3', d: '4' }), { paramRef }).code).toBe(422);
    expect(judge(spec, request({}), { paramRef: { ...paramRef, name: 'absent' } }).message).toBe(
      'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
    );
    expect(
      judge(spec, request({}), { paramRef: { name: 'absent', parameterNotFoundAction: 'Allow' } }).code,
    ).toBeUndefined();
  });
});

describe('a policy is about', () => {
  const deny = validations({ expression: 'false' });
  const isAsked = (spec: Draft, asked = request({}), bound: Draft = {}) =>
    judge({ ...deny, ...spec }, asked, bound).code !== undefined;

  it('the operations and resources of its rules', () => {
    expect(isAsked({}, request({}, { operation: 'DELETE' }))).toBe(false);
    expect(isAsked({}, request({}, { subresource: 'status' }))).toBe(false);
  });
  it('the namespaces and objects that are selected, by the binding too', () => {
    expect(isAsked({}, request({}), { matchResources: { namespaceSelector: { matchLabels: { tier: 'prod' } } } })).toBe(
      true,
    );
    expect(isAsked({}, request({}), { matchResources: { namespaceSelector: { matchLabels: { tier: 'test' } } } })).toBe(
      false,
    );
    expect(isAsked({}, request({}), { matchResources: { objectSelector: { matchLabels: { a: 'b' } } } })).toBe(false);
  });
  it('what its conditions let through', () => {
    expect(isAsked({ matchConditions: [{ name: 'not ann', expression: 'request.userInfo.username != "ann"' }] })).toBe(
      false,
    );
    expect(
      isAsked({
        matchConditions: [
          { name: 'fails', expression: 'object.data.none == ""' },
          { name: 'no', expression: 'false' },
        ],
      }),
    ).toBe(false);
  });
});
