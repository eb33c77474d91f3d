import { describe, expect, it } from 'vitest';
import { policyOf } from '../../test/kit/core-data.ts';
import { VirtualClock } from '../std/clock.ts';
import { MetricRounds } from './metric-rounds.ts';
import type { MetricSource } from './ports.ts';

const INTERVAL_MS = 15_000;

/** Each slow query takes a second, each other one a millisecond. */
class Slow implements MetricSource {
  busyMs = 0;

  query(promql: string) {
    this.busyMs += promql.startsWith('slow') ? 1000 : 1;
    return Promise.resolve({ type: 'vector', samples: [], warnings: [] } as const);
  }
}

const asking = (namespace: string, queries: readonly string[]) =>
  policyOf({
    metadata: { namespace },
    triggers: queries.map((query, at) => ({
      name: `t${at}`,
      type: 'metric',
      metricTrigger: { query, operator: '>', threshold: 0, target: { aggregate: 'AllSelected' } },
    })),
  });

describe('a round', () => {
  it('answers Unknown to a namespace that has used up its share, and asks for the others', async () => {
    const clock = new VirtualClock();
    const source = new Slow();
    const rounds = new MetricRounds({
      clock,
      provider: {
        check: () => undefined,
        confine: (query) => ({ query }),
        families: () => undefined,
        absence: () => 'unknown',
        open: () => new Map(),
      },
      sources: new Map([['local', source]]),
      intervalMs: INTERVAL_MS,
      onRound: () => undefined,
    });
    const slow = Array.from({ length: 10 }, (_, at) => `slow_${at}`);
    rounds.policyChanged('team-b/p', asking('team-b', slow));
    rounds.policyChanged('team-a/p', asking('team-a', ['quick']));
    const stop = new AbortController();
    const running = rounds.run(stop.signal);
    await clock.advance(100);
    const results = (queries: readonly string[]) =>
      queries.map((query) => rounds.answerTo({ query } as Parameters<MetricRounds['answerTo']>[0])?.result);
    expect(results(['quick'])).toEqual([expect.objectContaining({ type: 'vector' })]);
    const refused = results(slow).filter((result) => result?.type === 'unknown');
    expect(refused).toHaveLength(6);
    expect(refused[0]).toMatchObject({ message: expect.stringContaining('namespace team-b') as string });
    stop.abort(new Error('done'));
    await running;
  });
});
