/**
 * What kinds around the workloads may hold: autoscalers, schedules, Services, runtime classes; and how healthy the
 * server says it is.
 */
import { BUDGETS, CRON_JOBS, PODS, SERVICES, budget, pod } from '../bodies.ts';
import type { ContractCase } from '../case.ts';
import { causes, create, get, invalid, merge, refused, remove, withHeaders } from '../steps.ts';

const AUTOSCALERS = '/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers';
const REVISIONS = '/apis/apps/v1/namespaces/{ns}/controllerrevisions';

const autoscaler = (spec: object) => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'a' },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' }, maxReplicas: 3, ...spec },
});
const cronJob = (spec: object) => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'c' },
  spec: {
    jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } } },
    ...spec,
  },
});

export const REFUSALS: readonly ContractCase[] = [
  {
    title: 'metrics of an autoscaler name a source, a target and one way to measure it',
    steps: [
      causes(
        create(
          AUTOSCALERS,
          autoscaler({
            metrics: [
              { type: 'Resource' },
              { type: 'Pods', pods: { metric: { name: 'm' }, target: { type: 'Value', value: '1' } } },
              {
                type: 'Resource',
                resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 0, averageValue: '1' } },
              },
            ],
          }),
        ),
        ['spec.metrics[0].resource', 'Required value: must populate information for the given metric source'],
        ['spec.metrics[1].pods.target.averageValue', 'Required value: must specify a positive target averageValue'],
        ['spec.metrics[2].resource.target.averageUtilization', 'Invalid value: 0: must be greater than 0'],
        [
          'spec.metrics[2].resource.target.averageValue',
          'Forbidden: may not set both a target raw value and a target utilization',
        ],
      ),
    ],
  },
  {
    title: 'the behavior of an autoscaler is completed, and its periods have limits',
    steps: [
      create(AUTOSCALERS, autoscaler({ behavior: { scaleDown: { stabilizationWindowSeconds: 60 } } }), {
        'spec.behavior.scaleDown': {
          stabilizationWindowSeconds: 60,
          selectPolicy: 'Max',
          policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
        },
        'spec.behavior.scaleUp.stabilizationWindowSeconds': 0,
        'spec.behavior.scaleUp.policies[*].type': ['Pods', 'Percent'],
      }),
      causes(
        merge(`${AUTOSCALERS}/a`, {
          spec: { behavior: { scaleDown: { policies: [{ type: 'Pods', value: 0, periodSeconds: 1801 }] } } },
        }),
        ['spec.behavior.scaleDown.policies[0].value', 'Invalid value: 0: must be greater than zero'],
        [
          'spec.behavior.scaleDown.policies[0].periodSeconds',
          'Invalid value: 1801: must be less than or equal to 1800',
        ],
      ),
    ],
  },
  {
    title: 'what v1 cannot say of an autoscaler stands in annotations there and survives a write',
    steps: [
      create(
        AUTOSCALERS,
        autoscaler({
          metrics: [
            { type: 'Pods', pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '10' } } },
          ],
        }),
      ),
      get('/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers/a', {
        'metadata.annotations[autoscaling.alpha.kubernetes.io/metrics]':
          '[{"type":"Pods","pods":{"metricName":"m","targetAverageValue":"10"}}]',
      }),
      merge('/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers/a', { spec: { maxReplicas: 5 } }),
      get(`${AUTOSCALERS}/a`, {
        'spec.maxReplicas': 5,
        'spec.metrics': [
          { type: 'Pods', pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '10' } } },
        ],
      }),
    ],
  },
  {
    title: 'a revision of a controller has data, which stays',
    steps: [
      causes(
        create(REVISIONS, { apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata: { name: 'r' }, revision: -1 }),
        ['revision', 'Invalid value: -1: must be greater than or equal to 0'],
        ['data', 'Required value: data is mandatory'],
      ),
      create(REVISIONS, {
        apiVersion: 'apps/v1',
        kind: 'ControllerRevision',
        metadata: { name: 'r' },
        data: { a: 1 },
        revision: 1,
      }),
      merge(`${REVISIONS}/r`, { revision: 2 }, { revision: 2 }),
      refused(merge(`${REVISIONS}/r`, { data: { a: 2 } }), 422, { 'details.causes[*].field': ['data'] }),
    ],
  },
  {
    title: 'each field of a schedule keeps to its range',
    steps: [
      ...(
        [
          ['61 * * * *', 'end of range (61) above maximum (59): 61'],
          ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
          ['5-3 * * * *', 'beginning of range (5) beyond end of range (3): 5-3'],
          ['*/0 * * * *', 'step of range should be a positive number: */0'],
          ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
          ['TZ=UTC * * * * *', 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'],
        ] as const
      ).map(([schedule, problem]) =>
        invalid(create(CRON_JOBS, cronJob({ schedule })), 'spec.schedule', [
          'FieldValueInvalid',
          `Invalid value: ${JSON.stringify(schedule)}: ${problem}`,
        ]),
      ),
      create(CRON_JOBS, cronJob({ schedule: '*/5 1-5/2 ? jan,FEB mon-fri' })),
    ],
  },
  {
    title: 'the selector of a budget has labels that could be there',
    steps: [
      invalid(
        create(BUDGETS, budget('b', 'x', { minAvailable: 1, selector: { matchLabels: { app: 'not a label' } } })),
        'spec.selector.matchLabels',
        'FieldValueInvalid',
      ),
    ],
  },
  {
    title: 'a cluster address from outside the range is refused',
    steps: [
      invalid(
        create(SERVICES, {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 's' },
          spec: { clusterIP: '192.0.2.1', ports: [{ port: 80 }] },
        }),
        'spec.clusterIPs',
        [
          'FieldValueInvalid',
          'Invalid value: ["192.0.2.1"]: failed to allocate IP 192.0.2.1: the provided network does not match the current range',
        ],
      ),
    ],
  },
  {
    title: 'a load balancer that keeps traffic on its node gets a port for health checks, and loses it with its kind',
    steps: [
      create(
        SERVICES,
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'lb' },
          spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local', ports: [{ port: 80 }] },
        },
        { 'spec.allocateLoadBalancerNodePorts': true },
      ),
      invalid(
        merge(`${SERVICES}/lb/status`, { status: { loadBalancer: { ingress: [{ ipMode: 'VIP' }] } } }),
        'status.loadBalancer.ingress[0].ipMode',
        ['FieldValueForbidden', 'Forbidden: may not be specified when `ip` is not set'],
      ),
      merge(
        `${SERVICES}/lb`,
        { spec: { type: 'ClusterIP' } },
        { 'spec.healthCheckNodePort': undefined, 'spec.externalTrafficPolicy': undefined },
      ),
    ],
  },
  {
    title: 'a port that cannot be given is all that is said of a Service',
    steps: [
      invalid(
        create(SERVICES, {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 's' },
          spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }, { port: 80 }] },
        }),
        'spec.ports[0].nodePort',
        'FieldValueInvalid',
      ),
    ],
  },
  {
    title: 'a pod gets what its runtime class adds, and is refused without the class',
    steps: [
      create('/apis/node.k8s.io/v1/runtimeclasses', {
        apiVersion: 'node.k8s.io/v1',
        kind: 'RuntimeClass',
        metadata: { name: 'rc-{id}' },
        handler: 'runc',
        overhead: { podFixed: { cpu: '250m' } },
        scheduling: { nodeSelector: { sandboxed: 'yes' } },
      }),
      create(PODS, pod('p', { runtimeClassName: 'rc-{id}' }), {
        'spec.overhead': { cpu: '250m' },
        'spec.nodeSelector.sandboxed': 'yes',
      }),
      refused(create(PODS, pod('q', { runtimeClassName: 'none-{id}' })), 403, {
        message: 'pods "q" is forbidden: pod rejected: RuntimeClass "none-{id}" not found',
      }),
    ],
    after: [remove('/apis/node.k8s.io/v1/runtimeclasses/rc-{id}')],
  },
  {
    title: 'a template without containers is refused, one with them completed',
    steps: [
      invalid(
        create('/api/v1/namespaces/{ns}/podtemplates', {
          apiVersion: 'v1',
          kind: 'PodTemplate',
          metadata: { name: 't' },
          template: { spec: { containers: [] } },
        }),
        'template.spec.containers',
        'FieldValueRequired',
      ),
      create(
        '/api/v1/namespaces/{ns}/podtemplates',
        {
          apiVersion: 'v1',
          kind: 'PodTemplate',
          metadata: { name: 't' },
          template: { spec: { containers: [{ name: 'c', image: 'i' }] } },
        },
        { 'template.spec.restartPolicy': 'Always', 'template.spec.containers.0.imagePullPolicy': 'Always' },
      ),
    ],
  },
  {
    title:
      'a request for a certificate names a signer, usages and a time that is long enough; it is found by its signer',
    steps: [
      causes(
        create('/apis/certificates.k8s.io/v1/certificatesigningrequests', {
          apiVersion: 'certificates.k8s.io/v1',
          kind: 'CertificateSigningRequest',
          metadata: { name: 'csr-{id}' },
          spec: { request: 'YQ==', signerName: 'nobody', expirationSeconds: 1 },
        }),
        ['spec.request', 'Invalid value: "YQ==": PEM block type must be CERTIFICATE REQUEST'],
        ['spec.usages', 'Required value'],
        [
          'spec.signerName',
          'Invalid value: "nobody": must be a fully qualified domain and path of the form \'example.com/signer-name\'',
        ],
        ['spec.expirationSeconds', 'Invalid value: 1: may not specify a duration less than 600 seconds (10 minutes)'],
      ),
      get('/apis/certificates.k8s.io/v1/certificatesigningrequests?fieldSelector=spec.signerName=example.com/{id}', {
        items: [],
      }),
    ],
  },
  {
    title: 'a review of access has no name',
    steps: [
      invalid(
        create('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SubjectAccessReview',
          metadata: { name: 'x' },
          spec: { user: 'u', nonResourceAttributes: { path: '/', verb: 'get' } },
        }),
        'metadata',
        ['FieldValueInvalid', /^Invalid value: \{"name":"x","managedFields":\[.*\]\}: must be empty$/],
      ),
    ],
  },
  {
    title: 'the server lists its paths; a health check that it does not have is no path',
    steps: [
      get('/', { 'paths.0': '/.well-known/openid-configuration', 'paths.1': '/api' }),
      withHeaders(refused(get('/readyz/nothing'), 404, {}), { accept: 'text/plain' }),
      get('/readyz/ping'),
      get('/livez?verbose&exclude=etcd'),
    ],
  },
];
