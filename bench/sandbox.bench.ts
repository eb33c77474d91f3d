/**
 * The embedded cluster: writes a second, fan-out, memory and start. Each figure comes from a process of its own.
 *
 *     npx tsx bench/sandbox.bench.ts [--large]        (--large: 150,000 pods on 5,000 nodes as well)
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { KubeObject } from '../src/shapes/kube.ts';
import type { Transport } from '../src/shapes/transport.ts';
import { createSandbox } from '../src/sandbox/index.ts';
import { systemClock } from '../src/std/clock.ts';

const SELF = fileURLToPath(import.meta.url);
const PROGRAM = fileURLToPath(new URL('../dist/kubeskippy.js', import.meta.url));
const PODS = { group: '', version: 'v1', resource: 'pods' };
const COLLECTION = '/api/v1/namespaces/default/pods';
/** Pods written, patched and evicted per measurement. */
const WRITES = 5000;
/** Requests under way at once over HTTP: as many as a busy operator's. */
const IN_FLIGHT = 16;
const FAN_OUT_ROUNDS = 100;
/** Each event ends with one. */
const NEWLINE = 10;

type Send = (method: 'POST' | 'PATCH', path: string, body: unknown) => Promise<number>;

const pod = (n: number, node?: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `pod-${n}`, namespace: 'default', labels: { app: `app-${n % 100}` } },
  spec: {
    ...(node === undefined ? {} : { nodeName: node }),
    containers: [
      { name: 'main', image: 'registry.example/app:1', resources: { requests: { cpu: '10m', memory: '32Mi' } } },
    ],
  },
});
const status = (n: number) => ({
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True', reason: `R${n}`, lastTransitionTime: '2026-01-01T00:00:00Z' }],
  },
});
const eviction = (n: number) => ({
  apiVersion: 'policy/v1',
  kind: 'Eviction',
  metadata: { name: `pod-${n}`, namespace: 'default' },
});

const contentType = (method: string) => (method === 'PATCH' ? 'application/merge-patch+json' : 'application/json');

function inProcess(transport: Transport): Send {
  return async (method, path, body) => {
    const answer = await transport.send({
      method,
      path,
      headers: { 'content-type': contentType(method) },
      body: JSON.stringify(body),
    });
    return answer.status;
  };
}

function overHttp(url: string): Send {
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const sent = request(
        `${url}${path}`,
        { method, agent, headers: { 'content-type': contentType(method) } },
        (answer) => {
          answer.resume();
          answer.once('end', () => resolve(answer.statusCode ?? 0));
        },
      );
      sent.once('error', reject);
      sent.end(JSON.stringify(body));
    });
}

async function perSecond(expected: number, ask: (n: number) => Promise<number>): Promise<number> {
  const started = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      while (next < WRITES) {
        const got = await ask(next++);
        if (got !== expected) throw new Error(`answered ${got}, expected ${expected}`);
      }
    }),
  );
  return Math.round(WRITES / ((performance.now() - started) / 1000));
}

async function writes(send: Send): Promise<Record<string, number>> {
  const creates = await perSecond(201, (n) => send('POST', COLLECTION, pod(n)));
  const patches = await perSecond(200, (n) => send('PATCH', `${COLLECTION}/pod-${n}/status`, status(n)));
  const evictions = await perSecond(201, (n) => send('POST', `${COLLECTION}/pod-${n}/eviction`, eviction(n)));
  return { creates, 'status patches': patches, evictions };
}

const median = (samples: readonly number[]) =>
  samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)] ?? Number.NaN;

/** From a status patch to its event in the hands of the last of `watchers`, milliseconds (median). */
async function fanOut(url: string, watchers: number): Promise<number> {
  const send = overHttp(url);
  const name = `fan-${watchers}`;
  await send('POST', COLLECTION, { ...pod(0), metadata: { name, namespace: 'default' } });
  let arrived = 0;
  let all: (() => void) | undefined;
  const agent = new Agent({ maxSockets: watchers });
  const open = await Promise.all(
    Array.from({ length: watchers }, async () => {
      const asked = request(`${url}${COLLECTION}?watch=true&fieldSelector=metadata.name%3D${name}&resourceVersion=0`, {
        agent,
      });
      asked.end();
      const [answer] = (await once(asked, 'response')) as [NodeJS.ReadableStream];
      answer.on('data', (chunk: Buffer) => {
        arrived += chunk.filter((byte) => byte === NEWLINE).length;
        if (arrived === watchers) all?.();
      });
      // Destroying the request below ends the answer with an error; before that, a lost event would leave the round
      // waiting.
      answer.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ECONNRESET') throw error;
      });
      return asked;
    }),
  );
  const samples: number[] = [];
  // The first round is the ADDED that each watch begins with.
  for (let round = 0; round <= FAN_OUT_ROUNDS; round++) {
    const heard = new Promise<void>((resolve) => (all = resolve));
    const started = performance.now();
    if (round > 0) {
      arrived = 0;
      await send('PATCH', `${COLLECTION}/${name}/status`, status(round));
    }
    if (arrived < watchers) await heard;
    if (round > 0) samples.push(performance.now() - started);
  }
  for (const watch of open) watch.destroy();
  return median(samples);
}

const memory = () => {
  const { gc } = globalThis as { gc?: () => void };
  for (let n = 0; n < 3; n++) gc?.();
  return process.memoryUsage();
};

