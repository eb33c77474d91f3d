/**
 * One measured process of `cache.bench.ts`: fills a cache, settles, watches. Prints its figures as one line of JSON.
 */
import type { V1Pod } from '@kubernetes/client-node';
import { Cache } from '../src/kube/cache.ts';
import { KubeClient } from '../src/kube/client.ts';
import { jsonCodec } from '../src/kube/codec.ts';
import { wireCodec } from '../src/kube/protobuf/codec.ts';
import { StringPool } from '../src/kube/string-pool.ts';
import { createAgent, createHttpTransport } from '../src/kube/transport/http.ts';
import { Watcher } from '../src/kube/watcher.ts';
import { PODS } from '../src/kube/well-known.ts';
import { POD_FIELDS } from '../src/operator/projections.ts';
import { systemClock } from '../src/std/clock.ts';

export type Path = 'floor' | 'client-node' | 'json' | 'protobuf';

export interface CacheRun {
  readonly path: Path;
  /** `streamed`, or objects a page. */
  readonly lists: 'streamed' | number;
  readonly port: number;
  readonly pods: number;
  /** Events at `pacedRate` a second, then in a burst; 0: none. */
  readonly paced: number;
  readonly pacedRate: number;
  readonly burst: number;
}

export interface Figures {
  readonly syncMs: number;
  readonly syncCpuMs: number;
  readonly objects: number;
  /** After a collection: what it needs. */
  readonly rssMb: number;
  readonly peakMb: number;
  readonly heapBytesPerPod: number;
  /** For 100,000 events. */
  readonly pacedCpuMs: number;
  readonly pacedP50Ms: number;
  readonly pacedP99Ms: number;
  readonly burstCpuMs: number;
  readonly burstMs: number;
}

const WARM_UP = 20_000;
const VERSION_BASE = 1_000_000_000_000_000;
const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** Garbage must be gone before the heap is read; V8 gives pages back a little later. */
async function settled(): Promise<NodeJS.MemoryUsage> {
  const { gc } = globalThis as { gc?: () => void };
  for (let i = 0; i < 4; i++) {
    gc?.();
    await sleep(250);
  }
  return process.memoryUsage();
}

interface Running {
  readonly size: () => number;
  readonly stop: () => void;
}

async function start({ path, lists, port }: CacheRun, onChange: (version: string) => void): Promise<Running> {
  const server = `http://127.0.0.1:${port}`;
  if (path === 'client-node') {
    // Not loaded by the others: it alone is 50 MB.
    const { CoreV1Api, KubeConfig, makeInformer } = await import('@kubernetes/client-node');
    const config = new KubeConfig();
    config.loadFromClusterAndUser({ name: 'bench', server, skipTLSVerify: true }, { name: 'bench' });
    const api = config.makeApiClient(CoreV1Api);
    const informer = makeInformer<V1Pod>(config, '/api/v1/pods', () => api.listPodForAllNamespaces());
    informer.on('update', (pod) => onChange(pod.metadata?.resourceVersion ?? ''));
    informer.on('error', (error: unknown) => {
      throw error;
    });
    await informer.start();
    return { size: () => informer.list().length, stop: () => void informer.stop() };
  }
  const agent = createAgent(server, {});
  const transport = createHttpTransport({
    clock: systemClock,
    connection: {
      server,
      namespace: undefined,
      credentials: () => Promise.resolve({ headers: {}, agent }),
      invalidate: () => undefined,
    },
  });
  const stop = new AbortController();
  const ended = () => {
    stop.abort();
    agent.destroy();
  };
  if (path === 'floor') {
    await floor(transport, { signal: stop.signal, limit: lists === 'streamed' ? 500 : lists, onChange });
    return { size: () => 0, stop: ended };
  }
  const client = new KubeClient({ transport, clock: systemClock, rateLimit: { qps: 1e6, burst: 1e6 } });
  const cache = new Cache();
  const codec = (path === 'json' ? jsonCodec : wireCodec)(PODS, POD_FIELDS, new StringPool());
  const listing = lists === 'streamed' ? ({ lists } as const) : ({ lists: 'paged', pageLimit: lists } as const);
  const watcher = new Watcher({ client, type: PODS, codec, sink: cache, random: () => 0.5, ...listing });
  void watcher.run(stop.signal);
  await cache.synced;
  cache.subscribe(({ old, new: now }) => {
    if (old !== undefined && now !== undefined) onChange(now.metadata.resourceVersion ?? '');
  });
  return { size: () => cache.size, stop: ended };
}

