/**
 * A pod as a cluster of ordinary Deployments has them: two containers, probes, volumes, conditions, and the
 * managedFields of three managers. About 10 KB of JSON.
 */
import type { KubeObject } from '../src/shapes/kube.ts';

const at = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString().replace('.000', '');
const appOf = (n: number) => `service-${n % 400}`;
const hashOf = (n: number) => `${(n % 400).toString(16).padStart(4, '0')}c7d9b`;
const imageOf = (n: number, container: string) => `registry.example.com/team-${n % 40}/${appOf(n)}-${container}`;
const uid = (kind: number, id: number) =>
  `${kind.toString(16).padStart(8, '0')}-7f4a-4c1e-9b60-${id.toString(16).padStart(12, '0')}`;

export const realisticPod = (n: number, version: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: metadata(n, version),
  spec: spec(n),
  status: status(n),
});

const metadata = (n: number, version: number): KubeObject['metadata'] & Readonly<Record<string, unknown>> => ({
  name: `${appOf(n)}-${hashOf(n)}-${n.toString(36).padStart(5, '0')}`,
  generateName: `${appOf(n)}-${hashOf(n)}-`,
  namespace: `team-${n % 40}`,
  uid: uid(1, n),
  resourceVersion: String(version === 0 ? n + 1 : version),
  creationTimestamp: at(n),
  labels: {
    app: appOf(n),
    'pod-template-hash': hashOf(n),
    'app.kubernetes.io/part-of': `product-${n % 20}`,
    'app.kubernetes.io/managed-by': 'Helm',
  },
  annotations: {
    'prometheus.io/scrape': 'true',
    'prometheus.io/port': '8080',
    'checksum/config': hashOf(n).repeat(7),
    'kubectl.kubernetes.io/restartedAt': at(n),
  },
  ownerReferences: [
    {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      name: `${appOf(n)}-${hashOf(n)}`,
      uid: uid(2, n % 400),
      controller: true,
      blockOwnerDeletion: true,
    },
  ],
  managedFields: managedFields(n),
});

const managedFields = (n: number) => [
  {
    manager: 'kube-controller-manager',
    operation: 'Update',
    apiVersion: 'v1',
    time: at(n),
    fieldsType: 'FieldsV1',
    fieldsV1: {
      'f:metadata': { 'f:annotations': {}, 'f:generateName': {}, 'f:labels': {} },
      'f:spec': { 'f:containers': { ...fieldsOf('main'), ...fieldsOf('proxy') } },
    },
  },
  {
    manager: 'kubelet',
    operation: 'Update',
    apiVersion: 'v1',
    time: at(n),
    fieldsType: 'FieldsV1',
    subresource: 'status',
    fieldsV1: {
      'f:status': {
        'f:conditions': { ...fieldsOf('Ready') },
        'f:containerStatuses': {},
        'f:hostIP': {},
        'f:phase': {},
      },
    },
  },
];

const fieldsOf = (name: string) => ({
  [`k:{"name":"${name}"}`]: Object.fromEntries(
    [
      '.',
      'f:args',
      'f:env',
      'f:image',
      'f:imagePullPolicy',
      'f:livenessProbe',
      'f:name',
      'f:ports',
      'f:readinessProbe',
      'f:resources',
      'f:terminationMessagePath',
      'f:terminationMessagePolicy',
      'f:volumeMounts',
    ].map((field) => [field, { '.': {}, 'f:a': {}, 'f:b': {} }]),
  ),
});

const spec = (n: number) => ({
  volumes: [
    { name: 'config', configMap: { name: `${appOf(n)}-config`, defaultMode: 420 } },
    {
      name: 'kube-api-access-x7k2p',
      projected: {
        sources: [{ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } }],
        defaultMode: 420,
      },
    },
  ],
  containers: [container(n, 'main'), container(n, 'proxy')],
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  serviceAccountName: appOf(n),
  nodeName: `node-${n % 500}.eu-central-1.compute.internal`,
  securityContext: {},
  schedulerName: 'default-scheduler',
  tolerations: [
    { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
    { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
  ],
  priority: 0,
  enableServiceLinks: true,
  preemptionPolicy: 'PreemptLowerPriority',
});

const container = (n: number, name: string) => ({
  name,
  image: `${imageOf(n, name)}:v1.${n % 7}.2`,
  args: [
    '--listen=:8080',
    `--service=${appOf(n)}`,
    '--log-format=json',
    '--telemetry-endpoint=http://otel-collector.observability:4317',
  ],
  ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
  env: Array.from({ length: 8 }, (_, i) => ({ name: `SETTING_${i}`, value: `value-of-setting-${i}-for-${appOf(n)}` })),
  resources: { limits: { cpu: '500m', memory: '512Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
  volumeMounts: [
    { name: 'config', mountPath: '/etc/config', readOnly: true },
    { name: 'kube-api-access-x7k2p', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true },
  ],
  livenessProbe: {
    httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' },
    initialDelaySeconds: 10,
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  },
  readinessProbe: {
    httpGet: { path: '/readyz', port: 'http', scheme: 'HTTP' },
    timeoutSeconds: 1,
    periodSeconds: 5,
    successThreshold: 1,
    failureThreshold: 3,
  },
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent',
});

const status = (n: number) => ({
  phase: 'Running',
  conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) =>
    condition(n, type),
  ),
  hostIP: `10.0.${n % 250}.7`,
  podIP: `10.${64 + (n % 60)}.${n % 250}.${n % 240}`,
  podIPs: [{ ip: `10.${64 + (n % 60)}.${n % 250}.${n % 240}` }],
  startTime: at(n),
  containerStatuses: [containerStatus(n, 'main'), containerStatus(n, 'proxy')],
  qosClass: 'Burstable',
});

const containerStatus = (n: number, name: string) => ({
  name,
  state: { running: { startedAt: at(n + 3) } },
  lastState: {},
  ready: true,
  restartCount: n % 3,
  image: `${imageOf(n, name)}:v1.${n % 7}.2`,
  imageID: `${imageOf(n, name)}@sha256:${hashOf(n).repeat(7).slice(0, 62)}`,
  containerID: `containerd://${n.toString(16).padStart(64, 'a')}`,
  started: true,
});

const condition = (n: number, type: string) => ({
  type,
  status: 'True',
  lastProbeTime: null,
  lastTransitionTime: at(n),
});
