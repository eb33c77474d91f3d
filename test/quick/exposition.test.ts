/**
 * The cluster's page `/metrics` against the operator's embedded source: written apart, from the same documentation,
 * they must say the same.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EmbeddedSource } from '../../src/adapters/metrics/embedded/embedded-source.ts';
import { FAMILIES, KINDS } from '../../src/adapters/metrics/embedded/registry.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import type { ObjectFeed, UsageFeed } from '../../src/operator/ports.ts';
import { projection } from '../../src/kube/projection.ts';
import { trimmer } from '../../src/kube/project.ts';
import { StringPool } from '../../src/kube/string-pool.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/index.ts';
import { VirtualClock } from '../../src/std/clock.ts';
import { readExposition, type ScrapedSeries } from '../kit/exposition-text.ts';

const signal = new AbortController().signal;

const template = (name: string, script: unknown, spec: object = {}): object => ({
  metadata: { labels: { app: name }, annotations: { 'sandbox.kubeskippy.io/script': JSON.stringify(script) } },
  spec: {
    containers: [
      {
        name: 'main',
        image: 'registry.example/app:1',
        resources: { requests: { cpu: '250m', memory: '64Mi' }, limits: { cpu: '500m', memory: '128Mi' } },
      },
    ],
    ...spec,
  },
});

const workload = (kind: string, name: string, script: unknown = []): KubeObject => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name, namespace: 'default' },
  spec: {
    ...(kind === 'DaemonSet' ? {} : { replicas: 3 }),
    ...(kind === 'Deployment' ? { strategy: { rollingUpdate: { maxSurge: '50%', maxUnavailable: '50%' } } } : {}),
    selector: { matchLabels: { app: name } },
    template: template(
      name,
      script,
      kind === 'StatefulSet'
        ? {
            initContainers: [
              {
                name: 'set-up',
                image: 'registry.example/init:1',
                resources: { requests: { cpu: '10m' }, limits: { cpu: '20m' } },
              },
            ],
          }
        : {},
    ),
  },
});

const job = (name: string, script: unknown): object => ({
  backoffLimit: 1,
  activeDeadlineSeconds: 900,
  template: { ...template(name, script, { restartPolicy: 'Never' }) },
});

const POPULATION: readonly KubeObject[] = [
  workload('Deployment', 'web', { cpu: { from: '200m' }, memory: { from: '100Mi' } }),
  workload('Deployment', 'looping', { exit: { after: '2s', code: 1, message: 'no "quotes"\\here' } }),
  workload('Deployment', 'unpullable', { pull: { fails: 'not-found' } }),
  workload('Deployment', 'hungry', { memory: { growth: '8Mi' } }),
  workload('StatefulSet', 'db', { when: { container: 'set-up', restarts: '<1' }, exit: { after: '1s', code: 2 } }),
  workload('StatefulSet', 'stuck', { when: { container: 'set-up' }, exit: { after: '1s', code: 2 } }),
  workload('DaemonSet', 'agent'),
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'late', namespace: 'default' },
    spec: { activeDeadlineSeconds: 20, containers: [{ name: 'main', image: 'registry.example/app:1' }] },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'fails', namespace: 'default' },
    spec: job('fails', { exit: { after: '1s', code: 3 } }),
  },
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'ends', namespace: 'default' },
    spec: job('ends', { exit: { after: '1s' } }),
  },
  {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'held', namespace: 'default' },
    spec: { ...job('held', {}), suspend: true },
  },
  {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'nightly', namespace: 'default' },
    spec: {
      schedule: '*/2 * * * *',
      startingDeadlineSeconds: 60,
      concurrencyPolicy: 'Forbid',
      jobTemplate: { spec: job('nightly', { exit: { after: '10s' } }) },
    },
  },
  {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      minReplicas: 2,
      maxReplicas: 4,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
      ],
    },
  },
  {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web', namespace: 'default' },
    spec: { minAvailable: 2, selector: { matchLabels: { app: 'web' } } },
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: 'data',
      namespace: 'default',
      annotations: { 'sandbox.kubeskippy.io/volume': '{used: {from: 1Gi, growth: 1Mi}}' },
    },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'fast', resources: { requests: { storage: '10Gi' } } },
  },
  {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'disk' },
    spec: {
      capacity: { storage: '10Gi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path: '/disk' },
      claimRef: { name: 'data', namespace: 'default' },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'bare', namespace: 'default' },
    spec: {
      nodeSelector: { 'kubernetes.io/hostname': 'elsewhere' },
      containers: [{ name: 'main', image: 'registry.example/app:1' }],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'keeper', namespace: 'default' },
    spec: {
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
      containers: [{ name: 'main', image: 'registry.example/app:1' }],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      type: 'LoadBalancer',
      externalIPs: ['192.0.2.1', '192.0.2.2'],
      ports: [{ port: 80 }],
      selector: { app: 'web' },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'room', namespace: 'default' },
    spec: { hard: { pods: '50', services: '2k' } },
  },
];

