/** Merge, JSON and strategic merge patches. */
import { CM, DEPLOY, PODS, SECRETS, WIDGETS, configMap, deployment, pod, widget, withKind } from '../bodies.ts';
import type { ContractCase } from '../case.ts';
import { create, get, jsonPatch, kept, merge, refused, remove, strategic, warned, withHeaders } from '../steps.ts';

const SPEC = 'spec.template.spec';
const podTemplate = (spec: unknown) => ({ spec: { template: { spec } } });
const IN_ERROR = 'the server rejected our request due to an error in our request';

export const PATCHES: readonly ContractCase[] = [
  {
    title: 'a merge patch sets and deletes fields, and replaces lists',
    steps: [
      create(CM, configMap('a', { k: '1', l: '2' }, { finalizers: ['contract.test/a', 'contract.test/b'] })),
      merge(
        `${CM}/a`,
        { data: { k: null, m: '3' }, metadata: { finalizers: ['contract.test/c'] } },
        {
          data: { l: '2', m: '3' },
          'metadata.finalizers': ['contract.test/c'],
        },
      ),
      merge(`${CM}/a`, { metadata: { finalizers: [] } }, { 'metadata.finalizers': undefined }),
    ],
  },
  {
    title: 'a merge patch that is no object is refused',
    steps: [
      create(CM, configMap('a')),
      refused(merge(`${CM}/a`, '[]'), 400, { reason: 'BadRequest' }),
      refused(merge(`${CM}/a`, '{"data":'), 400, { reason: 'BadRequest' }),
      refused(merge(`${CM}/a`, { data: 'text' }), 422, { reason: 'Invalid' }),
    ],
  },
  {
    title: 'a patch does not change name, namespace or kind',
    steps: [
      create(CM, configMap('a')),
      refused(merge(`${CM}/a`, { metadata: { name: 'b' } }), 400, {
        message: 'the name of the object (b) does not match the name on the URL (a)',
      }),
      refused(merge(`${CM}/a`, { metadata: { namespace: 'b' } }), 400, {
        message: 'the namespace of the provided object does not match the namespace sent on the request',
      }),
      refused(merge(`${CM}/a`, { kind: 'Secret' }), 422, { reason: 'Invalid', message: /unknown conversion/ }),
    ],
  },
  {
    title: 'a patch of an absent object does not create it',
    steps: [
      refused(merge(`${CM}/a`, {}), 404, { message: 'configmaps "a" not found' }),
      refused(jsonPatch(`${CM}/a`, []), 404, { reason: 'NotFound' }),
    ],
  },
  {
    title: 'a JSON patch adds, replaces, copies, moves and removes',
    steps: [
      create(CM, configMap('a', { c: '2', e: '3' }, { annotations: { 'a.test/b': '1', plain: '2' } })),
      jsonPatch(
        `${CM}/a`,
        [
          { op: 'add', path: '/data/new', value: 'n' },
          { op: 'replace', path: '/metadata/annotations/a.test~1b', value: '9' },
          { op: 'copy', from: '/data/e', path: '/data/f' },
          { op: 'move', from: '/data/c', path: '/data/g' },
          { op: 'remove', path: '/data/e' },
        ],
        { data: { f: '3', g: '2', new: 'n' }, 'metadata.annotations': { 'a.test/b': '9', plain: '2' } },
      ),
    ],
  },
  {
    title: 'a JSON patch tests before it writes, all or nothing',
    steps: [
      create(CM, configMap('a', { k: '1' })),
      refused(
        jsonPatch(`${CM}/a`, [
          { op: 'replace', path: '/data/k', value: '5' },
          { op: 'test', path: '/data/k', value: '1' },
        ]),
        422,
        { reason: 'Invalid', message: IN_ERROR },
      ),
      get(`${CM}/a`, { data: { k: '1' } }),
    ],
  },
  {
    title: 'a JSON patch of paths that are not there is refused',
    steps: [
      create(CM, configMap('a', { k: '1' })),
      refused(jsonPatch(`${CM}/a`, [{ op: 'remove', path: '/data/absent' }]), 422, { message: IN_ERROR }),
      refused(jsonPatch(`${CM}/a`, [{ op: 'add', path: '/absent/deep', value: '1' }]), 422, { message: IN_ERROR }),
    ],
  },
  {
    title: 'a JSON patch that is none is refused',
    steps: [
      create(CM, configMap('a')),
      refused(jsonPatch(`${CM}/a`, {}), 400, { reason: 'BadRequest' }),
      refused(jsonPatch(`${CM}/a`, [{ op: 'leap', path: '/data' }]), 422, { reason: 'Invalid' }),
      refused(
        jsonPatch(
          `${CM}/a`,
          Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/kind', value: 'ConfigMap' })),
        ),
        413,
        { code: 413 },
      ),
    ],
  },
  {
    title: 'a patch of another media type is refused',
    steps: [
      create(CM, configMap('a')),
      refused(withHeaders(merge(`${CM}/a`, {}), { 'content-type': 'application/json' }), 415, {
        reason: 'UnsupportedMediaType',
        message: '415: Unsupported Media Type',
      }),
    ],
  },
  {
    title: 'a patch whose result is not valid is refused as a PUT would be',
    steps: [
      create(PODS, pod('p')),
      refused(merge(`${PODS}/p`, { metadata: { labels: { 'a b': 'c' } } }), 422, {
        reason: 'Invalid',
        'details.causes.0.field': 'metadata.labels',
      }),
      refused(merge(`${PODS}/p`, { spec: { priority: 'high' } }), 422, { reason: 'Invalid' }),
    ],
  },
  {
    title: 'a strategic merge patch merges containers by name and puts new ones first',
    steps: [
      create(DEPLOY, deployment(1)),
      strategic(
        `${DEPLOY}/d`,
        podTemplate({
          containers: [
            { name: 'side', image: 'side:1' },
            { name: 'main', tty: true },
          ],
        }),
        {
          [`${SPEC}.containers[*].name`]: ['side', 'main'],
          [`${SPEC}.containers[name=main].tty`]: true,
          [`${SPEC}.containers[name=main].image`]: 'registry.k8s.io/pause:3.10',
          'metadata.generation': 2,
        },
      ),
    ],
  },
  {
    title: 'a strategic merge patch merges variables and ports by their keys',
    steps: [
      create(
        DEPLOY,
        deployment(1, {
          template: {
            metadata: { labels: { app: 'd' } },
            spec: {
              containers: [
                {
                  name: 'main',
                  image: 'a',
                  env: [
                    { name: 'A', value: '1' },
                    { name: 'B', value: '2' },
                  ],
                  ports: [{ containerPort: 80 }],
                },
              ],
            },
          },
        }),
      ),
      strategic(
        `${DEPLOY}/d`,
        podTemplate({
          containers: [
            {
              name: 'main',
              env: [
                { name: 'B', value: '9' },
                { name: 'C', value: '3' },
              ],
              ports: [{ containerPort: 443 }],
            },
          ],
        }),
        {
          [`${SPEC}.containers.0.env[name=A].value`]: '1',
          [`${SPEC}.containers.0.env[name=B].value`]: '9',
          [`${SPEC}.containers.0.env.length`]: 3,
          [`${SPEC}.containers.0.ports[*].containerPort`]: [443, 80],
        },
      ),
    ],
  },
  {
    title: '$patch: delete takes an element or a map away, $patch: replace replaces a list',
    steps: [
      create(
        DEPLOY,
        deployment(1, {
          template: {
            metadata: { labels: { app: 'd' } },
            spec: {
              nodeSelector: { a: 'b' },
              containers: [
                { name: 'main', image: 'a' },
                { name: 'side', image: 'b' },
              ],
            },
          },
        }),
      ),
      strategic(
        `${DEPLOY}/d`,
        podTemplate({ containers: [{ name: 'side', $patch: 'delete' }], nodeSelector: { $patch: 'delete' } }),
        {
          [`${SPEC}.containers[*].name`]: ['main'],
          [`${SPEC}.nodeSelector`]: undefined,
        },
      ),
      strategic(`${DEPLOY}/d`, podTemplate({ containers: [{ $patch: 'replace' }, { name: 'only', image: 'c' }] }), {
        [`${SPEC}.containers[*].name`]: ['only'],
      }),
      refused(strategic(`${DEPLOY}/d`, podTemplate({ containers: [{ name: 'only', $patch: 'forget' }] })), 500, {
        message: /unknown patch type: forget|unrecognized|Unknown patch type/i,
      }),
    ],
  },
  {
    title: '$retainKeys clears what a union of fields had',
    steps: [
      create(DEPLOY, deployment(1)),
      strategic(
        `${DEPLOY}/d`,
        { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } },
        { 'spec.strategy': { type: 'Recreate' } },
      ),
    ],
  },
  {
    title: '$setElementOrder sorts a list; $deleteFromPrimitiveList takes values out',
    steps: [
      create(CM, configMap('a', {}, { finalizers: ['contract.test/a', 'contract.test/b'] })),
      strategic(
        `${CM}/a`,
        { metadata: { '$deleteFromPrimitiveList/finalizers': ['contract.test/a'], finalizers: ['contract.test/c'] } },
        {
          'metadata.finalizers': ['contract.test/c', 'contract.test/b'],
        },
      ),
      create(DEPLOY, deployment(1)),
      strategic(
        `${DEPLOY}/d`,
        podTemplate({
          '$setElementOrder/containers': [{ name: 'main' }, { name: 'side' }],
          containers: [{ name: 'side', image: 's' }],
        }),
        { [`${SPEC}.containers[*].name`]: ['main', 'side'] },
      ),
      merge(`${CM}/a`, { metadata: { finalizers: null } }),
    ],
  },
  {
    title: 'an element without its merge key is refused',
    steps: [
      create(DEPLOY, deployment(1)),
      refused(strategic(`${DEPLOY}/d`, podTemplate({ containers: [{ image: 'nameless' }] })), 500, {
        message: /does not contain declared merge key: name/,
      }),
    ],
  },
  {
    title: 'a strategic merge patch replaces tolerations, which have no key',
    steps: [
      create(
        DEPLOY,
        deployment(1, {
          template: {
            metadata: { labels: { app: 'd' } },
            spec: { tolerations: [{ key: 'a', operator: 'Exists' }], containers: [{ name: 'main', image: 'a' }] },
          },
        }),
      ),
      strategic(`${DEPLOY}/d`, podTemplate({ tolerations: [{ key: 'b', operator: 'Exists' }] }), {
        [`${SPEC}.tolerations[*].key`]: ['b'],
      }),
    ],
  },
  withKind(
    'custom kinds take merge and JSON patches, no strategic ones',
    { spec: { properties: { list: { type: 'array', items: { type: 'string' } } } } },
    [
      create(WIDGETS, widget({ list: ['a', 'b'] })),
      merge(`${WIDGETS}/a`, { spec: { list: ['c'] } }, { 'spec.list': ['c'] }),
      jsonPatch(`${WIDGETS}/a`, [{ op: 'add', path: '/spec/list/-', value: 'd' }], { 'spec.list': ['c', 'd'] }),
      refused(strategic(`${WIDGETS}/a`, {}), 415, {
        reason: 'UnsupportedMediaType',
        message: /accepted media types include: application\/json-patch\+json/,
      }),
    ],
  ),
  {
    title: 'binary data of Secrets is patched as base64',
    steps: [
      create(SECRETS, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { a: 'YQ==' } }),
      merge(
        `${SECRETS}/s`,
        { data: { b: 'Yg==' }, stringData: { c: 'c' } },
        { data: { a: 'YQ==', b: 'Yg==', c: 'Yw==' } },
      ),
      refused(merge(`${SECRETS}/s`, { data: { b: '***' } }), 422, { reason: 'Invalid' }),
    ],
  },
  {
    title: 'the last finalizer taken away by patch ends an object that is being deleted',
    steps: [
      create(CM, configMap('a', {}, { finalizers: ['contract.test/hold'] })),
      kept(remove(`${CM}/a`, { kind: 'ConfigMap' }), { rv: 'metadata.resourceVersion' }),
      jsonPatch(`${CM}/a`, [{ op: 'remove', path: '/metadata/finalizers' }], { 'metadata.resourceVersion': '{rv}' }),
      refused(get(`${CM}/a`), 404, { reason: 'NotFound' }),
    ],
  },
  {
    title: 'force is for apply patches only',
    steps: [
      create(CM, configMap('a')),
      refused(merge(`${CM}/a?force=true`, {}), 422, {
        reason: 'Invalid',
        message: /may not be specified for non-apply patch/,
      }),
    ],
  },
  {
    title: 'a JSON patch may name a path without its slash, with a warning',
    steps: [
      create(CM, configMap('a', { k: '1' })),
      warned(jsonPatch(`${CM}/a`, [{ op: 'replace', path: 'data/k', value: '2' }], { 'data.k': /./ }), /./),
    ],
  },
];