/** Fetches and parses the JSON, and keeps nothing. */
async function floor(
  transport: ReturnType<typeof createHttpTransport>,
  {
    signal,
    limit,
    onChange,
  }: { readonly signal: AbortSignal; readonly limit: number; readonly onChange: (version: string) => void },
): Promise<void> {
  for (let token: string | undefined = '0'; token !== undefined; ) {
    const { body } = await transport.send({ method: 'GET', path: `/api/v1/pods?limit=${limit}&continue=${token}` });
    const parts: Uint8Array[] = [];
    if (body.form === 'bytes') for await (const chunk of body.chunks) parts.push(chunk);
    token = (JSON.parse(Buffer.concat(parts).toString('utf8')) as { metadata: { continue?: string } }).metadata
      .continue;
  }
  const { body } = await transport.send({ method: 'GET', path: '/api/v1/pods?watch=true' }, signal);
  const read = async () => {
    let parts: Uint8Array[] = [];
    if (body.form !== 'bytes') return;
    for await (const chunk of body.chunks) {
      let start = 0;
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
        const line = Buffer.concat([...parts, chunk.subarray(start, end)]);
        onChange(
          (JSON.parse(line.toString('utf8')) as { object: { metadata: { resourceVersion: string } } }).object.metadata
            .resourceVersion,
        );
        parts = [];
        start = end + 1;
      }
      parts.push(Uint8Array.prototype.slice.call(chunk, start));
    }
  };
  read().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

async function measure(run: CacheRun): Promise<Figures> {
  const { port, pods } = run;
  const before = await settled();
  let seen = 0;
  let wanted = 0;
  let latencies: number[] = [];
  let done: () => void = () => undefined;
  const onChange = (version: string) => {
    latencies.push(Number(process.hrtime.bigint() / 1000n) - (Number(version) - VERSION_BASE));
    if (++seen === wanted) done();
  };
  /** Sends, and resolves when the last one has been handled. */
  const events = async (count: number, rate: number) => {
    seen = 0;
    wanted = count;
    latencies = [];
    const all = new Promise<void>((resolve) => {
      done = resolve;
    });
    const from = { at: performance.now(), cpu: cpuMs() };
    await fetch(`http://127.0.0.1:${port}/send?count=${count}&rate=${rate}`);
    await all;
    const sorted = latencies.sort((a, b) => a - b);
    const quantile = (q: number) => (sorted[Math.floor(sorted.length * q)] ?? 0) / 1000;
    return { ms: performance.now() - from.at, cpuMs: cpuMs() - from.cpu, p50: quantile(0.5), p99: quantile(0.99) };
  };
  const from = { at: performance.now(), cpu: cpuMs() };
  const running = await start(run, onChange);
  const syncMs = performance.now() - from.at;
  const syncCpuMs = cpuMs() - from.cpu;
  const peakMb = process.resourceUsage().maxRSS / 1024;
  const after = await settled();
  const per100k = 100_000;
  const none = { ms: 0, cpuMs: 0, p50: 0, p99: 0 };
  // Not measured: the first ten thousand events cost twice as much in every path, which is the compiler's work; an
  // operator runs for weeks.
  if (run.paced > 0) await events(WARM_UP, 0);
  const paced = run.paced === 0 ? none : await events(run.paced, run.pacedRate);
  const burst = run.burst === 0 ? none : await events(run.burst, 0);
  const objects = running.size();
  running.stop();
  return {
    syncMs,
    syncCpuMs,
    objects,
    rssMb: after.rss / 1024 / 1024,
    peakMb,
    heapBytesPerPod: (after.heapUsed - before.heapUsed) / pods,
    pacedCpuMs: (paced.cpuMs * per100k) / Math.max(1, run.paced),
    pacedP50Ms: paced.p50,
    pacedP99Ms: paced.p99,
    burstCpuMs: (burst.cpuMs * per100k) / Math.max(1, run.burst),
    burstMs: (burst.ms * per100k) / Math.max(1, run.burst),
  };
}

console.log(JSON.stringify(await measure(JSON.parse(process.argv[2] ?? '{}') as CacheRun)));
process.exit(0);
