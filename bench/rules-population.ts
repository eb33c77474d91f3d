/**
 * A cluster of many pods with what belongs to them, as the operator's caches hold it: no field that no series is made
 * of.
 */
import type { KubeObject } from '../src/shapes/kube.ts';

const NAMESPACES = 50;
const PODS_PER_WORKLOAD = 8;
const PODS_PER_NODE = 100;
const STARTED = '2026-01-01T00:00:00Z';

const namespaceOf = (workload: number): string => `ns-${workload % NAMESPACES}`;
const workloadOf = (pod: number): number => Math.floor(pod / PODS_PER_WORKLOAD);
const count = <T>(length: number, make: (at: number) => T): readonly T[] => Array.from({ length }, (_, at) => make(at));

const condition = (type: string, status: string): object => ({ type, status, lastTransitionTime: STARTED });

const meta = (name: string, workload?: number): KubeObject['metadata'] => ({
  name,
  uid: `uid-${name}`,
  creationTimestamp: STARTED,
  generation: 1,
  ...(workload === undefined ? {} : { namespace: namespaceOf(workload) }),
});

/** A pod of a Deployment; with more than five restarts it is not ready and held back. */
export function podOf(at: number, restarts: number): KubeObject {
  const isLooping = restarts > 5;
  const owner = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: `app-${workloadOf(at)}-1`,
    uid: `rs-${workloadOf(at)}`,
    controller: true,
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...meta(`app-${workloadOf(at)}-1-${at}`, workloadOf(at)), ownerReferences: [owner] },
    spec: {
      nodeName: `node-${Math.floor(at / PODS_PER_NODE)}`,
      containers: [
        {
          name: 'main',
          image: 'app:1',
          resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '500m', memory: '128Mi' } },
        },
      ],
    },
    status: {
      phase: 'Running',
      startTime: STARTED,
      conditions: [condition('PodScheduled', 'True'), condition('Ready', isLooping ? 'False' : 'True')],
      containerStatuses: [
        {
          name: 'main',
          ready: !isLooping,
          restartCount: restarts,
          state: isLooping ? { waiting: { reason: 'CrashLoopBackOff' } } : { running: { startedAt: STARTED } },
          ...(restarts > 0 ? { lastState: { terminated: { reason: 'Error', exitCode: 1, finishedAt: STARTED } } } : {}),
        },
      ],
    },
  };
}

export function podMetricsOf(at: number, { now, memoryMi }: { now: string; memoryMi: number }): KubeObject {
  const { name, namespace } = podOf(at, 0).metadata;
  return {
    apiVersion: 'metrics.k8s.io/v1beta1',
    kind: 'PodMetrics',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    timestamp: now,
    containers: [{ name: 'main', usage: { cpu: `${50 + (at % 100)}m`, memory: `${memoryMi}Mi` } }],
  };
}

const node = (at: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: meta(`node-${at}`),
  spec: {},
  status: {
    capacity: { cpu: '16', memory: '64Gi', pods: '110' },
    allocatable: { cpu: '16', memory: '62Gi', pods: '110' },
    conditions: ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'].map((type) =>
      condition(type, type === 'Ready' ? 'True' : 'False'),
    ),
  },
});

const workload = (kind: 'Deployment' | 'ReplicaSet' | 'StatefulSet', name: string, at: number): KubeObject => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: meta(name, at),
  spec: { replicas: PODS_PER_WORKLOAD },
  status: {
    observedGeneration: 1,
    replicas: PODS_PER_WORKLOAD,
    readyReplicas: PODS_PER_WORKLOAD,
    availableReplicas: PODS_PER_WORKLOAD,
    updatedReplicas: PODS_PER_WORKLOAD,
    currentRevision: `${name}-1`,
    updateRevision: `${name}-1`,
    conditions: [condition('Available', 'True'), condition('Progressing', 'True')],
  },
});

const daemonSet = (at: number): KubeObject => {
  const nodes = 100;
  const status = {
    currentNumberScheduled: nodes,
    desiredNumberScheduled: nodes,
    numberMisscheduled: 0,
    numberReady: nodes,
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: meta(`agent-${at}`, at),
    spec: {},
    status: { ...status, updatedNumberScheduled: nodes },
  };
};

const job = (at: number): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: meta(`job-${at}`, at),
  spec: { completions: 1, parallelism: 1 },
  status: { startTime: STARTED, completionTime: STARTED, succeeded: 1, conditions: [condition('Complete', 'True')] },
});

const cronJob = (at: number): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: meta(`cron-${at}`, at),
  spec: { schedule: '0 * * * *', suspend: false },
  status: { lastScheduleTime: STARTED, lastSuccessfulTime: STARTED },
});

const autoscaler = (at: number): KubeObject => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: meta(`app-${at}`, at),
  spec: {
    minReplicas: 2,
    maxReplicas: 20,
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: `app-${at}` },
  },
  status: {
    currentReplicas: PODS_PER_WORKLOAD,
    desiredReplicas: PODS_PER_WORKLOAD,
    conditions: ['AbleToScale', 'ScalingActive', 'ScalingLimited'].map((type) => condition(type, 'True')),
  },
});

const budget = (at: number): KubeObject => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: meta(`app-${at}`, at),
  status: { currentHealthy: 8, desiredHealthy: 7, expectedPods: 8, disruptionsAllowed: 1 },
});

const quota = (at: number): KubeObject => {
  const hard = { pods: '1000', 'requests.cpu': '500' };
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: meta('room', at),
    spec: { hard },
    status: { hard, used: { pods: '200', 'requests.cpu': '20' } },
  };
};

const claim = (at: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: meta(`data-${at}`, at),
  spec: {},
  status: { phase: 'Bound' },
});
const volume = (at: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: meta(`disk-${at}`),
  spec: {},
  status: { phase: 'Bound' },
});

/**
 * By kind. Beside the pods' Deployments: a StatefulSet, Job or CronJob for every hundred pods, an autoscaler or a
 * budget for every fifth workload.
 */
export function populationOf(pods: number): ReadonlyMap<string, readonly KubeObject[]> {
  const workloads = pods / PODS_PER_WORKLOAD;
  return new Map<string, readonly KubeObject[]>([
    ['Pod', count(pods, (at) => podOf(at, 0))],
    ['Node', count(pods / PODS_PER_NODE, node)],
    ['Deployment', count(workloads, (at) => workload('Deployment', `app-${at}`, at))],
    ['ReplicaSet', count(workloads, (at) => workload('ReplicaSet', `app-${at}-1`, at))],
    ['StatefulSet', count(pods / 100, (at) => workload('StatefulSet', `db-${at}`, at))],
    ['DaemonSet', count(5, daemonSet)],
    ['Job', count(pods / 100, job)],
    ['CronJob', count(pods / 100, cronJob)],
    ['HorizontalPodAutoscaler', count(workloads / 5, autoscaler)],
    ['PodDisruptionBudget', count(workloads / 5, budget)],
    ['ResourceQuota', count(NAMESPACES, quota)],
    ['PersistentVolumeClaim', count(pods / 20, claim)],
    ['PersistentVolume', count(pods / 20, volume)],
  ]);
}
