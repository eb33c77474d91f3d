/**
 * One operator process (`kubeskippy run`) on a large cluster, which another process serves: time and CPU until it is
 * ready, memory then and after changes of pods' status.
 *
 *     make bench-scale [ARGS="--pods 150000 --nodes 5000 --events 20000 --changes 20000"]
 */
import { bundle, child } from './child.ts';
import { memoryOf, sleep, startOperator } from './operator-process.ts';

const option = (name: string, fallback: number) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const pods = option('pods', 150_000);
const nodes = option('nodes', 5000);
const events = option('events', 20_000);
const changes = option('changes', 20_000);
/** Of a cluster of this size when much happens. */
const CHANGES_PER_SECOND = 500;
const SETTLE_MS = 20_000;

await bundle('scale-cluster');
console.log(`${pods} pods, ${nodes} nodes, ${events} Events`);
const filling = performance.now();
const cluster = child('scale-cluster', [pods, nodes, events].map(String), ['--max-old-space-size=16000']);
try {
  const { api, control } = JSON.parse(await cluster.line) as { readonly api: string; readonly control: string };
  console.log(
    `cluster filled in ${((performance.now() - filling) / 1000).toFixed(0)} s, ${memoryOf(cluster.pid).rssMb.toFixed(0)} MB`,
  );
  const started = performance.now();
  const operator = await startOperator(api, { level: 'warn' });
  try {
    await operator.ready;
    const report = (what: string, seconds: number, cpu: number) => {
      const { rssMb, peakMb } = memoryOf(operator.pid);
      console.log(
        `${what}: ${seconds.toFixed(1)} s, CPU ${cpu.toFixed(1)} s, RSS ${rssMb.toFixed(0)} MB, peak ${peakMb.toFixed(0)} MB`,
      );
    };
    report('ready', (performance.now() - started) / 1000, operator.cpuSeconds());
    await sleep(SETTLE_MS);
    const idle = operator.cpuSeconds();
    report('settled', SETTLE_MS / 1000, idle);
    const from = performance.now();
    await fetch(`${control}/churn?count=${changes}&rate=${CHANGES_PER_SECOND}`, { method: 'POST' });
    report(
      `${changes} changes of pods at ${CHANGES_PER_SECOND}/s`,
      (performance.now() - from) / 1000,
      operator.cpuSeconds() - idle,
    );
    await sleep(SETTLE_MS);
    report('settled again', SETTLE_MS / 1000, operator.cpuSeconds() - idle);
  } finally {
    operator.end();
  }
} finally {
  cluster.end();
}
