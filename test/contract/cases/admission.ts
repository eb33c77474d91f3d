/** ValidatingAdmissionPolicies and their bindings; LimitRange and ResourceQuota. */
import { CM, DEPLOY, PODS, configMap, deployment, pod } from '../bodies.ts';
import type { ContractCase, Step } from '../case.ts';
import { by, create, eventually, get, merge, refused, remove, warned } from '../steps.ts';

const REGISTRATION = '/apis/admissionregistration.k8s.io/v1';
const POLICIES = `${REGISTRATION}/validatingadmissionpolicies`;
const POLICY_BINDINGS = `${REGISTRATION}/validatingadmissionpolicybindings`;
const IN_CASE = { matchLabels: { 'kubernetes.io/metadata.name': '{ns}' } };

interface Policy {
  readonly validations: readonly unknown[];
  readonly actions?: readonly string[];
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly resources?: readonly string[];
}
const policySteps = ({
  validations,
  actions = ['Deny'],
  spec = {},
  resources = ['configmaps'],
}: Policy): readonly Step[] => [
  create(POLICIES, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: '{id}.contract.test' },
    spec: {
      matchConstraints: {
        resourceRules: [
          { apiGroups: ['*'], apiVersions: ['*'], operations: ['CREATE', 'UPDATE', 'DELETE'], resources },
        ],
        namespaceSelector: IN_CASE,
      },
      validations,
      ...spec,
    },
  }),
  create(POLICY_BINDINGS, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: '{id}.contract.test' },
    spec: { policyName: '{id}.contract.test', validationActions: actions },
  }),
];
const after = [remove(`${POLICY_BINDINGS}/{id}.contract.test`), remove(`${POLICIES}/{id}.contract.test`)];
const withPolicy = (title: string, policy: Policy, steps: readonly Step[]): ContractCase => ({
  title,
  steps: [...policySteps(policy), ...steps],
  after,
});
const DENIED = (name: string, message: string) =>
  `configmaps "${name}" is forbidden: ValidatingAdmissionPolicy '{id}.contract.test' with binding '{id}.contract.test' denied request: ${message}`;
const bad = configMap('bad', { k: 'bad' });
const NOT_BAD = "!has(object.data) || !('k' in object.data) || object.data.k != 'bad'";

