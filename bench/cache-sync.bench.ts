/**
 * Time and memory of a cache: 20,000 pods listed, 100,000 changes watched over HTTP from another process, beside the floor in the same run: fetching and
 * `JSON.parse` of the same bytes, keeping nothing. Each figure comes from a process of its own; `--runs n` (default 3) gives medians.
 *
 *     npx tsx bench/cache-sync.bench.ts [--pods 20000] [--events 100000] [--runs 3]
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Cache } from '../src/kube/cache.ts';
import { KubeClient } from '../src/kube/client.ts';
import { type Codec, jsonCodec } from '../src/kube/codec.ts';
import { projection } from '../src/kube/projection.ts';
import { wireCodec } from '../src/kube/protobuf/codec.ts';
import { StringPool } from '../src/kube/string-pool.ts';
import { createAgent, createHttpTransport } from '../src/kube/transport/http.ts';
import { Watcher } from '../src/kube/watcher.ts';
import { PODS } from '../src/kube/well-known.ts';
import { systemClock } from '../src/std/clock.ts';

/** What healing reads of a pod. */
const KEPT = projection('pods', [
  'metadata.annotations[kubeskippy.io/healing-disabled]',
  'spec.nodeName',
  'status.phase',
  'status.reason',
  'status.conditions.type',
  'status.conditions.status',
  'status.conditions.reason',
  'status.conditions.lastTransitionTime',
  'status.containerStatuses.name',
  'status.containerStatuses.ready',
  'status.containerStatuses.restartCount',
  'status.containerStatuses.state',
  'status.containerStatuses.lastState',
]);

interface Figures {
  readonly syncMs: number;
  readonly syncCpuMs: number;
  readonly watchMs: number;
  readonly watchCpuMs: number;
  readonly rssKb: number;
  readonly heapKb: number;
  readonly objects: number;
}

const option = (name: string, fallback: number) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const pods = option('pods', 20_000);
const events = option('events', 100_000);

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const collect = () => {
  const { gc } = globalThis as { gc?: () => void };
  for (let i = 0; i < 3; i++) gc?.();
};

async function measure(mode: string, port: number): Promise<Figures> {
  const server = `http://127.0.0.1:${port}`;
  const agent = createAgent(server, {});
  const transport = createHttpTransport({
    clock: systemClock,
    connection: { server, namespace: undefined, credentials: () => Promise.resolve({ headers: {}, agent }), invalidate: () => undefined },
  });
  collect();
  const before = process.memoryUsage();
  const stop = new AbortController();
  const start = { at: performance.now(), cpu: cpuMs() };
  let synced = start;
  let watched = start;
  let seen = 0;
  const cache = new Cache();
  const mark = () => ({ at: performance.now(), cpu: cpuMs() });
  if (mode === 'floor') {
    let path = '/api/v1/pods?limit=500';
    for (;;) {
      const { body } = await transport.send({ method: 'GET', path });
      const parts: Uint8Array[] = [];
      if (body.form === 'bytes') for await (const chunk of body.chunks) parts.push(chunk);
      const list = JSON.parse(Buffer.concat(parts).toString('utf8')) as { metadata: { continue?: string } };
      if (list.metadata.continue === undefined) break;
      path = `/api/v1/pods?limit=500&continue=${list.metadata.continue}`;
    }
    synced = mark();
    const { body } = await transport.send({ method: 'GET', path: '/api/v1/pods?watch=true' }, stop.signal);
    let rest: Uint8Array = Buffer.alloc(0);
    if (body.form === 'bytes') {
      for await (const chunk of body.chunks) {
        let buffer = Buffer.concat([rest, chunk]);
        for (let end = buffer.indexOf(10); end >= 0; end = buffer.indexOf(10)) {
          JSON.parse(buffer.toString('utf8', 0, end));
          seen++;
          buffer = buffer.subarray(end + 1);
        }
        rest = buffer;
        if (seen >= events) break;
      }
    }
    watched = mark();
  } else {
    const client = new KubeClient({ transport, clock: systemClock, rateLimit: { qps: 1e6, burst: 1e6 } });
    const codec: Codec = (mode === 'json' ? jsonCodec : wireCodec)(PODS, KEPT, new StringPool());
    const watcher = new Watcher({ client, type: PODS, codec, sink: cache, random: () => 0.5 });
    const running = watcher.run(stop.signal);
    await cache.synced;
    synced = mark();
    await new Promise<void>((resolve) => {
      cache.subscribe(({ old }) => {
        if (old !== undefined && ++seen >= events) resolve();
      });
    });
    watched = mark();
    stop.abort();
    await running;
  }
  stop.abort();
  agent.destroy();
  await new Promise((resolve) => setTimeout(resolve, 300));
  collect();
  const after = process.memoryUsage();
  return {
    syncMs: synced.at - start.at,
    syncCpuMs: synced.cpu - start.cpu,
    watchMs: watched.at - synced.at,
    watchCpuMs: watched.cpu - synced.cpu,
    rssKb: after.rss / 1024,
    heapKb: (after.heapUsed - before.heapUsed) / 1024,
    objects: cache.size,
  };
}

function child(file: string, args: readonly string[]): { readonly line: Promise<string>; readonly end: () => void } {
  const process_ = spawn(process.execPath, ['--expose-gc', '--import', 'tsx', fileURLToPath(new URL(file, import.meta.url)), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = new Promise<string>((resolve, reject) => {
    let text = '';
    process_.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
    process_.on('exit', (code) => reject(new Error(`ended with ${code}`)));
  });
  return { line, end: () => process_.kill() };
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

if (process.argv[2] === 'measure') {
  console.log(JSON.stringify(await measure(process.argv[3] ?? 'json', option('port', 0))));
} else {
  const server = child('./cache-server.ts', [String(pods), String(events)]);
  const port = await server.line;
  const results = new Map<string, Figures[]>();
  for (let run = 0; run < option('runs', 3); run++) {
    for (const mode of ['floor', 'json', 'protobuf']) {
      const one = child('./cache-sync.bench.ts', ['measure', mode, '--port', port, '--events', String(events)]);
      results.set(mode, [...(results.get(mode) ?? []), JSON.parse(await one.line) as Figures]);
    }
  }
  server.end();
  const of = (mode: string, field: keyof Figures) => median((results.get(mode) ?? []).map((figures) => figures[field]));
  console.log(`${pods} pods, ${events} events, medians of ${option('runs', 3)}`);
  console.log('path      sync ms  x floor   watch ms  x floor   CPU s sync  CPU s watch   RSS MB   heap KB/pod  RSS KB/pod over floor');
  for (const mode of ['floor', 'json', 'protobuf']) {
    const ratio = (field: keyof Figures) => (of(mode, field) / of('floor', field)).toFixed(2);
    const cells = [
      mode.padEnd(9),
      of(mode, 'syncMs').toFixed(0).padStart(7),
      ratio('syncMs').padStart(8),
      of(mode, 'watchMs').toFixed(0).padStart(10),
      ratio('watchMs').padStart(8),
      (of(mode, 'syncCpuMs') / 1000).toFixed(2).padStart(12),
      (of(mode, 'watchCpuMs') / 1000).toFixed(2).padStart(12),
      (of(mode, 'rssKb') / 1024).toFixed(0).padStart(8),
      (mode === 'floor' ? 0 : of(mode, 'heapKb') / pods).toFixed(2).padStart(13),
      (mode === 'floor' ? 0 : (of(mode, 'rssKb') - of('floor', 'rssKb')) / pods).toFixed(2).padStart(12),
    ];
    console.log(cells.join(' '));
  }
}
