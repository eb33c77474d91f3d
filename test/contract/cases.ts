/**
 * What any Kubernetes API server must answer, as sequences of requests. Runs against the sandbox in process and over HTTP, and against
 * the cluster that KUBECONFIG names. `{ns}` is a namespace of the case's own, `{id}` a random word.
 */
export interface Step {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  /** Default: JSON, merge patch for PATCH. */
  readonly contentType?: string;
  readonly status: number;
  /** Dotted paths into the answer; `undefined` means absent. */
  readonly expect?: Readonly<Record<string, unknown>>;
  /** Values to keep for later steps, as `{name}`. */
  readonly keep?: Readonly<Record<string, string>>;
  /** Asked again until it holds, at most ten seconds (a CRD's new path). */
  readonly eventually?: true;
}

export interface ContractCase {
  readonly title: string;
  readonly steps: readonly Step[];
}

const CM = '/api/v1/namespaces/{ns}/configmaps';
const DEPLOY = '/apis/apps/v1/namespaces/{ns}/deployments';
const PODS = '/api/v1/namespaces/{ns}/pods';
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const WIDGETS = '/apis/{id}.contract.test/v1/namespaces/{ns}/widgets';

const configMap = (name: string, more: Readonly<Record<string, unknown>> = {}, meta: Readonly<Record<string, unknown>> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...meta },
  ...more,
});
const deployment = (replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  // Paused: its controller makes nothing, so that the answers are the server's alone.
  metadata: { name: 'd' },
  spec: {
    replicas,
    paused: true,
    selector: { matchLabels: { app: 'd' } },
    template: { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'main', image: 'registry.example/app:1' }] } },
  },
});
const pod = (name: string, meta: Readonly<Record<string, unknown>> = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...meta },
  // No node has this label: nothing binds or runs it.
  spec: {
    automountServiceAccountToken: false,
    nodeSelector: { 'contract.test/none': 'here' },
    containers: [{ name: 'main', image: 'registry.example/app:1' }],
  },
});
const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.{id}.contract.test' },
  spec: {
    group: '{id}.contract.test',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: { size: { type: 'integer', minimum: 1, default: 3 }, colour: { type: 'string', enum: ['red', 'blue'] } },
              },
              status: { type: 'object', properties: { ready: { type: 'boolean' } } },
            },
          },
        },
        subresources: { status: {} },
      },
    ],
  },
};
const widget = (spec: Readonly<Record<string, unknown>>) => ({
  apiVersion: '{id}.contract.test/v1',
  kind: 'Widget',
  metadata: { name: 'a' },
  spec,
});
const makeDefinition: readonly Step[] = [
  { method: 'POST', path: CRDS, body: definition, status: 201 },
  { method: 'GET', path: WIDGETS, status: 200, expect: { kind: 'WidgetList' }, eventually: true },
];
const dropDefinition: Step = { method: 'DELETE', path: `${CRDS}/widgets.{id}.contract.test`, status: 200 };
const make = (body: unknown, path = CM): Step => ({ method: 'POST', path, body, status: 201 });

