/** Tables for people, and bare metadata. */
import { CM, DEPLOY, PODS, WIDGETS, configMap, deployment, pod, widget, withKind } from '../bodies.ts';
import type { ContractCase, Request } from '../case.ts';
import { create, get, refused, remove, withHeaders } from '../steps.ts';

const as = (kind: string) => `application/json;as=${kind};v=v1;g=meta.k8s.io`;
const table = (step: Request): Request => withHeaders(step, { accept: `${as('Table')},application/json` });

/** What kinds around the server itself show; none need be there. */
const COLUMNS = [
  ['/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies', ['Name', 'Validations', 'ParamKind', 'Age']],
  [
    '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings',
    ['Name', 'PolicyName', 'ParamRef', 'Age'],
  ],
  [
    '/apis/certificates.k8s.io/v1/certificatesigningrequests',
    ['Name', 'Age', 'SignerName', 'Requestor', 'RequestedDuration', 'Condition'],
  ],
  ['/apis/storage.k8s.io/v1/volumeattachments', ['Name', 'Attacher', 'PV', 'Node', 'Attached', 'Age']],
  ['/apis/storage.k8s.io/v1/csinodes', ['Name', 'Drivers', 'Age']],
  ['/apis/networking.k8s.io/v1/servicecidrs', ['Name', 'CIDRs', 'Age']],
  ['/apis/apiregistration.k8s.io/v1/apiservices', ['Name', 'Service', 'Available', 'Age']],
] as const;

export const TABLES: readonly ContractCase[] = [
  {
    title: 'kinds around the server itself have columns of their own',
    steps: COLUMNS.map(([path, names]) => table(get(path, { kind: 'Table', 'columnDefinitions[*].name': names }))),
  },
  {
    title: 'a policy as a row: its rules are counted and its parameters named',
    steps: [
      create('/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies', {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicy',
        metadata: { name: 'p-{id}' },
        spec: {
          paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
          matchConstraints: {
            resourceRules: [
              { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] },
            ],
          },
          validations: [{ expression: 'true' }, { expression: 'params != null' }],
        },
      }),
      table(
        get('/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/p-{id}', {
          'rows.0.cells.1': 2,
          'rows.0.cells.2': 'v1/ConfigMap',
        }),
      ),
    ],
    after: [remove('/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/p-{id}')],
  },
  {
    title: 'pods as a table',
    steps: [
      create(PODS, pod('p')),
      table(
        get(`${PODS}?labelSelector=!none`, {
          kind: 'Table',
          apiVersion: 'meta.k8s.io/v1',
          'columnDefinitions[*].name': [
            'Name',
            'Ready',
            'Status',
            'Restarts',
            'Age',
            'IP',
            'Node',
            'Nominated Node',
            'Readiness Gates',
          ],
          'rows.0.cells.0': 'p',
          'rows.0.cells.1': '0/1',
          'rows.0.cells.2': 'Pending',
          'rows.0.object.kind': 'PartialObjectMetadata',
          'rows.0.object.metadata.name': 'p',
        }),
      ),
    ],
  },
  {
    title: 'Deployments as a table, one or all',
    steps: [
      create(DEPLOY, deployment(2)),
      table(
        get(DEPLOY, {
          'columnDefinitions[*].name': [
            'Name',
            'Ready',
            'Up-to-date',
            'Available',
            'Age',
            'Containers',
            'Images',
            'Selector',
          ],
        }),
      ),
      table(get(`${DEPLOY}/d`, { 'rows.length': 1, 'rows.0.cells.1': '0/2', 'rows.0.cells.7': 'app=d' })),
    ],
  },
  {
    title: 'the rows of a table hold whole objects, or none, when asked',
    steps: [
      create(CM, configMap('a', { k: '1' }, { labels: { row: 'y' } })),
      table(
        get(`${CM}?labelSelector=row&includeObject=Object`, { 'rows.0.object.data': { k: '1' }, 'rows.0.cells.1': 1 }),
      ),
      table(get(`${CM}?labelSelector=row&includeObject=None`, { 'rows.0.object': null })),
    ],
  },
  {
    title: 'an empty list is a table without rows',
    steps: [table(get(`${CM}?labelSelector=none%3Dsuch`, { kind: 'Table', rows: [], 'columnDefinitions.length': 3 }))],
  },
  {
    title: 'pages of tables continue',
    steps: [
      create(CM, configMap('a', {}, { labels: { row: 'y' } })),
      create(CM, configMap('b', {}, { labels: { row: 'y' } })),
      { ...table(get(`${CM}?labelSelector=row&limit=1`, { 'rows.length': 1 })), keep: { token: 'metadata.continue' } },
      table(get(`${CM}?labelSelector=row&limit=1&continue={token}`, { 'rows.0.cells.0': 'b' })),
    ],
  },
  withKind(
    'custom kinds have the columns that they declare',
    {
      spec: { properties: { colour: { type: 'string' }, size: { type: 'integer' } } },
      version: {
        additionalPrinterColumns: [
          { name: 'Colour', type: 'string', jsonPath: '.spec.colour', description: 'its colour' },
          { name: 'Size', type: 'integer', jsonPath: '.spec.size', priority: 1 },
        ],
      },
    },
    [
      create(WIDGETS, widget({ colour: 'red', size: 3 })),
      table(
        get(WIDGETS, {
          'columnDefinitions[*].name': ['Name', 'Colour', 'Size'],
          'columnDefinitions.1.description': 'its colour',
          'columnDefinitions.2.priority': 1,
          'rows.0.cells': ['a', 'red', 3],
        }),
      ),
    ],
  ),
  {
    title: 'an object and a list as bare metadata',
    steps: [
      create(CM, configMap('a', { k: '1' }, { labels: { row: 'y' } })),
      withHeaders(
        get(`${CM}/a`, {
          kind: 'PartialObjectMetadata',
          apiVersion: 'meta.k8s.io/v1',
          'metadata.labels.row': 'y',
          data: undefined,
        }),
        {
          accept: as('PartialObjectMetadata'),
        },
      ),
      withHeaders(
        get(`${CM}?labelSelector=row`, {
          kind: 'PartialObjectMetadataList',
          'items.0.kind': 'PartialObjectMetadata',
          'items.0.data': undefined,
        }),
        {
          accept: as('PartialObjectMetadataList'),
        },
      ),
    ],
  },
  {
    title: 'a form that the server does not have is refused, unless another is accepted too',
    steps: [
      refused(withHeaders(get(CM), { accept: as('Poem') }), 406, { reason: 'NotAcceptable' }),
      withHeaders(get(CM, { kind: 'ConfigMapList' }), { accept: `${as('Poem')},application/json` }),
    ],
  },
];
