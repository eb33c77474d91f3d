/** Server-side apply: who owns which field, conflicts, list-map keys. */
import { CM, DEPLOY, WIDGETS, configMap, deployment, template, widget, withKind } from '../bodies.ts';
import type { ContractCase } from '../case.ts';
import { apply, create, get, gone, invalid, kept, merge, put, refused } from '../steps.ts';

const as = (manager: string, path: string, force?: 'force') =>
  `${path}?fieldManager=${manager}${force ? '&force=true' : ''}`;
const managed = (manager: string) => `metadata.managedFields[manager=${manager}]`;
const CONFLICT = (field: string, holder: string) => ({
  reason: 'Conflict',
  message: `Apply failed with 1 conflict: conflict with "${holder}": ${field}`,
  'details.causes': [{ reason: 'FieldManagerConflict', message: `conflict with "${holder}"`, field }],
});
const containers = (...list: readonly unknown[]) => ({
  template: { metadata: { labels: { app: 'd' } }, spec: { containers: list } },
});

export const APPLY: readonly ContractCase[] = [
  {
    title: 'an apply creates, then changes nothing, then changes',
    steps: [
      {
        ...kept(apply(`${CM}/a`, configMap('a', { k: '1' })), { rv: 'metadata.resourceVersion' }),
        status: 201,
        expect: {
          'metadata.managedFields.length': 1,
          'metadata.managedFields.0.manager': 'one',
          'metadata.managedFields.0.operation': 'Apply',
          'metadata.managedFields.0.fieldsV1': { 'f:data': { 'f:k': {} } },
        },
      },
      apply(`${CM}/a`, configMap('a', { k: '1' }), { 'metadata.resourceVersion': '{rv}' }),
      apply(`${CM}/a`, configMap('a', { k: '2' }), { 'data.k': '2' }),
    ],
  },
  {
    title: 'a field that its only manager leaves out is removed',
    steps: [
      { ...apply(`${CM}/a`, configMap('a', { k: '1', l: '2' })), status: 201 },
      apply(`${CM}/a`, configMap('a', { k: '1' }), { data: { k: '1' } }),
    ],
  },
  {
    title: 'a field that another manager set differently is a conflict, unless forced',
    steps: [
      { ...apply(as('one', `${CM}/a`), configMap('a', { k: '1' })), status: 201 },
      refused(apply(as('two', `${CM}/a`), configMap('a', { k: '2' })), 409, CONFLICT('.data.k', 'one')),
      apply(as('two', `${CM}/a`, 'force'), configMap('a', { k: '2' }), {
        'data.k': '2',
        [`${managed('two')}.fieldsV1`]: { 'f:data': { 'f:k': {} } },
      }),
      refused(apply(as('one', `${CM}/a`), configMap('a', { k: '1' })), 409, { reason: 'Conflict' }),
    ],
  },
  {
    title: 'a field with the same value is shared, and stays until both let go',
    steps: [
      { ...apply(as('one', `${CM}/a`), configMap('a', { k: '1' })), status: 201 },
      apply(as('two', `${CM}/a`), configMap('a', { k: '1' })),
      apply(as('one', `${CM}/a`), configMap('a'), { data: { k: '1' }, 'metadata.managedFields[*].manager': ['two'] }),
      apply(as('two', `${CM}/a`), configMap('a'), { data: undefined }),
    ],
  },
  {
    title: 'an ordinary update takes what it changes',
    steps: [
      { ...apply(as('one', `${CM}/a`), configMap('a', { k: '1', l: '1' })), status: 201 },
      merge(
        as('hand', `${CM}/a`),
        { data: { k: '2' } },
        {
          [`${managed('one')}.fieldsV1`]: { 'f:data': { 'f:l': {} } },
          [`${managed('hand')}.operation`]: 'Update',
          [`${managed('hand')}.fieldsV1`]: { 'f:data': { 'f:k': {} } },
        },
      ),
      refused(apply(as('one', `${CM}/a`), configMap('a', { k: '1', l: '1' })), 409, {
        message: /conflict with "hand" using v1: \.data\.k$/,
      }),
    ],
  },
  {
    title: 'an apply needs a field manager, and force is true or false',
    steps: [
      refused({ ...apply(`${CM}/a`, configMap('a')), path: `${CM}/a` }, 422, {
        reason: 'Invalid',
        message: /fieldManager: Required value: is required for apply patch/,
      }),
      gone(`${CM}/a`),
    ],
  },
  {
    title: 'an applied body names its kind and the name of the path, and no managedFields',
    steps: [
      refused(apply(`${CM}/a`, { metadata: { name: 'a' } }), 400, { reason: 'BadRequest' }),
      refused(apply(`${CM}/a`, configMap('b')), 400, { reason: 'BadRequest' }),
      refused(apply(`${CM}/a`, configMap('a', {}, { managedFields: [{ manager: 'x' }] })), 400, {
        message: 'metadata.managedFields must be nil',
      }),
    ],
  },
  {
    title: 'an applied body may be YAML',
    steps: [
      {
        ...apply(`${CM}/a`, 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: "yes"\n'),
        status: 201,
        expect: { 'data.k': 'yes' },
      },
    ],
  },
  {
    title: 'a resourceVersion in an applied body is a precondition',
    steps: [
      { ...kept(apply(`${CM}/a`, configMap('a', { k: '1' })), { rv: 'metadata.resourceVersion' }), status: 201 },
      merge(`${CM}/a`, { data: { l: '1' } }),
      refused(apply(`${CM}/a`, configMap('a', { k: '2' }, { resourceVersion: '{rv}' })), 409, { reason: 'Conflict' }),
    ],
  },
  {
    title: 'containers are owned one by one, by name',
    steps: [
      { ...apply(as('one', `${DEPLOY}/d`), deployment(1, containers({ name: 'main', image: 'a:1' }))), status: 201 },
      apply(
        as('two', `${DEPLOY}/d`),
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'd' },
          spec: { selector: { matchLabels: { app: 'd' } }, ...containers({ name: 'side', image: 'b:1' }) },
        },
        { 'spec.template.spec.containers[*].name': ['main', 'side'] },
      ),
      apply(as('one', `${DEPLOY}/d`), deployment(1, containers({ name: 'main', image: 'a:2' })), {
        'spec.template.spec.containers[name=main].image': 'a:2',
        'spec.template.spec.containers[name=side].image': 'b:1',
      }),
      refused(
        apply(as('two', `${DEPLOY}/d`), {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'd' },
          spec: { selector: { matchLabels: { app: 'd' } }, ...containers({ name: 'main', image: 'z' }) },
        }),
        409,
        CONFLICT('.spec.template.spec.containers[name="main"].image', 'one'),
      ),
    ],
  },
  {
    title: 'a list with one key twice, or none, is refused',
    steps: [
      refused(
        apply(`${DEPLOY}/d`, deployment(1, containers({ name: 'main', image: 'a' }, { name: 'main', image: 'b' }))),
        500,
        {
          message: /duplicate entries for key \[name="main"\]/,
        },
      ),
      invalid(
        apply(`${DEPLOY}/d`, deployment(1, containers({ image: 'a' }))),
        'spec.template.spec.containers[0].name',
        ['FieldValueRequired', 'Required value'],
      ),
    ],
  },
  {
    title: 'whoever scales owns the replicas',
    steps: [
      { ...apply(as('one', `${DEPLOY}/d`), deployment(1)), status: 201 },
      merge(as('scaler', `${DEPLOY}/d/scale`), { spec: { replicas: 3 } }),
      get(`${DEPLOY}/d`, { 'spec.replicas': 3, [`${managed('scaler')}.subresource`]: 'scale' }),
      refused(apply(as('one', `${DEPLOY}/d`), deployment(1)), 409, {
        message: /conflict with "scaler" with subresource "scale" using apps\/v1: \.spec\.replicas/,
      }),
      apply(
        as('one', `${DEPLOY}/d`),
        { ...deployment(1), spec: { ...deployment(1).spec, replicas: undefined } },
        { 'spec.replicas': 3 },
      ),
    ],
  },
  {
    title: 'finalizers are a set of which everybody owns his own',
    steps: [
      { ...apply(as('one', `${CM}/a`), configMap('a', undefined, { finalizers: ['contract.test/one'] })), status: 201 },
      apply(as('two', `${CM}/a`), configMap('a', undefined, { finalizers: ['contract.test/two'] }), {
        'metadata.finalizers': ['contract.test/one', 'contract.test/two'],
      }),
      apply(as('one', `${CM}/a`), configMap('a'), { 'metadata.finalizers': ['contract.test/two'] }),
      merge(`${CM}/a`, { metadata: { finalizers: null } }),
    ],
  },
  {
    title: 'an apply after a create shares what the creator set',
    steps: [
      create(as('maker', CM), configMap('a', { k: '1' })),
      apply(as('one', `${CM}/a`), configMap('a', { k: '1' }), {
        'metadata.managedFields[*].manager': ['one', 'maker'],
      }),
      refused(apply(as('one', `${CM}/a`), configMap('a', { k: '2' })), 409, {
        message: /conflict with "maker" using v1: \.data\.k/,
      }),
    ],
  },
  {
    title: 'managedFields set to one empty entry are forgotten; what stands there then belongs to nobody known',
    steps: [
      { ...apply(as('one', `${CM}/a`), configMap('a', { k: '1' })), status: 201 },
      merge(`${CM}/a`, { metadata: { managedFields: [{}] } }, { 'metadata.managedFields': undefined }),
      refused(apply(as('two', `${CM}/a`), configMap('a', { k: '2' })), 409, {
        message: /conflict with "before-first-apply" using v1: \.data\.k$/,
      }),
    ],
  },
  withKind(
    'custom kinds are applied by the list types of their schema',
    {
      spec: {
        properties: {
          tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
          parts: {
            type: 'array',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['name'],
            items: {
              type: 'object',
              required: ['name'],
              properties: { name: { type: 'string' }, size: { type: 'integer' } },
            },
          },
          order: { type: 'array', items: { type: 'string' } },
        },
      },
    },
    [
      {
        ...apply(as('one', `${WIDGETS}/a`), widget({ tags: ['x'], parts: [{ name: 'p', size: 1 }], order: ['1'] })),
        status: 201,
      },
      apply(as('two', `${WIDGETS}/a`), widget({ tags: ['y'], parts: [{ name: 'q', size: 2 }] }), {
        'spec.tags': ['x', 'y'],
        'spec.parts': [
          { name: 'p', size: 1 },
          { name: 'q', size: 2 },
        ],
      }),
      refused(apply(as('two', `${WIDGETS}/a`), widget({ order: ['2'] })), 409, CONFLICT('.spec.order', 'one')),
      apply(as('one', `${WIDGETS}/a`), widget({}), { spec: { tags: ['y'], parts: [{ name: 'q', size: 2 }] } }),
    ],
  ),
  withKind(
    'a status is applied apart from its spec',
    { status: { properties: { ready: { type: 'boolean' } } }, version: { subresources: { status: {} } } },
    [
      { ...apply(as('one', `${WIDGETS}/a`), widget({})), status: 201 },
      apply(
        as('two', `${WIDGETS}/a/status`),
        { ...widget({}), status: { ready: true } },
        {
          'status.ready': true,
          [`${managed('two')}.subresource`]: 'status',
          [`${managed('two')}.fieldsV1`]: { 'f:status': { 'f:ready': {} } },
        },
      ),
      apply(as('one', `${WIDGETS}/a`), widget({}), { 'status.ready': true }),
    ],
  ),
  {
    title: 'an apply of what is not valid is refused, nothing is made',
    steps: [
      invalid(
        apply(`${DEPLOY}/d`, deployment(1, { template: template('other') })),
        'spec.template.metadata.labels',
        'FieldValueInvalid',
      ),
      gone(`${DEPLOY}/d`),
    ],
  },
  {
    title: 'PUT with the fields of an apply keeps their manager',
    steps: [
      {
        ...kept(apply(as('one', `${CM}/a`), configMap('a', { k: '1' })), { rv: 'metadata.resourceVersion' }),
        status: 201,
      },
      put(as('hand', `${CM}/a`), configMap('a', { k: '1', l: '2' }), {
        [`${managed('one')}.fieldsV1`]: { 'f:data': { 'f:k': {} } },
        [`${managed('hand')}.fieldsV1`]: { 'f:data': { 'f:l': {} } },
      }),
    ],
  },
];
