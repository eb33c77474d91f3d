/**
 * The longest time for which the operator's process does nothing else, while policies are evaluated that one tenant has
 * written to hold it: `npx tsx bench/event-loop.bench.ts [--pods 5000] [--events 200] [WORD…]`. The operator runs in
 * this process, over HTTP against an embedded cluster in another.
 *
 * A timer is asked for again and again. A hold is the time between two of its turns, by the clock or by the CPU time of
 * the thread, whichever is shorter: a process that waits for a core holds nothing. Needs Linux.
 */
import { readFileSync } from 'node:fs';
import { metricsProvider } from '../src/adapters/metrics/provider.ts';
import { createAgent, createHttpTransport } from '../src/kube/transport/http.ts';
import { runOperator } from '../src/operator/operator.ts';
import { DEFAULT_OPERATOR_CONFIG, type Logger } from '../src/operator/ports.ts';
import { systemClock } from '../src/std/clock.ts';
import { Prng } from '../src/std/prng.ts';
import { bundle, child } from './child.ts';
import { sleep } from './operator-process.ts';

const args = process.argv.slice(2);
const option = (name: string, fallback: number): number => {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(args.splice(at, 2)[1]);
};
const pods = option('pods', 5000);
const events = option('events', 200);

const times = <T>(count: number, make: (at: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, at) => make(at));
const PODS = { apiVersion: 'v1', kind: 'Pod' };
const NEVER = { name: 'never', type: 'condition', conditionTrigger: { type: 'Never', status: 'True' } };
const metric = (query: string) => (at: number) => ({
  name: `t${at}`,
  type: 'metric',
  metricTrigger: { query: `${query} > ${at}`, operator: '>', threshold: 1e9 },
});
/** As large as a pattern may be. */
const PATTERN = '(.?){120}x';
/** Each star of it may stand anywhere in a name of a pods. */
const GLOB = '*a*a*a*a*a*a*a*a*a*ab';

const SCENES: Readonly<Record<string, object>> = {
  'the first metrics': { triggers: [metric('kube_pod_info')(0)] },
  'patterns in matchers': {
    triggers: times(
      8,
      metric(
        `kube_pod_info{${['pod', 'uid', 'namespace', 'created_by_name'].map((name) => `${name}!~"${PATTERN}"`).join(',')}}`,
      ),
    ),
  },
  'patterns in label_replace': {
    triggers: times(8, metric(`label_replace(kube_pod_info, "pod", "$1", "pod", "${PATTERN}")`)),
  },
  'joins of everything': {
    triggers: times(8, metric(`topk(4000, kube_pod_info * on (pod) group_left () kube_pod_info)`)),
  },
  'a hundred operators': { triggers: times(8, metric(times(30, () => 'kube_pod_info').join(' or '))) },
  'globs of names': {
    selector: { resources: times(64, () => ({ ...PODS, excludeNames: times(128, (at) => `${GLOB}${at}`) })) },
    triggers: [NEVER],
  },
  'label selectors': {
    selector: {
      resources: [PODS],
      labelSelector: {
        matchExpressions: times(64, (at) => ({
          key: `label-${at}`,
          operator: 'NotIn',
          values: times(128, (n) => `${'v'.repeat(60)}${n}`),
        })),
      },
    },
    triggers: [NEVER],
  },
  'protected resources': {
    triggers: [
      { name: 'sick', type: 'condition', conditionTrigger: { type: 'Ready', status: 'False', duration: '0s' } },
    ],
    safetyRules: {
      protectedResources: times(64, () => ({ ...PODS, excludeNames: times(128, (at) => `${GLOB}${at}`) })),
    },
  },
  'patterns about Events': {
    triggers: times(32, (at) => ({ name: `t${at}`, type: 'event', eventTrigger: { message: `${PATTERN}${at}` } })),
  },
  'everything fires': {
    triggers: times(32, (at) => ({
      name: `t${at}`,
      type: 'condition',
      conditionTrigger: { type: 'Ready', status: 'False', duration: '0s' },
    })),
  },
  'patches that unfold': {
    mode: 'dryrun',
    triggers: [
      { name: 'sick', type: 'condition', conditionTrigger: { type: 'Ready', status: 'False', duration: '0s' } },
    ],
    safetyRules: { maxUnhealthy: '100%' },
    actions: [
      {
        name: 'a',
        type: 'patch',
        patchAction: {
          type: 'merge',
          patch: [
            'a0: &a0 [x,x,x,x,x,x,x,x,x]',
            ...times(8, (n) => `a${n + 1}: &a${n + 1} [${times(9, () => `*a${n}`).join(',')}]`),
          ].join('\n'),
        },
      },
    ],
  },
};

