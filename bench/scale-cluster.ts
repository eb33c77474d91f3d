/**
 * The cluster of `scale.ts`: `PODS` pods of about 10 KB on `NODES` nodes, owned by ReplicaSets of Deployments, and
 * `EVENTS` Events, on the embedded API server over HTTP, without controllers. Prints one line of JSON, `{api,
 * control}`: the URL of the API server, and that of `POST /churn?count=&rate=`, which answers when it has made so many
 * changes of pods' status.
 */
import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse } from 'yaml';
import type { KubeObject } from '../src/shapes/kube.ts';
import { createSandbox } from '../src/sandbox/index.ts';
import { systemClock } from '../src/std/clock.ts';
import { realisticPod } from './realistic-pod.ts';

const [pods, nodes, events] = process.argv.slice(2).map(Number) as [number, number, number];
const core = (resource: string) => ({ group: '', version: 'v1', resource });
const apps = (resource: string) => ({ group: 'apps', version: 'v1', resource });
const ours = (resource: string) => ({ group: 'kubeskippy.io', version: 'v1alpha1', resource });
const PODS_PER_WORKLOAD = 25;
const NAMESPACES = 100;
const SYSTEM = 'kubeskippy-system';

const sandbox = createSandbox({ clock: systemClock, controllers: 'off', scheduler: 'off', kubelet: 'off' });
const { cluster } = sandbox;
const namespaceOf = (workload: number) => `team-${workload % NAMESPACES}`;
const owner = (kind: string, { metadata }: KubeObject) => [
  {
    apiVersion: 'apps/v1',
    kind,
    name: metadata.name,
    uid: metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  },
];

function installOperator(): void {
  for (const name of ['healingpolicies', 'healingactions', 'healingapprovals']) {
    const file = new URL(`../../config/crd/bases/kubeskippy.io_${name}.yaml`, import.meta.url);
    cluster.create(
      { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' },
      parse(readFileSync(file, 'utf8')) as KubeObject,
    );
  }
  cluster.create(core('namespaces'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM } });
  const policy = (
    namespace: string,
    resource: { readonly apiVersion: string; readonly kind: string },
    triggers: readonly unknown[],
  ) =>
    cluster.create(ours('healingpolicies'), {
      apiVersion: 'kubeskippy.io/v1alpha1',
      kind: 'HealingPolicy',
      metadata: { name: resource.kind.toLowerCase(), namespace },
      spec: { mode: 'monitor', selector: { resources: [resource] }, triggers, actions: [] },
    });
  const condition = (type: string, status: string) => ({
    name: 'failing',
    type: 'condition',
    conditionTrigger: { type, status, duration: '30s' },
  });
  policy(SYSTEM, { apiVersion: 'v1', kind: 'Node' }, [condition('Ready', 'False')]);
  for (let n = 0; n < NAMESPACES; n++) {
    cluster.create(core('namespaces'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `team-${n}` } });
    policy(`team-${n}`, { apiVersion: 'apps/v1', kind: 'Deployment' }, [
      condition('CrashLoopBackOff', 'True'),
      {
        name: 'probes',
        type: 'event',
        eventTrigger: { reason: 'Unhealthy', type: 'Warning', count: 10, window: '2m' },
      },
    ]);
  }
}

function addNode(n: number): void {
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: `node-${n}`, labels: { 'topology.kubernetes.io/zone': `zone-${n % 3}` } },
  };
  cluster.create(core('nodes'), { ...node, spec: { podCIDR: `10.${n >> 8}.${n & 255}.0/24` } });
  const at = '2026-01-01T00:00:00Z';
  const conditions = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'].map((type) => ({
    type,
    status: type === 'Ready' ? 'True' : 'False',
    lastHeartbeatTime: at,
    lastTransitionTime: at,
    reason: `Kubelet${type}`,
    message: `kubelet says so about ${type}`,
  }));
  const capacity = { cpu: '64', memory: '256Gi', pods: '110' };
  cluster.update(core('nodes'), { ...node, status: { capacity, allocatable: capacity, conditions } }, 'status');
}

