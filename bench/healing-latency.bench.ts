/**
 * From a pod's status write to the HealingAction's creation, on the embedded cluster in this process, by the real
 * clock. Each sample breaks one pod by writing its status as a kubelet would, and waits for the action that names it.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { KubeObject } from '../src/shapes/kube.ts';
import { DEFAULT_OPERATOR_CONFIG, type Logger } from '../src/operator/ports.ts';
import { metricsProvider } from '../src/adapters/metrics/provider.ts';
import { runOperator } from '../src/operator/operator.ts';
import { createSandbox } from '../src/sandbox/index.ts';
import { systemClock } from '../src/std/clock.ts';
import { Prng } from '../src/std/prng.ts';

const SAMPLES = 200;
/** One broken pod every so often: faster is the client's rate limit (50 writes a second) that is measured. */
const PACE_MS = 100;
const POLICIES = { group: 'kubeskippy.io', version: 'v1alpha1', resource: 'healingpolicies' };
const ACTIONS = { group: 'kubeskippy.io', version: 'v1alpha1', resource: 'healingactions' };
const CRDS = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };
const PODS = { group: '', version: 'v1', resource: 'pods' };

const sandbox = createSandbox({
  clock: systemClock,
  prng: new Prng(1),
  kubelet: 'off',
  scheduler: 'off',
  controllers: 'off',
});
const { cluster } = sandbox;
cluster.create(
  { group: '', version: 'v1', resource: 'namespaces' },
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: DEFAULT_OPERATOR_CONFIG.namespace } },
);
for (const name of ['healingpolicies', 'healingactions', 'healingapprovals']) {
  cluster.create(
    CRDS,
    parse(
      readFileSync(new URL(`../config/crd/bases/kubeskippy.io_${name}.yaml`, import.meta.url), 'utf8'),
    ) as KubeObject,
  );
}
const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const stop = new AbortController();
const running = runOperator(
  {
    clock: systemClock,
    prng: new Prng(2),
    secureRandom: () => Math.random(),
    transport: sandbox.transport(),
    audit: { record: () => Promise.resolve() },
    metrics: metricsProvider(),
    logger: silent,
  },
  // Two hundred that fail one after another are one outage to an operator that keeps its limits.
  {
    ...DEFAULT_OPERATOR_CONFIG,
    maxActionsPerHour: 10_000,
    maxConcurrent: 1000,
    commonCause: { minWorkloads: 100_000, sharePercent: 100 },
    namespaceLimits: { ...DEFAULT_OPERATOR_CONFIG.namespaceLimits, sharePercent: 100, unfinishedActions: 1000 },
  },
  stop.signal,
);

cluster.create(POLICIES, {
  apiVersion: 'kubeskippy.io/v1alpha1',
  kind: 'HealingPolicy',
  metadata: { name: 'bench', namespace: 'default' },
  spec: {
    mode: 'manual',
    selector: { resources: [{ apiVersion: 'v1', kind: 'Pod' }] },
    triggers: [
      {
        name: 'looping',
        type: 'condition',
        conditionTrigger: { type: 'CrashLoopBackOff', status: 'True', duration: '0s' },
      },
    ],
    actions: [{ name: 'restart', type: 'restart' }],
    safetyRules: { maxActionsPerHour: 10_000, maxConcurrent: 1000, maxUnhealthy: '100%' },
  },
});
for (let n = 0; n < SAMPLES; n++) {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `pod-${n}`, namespace: 'default' },
    spec: { containers: [{ name: 'main', image: 'app:1' }] },
  };
  cluster.create(PODS, pod);
  cluster.modify(
    PODS,
    { namespace: 'default', name: `pod-${n}` },
    (draft) => ({ ...draft, status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } }),
    'status',
  );
}
await systemClock.until(systemClock.now() + 1500);

const created = new Map<string, () => void>();
cluster.subscribe(ACTIONS, ({ type, object }) => {
  if (type === 'ADDED') created.get((object['spec'] as { targetResource: { name: string } }).targetResource.name)?.();
});
const samples: number[] = [];
for (let n = 0; n < SAMPLES; n++) {
  const name = `pod-${n}`;
  const seen = new Promise<void>((resolve) => created.set(name, resolve));
  const started = performance.now();
  const waiting = { name: 'main', restartCount: 5, ready: false, state: { waiting: { reason: 'CrashLoopBackOff' } } };
  cluster.modify(
    PODS,
    { namespace: 'default', name },
    (draft) => ({ ...draft, status: { phase: 'Running', containerStatuses: [waiting] } }),
    'status',
  );
  await Promise.race([
    seen,
    systemClock.until(systemClock.now() + 10_000).then(() => Promise.reject(new Error(`no action for ${name}`))),
  ]);
  samples.push(performance.now() - started);
  await systemClock.until(systemClock.now() + PACE_MS);
}
stop.abort(new Error('done'));
await running;
await sandbox.close();
const sorted = samples.toSorted((a, b) => a - b);
const at = (share: number): string =>
  `${(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(1)} ms`;
console.log(
  `pod status written → HealingAction created, ${SAMPLES} samples: p50 ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}, max ${at(1)}`,
);
process.exit(0);
