/** status and generation, scale, eviction, binding, resize, logs. */
import {
  BUDGETS,
  DEPLOY,
  PODS,
  STATEFUL_SETS,
  WIDGETS,
  budget,
  deployment,
  eviction,
  pod,
  widget,
  withKind,
  workload,
} from '../bodies.ts';
import type { ContractCase } from '../case.ts';
import { create, get, gone, invalid, merge, put, refused, remove, strategic } from '../steps.ts';

const scale = (replicas: number, more: Readonly<Record<string, unknown>> = {}) => ({
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  metadata: { name: 'd', namespace: '{ns}', ...more },
  spec: { replicas },
});
const scalable = {
  specReplicasPath: '.spec.replicas',
  statusReplicasPath: '.status.replicas',
  labelSelectorPath: '.status.selector',
};
const counted = { properties: { replicas: { type: 'integer' } } };
const running = (name: string, app = 'e') => [
  create(PODS, pod(name, {}, { labels: { app } })),
  merge(`${PODS}/${name}/status`, { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } }),
];
/** As a disruption controller would have counted it; without one the case does. */
const counts = (disruptionsAllowed: number, more: Readonly<Record<string, unknown>> = {}) => ({
  status: { observedGeneration: 1, disruptionsAllowed, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2, ...more },
});

