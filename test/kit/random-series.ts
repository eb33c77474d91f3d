/**
 * A quarter of an hour of made-up series in OpenMetrics' text form: counters that reset, gauges with gaps and NaN, a
 * classic histogram.
 */
import type { Prng } from '../../src/std/prng.ts';

const SAMPLES = 80;
const STEP_SECONDS = 15;

type Sample = readonly [seconds: number, value: number];

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly Sample[];
}

/** Times are drawn to the millisecond, so that no window's edge meets a sample. */
function times(random: Prng, start: number): readonly number[] {
  const phase = random.float() * STEP_SECONDS;
  return Array.from({ length: SAMPLES }, (_, at) =>
    Number((start + phase + at * STEP_SECONDS + random.float() * 0.4).toFixed(3)),
  );
}

function counter(random: Prng, start: number): readonly Sample[] {
  let value = random.below(1000);
  const pace = random.float() * 20;
  return times(random, start).map((at): Sample => {
    value = random.chance(0.03) ? 0 : value + random.float() * pace;
    return [at, value];
  });
}

/** With up to two silences, of which one may be longer than the five minutes for which a value is looked back at. */
function gauge(random: Prng, start: number): readonly Sample[] {
  let value = random.float() * 200 - 100;
  const silentFrom = random.below(SAMPLES);
  const silence = random.below(30);
  return times(random, start)
    .map((at): Sample => {
      value += random.float() * 10 - 5;
      return [at, random.chance(0.01) ? Number.NaN : value];
    })
    .filter((_, at) => at >= SAMPLES - 2 || at < silentFrom || at > silentFrom + silence);
}

function histogram(random: Prng, start: number): readonly Series[] {
  const bounds = ['0.1', '0.5', '1', '2.5', '+Inf'];
  const shared = times(random, start);
  return ['a', 'b'].flatMap((job) => {
    const counts = bounds.map(() => 0);
    const rows = shared.map(() => {
      for (const at of counts.keys()) counts[at] = (counts[at] ?? 0) + random.below(5);
      let total = 0;
      return counts.map((count) => (total += count));
    });
    return bounds.map((le, bound) => ({
      labels: { job, le },
      samples: shared.map((at, sample): Sample => [at, rows[sample]?.[bound] ?? 0]),
    }));
  });
}

export function randomSeries(random: Prng, start: number): string {
  const families: Record<string, readonly Series[]> = {
    requests_total: ['a', 'b', 'c'].flatMap((job) =>
      ['200', '404', '500'].flatMap((code) =>
        ['x-1', 'x-2'].map((instance) => ({ labels: { job, code, instance }, samples: counter(random, start) })),
      ),
    ),
    temperature: ['a', 'b'].flatMap((job) =>
      ['hall', 'roof', 'lab'].map((room) => ({ labels: { job, room }, samples: gauge(random, start) })),
    ),
    replicas: ['a', 'b', 'c'].map((job) => ({
      labels: { job },
      samples: times(random, start).map((at): Sample => [at, 1 + random.below(4)]),
    })),
    build_info: ['a', 'b', 'c'].map((job) => ({
      labels: { job, version: `1.${job.charCodeAt(0)}` },
      samples: times(random, start).map((at): Sample => [at, 1]),
    })),
    latency_bucket: histogram(random, start),
  };
  const blocks = Object.entries(families).map(([name, series]) => {
    const lines = series.flatMap(({ labels, samples }) => {
      const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
      return samples.map(([at, value]) => `${name}{${pairs.join(',')}} ${value} ${at}\n`);
    });
    return `# TYPE ${name} unknown\n${lines.join('')}`;
  });
  return `${blocks.join('')}# EOF\n`;
}

/** From the first to the last sample. */
export const RANDOM_SERIES_SECONDS = (SAMPLES - 1) * STEP_SECONDS;
