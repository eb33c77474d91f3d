/**
 * Analysis by rules on 10,000 pods: the indexes, the whole cluster, one episode, and the bundle of its object.
 *
 *     npx tsx bench/analysis.bench.ts [--pods 10000] [--runs 15]
 */
import { analyze } from '../src/core/analysis/analyze.ts';
import { bundleOf } from '../src/core/analysis/bundle.ts';
import { sceneOf } from '../src/core/analysis/scene.ts';
import { Snapshot } from '../src/core/analysis/snapshot.ts';
import type { KubeObject } from '../src/shapes/kube.ts';
import type { EventObject } from '../src/shapes/workloads.ts';

const option = (name: string, fallback: number) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const PODS = option('pods', 10_000);
const RUNS = option('runs', 15);
/** One pod in twenty is in trouble: a bad day. */
const UNWELL = 20;
const PODS_OF_ONE = 10;
const AT = Date.parse('2026-01-01T12:00:00Z');

const owner = (kind: string, name: string) => ({
  ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: name, controller: true }],
});

type Population = { readonly objects: readonly KubeObject[]; readonly events: readonly EventObject[] };

const NODES = Math.max(1, PODS / 100);

function population(): Population {
  const apps = Array.from({ length: PODS / PODS_OF_ONE }, (_, index) => appOf(index));
  return {
    objects: [...nodes(), ...apps.flatMap(({ objects }) => objects)],
    events: apps.flatMap(({ events }) => events),
  };
}

const nodes = (): readonly KubeObject[] =>
  Array.from({ length: NODES }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: `node-${index}`, labels: { zone: 'a' } },
    status: {
      allocatable: { cpu: '64', memory: '256Gi', pods: '110' },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  }));

function appOf(index: number): Population {
  const name = `app-${index}`;
  const namespace = `team-${index % 20}`;
  const labels = { app: name };
  const container = {
    name: 'main',
    image: `registry.example/${name}:1`,
    ports: [{ containerPort: 8080 }],
    env: [{ name: 'NEXT_ADDR', value: `${name}:80` }],
    resources: { requests: { cpu: '100m', memory: '64Mi' } },
    readinessProbe: { httpGet: { port: 8080, path: '/' } },
  };
  const template = { metadata: { labels }, spec: { containers: [container] } };
  const spec = { replicas: PODS_OF_ONE, template };
  const set = { name: `${name}-1`, namespace, ...owner('Deployment', name) };
  const isUnwell = index % UNWELL === 0;
  const names = Array.from({ length: PODS_OF_ONE }, (_, one) => `${name}-1-${one}`);
  const pods = names.map((pod, one) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: pod, namespace, labels, ...owner('ReplicaSet', set.name) },
    spec: { nodeName: `node-${(index + one) % NODES}`, containers: [container] },
    status: isUnwell ? CRASHING : WELL,
  }));
  return {
    objects: [
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace }, spec },
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: set, spec, status: { replicas: PODS_OF_ONE } },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name, namespace },
        spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
      },
      ...pods,
    ],
    events: isUnwell ? names.flatMap((pod) => eventsOf(namespace, pod)) : [],
  };
}

const WELL = {
  phase: 'Running',
  conditions: [{ type: 'Ready', status: 'True' }],
  containerStatuses: [{ name: 'main', ready: true, restartCount: 0 }],
};
const CRASHING = {
  phase: 'Running',
  conditions: [{ type: 'Ready', status: 'False' }],
  containerStatuses: [
    {
      name: 'main',
      ready: false,
      restartCount: 4,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 1, reason: 'Error' } },
    },
  ],
};

const SAID = [
  ['BackOff', 'Back-off restarting failed container'],
  ['Failed', 'Error: configmap "settings" not found'],
  ['Unhealthy', 'Readiness probe failed: connection refused'],
] as const;

const eventsOf = (namespace: string, pod: string): readonly EventObject[] =>
  SAID.map(([reason, message]) => ({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${pod}.${reason}`, namespace },
    involvedObject: { kind: 'Pod', namespace, name: pod },
    type: 'Warning',
    reason,
    message,
    lastTimestamp: '2026-01-01T11:59:00Z',
  }));

const { objects, events } = population();
const look = () => new Snapshot({ at: AT, objects, events });

function median(run: () => unknown): { readonly first: number; readonly median: number } {
  const times = Array.from({ length: RUNS }, () => {
    const from = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(from);
    return (user + system) / 1000;
  });
  return { first: times[0] ?? 0, median: times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0 };
}
const told = (title: string, { first, median: middle }: ReturnType<typeof median>) =>
  console.log(`${title}: ${middle.toFixed(2)} ms of CPU, median; ${first.toFixed(2)} ms the first time`);

console.log(`${PODS} pods, ${objects.length} objects, ${events.length} events`);
told(
  'look and whole cluster',
  median(() => analyze(look())),
);
const shared = look();
const ref = { kind: 'Deployment', namespace: 'team-0', name: 'app-0' };
analyze(shared, sceneOf(shared, ref));
told(
  'an episode',
  median(() => analyze(shared, sceneOf(shared, ref))),
);
const analysis = analyze(shared, sceneOf(shared, ref));
told(
  'its bundle',
  median(() => bundleOf(shared, ref, analysis)),
);
const bundle = bundleOf(shared, ref, analysis);
console.log(
  `bundle: ${bundle.items.length} items, about ${bundle.tokens} tokens; causes: ${analysis.findings.map(({ cause }) => cause).join(', ')}`,
);
