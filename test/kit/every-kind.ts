/** Objects that have every field from which a metric family is made. */
import type { KubeObject } from '../../src/shapes/kube.ts';
import { loopingPod } from './embedded-metrics.ts';

const BORN_AND_DYING = { creationTimestamp: '2026-01-01T00:00:00Z', deletionTimestamp: '2026-01-01T00:00:00Z' };

/** One object per kind with everything that its families read. */
export const EVERY_KIND: readonly KubeObject[] = [
  {
    ...loopingPod('full', 1),
    metadata: {
      name: 'full',
      namespace: 'shop',
      uid: 'u',
      creationTimestamp: '2026-01-01T00:00:00Z',
      deletionTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: {
      nodeName: 'n1',
      restartPolicy: 'Always',
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'd' } }],
      containers: [
        {
          name: 'app',
          image: 'i',
          resources: { limits: { cpu: '1', 'nvidia.com/gpu': '1' }, requests: { memory: '1Gi' } },
        },
      ],
      serviceAccountName: 'a',
      tolerations: [
        { key: 'k', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
        { key: 'k', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      ],
      initContainers: [{ name: 'init', image: 'i', resources: { limits: { cpu: '1' }, requests: { memory: '1Gi' } } }],
    },
    status: {
      phase: 'Pending',
      reason: 'Evicted',
      qosClass: 'Burstable',
      startTime: '2026-01-01T00:00:00Z',
      conditions: [
        { type: 'Ready', status: 'False' },
        { type: 'PodScheduled', status: 'False', reason: 'Unschedulable' },
        ...['Initialized', 'PodScheduled', 'ContainersReady', 'Ready'].map((type) => ({
          type,
          status: 'True',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        })),
      ],
      containerStatuses: [
        {
          name: 'app',
          restartCount: 1,
          state: { waiting: { reason: 'ImagePullBackOff' } },
          lastState: { terminated: { reason: 'OOMKilled', exitCode: 137, finishedAt: '2026-01-01T00:00:00Z' } },
        },
        {
          name: 'done',
          restartCount: 0,
          state: { terminated: { reason: 'Completed', finishedAt: '2026-01-01T00:00:00Z' } },
        },
        { name: 'up', restartCount: 0, state: { running: { startedAt: '2026-01-01T00:00:00Z' } } },
      ],
      initContainerStatuses: [
        {
          name: 'init',
          restartCount: 2,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { reason: 'Error', exitCode: 1, finishedAt: '2026-01-01T00:00:00Z' } },
        },
        {
          name: 'init2',
          restartCount: 0,
          state: { terminated: { reason: 'Completed', startedAt: '2026-01-01T00:00:00Z' } },
        },
      ],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n1', ...BORN_AND_DYING, labels: { 'node-role.kubernetes.io/worker': '' } },
    spec: { unschedulable: true, taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] },
    status: {
      conditions: [{ type: 'Ready', status: 'Unknown' }],
      allocatable: { cpu: '4' },
      capacity: { memory: '8Gi' },
      nodeInfo: {},
      addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
    },
  },
  ...['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'].map((kind) => ({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'w', namespace: 'shop', generation: 2, ...BORN_AND_DYING },
    spec: { replicas: 3, strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: 1 } } },
    status: {
      terminatingReplicas: 1,
      currentRevision: 'r1',
      updateRevision: 'r2',
      conditions: [{ type: 'Available', status: 'True' }],
    },
  })),
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'j', namespace: 'shop', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { parallelism: 1, completions: 1, activeDeadlineSeconds: 60 },
    status: {
      failed: 2,
      startTime: '2026-01-01T00:00:00Z',
      completionTime: '2026-01-01T00:00:00Z',
      conditions: [
        { type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' },
        { type: 'Complete', status: 'False' },
        { type: 'Suspended', status: 'False' },
      ],
    },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'c', namespace: 'shop', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { schedule: '* * * * *', concurrencyPolicy: 'Forbid', startingDeadlineSeconds: 5 },
    status: { lastScheduleTime: '2026-01-01T00:00:00Z', lastSuccessfulTime: '2026-01-01T00:00:00Z', active: [{}] },
  },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'h', namespace: 'shop', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: {
      maxReplicas: 5,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'w' },
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
      ],
    },
    status: {
      conditions: [{ type: 'ScalingLimited', status: 'True' }],
      currentMetrics: [{ type: 'Pods', pods: { metric: { name: 'requests' }, current: { averageValue: '1500m' } } }],
    },
  },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'b', namespace: 'shop', creationTimestamp: '2026-01-01T00:00:00Z' },
    status: {},
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'd', namespace: 'shop', ...BORN_AND_DYING },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    status: { phase: 'Pending', conditions: [{ type: 'Resizing', status: 'True' }] },
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'v', ...BORN_AND_DYING },
    spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, claimRef: { name: 'd', namespace: 'shop' } },
    status: { phase: 'Bound' },
  },
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop', creationTimestamp: '2026-01-01T00:00:00Z' },
    status: { phase: 'Active', conditions: [{ type: 'NamespaceContentRemaining', status: 'False' }] },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 's', namespace: 'shop', uid: 'su', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { type: 'LoadBalancer', clusterIP: '10.0.0.1', externalIPs: ['192.0.2.1'] },
    status: { loadBalancer: { ingress: [{ ip: '192.0.2.2' }] } },
  },
  {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'q', namespace: 'shop', creationTimestamp: '2026-01-01T00:00:00Z' },
    status: { hard: { pods: '10' }, used: { pods: '9' } },
  },
];