/**
 * Families of the kube-state-metrics' page that need what this cluster does not come to: deletion takes no time, claims
 * have no conditions.
 */
const EMPTY: ReadonlySet<string> = new Set([
  'kube_daemonset_deletion_timestamp',
  'kube_deployment_deletion_timestamp',
  'kube_node_deletion_timestamp',
  'kube_statefulset_deletion_timestamp',
  'kube_persistentvolume_deletion_timestamp',
  'kube_persistentvolumeclaim_deletion_timestamp',
  'kube_persistentvolumeclaim_status_condition',
]);

function plural(sandbox: Sandbox, { apiVersion, kind }: { apiVersion: string; kind: string }) {
  const slash = apiVersion.indexOf('/');
  const type = sandbox.server.registry.findKind(
    slash < 0 ? '' : apiVersion.slice(0, slash),
    apiVersion.slice(slash + 1),
    kind,
  );
  if (type === undefined) throw new Error(`the cluster has no ${kind}`);
  return type;
}

/** As the operator's caches feed it: objects without the fields that nobody asked for. */
const feedOf = (sandbox: Sandbox): ObjectFeed => ({
  hasSynced: () => true,
  subscribe: (wanted, onChange) => {
    const type = plural(sandbox, wanted);
    const trim = trimmer(type, projection('test', wanted.fields), new StringPool());
    const trimmed = (object: KubeObject | undefined) => object && trim(object);
    for (const object of sandbox.cluster.list(type)) onChange(undefined, trim(object));
    return sandbox.cluster.subscribe(type, (change) =>
      onChange(trimmed(change.old), change.type === 'DELETED' ? undefined : trim(change.object)),
    );
  },
});