/** CPU time of the thread that runs JavaScript; those of the compiler and the collector hold nothing. */
const cpuMs = (): number => Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ', 1)[0]) / 1e6;

class Holds {
  #longest = 0;
  #wall = 0;

  /** Until the process ends. */
  watch(): void {
    let [at, cpu] = [performance.now(), cpuMs()];
    const look = (): void => {
      const [now, used] = [performance.now(), cpuMs()];
      this.#wall = Math.max(this.#wall, now - at);
      this.#longest = Math.max(this.#longest, Math.min(now - at, used - cpu));
      [at, cpu] = [performance.now(), cpuMs()];
      setTimeout(look, 1);
    };
    look();
  }

  take(): string {
    const text = `${this.#longest.toFixed(0).padStart(6)} ms of CPU, ${this.#wall.toFixed(0)} ms by the clock`;
    [this.#longest, this.#wall] = [0, 0];
    return text;
  }
}

await bundle('event-loop-cluster');
const cluster = child('event-loop-cluster', [pods, events].map(String));
const { api } = JSON.parse(await cluster.line) as { readonly api: string };
const path = `${api}/apis/kubeskippy.io/v1alpha1/namespaces/team-a/healingpolicies`;
const send = async (method: string, url: string, body?: object): Promise<void> => {
  const answer = await fetch(url, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
};

const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const stop = new AbortController();
const agent = createAgent(api, {});
const transport = createHttpTransport({
  clock: systemClock,
  connection: {
    server: api,
    namespace: undefined,
    credentials: () => Promise.resolve({ headers: {}, agent }),
    invalidate: () => undefined,
  },
});
const running = runOperator(
  {
    clock: systemClock,
    prng: new Prng(2),
    secureRandom: () => Math.random(),
    transport,
    audit: { record: () => Promise.resolve() },
    metrics: metricsProvider({ intervalMs: 3000 }),
    logger: silent,
  },
  { ...DEFAULT_OPERATOR_CONFIG, evaluationIntervalMs: 3000 },
  stop.signal,
);
// What this file itself sends with must not be loaded while it measures.
await fetch(`${api}/readyz`);
const holds = new Holds();
holds.watch();
await sleep(6000);
console.log(`${'the first look at the cluster'.padEnd(32)} ${holds.take()}`);
for (const [title, spec] of Object.entries(SCENES).filter(
  ([name]) => args.length === 0 || args.some((word) => name.includes(word)),
)) {
  const name = title.replaceAll(/[^a-z]+/g, '-');
  await send('POST', path, {
    apiVersion: 'kubeskippy.io/v1alpha1',
    kind: 'HealingPolicy',
    metadata: { name, namespace: 'team-a' },
    spec: { mode: 'monitor', selector: { resources: [PODS] }, actions: [{ name: 'r', type: 'restart' }], ...spec },
  });
  await sleep(10_000);
  console.log(`${title.padEnd(32)} ${holds.take()}`);
  await send('DELETE', `${path}/${name}`);
  await sleep(500);
  console.log(`${`… and its end`.padEnd(32)} ${holds.take()}`);
}
stop.abort(new Error('done'));
cluster.end();
await Promise.race([running, sleep(3000)]);
process.exit(0);
