/** 10,000 pods under 100 distinct rules over the embedded source: time of a sampling round, of evaluating every rule once, and memory. `tsx bench/promql-rules.ts` */
import type { KubeObject } from '../src/api/kube.ts';
import { EmbeddedSource } from '../src/adapters/metrics/embedded/embedded-source.ts';
import type { ObjectChange } from '../src/operator/ports.ts';
import { Prng } from '../src/std/prng.ts';
import { systemClock, VirtualClock } from '../src/std/clock.ts';

const PODS = 10_000;
const RULES = 100;
/** Pods that change between two rounds: one in a hundred. */
const CHANGED = 100;

const templates = [
  (n: number) => `rate(kube_pod_container_status_restarts_total{namespace="ns-${n}"}[5m]) > 0.1`,
  (n: number) => `kube_pod_status_phase{phase="Pending",namespace="ns-${n}"} == 1`,
  (n: number) => `sum by (namespace, pod) (increase(kube_pod_container_status_restarts_total[${n + 5}m])) > 3`,
  (n: number) => `kube_pod_container_status_waiting_reason{reason=~"CrashLoopBackOff|ImagePullBackOff",namespace=~"ns-${n}.*"} > 0`,
  (n: number) => `count by (namespace) (kube_pod_status_ready{condition="false"} == 1) > ${n}`,
];
const rules = Array.from({ length: RULES }, (_, at) =>
  (templates[at % templates.length] as (n: number) => string)(Math.floor(at / templates.length)),
);

const pod = (at: number, restarts: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `workload-${at >> 3}-${at}`, namespace: `ns-${at % 50}`, uid: `uid-${at}` },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: restarts > 5 ? 'False' : 'True' }],
    containerStatuses: [
      { name: 'main', restartCount: restarts, state: restarts > 5 ? { waiting: { reason: 'CrashLoopBackOff' } } : { running: {} } },
    ],
  },
});

const clock = new VirtualClock();
const random = new Prng(1);
const signal = new AbortController().signal;
const pods = Array.from({ length: PODS }, (_, at) => pod(at, 0));
let tell: ObjectChange = () => undefined;
const source = new EmbeddedSource({
  clock,
  objects: {
    hasSynced: () => true,
    subscribe: (_, onChange) => {
      tell = onChange;
      for (const object of pods) onChange(undefined, object);
      return () => undefined;
    },
  },
});
for (const rule of rules) source.refer(rule);

const rssBefore = process.memoryUsage().rss / 2 ** 20;
const sampling: number[] = [];
for (let round = 0; round < 120; round++) {
  for (let change = 0; change < CHANGED; change++) {
    const at = random.below(PODS);
    const after = pod(at, random.below(9));
    tell(pods[at], after);
    pods[at] = after;
  }
  const began = systemClock.monotonic();
  await source.sample(signal);
  sampling.push(systemClock.monotonic() - began);
  await clock.advance(15_000);
}
const evaluations: number[] = [];
let unknown = 0;
for (let run = 0; run < 5; run++) {
  const began = systemClock.monotonic();
  for (const rule of rules) if ((await source.query(rule, clock.now(), signal)).type === 'unknown') unknown++;
  evaluations.push(systemClock.monotonic() - began);
}
const median = (times: readonly number[]): string => ([...times].sort((a, b) => a - b)[times.length >> 1] ?? 0).toFixed(1);
console.log(`${source.seriesCount} series of ${PODS} pods; ${unknown} answers unknown`);
console.log(`sampling a round with ${CHANGED} changed pods: ${median(sampling)} ms; first round ${(sampling[0] ?? 0).toFixed(0)} ms`);
console.log(`evaluating ${RULES} rules once: ${median(evaluations)} ms CPU`);
console.log(`RSS +${(process.memoryUsage().rss / 2 ** 20 - rssBefore).toFixed(0)} MB over 120 rounds`);
