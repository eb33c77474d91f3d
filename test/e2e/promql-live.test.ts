import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/std/clock.ts';
import { Prng } from '../../src/std/prng.ts';
import { compareWithServer } from '../../tools/promql-live.ts';
import { hasPrometheus, PrometheusServer } from '../kit/prometheus.ts';
import { RANDOM_SERIES_SECONDS, randomSeries } from '../kit/random-series.ts';

/** Two answers to each; some seconds. `make conformance` asks more. */
const QUERIES = 400;

describe.skipIf(!hasPrometheus())('random queries over random series', () => {
  // Whole in one two-hour block, and a block that is over.
  const start = Math.floor(systemClock.now() / 7_200_000) * 7200 - 7200 + 600;
  let server: PrometheusServer | undefined;
  beforeAll(async () => {
    server = await PrometheusServer.start({ openMetrics: randomSeries(new Prng(1), start) });
  });
  afterAll(() => server?.stop());

  it('are answered as a real Prometheus answers them', async () => {
    const compared = await compareWithServer(
      server?.url ?? '',
      { seed: 1, count: QUERIES },
      (start + RANDOM_SERIES_SECONDS + 20) * 1000 + 3,
    );
    expect(compared.failures).toEqual([]);
    // An old server explains few differences, or it explains none.
    expect(compared.explained.length).toBeLessThan(compared.total / 100);
    // Most must be answers: refusing everything would agree too.
    expect(compared.refused).toBeLessThan(compared.total / 2);
  });
});
