/** Creating, reading, replacing and listing. */
import { CM, configMap, make } from './bodies.ts';
import type { ContractCase } from './case.ts';

export const OBJECT_CASES: readonly ContractCase[] = [
  {
    title: 'an object is created, read, replaced, deleted and gone',
    steps: [
      {
        ...make(configMap('a', { data: { k: 'v' } })),
        expect: { 'metadata.name': 'a', 'metadata.namespace': '{ns}', 'data.k': 'v', kind: 'ConfigMap' },
      },
      { method: 'GET', path: `${CM}/a`, status: 200, expect: { 'data.k': 'v' } },
      { method: 'PUT', path: `${CM}/a`, body: configMap('a', { data: { k: 'w' } }), status: 200, expect: { 'data.k': 'w' } },
      {
        method: 'DELETE',
        path: `${CM}/a`,
        status: 200,
        expect: { kind: 'Status', status: 'Success', 'details.name': 'a', 'details.kind': 'configmaps' },
      },
      {
        method: 'GET',
        path: `${CM}/a`,
        status: 404,
        expect: { reason: 'NotFound', message: 'configmaps "a" not found', 'details.name': 'a' },
      },
    ],
  },
  {
    title: 'creating twice is a conflict',
    steps: [
      make(configMap('a')),
      {
        method: 'POST',
        path: CM,
        body: configMap('a'),
        status: 409,
        expect: { reason: 'AlreadyExists', message: 'configmaps "a" already exists' },
      },
    ],
  },
  {
    title: 'generateName makes a name',
    steps: [
      {
        method: 'POST',
        path: CM,
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'gen-' } },
        status: 201,
        expect: { 'metadata.generateName': 'gen-' },
      },
    ],
  },
  {
    title: 'an object without a name is refused at its field',
    steps: [
      {
        method: 'POST',
        path: CM,
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} },
        status: 422,
        expect: { reason: 'Invalid', 'details.causes.0.field': 'metadata.name', 'details.causes.0.reason': 'FieldValueRequired' },
      },
    ],
  },
  {
    title: 'a name with capitals is refused',
    steps: [
      {
        method: 'POST',
        path: CM,
        body: configMap('Upper'),
        status: 422,
        expect: { 'details.causes.0.field': 'metadata.name', 'details.causes.0.reason': 'FieldValueInvalid' },
      },
    ],
  },
  {
    title: 'creation in an absent namespace answers for the namespace',
    steps: [
      {
        method: 'POST',
        path: '/api/v1/namespaces/{id}-absent/configmaps',
        body: configMap('a'),
        status: 404,
        expect: { 'details.kind': 'namespaces' },
      },
    ],
  },
  {
    title: 'an absent namespace lists as empty',
    steps: [
      {
        method: 'GET',
        path: '/api/v1/namespaces/{id}-absent/configmaps',
        status: 200,
        expect: { kind: 'ConfigMapList', 'items.length': 0 },
      },
    ],
  },
  {
    title: 'a resourceVersion is refused on create',
    steps: [
      {
        method: 'POST',
        path: CM,
        body: configMap('a', {}, { resourceVersion: '5' }),
        status: 500,
        expect: { message: 'resourceVersion should not be set on objects to be created' },
      },
    ],
  },
  {
    title: 'a stale resourceVersion is a conflict',
    steps: [
      { ...make(configMap('a')), keep: { rv: 'metadata.resourceVersion' } },
      { method: 'PATCH', path: `${CM}/a`, body: { data: { k: '1' } }, status: 200 },
      {
        method: 'PUT',
        path: `${CM}/a`,
        body: configMap('a', { data: { k: '2' } }, { resourceVersion: '{rv}' }),
        status: 409,
        expect: { reason: 'Conflict', 'details.name': 'a' },
      },
    ],
  },
  {
    title: 'a write that changes nothing keeps the resourceVersion',
    steps: [
      { ...make(configMap('a', { data: { k: '1' } })), keep: { rv: 'metadata.resourceVersion' } },
      { method: 'PATCH', path: `${CM}/a`, body: { data: { k: '1' } }, status: 200, expect: { 'metadata.resourceVersion': '{rv}' } },
    ],
  },
  {
    title: 'PUT to an absent ConfigMap does not create',
    steps: [{ method: 'PUT', path: `${CM}/ghost`, body: configMap('ghost'), status: 404 }],
  },
  {
    title: 'the name in the body must be that of the path',
    steps: [
      make(configMap('a')),
      {
        method: 'PUT',
        path: `${CM}/a`,
        body: configMap('b'),
        status: 400,
        expect: { message: 'the name of the object (b) does not match the name on the URL (a)' },
      },
    ],
  },
  {
    title: 'label selectors narrow a list',
    steps: [
      make(configMap('x', {}, { labels: { team: 'blue' } })),
      make(configMap('y', {}, { labels: { team: 'red' } })),
      { method: 'GET', path: `${CM}?labelSelector=team%3Dblue`, status: 200, expect: { 'items.length': 1, 'items.0.metadata.name': 'x' } },
      { method: 'GET', path: `${CM}?labelSelector=team%20in%20(blue%2Cred)`, status: 200, expect: { 'items.length': 2 } },
      { method: 'GET', path: `${CM}?labelSelector=team%3Dblue%2C!other`, status: 200, expect: { 'items.length': 1 } },
    ],
  },
  {
    title: 'a label selector that cannot be read is refused',
    steps: [{ method: 'GET', path: `${CM}?labelSelector=a%20b`, status: 400, expect: { reason: 'BadRequest' } }],
  },
  {
    title: 'field selectors know the name and refuse what is no field',
    steps: [
      make(configMap('x')),
      make(configMap('y')),
      {
        method: 'GET',
        path: `${CM}?fieldSelector=metadata.name%3Dy`,
        status: 200,
        expect: { 'items.length': 1, 'items.0.metadata.name': 'y' },
      },
      { method: 'GET', path: `${CM}?fieldSelector=data.k%3Dv`, status: 400, expect: { reason: 'BadRequest' } },
    ],
  },
  {
    title: 'lists come in pages that show the state of the first',
    steps: [
      make(configMap('p1', {}, { labels: { page: 'y' } })),
      make(configMap('p2', {}, { labels: { page: 'y' } })),
      make(configMap('p3', {}, { labels: { page: 'y' } })),
      {
        method: 'GET',
        path: `${CM}?limit=2&labelSelector=page%3Dy`,
        status: 200,
        expect: { 'items.length': 2 },
        keep: { token: 'metadata.continue' },
      },
      make(configMap('p4', {}, { labels: { page: 'y' } })),
      {
        method: 'GET',
        path: `${CM}?limit=2&labelSelector=page%3Dy&continue={token}`,
        status: 200,
        expect: { 'items.length': 1, 'items.0.metadata.name': 'p3' },
      },
    ],
  },
  { title: 'a continue token that is none is refused', steps: [{ method: 'GET', path: `${CM}?limit=2&continue=zzz`, status: 400 }] },
];