export const CONTRACT: readonly ContractCase[] = [
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
  {
    title: 'a merge patch sets and deletes fields',
    steps: [
      make(configMap('a', { data: { k: '1', l: '2' } })),
      {
        method: 'PATCH',
        path: `${CM}/a`,
        body: { data: { k: null, m: '3' } },
        status: 200,
        expect: { 'data.k': undefined, 'data.l': '2', 'data.m': '3' },
      },
    ],
  },
  {
    title: 'a JSON patch tests before it writes',
    steps: [
      make(configMap('a', { data: { k: '1' } })),
      {
        method: 'PATCH',
        path: `${CM}/a`,
        contentType: 'application/json-patch+json',
        body: [
          { op: 'test', path: '/data/k', value: '2' },
          { op: 'remove', path: '/data/k' },
        ],
        status: 422,
        expect: { reason: 'Invalid' },
      },
      { method: 'GET', path: `${CM}/a`, status: 200, expect: { 'data.k': '1' } },
      {
        method: 'PATCH',
        path: `${CM}/a`,
        contentType: 'application/json-patch+json',
        body: [{ op: 'replace', path: '/data/k', value: '2' }],
        status: 200,
        expect: { 'data.k': '2' },
      },
    ],
  },
  {
    title: 'a patch of another media type is refused',
    steps: [
      make(configMap('a')),
      { method: 'PATCH', path: `${CM}/a`, contentType: 'text/plain', body: {}, status: 415, expect: { reason: 'UnsupportedMediaType' } },
    ],
  },
  {
    title: 'a strategic merge patch merges containers by name',
    steps: [
      make(deployment(1), DEPLOY),
      {
        method: 'PATCH',
        path: `${DEPLOY}/d`,
        contentType: 'application/strategic-merge-patch+json',
        body: { spec: { template: { spec: { containers: [{ name: 'side', image: 'registry.example/side:1' }] } } } },
        status: 200,
        expect: {
          'spec.template.spec.containers.length': 2,
          'spec.template.spec.containers.0.name': 'side',
          'spec.template.spec.containers.1.image': 'registry.example/app:1',
          'metadata.generation': 2,
        },
      },
    ],
  },
  {
    title: 'a Deployment gets its defaults, and its status only through status',
    steps: [
      {
        ...make(deployment(2), DEPLOY),
        expect: {
          'spec.strategy.type': 'RollingUpdate',
          'spec.revisionHistoryLimit': 10,
          'spec.template.spec.restartPolicy': 'Always',
          'metadata.generation': 1,
          'status.replicas': undefined,
        },
      },
      { method: 'PATCH', path: `${DEPLOY}/d`, body: { status: { replicas: 9 } }, status: 200, expect: { 'metadata.generation': 1 } },
    ],
  },
  {
    title: 'scale reads and sets replicas',
    steps: [
      make(deployment(2), DEPLOY),
      { method: 'GET', path: `${DEPLOY}/d/scale`, status: 200, expect: { kind: 'Scale', 'spec.replicas': 2, 'status.selector': 'app=d' } },
      { method: 'PATCH', path: `${DEPLOY}/d/scale`, body: { spec: { replicas: 5 } }, status: 200, expect: { 'spec.replicas': 5 } },
      { method: 'GET', path: `${DEPLOY}/d`, status: 200, expect: { 'spec.replicas': 5, 'metadata.generation': 2 } },
    ],
  },
  {
    title: 'a selector of a Deployment does not change',
    steps: [
      make(deployment(1), DEPLOY),
      {
        method: 'PATCH',
        path: `${DEPLOY}/d`,
        body: { spec: { selector: { matchLabels: { app: 'e' } } } },
        status: 422,
        expect: { reason: 'Invalid' },
      },
    ],
  },
  {
    title: 'an unscheduled pod goes at once',
    steps: [
      { ...make(pod('p'), PODS), expect: { 'status.phase': 'Pending', 'status.qosClass': 'BestEffort', 'spec.dnsPolicy': 'ClusterFirst' } },
      { method: 'DELETE', path: `${PODS}/p`, status: 200 },
      { method: 'GET', path: `${PODS}/p`, status: 404, eventually: true },
    ],
  },
  {
    title: 'a pod without a budget may be evicted',
    steps: [
      make(pod('p'), PODS),
      {
        method: 'POST',
        path: `${PODS}/p/eviction`,
        body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } },
        status: 201,
        expect: { status: 'Success' },
      },
      { method: 'GET', path: `${PODS}/p`, status: 404, eventually: true },
    ],
  },
  {
    title: "a pod's containers do not change but for their image",
    steps: [
      make(pod('p'), PODS),
      {
        method: 'PATCH',
        path: `${PODS}/p`,
        body: { spec: { dnsPolicy: 'Default' } },
        status: 422,
        expect: { 'details.causes.0.field': 'spec', 'details.causes.0.reason': 'FieldValueForbidden' },
      },
    ],
  },
  {
    title: 'a finalizer holds an object until it is taken away',
    steps: [
      make(configMap('a', {}, { finalizers: ['contract.test/hold'] })),
      { method: 'DELETE', path: `${CM}/a`, status: 200, expect: { kind: 'ConfigMap', 'metadata.deletionGracePeriodSeconds': 0 } },
      {
        method: 'POST',
        path: CM,
        body: configMap('a'),
        status: 409,
        expect: { message: 'object is being deleted: configmaps "a" already exists' },
      },
      { method: 'PATCH', path: `${CM}/a`, body: { metadata: { finalizers: null } }, status: 200 },
      { method: 'GET', path: `${CM}/a`, status: 404 },
    ],
  },
  {
    title: 'a delete with the wrong uid is a conflict',
    steps: [
      make(configMap('a')),
      {
        method: 'DELETE',
        path: `${CM}/a`,
        body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'other' } },
        status: 409,
        expect: { reason: 'Conflict' },
      },
      { method: 'GET', path: `${CM}/a`, status: 200 },
    ],
  },
  {
    title: 'a collection is deleted by selector',
    steps: [
      make(configMap('x', {}, { labels: { go: 'y' } })),
      make(configMap('z')),
      { method: 'DELETE', path: `${CM}?labelSelector=go%3Dy`, status: 200, expect: { 'items.length': 1 } },
      { method: 'GET', path: `${CM}/x`, status: 404 },
      { method: 'GET', path: `${CM}/z`, status: 200 },
    ],
  },
  {
    title: 'a dry run leaves no trace',
    steps: [
      { method: 'POST', path: `${CM}?dryRun=All`, body: configMap('a'), status: 201 },
      { method: 'GET', path: `${CM}/a`, status: 404 },
    ],
  },
  {
    title: 'a body of another kind is refused',
    steps: [
      {
        method: 'POST',
        path: CM,
        body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } },
        status: 400,
        expect: { reason: 'BadRequest' },
      },
    ],
  },
  {
    title: 'a method that a path does not take is refused',
    steps: [{ method: 'PUT', path: CM, body: configMap('a'), status: 405, expect: { reason: 'MethodNotAllowed' } }],
  },
  {
    title: 'an unknown resource is not found',
    steps: [
      {
        method: 'GET',
        path: '/api/v1/namespaces/{ns}/gizmos',
        status: 404,
        expect: { message: 'the server could not find the requested resource' },
      },
    ],
  },
  {
    title: 'a custom resource is defaulted, pruned and validated',
    steps: [
      ...makeDefinition,
      {
        ...make(widget({ colour: 'red', stray: true }), WIDGETS),
        expect: { 'spec.size': 3, 'spec.colour': 'red', 'spec.stray': undefined, 'metadata.generation': 1 },
      },
      {
        method: 'PATCH',
        path: `${WIDGETS}/a`,
        body: { spec: { size: 0 } },
        status: 422,
        expect: { reason: 'Invalid', 'details.causes.0.field': 'spec.size' },
      },
      { method: 'PATCH', path: `${WIDGETS}/a`, body: { spec: { size: 4 } }, status: 200, expect: { 'metadata.generation': 2 } },
      dropDefinition,
    ],
  },
  {
    title: "a custom resource's status has an endpoint of its own",
    steps: [
      ...makeDefinition,
      make(widget({}), WIDGETS),
      { method: 'PATCH', path: `${WIDGETS}/a`, body: { status: { ready: true } }, status: 200, expect: { status: undefined } },
      {
        method: 'PATCH',
        path: `${WIDGETS}/a/status`,
        body: { status: { ready: true }, spec: { size: 9 } },
        status: 200,
        expect: { 'status.ready': true, 'spec.size': 3, 'metadata.generation': 1 },
      },
      dropDefinition,
    ],
  },
  {
    title: 'a custom resource does not take strategic merge patches',
    steps: [
      ...makeDefinition,
      make(widget({}), WIDGETS),
      { method: 'PATCH', path: `${WIDGETS}/a`, contentType: 'application/strategic-merge-patch+json', body: {}, status: 415 },
      dropDefinition,
    ],
  },
  {
    title: 'discovery tells of groups, versions and resources',
    steps: [
      { method: 'GET', path: '/api', status: 200, expect: { kind: 'APIVersions', 'versions.0': 'v1' } },
      { method: 'GET', path: '/apis/apps', status: 200, expect: { kind: 'APIGroup', 'preferredVersion.version': 'v1' } },
      { method: 'GET', path: '/apis/apps/v1', status: 200, expect: { kind: 'APIResourceList', groupVersion: 'apps/v1' } },
    ],
  },
  {
    title: 'a Lease is renewed under its resourceVersion',
    steps: [
      {
        method: 'POST',
        path: '/apis/coordination.k8s.io/v1/namespaces/{ns}/leases',
        body: {
          apiVersion: 'coordination.k8s.io/v1',
          kind: 'Lease',
          metadata: { name: 'l' },
          spec: { holderIdentity: 'me', leaseDurationSeconds: 15, renewTime: '2020-01-01T00:00:00.000000Z' },
        },
        status: 201,
        expect: { 'spec.holderIdentity': 'me' },
      },
      {
        method: 'PUT',
        path: '/apis/coordination.k8s.io/v1/namespaces/{ns}/leases/l',
        body: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l' }, spec: {} },
        status: 422,
      },
    ],
  },
  {
    title: 'a Secret encodes its texts and has a type',
    steps: [
      {
        method: 'POST',
        path: '/api/v1/namespaces/{ns}/secrets',
        body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { k: 'wish' } },
        status: 201,
        expect: { type: 'Opaque', 'data.k': 'd2lzaA==', stringData: undefined },
      },
    ],
  },
];
