/**
 * One object of each kind, in words of our own: what a small shop might run. Between them they have what encodings trip
 * over: zeros that count, times that are not set, numbers or texts, quantities, negative numbers, maps, objects within
 * objects, letters beyond ASCII.
 */
import type { Encodable } from '../encoder.ts';

const at = '2026-03-01T06:30:00Z';
const meta = (name: string, more: Readonly<Record<string, unknown>> = {}) => ({
  name,
  namespace: 'shop',
  uid: `5b0a7a1e-0000-4000-8000-${name.padStart(12, '0').replaceAll(/[^0-9a-f]/g, '0')}`,
  resourceVersion: '4711',
  creationTimestamp: at,
  ...more,
});
const selector = { matchLabels: { app: 'till' } };
const template = {
  metadata: { labels: { app: 'till' } },
  spec: {
    volumes: [{ name: 'receipts', emptyDir: {} }],
    containers: [
      {
        name: 'till',
        image: 'registry.shop.example/till:3',
        args: ['--currency=€', ''],
        ports: [{ containerPort: 8443, protocol: 'TCP' }],
        resources: { limits: { memory: '256Mi' }, requests: { cpu: '50m', memory: '128Mi' } },
        livenessProbe: { httpGet: { path: '/alive', port: 'https' }, periodSeconds: 10 },
      },
    ],
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 0,
    securityContext: {},
    tolerations: [{ key: 'night', operator: 'Exists', tolerationSeconds: -1 }],
  },
};
const once = { ...template, spec: { ...template.spec, restartPolicy: 'Never' } };
const condition = (type: string, status: string) => ({
  type,
  status,
  lastTransitionTime: at,
  reason: 'Because',
  message: `${type} is ${status}`,
});

