/** What a server says of itself: groups, resources, OpenAPI, health, version. */
import { CRDS, DEFINITION, WIDGETS, definition, served, withDefinition, withKind } from '../bodies.ts';
import type { ContractCase } from '../case.ts';
import { create, eventually, get, merge, refused, remove, withHeaders } from '../steps.ts';

const RESOURCE = (name: string) => `resources[name=${name}]`;

export const DISCOVERY: readonly ContractCase[] = [
  {
    title: 'discovery tells of groups and versions',
    steps: [
      get('/api', { kind: 'APIVersions', versions: ['v1'] }),
      get('/apis', {
        kind: 'APIGroupList',
        'groups[name=apps].preferredVersion': { groupVersion: 'apps/v1', version: 'v1' },
      }),
      get('/apis/apps', { kind: 'APIGroup', name: 'apps', 'preferredVersion.version': 'v1' }),
    ],
  },
  {
    title: 'discovery tells what a resource is and takes',
    steps: [
      get('/api/v1', {
        kind: 'APIResourceList',
        groupVersion: 'v1',
        [`${RESOURCE('pods')}.kind`]: 'Pod',
        [`${RESOURCE('pods')}.singularName`]: 'pod',
        [`${RESOURCE('pods')}.namespaced`]: true,
        [`${RESOURCE('pods')}.shortNames`]: ['po'],
        [`${RESOURCE('pods')}.categories`]: ['all'],
        [`${RESOURCE('pods')}.verbs`]: [
          'create',
          'delete',
          'deletecollection',
          'get',
          'list',
          'patch',
          'update',
          'watch',
        ],
        [`${RESOURCE('pods/eviction')}.kind`]: 'Eviction',
        [`${RESOURCE('pods/eviction')}.group`]: 'policy',
        [`${RESOURCE('nodes')}.namespaced`]: false,
      }),
      get('/apis/apps/v1', {
        groupVersion: 'apps/v1',
        [`${RESOURCE('deployments/scale')}.kind`]: 'Scale',
        [`${RESOURCE('deployments')}.shortNames`]: ['deploy'],
      }),
    ],
  },
  {
    title: 'the aggregated form holds all resources at once',
    steps: [
      withHeaders(
        get('/apis', {
          kind: 'APIGroupDiscoveryList',
          apiVersion: 'apidiscovery.k8s.io/v2',
          'items.0.versions.0.resources.0.scope': /^(Namespaced|Cluster)$/,
        }),
        {
          accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json',
        },
      ),
    ],
  },
  withKind('a new kind appears in discovery', { version: { subresources: { status: {} } } }, [
    eventually(get('/apis/{id}.contract.test', { kind: 'APIGroup', 'versions[*].version': ['v1'] })),
    eventually(
      get('/apis/{id}.contract.test/v1', {
        'resources[*].name': ['widgets', 'widgets/status'],
        'resources.0.verbs': ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'],
      }),
    ),
  ]),
  withKind('a deleted kind goes from discovery', {}, [
    eventually(get('/apis/{id}.contract.test/v1', { 'resources.length': 1 })),
    remove(DEFINITION),
    eventually(refused(get('/apis/{id}.contract.test/v1'), 404, {})),
    eventually(refused(get(WIDGETS), 404, {})),
  ]),
  withDefinition('versions are sorted by maturity, one that is not served is left out', [
    create(
      CRDS,
      definition({
        more: {
          versions: ['v1alpha1', 'v2', 'v1beta1', 'v1'].map((name) => ({
            name,
            served: name !== 'v1beta1',
            storage: name === 'v1',
            schema: { openAPIV3Schema: { type: 'object' } },
          })),
        },
      }),
    ),
    served,
    eventually(
      get('/apis/{id}.contract.test', {
        'versions[*].version': ['v2', 'v1', 'v1alpha1'],
        'preferredVersion.version': 'v2',
      }),
    ),
    eventually(refused(get('/apis/{id}.contract.test/v1beta1/namespaces/{ns}/widgets'), 404, {})),
  ]),
  {
    title: 'OpenAPI v3 has a document for each group and version',
    steps: [
      get('/openapi/v3', {
        'paths[apis/apps/v1].serverRelativeURL': /^\/openapi\/v3\/apis\/apps\/v1/,
        'paths[api/v1].serverRelativeURL': /^\/openapi\/v3\/api\/v1/,
      }),
      get('/openapi/v3/apis/apps/v1', {
        openapi: '3.0.0',
        'components.schemas[io.k8s.api.apps.v1.Deployment].type': 'object',
        'components.schemas[io.k8s.api.apps.v1.Deployment].x-kubernetes-group-version-kind': [
          { group: 'apps', kind: 'Deployment', version: 'v1' },
        ],
      }),
    ],
  },
  withKind(
    'OpenAPI v3 describes a new kind',
    { spec: { properties: { size: { type: 'integer', description: 'how big' } } } },
    [
      eventually(
        get('/openapi/v3/apis/{id}.contract.test/v1', {
          openapi: '3.0.0',
          'paths[/apis/{id}.contract.test/v1/widgets].get.x-kubernetes-action': 'list',
        }),
      ),
    ],
  ),
  {
    title: 'health is told in plain text, the version as JSON',
    steps: [
      get('/healthz', { '': 'ok' }),
      get('/livez', { '': 'ok' }),
      get('/readyz', { '': 'ok' }),
      get('/version', { major: '1', gitVersion: /^v1\./, platform: /\// }),
    ],
  },
  withKind('a kind learns a short name and a category', {}, [
    merge(DEFINITION, { spec: { names: { shortNames: ['wdg'], categories: ['all'] } } }),
    eventually(
      get('/apis/{id}.contract.test/v1', { 'resources.0.shortNames': ['wdg'], 'resources.0.categories': ['all'] }),
    ),
  ]),
];
