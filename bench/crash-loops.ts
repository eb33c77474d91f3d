/**
 * One operator process (`kubeskippy run`) while thousands of Deployments crash at once: CPU, memory, requests and lines
 * of its log. Another process serves the cluster.
 *
 *     make bench-crash-loops [ARGS="--deployments 2000 --seconds 140 --per-hour 60 --node PATH"]
 *
 * `--node`: of the operator, when it is another than the one that runs this.
 */
import { bundle, child } from './child.ts';
import { memoryOf, sleep, startOperator } from './operator-process.ts';

const given = (name: string) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : process.argv[at + 1];
};
const option = (name: string, fallback: number) => Number(given(name) ?? fallback);
const deployments = option('deployments', 2000);
const seconds = option('seconds', 140);
const perHour = option('per-hour', 60);

/** Half of the limit of our manifests, 512 MiB: what Node takes by itself where the container has that limit. */
const AS_INSTALLED = '--max-old-space-size=256';

await bundle('crash-loops-cluster');
const cluster = child('crash-loops-cluster', [deployments, perHour].map(String), ['--max-old-space-size=4000']);
try {
  const { api } = JSON.parse(await cluster.line) as { readonly api: string };
  // They fail together, as they are meant to: that is no outage here.
  const commonCause = { minWorkloads: deployments + 1, sharePercent: 100 };
  const settings = { level: 'info', config: { maxActionsPerHour: perHour, maxConcurrent: 10, commonCause } } as const;
  const profile = process.argv.includes('--profile') ? ['--cpu-prof', '--cpu-prof-dir=/tmp/prof'] : [];
  const node = given('node');
  const operator = await startOperator(api, { ...settings, node, flags: [AS_INSTALLED, ...profile] });
  try {
    await operator.ready;
    console.log(`${deployments} Deployments; ready after ${operator.cpuSeconds().toFixed(1)} s of CPU`);
    await sleep(seconds * 1000);
    const { rssMb, peakMb } = memoryOf(operator.pid);
    console.log(
      `${seconds} s: CPU ${operator.cpuSeconds().toFixed(1)} s, RSS ${rssMb.toFixed(0)} MB, peak ${peakMb.toFixed(0)} MB, ${operator.lines.length} log lines`,
    );
    const read = (path: string) => fetch(`${api}${path}`).then((answer) => answer.text());
    const path = '/apis/kubeskippy.io/v1alpha1/namespaces/default';
    const status = await read(`${path}/healingpolicies/crash-loops`);
    const actions = JSON.parse(await read(`${path}/healingactions`)) as { readonly items: readonly object[] };
    console.log(`policy of ${(status.length / 1024).toFixed(0)} KB, ${actions.items.length} actions`);
    const counted = (await operator.metrics()).matchAll(
      /^kubeskippy_(reconcile_duration_seconds_(?:count|sum)|events_dropped_total)\{(.*)\} (.*)$/gm,
    );
    for (const [, name, labels, value] of counted) console.log(`${name} ${labels}: ${Number(value).toFixed(1)}`);
    const kinds = new Map<string, number>();
    for (const line of operator.lines) {
      const message = /"msg":"([^"]*)"/.exec(line)?.[1] ?? line.slice(0, 80);
      kinds.set(message, (kinds.get(message) ?? 0) + 1);
    }
    for (const [message, times] of [...kinds].toSorted(([, a], [, b]) => b - a).slice(0, 8))
      console.log(`${String(times).padStart(6)} × ${message}`);
  } finally {
    operator.end();
    await sleep(process.argv.includes('--profile') ? 8000 : 0);
  }
} finally {
  cluster.end();
}