/** A Deployment, its ReplicaSet, and the pods `from` on. */
function addWorkload(workload: number): void {
  const namespace = namespaceOf(workload);
  const from = workload * PODS_PER_WORKLOAD;
  const count = Math.min(PODS_PER_WORKLOAD, pods - from);
  const labels = { app: `service-${workload}`, 'app.kubernetes.io/managed-by': 'Helm' };
  const { spec: podSpec } = realisticPod(from, 0);
  const spec = {
    replicas: count,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: podSpec },
  };
  const metadata = { name: `service-${workload}`, namespace, labels };
  const status = { replicas: count, readyReplicas: count, availableReplicas: count, observedGeneration: 1 };
  const deployment = cluster.create(apps('deployments'), { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec });
  cluster.update(apps('deployments'), { ...deployment, status: { ...status, updatedReplicas: count } }, 'status');
  const replicaSet = cluster.create(apps('replicasets'), {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { ...metadata, name: `service-${workload}-5c7d9b`, ownerReferences: owner('Deployment', deployment) },
    spec,
  });
  cluster.update(apps('replicasets'), { ...replicaSet, status }, 'status');
  for (let n = from; n < from + count; n++) addPod(n, { namespace, labels, replicaSet });
}

function addPod(
  n: number,
  of: {
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly replicaSet: KubeObject;
  },
): void {
  const { metadata, spec, status, ...rest } = realisticPod(n, 0) as KubeObject & {
    readonly spec: object;
    readonly status: object;
  };
  const { uid: _uid, resourceVersion: _version, creationTimestamp: _at, ...own } = metadata;
  const pod = {
    ...rest,
    metadata: {
      ...own,
      namespace: of.namespace,
      labels: { ...of.labels, 'pod-template-hash': '5c7d9b' },
      ownerReferences: owner('ReplicaSet', of.replicaSet),
    },
    spec: { ...spec, nodeName: `node-${n % nodes}` },
  };
  cluster.create(core('pods'), pod);
  cluster.update(core('pods'), { ...pod, status }, 'status');
}

function addEvent(n: number): void {
  const workload = n % Math.ceil(pods / PODS_PER_WORKLOAD);
  const namespace = namespaceOf(workload);
  const { metadata } = realisticPod(workload * PODS_PER_WORKLOAD, 0);
  const pod = cluster.get(core('pods'), { namespace, name: metadata.name });
  cluster.create(core('events'), {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${metadata.name}.${n.toString(16)}`, namespace },
    involvedObject: {
      apiVersion: 'v1',
      kind: 'Pod',
      namespace,
      name: metadata.name,
      uid: pod?.metadata.uid,
      fieldPath: 'spec.containers{main}',
    },
    reason: n % 3 === 0 ? 'Unhealthy' : 'Pulled',
    type: n % 3 === 0 ? 'Warning' : 'Normal',
    message: `Readiness probe failed: HTTP probe failed with statuscode: 50${n % 4}`,
    count: 1,
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T00:00:00Z',
    source: { component: 'kubelet', host: `node-${n % nodes}` },
  });
}

/** Restart counts of pods spread over all, `rate` a second. */
async function churn(count: number, rate: number): Promise<void> {
  const start = performance.now();
  for (let sent = 0; sent < count; sent++) {
    if (sent > (performance.now() - start) * (rate / 1000)) await new Promise((resolve) => setTimeout(resolve, 1));
    const n = (sent * 7919) % pods;
    const key = { namespace: namespaceOf(Math.floor(n / PODS_PER_WORKLOAD)), name: realisticPod(n, 0).metadata.name };
    cluster.modify(
      core('pods'),
      key,
      (draft) => {
        for (const status of draft['status'].containerStatuses) status.restartCount += 1;
        return draft;
      },
      'status',
    );
  }
}

installOperator();
for (let n = 0; n < nodes; n++) addNode(n);
for (let workload = 0; workload * PODS_PER_WORKLOAD < pods; workload++) {
  addWorkload(workload);
  if (workload % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
}
for (let n = 0; n < events; n++) addEvent(n);
const { url } = await sandbox.serve({ port: 0 });
const control = http.createServer((request, response) => {
  const { searchParams } = new URL(request.url ?? '/', 'http://bench');
  churn(Number(searchParams.get('count')), Number(searchParams.get('rate'))).then(
    () => response.end(),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
});
control.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ api: url, control: `http://127.0.0.1:${(control.address() as AddressInfo).port}` }));
});
