import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../shapes/kube.ts';
import { toTimestamp, VirtualClock } from '../../../std/clock.ts';
import type { ObjectChange, ObjectFeed, UsageFeed } from '../../../operator/ports.ts';
import { EmbeddedSource } from './embedded-source.ts';
import { FAMILIES } from './registry.ts';

const signal = new AbortController().signal;

/** Watch caches as a test sets them. */
class Objects implements ObjectFeed {
  readonly #objects = new Map<string, KubeObject>();
  readonly #handlers = new Map<string, Set<ObjectChange>>();
  synced = true;

  subscribe({ kind }: { kind: string }, onChange: ObjectChange): () => void {
    const handlers = this.#handlers.get(kind) ?? new Set();
    handlers.add(onChange);
    this.#handlers.set(kind, handlers);
    for (const object of this.#objects.values()) if (object.kind === kind) onChange(undefined, object);
    return () => handlers.delete(onChange);
  }

  hasSynced(): boolean {
    return this.synced;
  }

  put(object: KubeObject): void {
    const key = `${object.kind}/${object.metadata.name}`;
    const before = this.#objects.get(key);
    this.#objects.set(key, object);
    for (const handler of this.#handlers.get(object.kind) ?? []) handler(before, object);
  }

  remove(kind: string, name: string): void {
    const before = this.#objects.get(`${kind}/${name}`);
    this.#objects.delete(`${kind}/${name}`);
    for (const handler of this.#handlers.get(kind) ?? []) handler(before, undefined);
  }
}

const pod = (name: string, restartCount: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', uid: `uid-${name}` },
  spec: {
    nodeName: 'n1',
    containers: [{ name: 'app', resources: { limits: { memory: '200Mi' }, requests: { cpu: '500m' } } }],
  },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [{ name: 'app', restartCount, ready: true, state: { waiting: { reason: 'CrashLoopBackOff' } } }],
  },
});

function setUp(usage?: UsageFeed) {
  const clock = new VirtualClock();
  const objects = new Objects();
  const source = new EmbeddedSource(usage === undefined ? { clock, objects } : { clock, objects, usage });
  return {
    clock,
    objects,
    source,
    ask: (promql: string) => source.query(promql, clock.now(), signal),
    rounds: async (count: number, each: (round: number) => void = () => undefined) => {
      for (let round = 0; round < count; round++) {
        each(round);
        await source.sample(signal);
        await clock.advance(15_000);
      }
    },
  };
}

describe('the embedded source', () => {
  it('answers the README rule for the pod that restarts, once it has watched for as long as the rule looks back', async () => {
    const { source, objects, ask, rounds } = setUp();
    const rule = 'rate(kube_pod_container_status_restarts_total[5m]) > 0.01';
    source.refer(rule);
    objects.put(pod('steady', 3));
    await rounds(10, (round) => objects.put(pod('looping', round)));
    expect(await ask(rule)).toMatchObject({ type: 'unknown', reason: 'NotCovered' });
    await rounds(15, (round) => objects.put(pod('looping', 10 + round)));
    const answer = await ask(rule);
    expect(answer).toMatchObject({
      type: 'vector',
      samples: [{ labels: { namespace: 'shop', pod: 'looping', container: 'app' } }],
    });
  });

  it('makes only families that are asked for, from what is there when they are', async () => {
    const { source, objects, ask, rounds } = setUp();
    objects.put(pod('a', 0));
    await rounds(1);
    expect(source.seriesCount).toBe(0);
    expect(await ask('kube_pod_status_phase == 1')).toMatchObject({ reason: 'NotCovered' });
    await rounds(1);
    expect(await ask('kube_pod_status_phase == 1')).toMatchObject({
      samples: [{ labels: { pod: 'a', phase: 'Running' }, value: 1 }],
    });
    expect(source.seriesCount).toBe(5);
  });

  it('never takes ignorance for absence (I13)', async () => {
    const { objects, ask, rounds } = setUp();
    expect(await ask('absent(node_load1)')).toMatchObject({ type: 'unknown', reason: 'NoSuchFamily' });
    expect(await ask('absent({__name__=~"kube_.*"})')).toMatchObject({ reason: 'NoSuchFamily' });
    expect(await ask('absent(kube_pod_info{job="kube-state-metrics"})')).toMatchObject({ reason: 'NoSuchFamily' });
    expect(await ask('error_rate_percent > 5')).toMatchObject({ reason: 'NoSuchFamily' });
    expect(await ask('memory_usage_percent > 85')).toMatchObject({ reason: 'NoSuchFamily' });
    objects.synced = false;
    await ask('absent(kube_pod_info)');
    await rounds(1);
    expect(await ask('absent(kube_pod_info)')).toMatchObject({ type: 'unknown', reason: 'NotCovered' });
    objects.synced = true;
    await rounds(1);
    expect(await ask('absent(kube_pod_info)')).toMatchObject({ type: 'vector', samples: [{ value: 1 }] });
  });

  it('drops the series of a deleted object at the next sampling', async () => {
    const { source, objects, ask, rounds } = setUp();
    source.refer('kube_pod_info');
    objects.put(pod('a', 0));
    await rounds(2);
    expect(await ask('count(kube_pod_info)')).toMatchObject({ samples: [{ value: 1 }] });
    objects.remove('Pod', 'a');
    await rounds(1);
    expect(await ask('kube_pod_info')).toMatchObject({ type: 'vector', samples: [] });
  });

  it('knows nothing of now when it has not sampled for three intervals', async () => {
    const { clock, objects, ask, rounds } = setUp();
    objects.put(pod('a', 0));
    await ask('kube_pod_info');
    await rounds(1);
    await clock.advance(31_000);
    expect(await ask('absent(kube_pod_info)')).toMatchObject({ type: 'unknown', reason: 'NotCovered' });
  });

  it('says what is wrong with a query', async () => {
    const { ask, rounds, objects } = setUp();
    objects.put(pod('a', 0));
    objects.put(pod('b', 0));
    expect(await ask('rate(kube_pod_info)')).toMatchObject({
      reason: 'InvalidQuery',
      message: expect.stringMatching(/^1:6: parse error/) as string,
    });
    await ask('kube_pod_info * on (namespace) kube_pod_info');
    await rounds(1);
    expect(await ask('kube_pod_info * on (namespace) kube_pod_info')).toMatchObject({ reason: 'Failed' });
    expect(await ask('absent(histogram_sum(kube_pod_info))')).toMatchObject({ reason: 'InvalidQuery' });
    expect(await ask('kube_pod_info[5m]')).toMatchObject({ type: 'unknown' });
  });

  it('turns usage into counters, bytes and shares, and knows nothing while metrics.k8s.io is silent', async () => {
    let isDown = false;
    let memory = '100Mi';
    const at = { timestamp: '' };
    const feed: UsageFeed = {
      pods: () =>
        isDown
          ? Promise.reject(new Error('503'))
          : Promise.resolve([
              {
                apiVersion: 'metrics.k8s.io/v1beta1',
                kind: 'PodMetrics',
                metadata: { name: 'a', namespace: 'shop' },
                timestamp: at.timestamp,
                containers: [{ name: 'app', usage: { cpu: '250m', memory } }],
              },
            ]),
      nodes: () => Promise.resolve([]),
    };
    const { source, clock, objects, ask, rounds } = setUp(feed);
    objects.put(pod('a', 0));
    for (const query of ['memory_usage_percent', 'cpu_usage_percent', 'rate(container_cpu_usage_seconds_total[2m])'])
      source.refer(query);
    const tick = (): void => {
      at.timestamp = toTimestamp(clock.now());
    };
    await rounds(12, tick);
    expect(await ask('memory_usage_percent > 85')).toMatchObject({ type: 'vector', samples: [] });
    expect(await ask('cpu_usage_percent')).toMatchObject({
      samples: [{ labels: { namespace: 'shop', pod: 'a' }, value: 50 }],
    });
    const rate = await ask('rate(container_cpu_usage_seconds_total[2m])');
    expect(rate.type === 'vector' && rate.samples[0]?.value).toBeCloseTo(0.25, 5);
    memory = '190Mi';
    await rounds(1, tick);
    expect(await ask('memory_usage_percent > 85')).toMatchObject({ samples: [{ value: 95 }] });
    isDown = true;
    await rounds(1, tick);
    expect(await ask('absent(memory_usage_percent)')).toMatchObject({ type: 'unknown', reason: 'SourceDown' });
  });
});

const BORN_AND_DYING = { creationTimestamp: '2026-01-01T00:00:00Z', deletionTimestamp: '2026-01-01T00:00:00Z' };

/** One object per kind with everything that its families read. */
const EVERYTHING: readonly KubeObject[] = [
  {
    ...pod('full', 1),
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
    status: { currentRevision: 'r1', updateRevision: 'r2', conditions: [{ type: 'Available', status: 'True' }] },
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
    kind: 'ResourceQuota',
    metadata: { name: 'q', namespace: 'shop', creationTimestamp: '2026-01-01T00:00:00Z' },
    status: { hard: { pods: '10' }, used: { pods: '9' } },
  },
];

describe('every object family', () => {
  it.each(FAMILIES.filter((family) => family.startsWith('kube_')))('%s has series', async (family) => {
    const { source, objects, ask, rounds } = setUp();
    for (const object of EVERYTHING) objects.put(object);
    source.refer(family);
    await rounds(1);
    const answer = await ask(family);
    expect(answer.type === 'vector' && answer.samples.length).toBeGreaterThan(0);
  });

  it.each([
    [
      'kube_pod_container_status_last_terminated_reason',
      { namespace: 'shop', pod: 'full', uid: 'u', container: 'app', reason: 'OOMKilled' },
      1,
    ],
    [
      'kube_pod_container_resource_limits{resource="nvidia_com_gpu"}',
      {
        namespace: 'shop',
        pod: 'full',
        uid: 'u',
        container: 'app',
        node: 'n1',
        resource: 'nvidia_com_gpu',
        unit: 'integer',
      },
      1,
    ],
    ['kube_node_status_condition{status="unknown"}', { node: 'n1', condition: 'Ready', status: 'unknown' }, 1],
    [
      'kube_deployment_status_condition{status="true"}',
      { namespace: 'shop', deployment: 'w', condition: 'Available', status: 'true' },
      1,
    ],
    [
      'kube_horizontalpodautoscaler_status_target_metric',
      { namespace: 'shop', horizontalpodautoscaler: 'h', metric_name: 'requests', metric_target_type: 'average' },
      1.5,
    ],
    ['kube_cronjob_next_schedule_time', { namespace: 'shop', cronjob: 'c' }, Date.parse('2026-01-01T00:01:00Z') / 1000],
    ['kube_deployment_spec_replicas', { namespace: 'shop', deployment: 'w' }, 3],
    [
      'kube_job_status_failed{reason="BackoffLimitExceeded"}',
      { namespace: 'shop', job_name: 'j', reason: 'BackoffLimitExceeded' },
      1,
    ],
    ['kube_resourcequota{type="used"}', { namespace: 'shop', resourcequota: 'q', resource: 'pods', type: 'used' }, 9],
    [
      'kube_persistentvolumeclaim_resource_requests_storage_bytes',
      { namespace: 'shop', persistentvolumeclaim: 'd' },
      2 ** 30,
    ],
  ])('%s is labelled as its exporter labels it', async (query, labels, value) => {
    const { source, objects, ask, rounds } = setUp();
    for (const object of EVERYTHING) objects.put(object);
    source.refer(query);
    await rounds(1);
    const name = query.replace(/\{.*/, '');
    expect(await ask(query)).toMatchObject({
      type: 'vector',
      samples: [{ labels: { ...labels, __name__: name }, value }],
    });
  });
});
