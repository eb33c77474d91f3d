/**
 * The same 200,000 series × 20 samples in Prometheus (its `prometheus` and `promtool` must be on the PATH) and here,
 * and the same query: the ratio of the medians. Takes about two minutes, most of it Prometheus' import. `tsx
 * bench/promql-ratio.ts`
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluateInstant, Labels, parse, SeriesStore } from '../src/promql/index.ts';
import { systemClock } from '../src/std/clock.ts';
import { Prng } from '../src/std/prng.ts';

const SERIES = 200_000;
const SAMPLES = 20;
const STEP_SECONDS = 15;
const QUERY = 'rate(x[5m]) > 0.1';
const RUNS = 9;

/** Within one two-hour block, an hour ago or more. */
const start = Math.floor(systemClock.now() / 7_200_000) * 7200 - 7200 + 600;
const end = start + (SAMPLES - 1) * STEP_SECONDS;
const random = new Prng(1);
const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-bench-'));

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
}

const store = new SeriesStore({ retentionMs: 3_900_000, maxSeries: SERIES, maxRuns: 40_000_000 });
const values = new Float64Array(SERIES * SAMPLES);
for (let at = 0; at < SERIES; at++) {
  let counter = 0;
  for (let sample = 0; sample < SAMPLES; sample++) {
    counter += random.float() * (at % 1000 === 0 ? 30 : 1);
    values[at * SAMPLES + sample] = counter;
  }
}
const namesOf = (at: number): Record<string, string> => ({
  container: 'main',
  namespace: `namespace-${at % 200}`,
  pod: `workload-${at >> 3}-${at}`,
});
for (let sample = 0; sample < SAMPLES; sample++) {
  store.tick((start + sample * STEP_SECONDS) * 1000);
  for (let at = 0; at < SERIES; at++) {
    const ref = store.resolve(Labels.of({ __name__: 'x', ...namesOf(at) }));
    if (ref !== undefined) store.set(ref, values[at * SAMPLES + sample] as number);
  }
}
const expr = parse(QUERY);
let rows = 0;
const ours = Array.from({ length: RUNS }, () => {
  const began = systemClock.monotonic();
  const result = evaluateInstant(expr, store, { atMs: end * 1000 });
  rows = result.type === 'vector' ? result.samples.length : 0;
  return systemClock.monotonic() - began;
});
console.log(`here: ${median(ours).toFixed(1)} ms median, ${rows} rows`);

try {
  const file = createWriteStream(join(folder, 'x.om'));
  file.write('# TYPE x gauge\n');
  for (let at = 0; at < SERIES; at++) {
    const labels = Object.entries(namesOf(at))
      .map(([name, value]) => `${name}="${value}"`)
      .join(',');
    let lines = '';
    for (let sample = 0; sample < SAMPLES; sample++)
      lines += `x{${labels}} ${values[at * SAMPLES + sample]} ${start + sample * STEP_SECONDS}\n`;
    if (!file.write(lines)) await once(file, 'drain');
  }
  file.end('# EOF\n');
  await once(file, 'finish');
  const data = join(folder, 'data');
  execFileSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', join(folder, 'x.om'), data], {
    stdio: 'ignore',
  });
  writeFileSync(join(folder, 'prometheus.yml'), 'global: {}\n');
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  probe.close();
  const flags = [
    `--config.file=${folder}/prometheus.yml`,
    `--storage.tsdb.path=${data}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--storage.tsdb.retention.time=10y',
  ];
  const server = spawn('prometheus', flags, { stdio: 'ignore' });
  try {
    const ask = async (): Promise<{ data?: { result: unknown[] } }> => {
      const response = await fetch(
        `http://127.0.0.1:${port}/api/v1/query?${new URLSearchParams({ query: QUERY, time: String(end) }).toString()}`,
      );
      return (await response.json()) as { data?: { result: unknown[] } };
    };
    const ready = async (): Promise<boolean> =>
      ask().then(
        ({ data }) => data !== undefined,
        () => false,
      );
    while (!(await ready())) await systemClock.until(systemClock.now() + 500);
    const theirs: number[] = [];
    let found = 0;
    for (let run = 0; run < RUNS; run++) {
      const began = systemClock.monotonic();
      found = (await ask()).data?.result.length ?? 0;
      theirs.push(systemClock.monotonic() - began);
    }
    console.log(`Prometheus (over HTTP, on this machine): ${median(theirs).toFixed(1)} ms median, ${found} rows`);
    console.log(`ratio: ${(median(theirs) / median(ours)).toFixed(1)} times as fast here`);
  } finally {
    const ended = once(server, 'exit');
    server.kill('SIGTERM');
    await ended;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
