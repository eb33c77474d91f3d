/**
 * One operator process (`kubeskippy run`) on a large cluster, which another process serves: time and CPU until it is
 * ready, memory then and after changes of pods' status.
 *
 *     make bench-scale [ARGS="--pods 150000 --nodes 5000 --events 20000 --changes 20000"]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle, child } from './child.ts';

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
/** Linux counts CPU time in hundredths of a second. */
const TICKS_PER_SECOND = 100;
const PROGRAM = join(import.meta.dirname, '../dist/kubeskippy.js');

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const statusOf = (pid: number) => {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mb = (field: string) => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(text)?.[1]) / 1024;
  return { rssMb: mb('VmRSS'), peakMb: mb('VmHWM') };
};
/** User and system time. Fields 14 and 15 of the whole line; the command's name before them ends with a bracket. */
const cpuSeconds = (pid: number) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
};

await bundle('scale-cluster');
console.log(`${pods} pods, ${nodes} nodes, ${events} Events`);
const filling = performance.now();
const cluster = child('scale-cluster', [pods, nodes, events].map(String), ['--max-old-space-size=16000']);
const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-scale-'));
try {
  const { api, control } = JSON.parse(await cluster.line) as { readonly api: string; readonly control: string };
  console.log(
    `cluster filled in ${((performance.now() - filling) / 1000).toFixed(0)} s, ${statusOf(cluster.pid).rssMb.toFixed(0)} MB`,
  );
  const kubeconfig = join(folder, 'kubeconfig');
  const named = { name: 'bench', cluster: { server: api } };
  const context = { name: 'bench', context: { cluster: 'bench', user: 'bench', namespace: 'kubeskippy-system' } };
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'bench',
      clusters: [named],
      contexts: [context],
      users: [{ name: 'bench', user: {} }],
    }),
  );
  const health = await freePort();
  const args = [
    'run',
    '--kubeconfig',
    kubeconfig,
    '--metrics-bind-address',
    '0',
    '--health-probe-bind-address',
    `127.0.0.1:${health}`,
  ];
  const started = performance.now();
  const operator = spawn(process.execPath, [PROGRAM, ...args, '--log-level', 'warn'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const pid = operator.pid ?? 0;
  try {
    for (;;) {
      if (operator.exitCode !== null) throw new Error(`the operator ended with ${operator.exitCode}`);
      const ready = await fetch(`http://127.0.0.1:${health}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (ready) break;
      await sleep(50);
    }
    const report = (what: string, seconds: number, cpu: number) => {
      const { rssMb, peakMb } = statusOf(pid);
      console.log(
        `${what}: ${seconds.toFixed(1)} s, CPU ${cpu.toFixed(1)} s, RSS ${rssMb.toFixed(0)} MB, peak ${peakMb.toFixed(0)} MB`,
      );
    };
    report('ready', (performance.now() - started) / 1000, cpuSeconds(pid));
    await sleep(SETTLE_MS);
    const idle = cpuSeconds(pid);
    report('settled', SETTLE_MS / 1000, idle);
    const from = performance.now();
    await fetch(`${control}/churn?count=${changes}&rate=${CHANGES_PER_SECOND}`, { method: 'POST' });
    report(
      `${changes} changes of pods at ${CHANGES_PER_SECOND}/s`,
      (performance.now() - from) / 1000,
      cpuSeconds(pid) - idle,
    );
    await sleep(SETTLE_MS);
    report('settled again', SETTLE_MS / 1000, cpuSeconds(pid) - idle);
  } finally {
    operator.kill('SIGKILL');
  }
} finally {
  cluster.end();
  rmSync(folder, { recursive: true });
}
