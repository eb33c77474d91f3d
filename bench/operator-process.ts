/** The operator of `dist/kubeskippy.js` as a process of its own, and what it costs. Linux only. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Linux counts CPU time in hundredths of a second. */
const TICKS_PER_SECOND = 100;
const PROGRAM = join(import.meta.dirname, '../dist/kubeskippy.js');

export const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export const memoryOf = (pid: number) => {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mb = (field: string) => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(text)?.[1]) / 1024;
  return { rssMb: mb('VmRSS'), peakMb: mb('VmHWM') };
};

export interface OperatorProcess {
  readonly pid: number;
  /** User and system time. */
  readonly cpuSeconds: () => number;
  /** Of its log, so far. */
  readonly lines: readonly string[];
  /** What it counts itself, as text. */
  readonly metrics: () => Promise<string>;
  /** Resolves when `/readyz` says so. */
  readonly ready: Promise<void>;
  readonly end: () => void;
}

export interface OperatorSettings {
  readonly level: 'info' | 'warn';
  /** Of the configuration file. */
  readonly config?: object;
  /** Of Node. */
  readonly flags?: readonly string[];
  /** Another Node than this one, by its path. */
  readonly node?: string | undefined;
}

/** Against the API server at this address. */
export async function startOperator(api: string, settings: OperatorSettings): Promise<OperatorProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-bench-'));
  const kubeconfig = join(folder, 'kubeconfig');
  const context = { cluster: 'bench', user: 'bench', namespace: 'kubeskippy-system' };
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'bench',
    clusters: [{ name: 'bench', cluster: { server: api } }],
    contexts: [{ name: 'bench', context }],
    users: [{ name: 'bench', user: {} }],
  };
  writeFileSync(kubeconfig, JSON.stringify(content));
  const [health, metrics] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const args = [
    'run',
    '--kubeconfig',
    kubeconfig,
    '--metrics-bind-address',
    metrics,
    '--health-probe-bind-address',
    health,
  ];
  if (settings.config !== undefined) {
    const file = join(folder, 'config.json');
    writeFileSync(file, JSON.stringify(settings.config));
    args.push('--config', file);
  }
  const flags = settings.flags ?? [];
  const operator = spawn(
    settings.node ?? process.execPath,
    [...flags, PROGRAM, ...args, '--log-level', settings.level],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const lines: string[] = [];
  for (const stream of [operator.stdout, operator.stderr]) {
    let rest = '';
    stream.on('data', (chunk: Buffer) => {
      const all = `${rest}${chunk.toString()}`.split('\n');
      rest = all.pop() ?? '';
      lines.push(...all);
    });
  }
  const ready = async () => {
    for (;;) {
      if (operator.exitCode !== null)
        throw new Error(`the operator ended with ${operator.exitCode}: ${lines.join('\n')}`);
      const well = await fetch(`http://${health}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (well) return;
      await sleep(50);
    }
  };
  const pid = operator.pid ?? 0;
  return {
    pid,
    lines,
    metrics: () => fetch(`http://${metrics}/metrics`).then((answer) => answer.text()),
    ready: ready(),
    cpuSeconds: () => cpuSeconds(pid),
    end: () => {
      operator.kill(flags.length > 0 ? 'SIGINT' : 'SIGKILL');
      rmSync(folder, { recursive: true });
    },
  };
}

/** Fields 14 and 15 of the whole line; the command's name before them ends with a bracket. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
