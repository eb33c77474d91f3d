/** Patches, deletion and what is special about kinds. */
import { CM, DEPLOY, PODS, WIDGETS, configMap, deployment, pod, widget, makeDefinition, dropDefinition, make } from './bodies.ts';
import type { ContractCase } from './case.ts';

export const KIND_CASES: readonly ContractCase[] = [
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
