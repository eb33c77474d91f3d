/** Paths, methods, media types and bodies that do not fit; the words of 404, 405, 406, 409, 415. */
import { CM, DEPLOY, PODS, WIDGETS, configMap, withKind } from '../bodies.ts';
import type { ContractCase } from '../case.ts';
import { create, get, merge, put, refused, remove, withHeaders } from '../steps.ts';

const NO_SUCH = 'the server could not find the requested resource';

export const ERRORS: readonly ContractCase[] = [
  {
    title: 'a refusal is a Status with its code, reason and details',
    steps: [
      refused(get(`${DEPLOY}/absent`), 404, {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'deployments.apps "absent" not found',
        reason: 'NotFound',
        details: { name: 'absent', group: 'apps', kind: 'deployments' },
        code: 404,
      }),
    ],
  },
  {
    title: 'an unknown resource is not found',
    steps: [
      refused(get('/api/v1/namespaces/{ns}/gizmos'), 404, { reason: 'NotFound', message: NO_SUCH, details: {} }),
      refused(get('/apis/apps/v1/namespaces/{ns}/gizmos/a'), 404, { message: NO_SUCH }),
      refused(get('/apis/apps/v9/deployments'), 404, { message: NO_SUCH }),
    ],
  },
  {
    title: 'an unknown group is answered in plain text',
    steps: [refused(get('/apis/none.{id}.test/v1/things'), 404, { '': '404 page not found\n' })],
  },
  {
    title: 'a subresource that a kind lacks is not found',
    steps: [
      create(CM, configMap('a')),
      refused(get(`${CM}/a/status`), 404, { message: NO_SUCH }),
      refused(get(`${CM}/a/scale`), 404, { message: NO_SUCH }),
    ],
  },
  {
    title: 'a method that a path does not take is refused',
    steps: [
      refused(put(CM, configMap('a')), 405, {
        reason: 'MethodNotAllowed',
        message: 'the server does not allow this method on the requested resource',
      }),
      refused(merge(CM, {}), 405, { reason: 'MethodNotAllowed' }),
      refused(create(`${CM}/a`, configMap('a')), 405, { reason: 'MethodNotAllowed' }),
      refused(remove('/api/v1/namespaces'), 405, { reason: 'MethodNotAllowed' }),
    ],
  },
  {
    title: 'a body of another kind or version is refused',
    steps: [
      refused(create(CM, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } }), 400, {
        reason: 'BadRequest',
        message:
          /^Secret in version "v1" cannot be handled as a ConfigMap: converting \(v1\.Secret\) to \(core\.ConfigMap\): unknown conversion$/,
      }),
      refused(create(DEPLOY, { apiVersion: 'apps/v9', kind: 'Deployment', metadata: { name: 'a' } }), 400, {
        reason: 'BadRequest',
        message: /apps\/v9/,
      }),
    ],
  },
  {
    title: 'a built-in kind may be posted without kind and apiVersion',
    steps: [create(CM, { metadata: { name: 'a' } }, { kind: 'ConfigMap', apiVersion: 'v1' })],
  },
  withKind('a custom kind may not', {}, [
    refused(create(WIDGETS, { metadata: { name: 'a' } }), 400, { reason: 'BadRequest' }),
  ]),
  {
    title: 'a list may not be created',
    steps: [refused(create(CM, { apiVersion: 'v1', kind: 'ConfigMapList', items: [] }), 400, { reason: 'BadRequest' })],
  },
  {
    title: 'a body that is no JSON is refused',
    steps: [
      refused(create(CM, '{"apiVersion":"v1","kind":'), 400, { reason: 'BadRequest', code: 400 }),
      refused(create(CM, 'not json'), 400, { reason: 'BadRequest' }),
      refused(create(CM, ''), 400, { reason: 'BadRequest' }),
      refused(create(CM, '[]'), 400, { reason: 'BadRequest' }),
      refused(create(CM, '7'), 400, { reason: 'BadRequest' }),
    ],
  },
  {
    title: 'a body of an unknown media type is refused',
    steps: [
      refused(withHeaders(create(CM, configMap('a')), { 'content-type': 'text/csv' }), 415, {
        reason: 'UnsupportedMediaType',
        message:
          /^the body of the request was in an unknown format - accepted media types include: application\/json, application\/yaml/,
      }),
    ],
  },
  {
    title: 'a YAML body is read',
    steps: [
      withHeaders(
        create(CM, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  k: |\n    two\n    lines\n', {
          'data.k': 'two\nlines\n',
        }),
        {
          'content-type': 'application/yaml',
        },
      ),
      refused(withHeaders(create(CM, 'a: [b\n'), { 'content-type': 'application/yaml' }), 400, {
        reason: 'BadRequest',
      }),
    ],
  },
  {
    title: 'an answer in a media type that the server does not have is refused',
    steps: [
      refused(withHeaders(get(CM), { accept: 'text/csv' }), 406, {
        reason: 'NotAcceptable',
        message: /^406: Not Acceptable\n\nAvailable representations: application\/json, application\/yaml/,
      }),
      withHeaders(get(CM, { kind: 'ConfigMapList' }), { accept: 'text/csv, application/json;q=0.5' }),
      withHeaders(get(CM, { kind: 'ConfigMapList' }), { accept: '*/*' }),
    ],
  },
  {
    title: 'an answer may be asked for in YAML',
    steps: [withHeaders(get(CM, { '': /^apiVersion: v1\nitems:/ }), { accept: 'application/yaml' })],
  },
  {
    title: 'a value of the wrong type is refused at decoding',
    steps: [
      refused(create(CM, { ...configMap('a'), data: { k: 5 } }), 400, {
        reason: 'BadRequest',
        message: /json: cannot unmarshal number into Go struct field ConfigMap\.data of type string/,
      }),
      refused(
        create(DEPLOY, {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'd' },
          spec: { replicas: 'three' },
        }),
        400,
        {
          message: /json: cannot unmarshal string into Go struct field DeploymentSpec\.spec\.replicas of type int32/,
        },
      ),
      refused(create(CM, configMap('a', {}, { labels: { a: true } })), 400, {
        message: /cannot unmarshal bool into Go struct field ObjectMeta\.metadata\.labels of type string/,
      }),
    ],
  },
  {
    title: 'names in paths are decoded; those that cannot be names are not found or refused',
    steps: [
      create(CM, configMap('a.b')),
      get(`${CM}/a%2Eb`, { 'metadata.name': 'a.b' }),
      refused(get(`${CM}/Upper`), 404, { message: 'configmaps "Upper" not found' }),
    ],
  },
  {
    title: 'query parameters that do not parse are refused',
    steps: [
      refused(get(`${CM}?limit=many`), 400, {
        reason: 'BadRequest',
        message: /strconv\.ParseInt: parsing "many": invalid syntax/,
      }),
      get(`${CM}?unknown=parameter`, { kind: 'ConfigMapList' }),
      refused(get(`${CM}?timeoutSeconds=soon`), 400, { reason: 'BadRequest' }),
    ],
  },
  {
    title: 'logs of an absent pod or container are not found or refused',
    steps: [refused(get(`${PODS}/absent/log`), 404, { message: 'pods "absent" not found' })],
  },
];
