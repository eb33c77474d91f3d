/** Creating, reading, replacing; names; what the server owns of an object's metadata. */
import { CM, DEPLOY, LEASES, SECRETS, configMap, deployment } from '../bodies.ts';
import type { ContractCase } from '../case.ts';
import { create, get, gone, invalid, kept, merge, put, refused, remove } from '../steps.ts';

export const OBJECTS: readonly ContractCase[] = [
  {
    title: 'an object is created, read, replaced, deleted and gone',
    steps: [
      create(CM, configMap('a', { k: 'v' }), {
        'metadata.name': 'a',
        'metadata.namespace': '{ns}',
        data: { k: 'v' },
        kind: 'ConfigMap',
      }),
      get(`${CM}/a`, { 'data.k': 'v' }),
      put(`${CM}/a`, configMap('a', { k: 'w' }), { 'data.k': 'w' }),
      remove(`${CM}/a`, { kind: 'Status', status: 'Success', 'details.name': 'a', 'details.kind': 'configmaps' }),
      refused(get(`${CM}/a`), 404, {
        reason: 'NotFound',
        message: 'configmaps "a" not found',
        details: { name: 'a', kind: 'configmaps' },
      }),
    ],
  },
  {
    title: 'generateName makes a name of five random letters',
    steps: [
      create(
        CM,
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'gen-' } },
        {
          'metadata.generateName': 'gen-',
          'metadata.name': /^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/,
        },
      ),
    ],
  },
  {
    title: 'an object without a name is refused at its field',
    steps: [
      invalid(create(CM, { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }), 'metadata.name', 'FieldValueRequired'),
    ],
  },
  {
    title: 'a name with capitals, underscores or too many letters is refused',
    steps: [
      invalid(create(CM, configMap('Upper')), 'metadata.name', [
        'FieldValueInvalid',
        /a lowercase RFC 1123 subdomain must consist of/,
      ]),
      invalid(create(CM, configMap('under_score')), 'metadata.name', 'FieldValueInvalid'),
      invalid(create(CM, configMap('x'.repeat(254))), 'metadata.name', [
        'FieldValueInvalid',
        /must be no more than 253 (bytes|characters)/,
      ]),
      create(CM, configMap('x'.repeat(253)), { 'metadata.name': 'x'.repeat(253) }),
    ],
  },
  {
    title: 'creation in an absent namespace answers for the namespace',
    steps: [
      refused(create('/api/v1/namespaces/{id}-absent/configmaps', configMap('a')), 404, {
        message: 'namespaces "{id}-absent" not found',
        'details.kind': 'namespaces',
      }),
    ],
  },
  {
    title: 'an absent namespace lists as empty',
    steps: [get('/api/v1/namespaces/{id}-absent/configmaps', { kind: 'ConfigMapList', items: [] })],
  },
  {
    title: 'the namespace of the body must be that of the path',
    steps: [
      refused(create(CM, configMap('a', {}, { namespace: '{id}-other' })), 400, {
        reason: 'BadRequest',
        message: 'the namespace of the provided object does not match the namespace sent on the request',
      }),
    ],
  },
  {
    title: 'the name in the body must be that of the path',
    steps: [
      create(CM, configMap('a')),
      refused(put(`${CM}/a`, configMap('b')), 400, {
        message: 'the name of the object (b) does not match the name on the URL (a)',
      }),
    ],
  },
  {
    title: "uid, creationTimestamp and selfLink are not the client's to choose",
    steps: [
      create(
        CM,
        configMap(
          'a',
          {},
          { uid: 'mine', creationTimestamp: '2001-01-01T00:00:00Z', selfLink: '/mine', generation: 7 },
        ),
        {
          'metadata.uid': /^[0-9a-f]{8}-[0-9a-f-]{27}$/,
          'metadata.creationTimestamp': /^20[2-9]\d-/,
          'metadata.selfLink': undefined,
        },
      ),
    ],
  },
  {
    title: 'PUT keeps what the server owns',
    steps: [
      kept(create(CM, configMap('a', { k: '1' })), { uid: 'metadata.uid', at: 'metadata.creationTimestamp' }),
      put(`${CM}/a`, configMap('a', { k: '2' }), {
        'metadata.uid': '{uid}',
        'metadata.creationTimestamp': '{at}',
        'data.k': '2',
      }),
    ],
  },
  {
    title: 'PUT to an absent ConfigMap or Deployment does not create, to an absent Lease it does',
    steps: [
      refused(put(`${CM}/ghost`, configMap('ghost')), 404, { reason: 'NotFound' }),
      refused(put(`${DEPLOY}/d`, deployment(1)), 404, { reason: 'NotFound' }),
      {
        ...put(`${LEASES}/l`, {
          apiVersion: 'coordination.k8s.io/v1',
          kind: 'Lease',
          metadata: { name: 'l' },
          spec: { holderIdentity: 'me' },
        }),
        status: 201,
        expect: { 'spec.holderIdentity': 'me' },
      },
    ],
  },
  {
    title: 'an immutable ConfigMap keeps its data and its immutability',
    steps: [
      create(CM, { ...configMap('a', { k: '1' }), immutable: true }),
      invalid(merge(`${CM}/a`, { data: { k: '2' } }), 'data', [
        'FieldValueForbidden',
        'Forbidden: field is immutable when `immutable` is set',
      ]),
      invalid(merge(`${CM}/a`, { immutable: false }), 'immutable', 'FieldValueForbidden'),
      merge(`${CM}/a`, { metadata: { labels: { still: 'movable' } } }, { 'metadata.labels.still': 'movable' }),
    ],
  },
  {
    title: 'a Secret encodes its texts and has a type that does not change',
    steps: [
      create(
        SECRETS,
        { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { k: 'wish' } },
        { type: 'Opaque', data: { k: 'd2lzaA==' }, stringData: undefined },
      ),
      invalid(merge(`${SECRETS}/s`, { type: 'example.test/other' }), 'type', [
        'FieldValueInvalid',
        /field is immutable/,
      ]),
    ],
  },
  {
    title: 'a Lease is renewed under its resourceVersion only',
    steps: [
      kept(
        create(
          LEASES,
          {
            apiVersion: 'coordination.k8s.io/v1',
            kind: 'Lease',
            metadata: { name: 'l' },
            spec: { holderIdentity: 'me', leaseDurationSeconds: 15, renewTime: '2020-01-01T00:00:00.000000Z' },
          },
          { 'spec.renewTime': '2020-01-01T00:00:00.000000Z' },
        ),
        { rv: 'metadata.resourceVersion' },
      ),
      invalid(
        put(`${LEASES}/l`, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l' }, spec: {} }),
        'metadata.resourceVersion',
        ['FieldValueInvalid', /must be specified for an update/],
      ),
      put(
        `${LEASES}/l`,
        {
          apiVersion: 'coordination.k8s.io/v1',
          kind: 'Lease',
          metadata: { name: 'l', resourceVersion: '{rv}' },
          spec: { holderIdentity: 'you' },
        },
        { 'spec.holderIdentity': 'you' },
      ),
    ],
  },
  {
    title: 'one object is read through each version of its kind',
    steps: [
      create('/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers', {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'h' },
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'absent' },
          maxReplicas: 3,
          metrics: [
            { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
          ],
        },
      }),
      get('/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers/h', {
        apiVersion: 'autoscaling/v1',
        'spec.targetCPUUtilizationPercentage': 70,
        'spec.minReplicas': 1,
      }),
    ],
  },
  {
    title: 'texts come back as they were sent',
    steps: [
      create(CM, configMap('a', { u: 'žluťoučký 🐴 \u0000\u2028"\\', e: '', n: 'a\nb\tc' }), {
        'data.u': 'žluťoučký 🐴 \u0000\u2028"\\',
        'data.e': '',
      }),
      get(`${CM}/a`, { 'data.u': 'žluťoučký 🐴 \u0000\u2028"\\', 'data.n': 'a\nb\tc' }),
    ],
  },
  {
    title: 'annotations may hold 256 KiB and no more',
    steps: [
      create(CM, configMap('fits', {}, { annotations: { k: 'x'.repeat(262_000) } })),
      invalid(
        create(CM, configMap('big', {}, { annotations: { k: 'x'.repeat(262_144) } })),
        'metadata.annotations',
        'FieldValueTooLong',
      ),
    ],
  },
  {
    title: 'data may hold 1 MiB and no more',
    steps: [
      invalid(create(CM, configMap('big', { k: 'x'.repeat(1_048_577) })), '[]', [
        'FieldValueTooLong',
        /may not be more than 1048576 bytes/,
      ]),
      gone(`${CM}/big`),
    ],
  },
];