export const ADMISSION: readonly ContractCase[] = [
  withPolicy(
    'a policy denies in its own words, as invalid unless it names a reason',
    { validations: [{ expression: NOT_BAD, message: 'k is bad' }] },
    [
      eventually(refused(create(CM, bad), 422, { reason: 'Invalid', message: DENIED('bad', 'k is bad') })),
      create(CM, configMap('good', { k: 'good' })),
      refused(merge(`${CM}/good`, { data: { k: 'bad' } }), 422, { message: DENIED('good', 'k is bad') }),
    ],
  ),
  withPolicy(
    'a policy without a message tells its expression',
    { validations: [{ expression: NOT_BAD, reason: 'Forbidden' }] },
    [
      eventually(
        refused(create(CM, bad), 403, { reason: 'Forbidden', message: DENIED('bad', `failed expression: ${NOT_BAD}`) }),
      ),
    ],
  ),
  withPolicy(
    'a policy makes its message and uses variables',
    {
      spec: { variables: [{ name: 'k', expression: "has(object.data) && 'k' in object.data ? object.data.k : ''" }] },
      validations: [{ expression: "variables.k != 'bad'", messageExpression: "'k is ' + variables.k" }],
    },
    [eventually(refused(create(CM, bad), 422, { message: DENIED('bad', 'k is bad') }))],
  ),
  withPolicy(
    'a policy compares with the old object',
    {
      validations: [
        { expression: "request.operation != 'UPDATE' || object.data == oldObject.data", message: 'data stays' },
      ],
      spec: {
        matchConditions: [
          { name: 'mine', expression: "has(object.metadata.labels) && 'fixed' in object.metadata.labels" },
        ],
      },
    },
    [
      create(CM, configMap('a', { k: '1' }, { labels: { fixed: 'y' } })),
      eventually(
        refused(merge(`${CM}/a?dryRun=All`, { data: { k: '2' } }), 422, { message: DENIED('a', 'data stays') }),
      ),
      create(CM, configMap('b', { k: '1' })),
      merge(`${CM}/b`, { data: { k: '2' } }, { 'data.k': '2' }),
    ],
  ),
  withPolicy(
    'a policy sees deletions',
    { validations: [{ expression: "request.operation != 'DELETE' || request.name != 'kept'", message: 'kept' }] },
    [
      create(CM, configMap('kept')),
      create(CM, configMap('other')),
      eventually(refused(remove(`${CM}/kept?dryRun=All`), 422, { message: DENIED('kept', 'kept') })),
      remove(`${CM}/other`),
    ],
  ),
  withPolicy(
    'a policy may warn in place of denying',
    { validations: [{ expression: NOT_BAD, message: 'k is bad' }], actions: ['Warn'] },
    [
      eventually(
        warned(
          create(`${CM}?dryRun=All`, bad),
          "Validation failed for ValidatingAdmissionPolicy '{id}.contract.test' with binding '{id}.contract.test': k is bad",
        ),
      ),
    ],
  ),
  {
    ...withPolicy(
      'a policy asks who may do something',
      {
        validations: [
          {
            expression: "authorizer.group('contract.test').resource('things').check('approve').allowed()",
            message: 'no approver',
          },
        ],
      },
      [
        create(CM, configMap('mine')),
        create('/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles', {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'Role',
          metadata: { name: 'r' },
          rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['create'] }],
        }),
        create('/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings', {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'RoleBinding',
          metadata: { name: 'b' },
          subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: '{id}-user' }],
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' },
        }),
        eventually(
          by(
            '{id}-user',
            refused(create(`${CM}?dryRun=All`, configMap('a')), 422, { message: DENIED('a', 'no approver') }),
          ),
        ),
      ],
    ),
    needs: ['access'],
  },
  withPolicy(
    'a policy that cannot be evaluated denies, unless it says otherwise',
    { validations: [{ expression: 'object.data.absent == object.data.k' }] },
    [
      eventually(
        refused(create(`${CM}?dryRun=All`, configMap('a', { k: '1' })), 422, {
          message: /resulted in error: no such key: absent$/,
        }),
      ),
    ],
  ),
  {
    title: 'a policy whose expression does not parse is refused',
    steps: [
      refused(
        create(POLICIES, {
          apiVersion: 'admissionregistration.k8s.io/v1',
          kind: 'ValidatingAdmissionPolicy',
          metadata: { name: '{id}.contract.test' },
          spec: {
            matchConstraints: {
              resourceRules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] }],
            },
            validations: [{ expression: 'object.' }],
          },
        }),
        422,
        { 'details.causes.0.field': 'spec.validations[0].expression' },
      ),
    ],
    after,
  },
  {
    title: 'a LimitRange fills in and refuses',
    steps: [
      create('/api/v1/namespaces/{ns}/limitranges', {
        apiVersion: 'v1',
        kind: 'LimitRange',
        metadata: { name: 'l' },
        spec: {
          limits: [{ type: 'Container', default: { cpu: '500m' }, defaultRequest: { cpu: '100m' }, max: { cpu: '1' } }],
        },
      }),
      eventually(
        create(`${PODS}?dryRun=All`, pod('p'), {
          'spec.containers.0.resources': { limits: { cpu: '500m' }, requests: { cpu: '100m' } },
        }),
      ),
      refused(
        create(PODS, pod('q', { containers: [{ name: 'main', image: 'i', resources: { limits: { cpu: '2' } } }] })),
        403,
        {
          reason: 'Forbidden',
          message: 'pods "q" is forbidden: maximum cpu usage per Container is 1, but limit is 2',
        },
      ),
    ],
  },
  {
    title: 'a ResourceQuota counts and refuses what is above it',
    needs: ['controllers'],
    steps: [
      create('/api/v1/namespaces/{ns}/resourcequotas', {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'q' },
        spec: { hard: { 'count/deployments.apps': '1' } },
      }),
      eventually(get('/api/v1/namespaces/{ns}/resourcequotas/q', { 'status.used': { 'count/deployments.apps': '0' } })),
      create(DEPLOY, deployment(0)),
      refused(create(DEPLOY, { ...deployment(0), metadata: { name: 'e' } }), 403, {
        reason: 'Forbidden',
        message:
          'deployments.apps "e" is forbidden: exceeded quota: q, requested: count/deployments.apps=1, used: count/deployments.apps=1, limited: count/deployments.apps=1',
      }),
      eventually(get('/api/v1/namespaces/{ns}/resourcequotas/q', { 'status.used': { 'count/deployments.apps': '1' } })),
    ],
  },
];