/** Pods on nodes, each started by its kubelet until it is Ready, with all controllers running. */
async function size(pods: number, nodes: number): Promise<Record<string, number>> {
  const before = memory();
  const started = performance.now();
  const nodeShape = { cpu: '64', memory: '256Gi', pods: '250' };
  const { cluster } = createSandbox({ clock: systemClock, nodes, nodeShape, heartbeats: 'off', events: 'warnings' });
  let ready = 0;
  const allReady = new Promise<void>((resolve) => {
    cluster.subscribe(PODS, ({ object, old }) => {
      if (isReady(object) && !(old && isReady(old)) && ++ready === pods) resolve();
    });
  });
  for (let n = 0; n < pods; n++) {
    cluster.create(PODS, pod(n, `node-${(n % nodes) + 1}`));
    if (n % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const created = performance.now();
  await allReady;
  const readyAt = performance.now();
  const after = memory();
  return {
    'RSS per pod (KB)': (after.rss - before.rss) / pods / 1024,
    'heap per pod (KB)': (after.heapUsed - before.heapUsed) / pods / 1024,
    'RSS in all (MB)': after.rss / 2 ** 20,
    'created after (s)': (created - started) / 1000,
    'all ready after (s)': (readyAt - started) / 1000,
  };
}
const isReady = (object: KubeObject): boolean => {
  const { conditions } = (object['status'] ?? {}) as { conditions?: readonly { type: string; status: string }[] };
  return conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;
};

/** An API server alone, in the child; its URL is its first line. */
async function serve(): Promise<void> {
  const sandbox = createSandbox({ clock: systemClock, controllers: 'off', scheduler: 'off', kubelet: 'off' });
  console.log((await sandbox.serve({ port: 0 })).url);
}

async function startInProcess(): Promise<number> {
  const started = performance.now();
  const sandbox = createSandbox({ clock: systemClock });
  const { url } = await sandbox.serve({ port: 0 });
  const asked = request(`${url}/readyz`);
  asked.end();
  await once(asked, 'response');
  const took = performance.now() - started;
  await sandbox.close();
  return took;
}

function child(args: readonly string[]) {
  const flags = ['--expose-gc', '--max-old-space-size=12000', '--import', 'tsx'];
  return spawn(process.execPath, [...flags, SELF, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}
async function ask<T>(...args: string[]): Promise<T> {
  const process_ = child(args);
  let text = '';
  process_.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [code] = (await once(process_, 'close')) as [number];
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
  return JSON.parse(text) as T;
}
async function withServer<T>(use: (url: string) => Promise<T>): Promise<T> {
  const server = child(['serve']);
  try {
    const [url] = (await once(createInterface(server.stdout), 'line')) as [string];
    return await use(url);
  } finally {
    server.kill();
  }
}
/** What node itself takes to begin and end, on this machine as it is now. */
async function startNode(): Promise<number> {
  const started = performance.now();
  await once(spawn(process.execPath, ['-e', '0']), 'close');
  return performance.now() - started;
}
/** From the start of the built program to its ready line. */
async function startProgram(): Promise<number> {
  const started = performance.now();
  const program = spawn(process.execPath, [PROGRAM, 'sandbox', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface(program.stdout);
  for await (const line of lines) if (line.startsWith('ready ')) break;
  const took = performance.now() - started;
  program.kill();
  await once(program, 'close');
  return took;
}

const report = (what: string, figures: Readonly<Record<string, number>>) => {
  for (const [name, figure] of Object.entries(figures))
    console.log(`${what}: ${name} ${figure < 100 ? figure.toFixed(1) : Math.round(figure)}`);
};

async function main(): Promise<void> {
  report('in process, a second', await ask('writes'));
  await withServer(async (url) => {
    report('over HTTP, a second', await writes(overHttp(url)));
    for (const watchers of [1, 10, 100])
      report('fan-out over HTTP, ms', { [`${watchers} watchers`]: await fanOut(url, watchers) });
  });
  report('10,000 pods on 100 nodes', await ask('size', '10000', '100'));
  if (process.argv.includes('--large')) report('150,000 pods on 5,000 nodes', await ask('size', '150000', '5000'));
  const starts: number[] = [];
  for (let n = 0; n < 5; n++) starts.push((await ask<{ ms: number }>('start')).ms);
  report('start', { 'in process to the first answer, ms': median(starts) });
  if (!existsSync(PROGRAM)) return console.log('dist/kubeskippy.js is not built: its start is not measured');
  const programs: number[] = [];
  const floors: number[] = [];
  for (let n = 0; n < 9; n++) {
    floors.push(await startNode());
    programs.push(await startProgram());
  }
  report('start', {
    'of the program to its ready line, ms': median(programs),
    'of node -e 0, ms': median(floors),
    'ratio of the two': median(programs) / median(floors),
  });
}

const [verb, ...rest] = process.argv.slice(2);
const print = (value: unknown) => process.stdout.write(JSON.stringify(value), () => process.exit(0));
if (verb === 'serve') await serve();
else if (verb === 'writes') {
  const sandbox = createSandbox({ clock: systemClock, controllers: 'off', scheduler: 'off', kubelet: 'off' });
  print(await writes(inProcess(sandbox.transport())));
} else if (verb === 'size') print(await size(Number(rest[0]), Number(rest[1])));
else if (verb === 'start') print({ ms: await startInProcess() });
else await main();
