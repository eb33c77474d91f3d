/**
 * 200,000 series × 20 samples, every sample another value: the storage's memory and `rate(x[5m]) > 0.1`. `tsx
 * bench/promql.ts`, with `--expose-gc` for steady memory.
 */
import { evaluateInstant, Labels, parse, SeriesStore } from '../src/promql/index.ts';
import { systemClock } from '../src/std/clock.ts';
import { Prng } from '../src/std/prng.ts';

const SERIES = 200_000;
const SAMPLES = 20;
const STEP_MS = 15_000;

const collect = (): void => (globalThis as { gc?: () => void }).gc?.();
const megabytes = (): number => {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 2 ** 20;
};

const before = megabytes();
const rssBefore = process.memoryUsage().rss / 2 ** 20;
const store = new SeriesStore({ retentionMs: 3_900_000, maxSeries: SERIES, maxRuns: 40_000_000 });
const random = new Prng(1);
const counters = new Float64Array(SERIES);
const refs = new Uint32Array(SERIES);
const loading = systemClock.monotonic();
for (let sample = 0; sample < SAMPLES; sample++) {
  store.tick((sample + 1) * STEP_MS);
  for (let at = 0; at < SERIES; at++) {
    if (sample === 0) {
      const labels = {
        __name__: 'x',
        namespace: `namespace-${at % 200}`,
        pod: `workload-${at >> 3}-${(at * 2_654_435_761) >>> 8}`,
        container: 'main',
      };
      refs[at] = store.resolve(Labels.of(labels)) ?? 0;
    }
    // One in a thousand grows by more than 0.1 a second.
    counters[at] = (counters[at] as number) + random.float() * (at % 1000 === 0 ? 30 : 1);
    store.set(refs[at] as number, counters[at] as number);
  }
}
const loaded = systemClock.monotonic() - loading;
const after = megabytes();
console.log(`load: ${SERIES} series × ${SAMPLES} samples in ${loaded.toFixed(0)} ms`);
console.log(
  `memory: ${(after - before).toFixed(0)} MB heap and buffers (samples ${(store.sampleBytes / 2 ** 20).toFixed(0)} MB), RSS +${(process.memoryUsage().rss / 2 ** 20 - rssBefore).toFixed(0)} MB`,
);

for (const query of [
  'rate(x[5m]) > 0.1',
  'x > 1e9',
  'sum by (namespace) (rate(x[5m]))',
  'count(x{pod=~"workload-1.*"})',
]) {
  const expr = parse(query);
  const times: number[] = [];
  let rows = 0;
  for (let run = 0; run < 9; run++) {
    const start = systemClock.monotonic();
    const result = evaluateInstant(expr, store, { atMs: SAMPLES * STEP_MS });
    times.push(systemClock.monotonic() - start);
    rows = result.type === 'vector' ? result.samples.length : 0;
  }
  const [first = 0] = times;
  times.sort((a, b) => a - b);
  console.log(`${query}: ${(times[4] ?? 0).toFixed(1)} ms median, ${first.toFixed(1)} ms first, ${rows} rows`);
}