export const OWN_OBJECTS: readonly Encodable[] = [
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: meta('till-0', {
      generateName: 'till-',
      labels: { app: 'till', 'shop.example/branch': 'Zürich' },
      annotations: { note: 'closed on Sundays' },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: 'till',
          uid: 'a',
          controller: true,
          blockOwnerDeletion: false,
        },
      ],
      generation: 2,
    }),
    spec: { ...template.spec, nodeName: 'counter-1', priority: -10 },
    status: {
      phase: 'Running',
      conditions: [{ ...condition('Ready', 'False'), lastProbeTime: null }],
      startTime: at,
      containerStatuses: [
        {
          name: 'till',
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode: 0, signal: 9, startedAt: at, finishedAt: null } },
          ready: false,
          restartCount: 0,
          image: 'registry.shop.example/till:3',
          imageID: '',
          started: false,
        },
      ],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: meta('counter-1', { namespace: undefined, labels: { 'kubernetes.io/os': 'linux' } }),
    spec: { unschedulable: true, taints: [{ key: 'broken', value: 'yes', effect: 'NoExecute', timeAdded: at }] },
    status: {
      capacity: { cpu: '4', memory: '8Gi' },
      conditions: [{ ...condition('Ready', 'Unknown'), lastHeartbeatTime: at }],
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        machineID: 'm',
        systemUUID: '',
        bootID: 'b',
        kernelVersion: '6.1',
        osImage: 'Shop OS',
        containerRuntimeVersion: 'c://1',
        kubeletVersion: 'v1.36.2',
        kubeProxyVersion: '',
        operatingSystem: 'linux',
        architecture: 'arm64',
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: meta('till-0.1'),
    involvedObject: {
      kind: 'Pod',
      namespace: 'shop',
      name: 'till-0',
      uid: 'b',
      apiVersion: 'v1',
      fieldPath: 'spec.containers{till}',
    },
    reason: 'BackOff',
    message: 'the till does not open – again',
    source: { component: 'kubelet', host: 'counter-1' },
    firstTimestamp: at,
    lastTimestamp: null,
    count: 300,
    type: 'Warning',
    eventTime: '2026-03-01T06:30:00.000123Z',
    series: { count: 7, lastObservedTime: '2026-03-01T06:31:00.999999Z' },
    reportingComponent: '',
    reportingInstance: '',
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta('till'),
    spec: {
      replicas: 0,
      selector,
      template,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '25%' } },
      revisionHistoryLimit: 10,
    },
    status: {
      observedGeneration: 1099511627776,
      conditions: [{ ...condition('Available', 'True'), lastUpdateTime: at }],
    },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: meta('till-1'),
    spec: { replicas: 3, selector, template },
    status: { replicas: 0, readyReplicas: 2 },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: meta('ledger'),
    spec: {
      replicas: 1,
      selector,
      template,
      volumeClaimTemplates: [
        {
          kind: 'PersistentVolumeClaim',
          apiVersion: 'v1',
          metadata: { name: 'pages' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          status: { phase: 'Pending' },
        },
      ],
      serviceName: 'ledger',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    },
    status: { replicas: 1, collisionCount: 0, availableReplicas: 0 },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: meta('lamps'),
    spec: { selector, template, updateStrategy: { type: 'OnDelete' } },
    status: { currentNumberScheduled: 1, numberMisscheduled: 0, desiredNumberScheduled: 1, numberReady: 0 },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: meta('stocktaking'),
    spec: { parallelism: 2, backoffLimit: 0, selector, template: once, suspend: false },
    status: {
      startTime: at,
      failed: 1,
      conditions: [{ ...condition('Failed', 'True'), lastProbeTime: at }],
      uncountedTerminatedPods: {},
    },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: meta('closing'),
    spec: {
      schedule: '0 20 * * *',
      concurrencyPolicy: 'Forbid',
      suspend: true,
      jobTemplate: { metadata: {}, spec: { template: once } },
    },
    status: { active: [{ kind: 'Job', namespace: 'shop', name: 'closing-1' }], lastScheduleTime: at },
  },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: meta('till'),
    spec: {
      scaleTargetRef: { kind: 'Deployment', name: 'till', apiVersion: 'apps/v1' },
      minReplicas: 0,
      maxReplicas: 5,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
      ],
    },
    status: { desiredReplicas: 0, conditions: [condition('AbleToScale', 'True')] },
  },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: meta('till'),
    spec: { minAvailable: 1, selector, maxUnavailable: '50%' },
    status: {
      disruptedPods: { 'till-0': at },
      disruptionsAllowed: 0,
      currentHealthy: 1,
      desiredHealthy: 1,
      expectedPods: 2,
    },
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: meta('pages-ledger-0', { finalizers: ['kubernetes.io/pvc-protection'] }),
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      storageClassName: '',
      volumeMode: 'Filesystem',
    },
    status: { phase: 'Bound', capacity: { storage: '1Gi' } },
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: meta('shelf', { namespace: undefined }),
    spec: {
      capacity: { storage: '1Gi' },
      hostPath: { path: '/shelf', type: '' },
      accessModes: ['ReadWriteOnce'],
      claimRef: { kind: 'PersistentVolumeClaim', name: 'pages' },
    },
    status: { phase: 'Released' },
  },
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: meta('shop', { namespace: undefined, deletionTimestamp: at, deletionGracePeriodSeconds: 0 }),
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Terminating' },
  },
  {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: meta('branch'),
    spec: { hard: { pods: '10', 'requests.cpu': '1500m' }, scopes: ['NotBestEffort'] },
    status: { hard: { pods: '10' }, used: { pods: '0' } },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: meta('till'),
    spec: {
      ports: [
        { protocol: 'TCP', port: 443, targetPort: 'https' },
        { name: 'old', port: 80, targetPort: 8080, nodePort: 30080 },
      ],
      selector: { app: 'till' },
      clusterIP: 'None',
      internalTrafficPolicy: 'Cluster',
    },
    status: { loadBalancer: {} },
  },
];