export const SUBRESOURCES: readonly ContractCase[] = [
  {
    title: "a Deployment's status changes by its own endpoint only, and counts no generation",
    steps: [
      create(DEPLOY, deployment(2), { 'status.replicas': undefined }),
      merge(
        `${DEPLOY}/d`,
        { status: { collisionCount: 9 } },
        { 'metadata.generation': 1, 'status.collisionCount': undefined },
      ),
      merge(
        `${DEPLOY}/d/status`,
        { status: { collisionCount: 9 }, spec: { replicas: 7 } },
        { 'status.collisionCount': 9, 'spec.replicas': 2, 'metadata.generation': 1 },
      ),
      merge(`${DEPLOY}/d`, { metadata: { labels: { a: 'b' } } }, { 'metadata.generation': 1 }),
      merge(`${DEPLOY}/d`, { spec: { minReadySeconds: 5 } }, { 'metadata.generation': 2 }),
    ],
  },
  withKind(
    "a custom kind's status has an endpoint of its own",
    { status: { properties: { ready: { type: 'boolean' } } }, version: { subresources: { status: {} } } },
    [
      create(WIDGETS, { ...widget({}), status: { ready: true } }, { status: undefined, 'metadata.generation': 1 }),
      merge(`${WIDGETS}/a`, { status: { ready: true } }, { status: undefined }),
      invalid(put(`${WIDGETS}/a/status`, { ...widget({}), status: { ready: true } }), 'metadata.resourceVersion', [
        'FieldValueInvalid',
        /must be specified for an update/,
      ]),
      merge(`${WIDGETS}/a/status`, { status: { ready: true } }, { 'status.ready': true, 'metadata.generation': 1 }),
      invalid(merge(`${WIDGETS}/a/status`, { status: { ready: 'yes' } }), 'status.ready', 'FieldValueTypeInvalid'),
      get(`${WIDGETS}/a/status`, { kind: 'Widget', 'status.ready': true }),
    ],
  ),
  withKind(
    'a custom kind without that endpoint has an ordinary status, which counts',
    { status: { properties: { ready: { type: 'boolean' } } } },
    [
      create(WIDGETS, { ...widget({}), status: { ready: false } }, { 'status.ready': false }),
      merge(`${WIDGETS}/a`, { status: { ready: true } }, { 'status.ready': true, 'metadata.generation': 2 }),
      refused(merge(`${WIDGETS}/a/status`, {}), 404, { reason: 'NotFound' }),
    ],
  ),
  {
    title: "pods' conditions merge by type in a strategic patch of the status",
    steps: [
      create(PODS, pod('p')),
      strategic(`${PODS}/p/status`, { status: { conditions: [{ type: 'A', status: 'True' }] } }),
      strategic(
        `${PODS}/p/status`,
        { status: { conditions: [{ type: 'B', status: 'False' }] } },
        {
          'status.conditions[type=A].status': 'True',
          'status.conditions[type=B].status': 'False',
        },
      ),
    ],
  },
  {
    title: 'scale reads and sets replicas',
    steps: [
      create(DEPLOY, deployment(2)),
      get(`${DEPLOY}/d/scale`, {
        kind: 'Scale',
        apiVersion: 'autoscaling/v1',
        'spec.replicas': 2,
        'status.selector': 'app=d',
      }),
      merge(`${DEPLOY}/d/scale`, { spec: { replicas: 5 } }, { 'spec.replicas': 5 }),
      put(`${DEPLOY}/d/scale`, scale(4), { 'spec.replicas': 4 }),
      get(`${DEPLOY}/d`, { 'spec.replicas': 4, 'metadata.generation': 3 }),
    ],
  },
  {
    title: 'a scale below zero, or of another kind, is refused',
    steps: [
      create(DEPLOY, deployment(2)),
      invalid(put(`${DEPLOY}/d/scale`, scale(-1)), 'spec.replicas', [
        'FieldValueInvalid',
        /must be greater than or equal to 0/,
      ]),
      refused(put(`${DEPLOY}/d/scale`, deployment(1)), 400, { reason: 'BadRequest' }),
      refused(get(`${DEPLOY}/absent/scale`), 404, { message: 'deployments.apps "absent" not found' }),
    ],
  },
  {
    title: 'a StatefulSet scales too',
    steps: [
      create(STATEFUL_SETS, workload('StatefulSet', 's', { serviceName: 's', replicas: 0 })),
      get(`${STATEFUL_SETS}/s/scale`, { spec: {}, 'status.selector': 'app=s' }),
    ],
  },
  withKind(
    'a custom kind scales by the paths that it declares',
    {
      spec: counted,
      status: { properties: { replicas: { type: 'integer' }, selector: { type: 'string' } } },
      version: { subresources: { status: {}, scale: scalable } },
    },
    [
      create(WIDGETS, widget({ replicas: 2 })),
      merge(`${WIDGETS}/a/status`, { status: { replicas: 1, selector: 'app=w' } }),
      get(`${WIDGETS}/a/scale`, { 'spec.replicas': 2, 'status.replicas': 1, 'status.selector': 'app=w' }),
      merge(`${WIDGETS}/a/scale`, { spec: { replicas: 6 } }, { 'spec.replicas': 6 }),
      get(`${WIDGETS}/a`, { 'spec.replicas': 6, 'metadata.generation': 2 }),
    ],
  ),
  {
    title: 'a pod without a budget may be evicted; a dry run evicts nothing',
    steps: [
      create(PODS, pod('p')),
      create(`${PODS}/p/eviction`, eviction('p', { deleteOptions: { dryRun: ['All'] } }), { status: 'Success' }),
      get(`${PODS}/p`),
      create(`${PODS}/p/eviction`, eviction('p'), { kind: 'Status', status: 'Success' }),
      gone(`${PODS}/p`),
      refused(create(`${PODS}/p/eviction`, eviction('p')), 404, { message: 'pods "p" not found' }),
    ],
  },
  {
    title: 'an eviction of another name, or with another uid, is refused',
    steps: [
      create(PODS, pod('p')),
      refused(create(`${PODS}/p/eviction`, eviction('q')), 400, { reason: 'BadRequest' }),
      refused(
        create(`${PODS}/p/eviction`, eviction('p', { deleteOptions: { preconditions: { uid: 'other' } } })),
        409,
        {
          reason: 'Conflict',
        },
      ),
      get(`${PODS}/p`),
    ],
  },
  {
    title: 'a budget that allows none refuses an eviction with 429',
    steps: [
      ...running('p'),
      create(BUDGETS, budget('b', 'e', { maxUnavailable: 0 })),
      merge(`${BUDGETS}/b/status`, counts(0, { desiredHealthy: 2 })),
      refused(create(`${PODS}/p/eviction`, eviction('p')), 429, {
        reason: 'TooManyRequests',
        message: "Cannot evict pod as it would violate the pod's disruption budget.",
        'details.causes.0.reason': 'DisruptionBudget',
        'details.causes.0.message':
          /^The disruption budget b (needs \d+ healthy pods and has \d+ currently|does not allow evicting pods currently)$/,
      }),
      get(`${PODS}/p`, { 'metadata.deletionTimestamp': undefined }),
    ],
  },
  {
    title: 'a budget that was not counted yet refuses too',
    steps: [
      ...running('p'),
      create(BUDGETS, budget('b', 'e', { minAvailable: 5 })),
      refused(create(`${PODS}/p/eviction`, eviction('p')), 429, { reason: 'TooManyRequests' }),
    ],
  },
  {
    title: 'two budgets over one pod are one too many',
    steps: [
      ...running('p'),
      create(BUDGETS, budget('b', 'e', { maxUnavailable: 1 })),
      create(BUDGETS, budget('c', 'e', { maxUnavailable: 1 })),
      refused(create(`${PODS}/p/eviction`, eviction('p')), 500, {
        message: /This pod has more than one PodDisruptionBudget, which the eviction subresource does not support/,
      }),
    ],
  },
  {
    title: 'a pod that has not begun to run, or has ended, is evicted past any budget',
    steps: [
      create(PODS, pod('pending', {}, { labels: { app: 'e' } })),
      create(PODS, pod('ended', {}, { labels: { app: 'e' } })),
      merge(`${PODS}/ended/status`, { status: { phase: 'Failed' } }),
      create(BUDGETS, budget('b', 'e', { maxUnavailable: 0 })),
      create(`${PODS}/pending/eviction`, eviction('pending')),
      create(`${PODS}/ended/eviction`, eviction('ended')),
      gone(`${PODS}/ended`),
    ],
  },
  {
    title: 'a binding gives a pod its node, once',
    steps: [
      create(PODS, pod('p')),
      create(
        `${PODS}/p/binding`,
        { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'p' }, target: { kind: 'Node', name: '{id}-node' } },
        { status: 'Success' },
      ),
      get(`${PODS}/p`, { 'spec.nodeName': '{id}-node', 'status.conditions[type=PodScheduled].status': 'True' }),
      refused(
        create(`${PODS}/p/binding`, {
          apiVersion: 'v1',
          kind: 'Binding',
          metadata: { name: 'p' },
          target: { kind: 'Node', name: 'other' },
        }),
        409,
        {
          reason: 'Conflict',
          message: 'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "{id}-node"',
        },
      ),
      remove(`${PODS}/p`, {}, { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 }),
    ],
  },
  {
    title: 'resources change by resize only, and only they do',
    steps: [
      create(PODS, pod('p', { containers: [{ name: 'main', image: 'i', resources: { requests: { cpu: '100m' } } }] })),
      refused(
        strategic(`${PODS}/p`, { spec: { containers: [{ name: 'main', resources: { requests: { cpu: '200m' } } }] } }),
        422,
        {
          reason: 'Invalid',
        },
      ),
      strategic(
        `${PODS}/p/resize`,
        { spec: { containers: [{ name: 'main', resources: { requests: { cpu: '200m' } } }] } },
        {
          'spec.containers.0.resources.requests.cpu': '200m',
          'metadata.generation': 2,
        },
      ),
      strategic(
        `${PODS}/p/resize`,
        { spec: { containers: [{ name: 'main', image: 'other' }] } },
        { 'spec.containers.0.image': 'i', 'metadata.generation': 2 },
      ),
    ],
  },
  {
    title: 'the log of a pod that no node has is empty; of an unknown container, refused',
    steps: [
      create(PODS, pod('p')),
      { ...get(`${PODS}/p/log`), status: 204 },
      refused(get(`${PODS}/p/log?container=absent`), 400, {
        reason: 'BadRequest',
        message: 'container absent is not valid for pod p',
      }),
      create(PODS, pod('two', { containers: ['a', 'b'].map((name) => ({ name, image: 'i' })) })),
      refused(get(`${PODS}/two/log`), 400, {
        message: 'a container name must be specified for pod two, choose one of: [a b]',
      }),
    ],
  },
  {
    title: "a ServiceAccount's token names it and expires",
    steps: [
      create('/api/v1/namespaces/{ns}/serviceaccounts', {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: 'robot' },
      }),
      create(
        '/api/v1/namespaces/{ns}/serviceaccounts/robot/token',
        { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } },
        { kind: 'TokenRequest', 'status.token': /^[\w-]+\.[\w-]+\.[\w-]+$/, 'status.expirationTimestamp': /Z$/ },
      ),
      invalid(
        create('/api/v1/namespaces/{ns}/serviceaccounts/robot/token', {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          spec: { expirationSeconds: 5 },
        }),
        'spec.expirationSeconds',
        ['FieldValueInvalid', /may not specify a duration less than 10 minutes/],
      ),
    ],
  },
];