async function read(sandbox: Sandbox, path: string): Promise<unknown> {
  const { body } = await sandbox.transport().send({ method: 'GET', path });
  if (body.form === 'object') return body.value;
  if (body.form !== 'bytes') throw new Error(`${path} answers a stream`);
  const parts: Uint8Array[] = [];
  for await (const chunk of body.chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

const usageOf = (sandbox: Sandbox): UsageFeed => {
  const items = async (resource: string) =>
    ((await read(sandbox, `/apis/metrics.k8s.io/v1beta1/${resource}`)) as { items: readonly KubeObject[] }).items;
  return { pods: () => items('pods'), nodes: () => items('nodes') };
};

/** Without labels that are empty, which are labels that are missing. */
const lineOf = ({ labels, value }: Pick<ScrapedSeries, 'labels' | 'value'>): string =>
  `${Object.entries(labels)
    .filter(([label, content]) => label !== '__name__' && content !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, content]) => `${label}=${JSON.stringify(content)}`)
    .join(' ')} ${value}`;

describe('the page /metrics', () => {
  const clock = new VirtualClock();
  const sandbox = createSandbox({ clock, nodes: 2 });
  const source = new EmbeddedSource({ clock, objects: feedOf(sandbox), usage: usageOf(sandbox) });
  let before: readonly ScrapedSeries[] = [];
  let scraped: readonly ScrapedSeries[] = [];
  const ask = async (query: string) => {
    const answer = await source.query(query, clock.now(), signal);
    if (answer.type !== 'vector') throw new Error(JSON.stringify(answer));
    return answer.samples;
  };

  beforeAll(async () => {
    for (const object of POPULATION) sandbox.cluster.create(plural(sandbox, object), object);
    sandbox.cluster.modify({ group: '', version: 'v1', resource: 'nodes' }, { name: 'node-2' }, (node) => {
      node.metadata.labels['node-role.kubernetes.io/worker'] = '';
      return { ...node, spec: { ...node['spec'], unschedulable: true } };
    });
    const refused = { type: 'NamespaceContentRemaining', status: 'True', reason: 'SomeResourcesRemain' };
    for (const [resource, name, status] of [
      ['services', 'web', { loadBalancer: { ingress: [{ ip: '203.0.113.9' }, { hostname: 'lb.example' }] } }],
      ['namespaces', 'default', { phase: 'Active', conditions: [refused] }],
      ['persistentvolumes', 'disk', { phase: 'Bound' }],
      ['persistentvolumeclaims', 'data', { phase: 'Bound', capacity: { storage: '10Gi' } }],
    ] as const) {
      const key = ['persistentvolumes', 'namespaces'].includes(resource) ? { name } : { name, namespace: 'default' };
      sandbox.cluster.modify({ group: '', version: 'v1', resource }, key, (draft) => ({ ...draft, status }), 'status');
    }
    for (const family of FAMILIES) source.refer(family);
    await clock.advance(170_000);
    await source.sample(signal);
    before = readExposition((await read(sandbox, '/metrics')) as string);
    // A container that is told to end, for what it says while it does.
    const [pod] = sandbox.cluster
      .list({ group: '', version: 'v1', resource: 'pods' })
      .filter(({ metadata }) => metadata.name === 'keeper');
    sandbox.cluster.modify(
      { group: '', version: 'v1', resource: 'pods' },
      { name: 'keeper', namespace: 'default' },
      (draft) => {
        draft.metadata.finalizers = ['example.com/wait'];
        return draft;
      },
    );
    sandbox.cluster.remove(
      { group: '', version: 'v1', resource: 'pods' },
      { name: pod?.metadata.name ?? '', namespace: 'default' },
    );
    await clock.advance(10_000);
    await source.sample(signal);
    scraped = readExposition((await read(sandbox, '/metrics')) as string);
  });
  afterAll(() => sandbox.close());

  const families = KINDS.flatMap((kind) => Object.keys(kind.families)).filter((family) => family.startsWith('kube_'));
  it.each(families)('says of %s what the embedded source says', async (family) => {
    const page = scraped.filter(({ name }) => name === family);
    expect((await ask(family)).map(lineOf).sort()).toEqual(page.map(lineOf).sort());
    expect(page.length > 0).toBe(!EMPTY.has(family));
  });

  it('says of memory what the embedded source says, to the KiB that metrics.k8s.io rounds to', async () => {
    for (const family of [
      'container_memory_working_set_bytes',
      'pod_memory_working_set_bytes',
      'node_memory_working_set_bytes',
    ]) {
      const rounded = ({ labels, value }: Pick<ScrapedSeries, 'labels' | 'value'>): string =>
        lineOf({ labels, value: Math.round(value / 1024) });
      const page = scraped.filter(({ name }) => name === family);
      expect(page.length).toBeGreaterThan(0);
      expect((await ask(family)).map(rounded).sort()).toEqual(page.map(rounded).sort());
    }
  });

  it('says of CPU what the embedded source says, in what was used between two looks', async () => {
    for (const family of [
      'container_cpu_usage_seconds_total',
      'pod_cpu_usage_seconds_total',
      'node_cpu_usage_seconds_total',
    ]) {
      const page = scraped.filter(({ name }) => name === family);
      const used = page.flatMap(({ labels, value }) => {
        const earlier = before.find(
          (series) => series.name === family && lineOf({ ...series, value: 0 }) === lineOf({ labels, value: 0 }),
        );
        return earlier === undefined ? [] : [{ labels, value: Number((value - earlier.value).toFixed(4)) }];
      });
      const embedded = await ask(`${family} - ${family} offset 10s`);
      const known = new Set(embedded.map(({ labels }) => lineOf({ labels, value: 0 })));
      expect(used.length).toBeGreaterThan(0);
      expect(
        used
          .filter(({ labels }) => known.has(lineOf({ labels, value: 0 })))
          .map(lineOf)
          .sort(),
      ).toEqual(embedded.map(({ labels, value }) => lineOf({ labels, value: Number(value.toFixed(4)) })).sort());
    }
  });

  it('publishes the volumes that running pods mount, as the kubelet does', () => {
    const volume = (series: readonly ScrapedSeries[]) =>
      series.filter(({ name }) => name.startsWith('kubelet_volume_stats_'));
    const labels = { namespace: 'default', persistentvolumeclaim: 'data' };
    const used = 2 ** 30 + 170 * 2 ** 20;
    expect(volume(before)).toEqual([
      { name: 'kubelet_volume_stats_capacity_bytes', labels, value: 10 * 2 ** 30 },
      { name: 'kubelet_volume_stats_available_bytes', labels, value: 10 * 2 ** 30 - used },
      { name: 'kubelet_volume_stats_used_bytes', labels, value: used },
      { name: 'kubelet_volume_stats_inodes', labels, value: 655_360 },
      { name: 'kubelet_volume_stats_inodes_free', labels, value: 655_360 },
      { name: 'kubelet_volume_stats_inodes_used', labels, value: 0 },
    ]);
    expect(volume(scraped)).toEqual([]);
  });
});
