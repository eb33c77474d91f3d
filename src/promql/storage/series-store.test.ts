import { array, assert, constant, integer, nat, oneof, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EvaluationError } from '../errors.ts';
import { Labels } from '../labels.ts';
import { parse } from '../parser.ts';
import { evaluateInstant } from '../query.ts';
import { toEnd } from '../../std/slices.ts';
import { Window } from '../source.ts';
import { SeriesStore } from './series-store.ts';

const named = (name: string, labels: Record<string, string> = {}): Labels => Labels.of({ ...labels, __name__: name });
const store = (limits: Partial<{ retentionMs: number; maxSeries: number; maxRuns: number }> = {}): SeriesStore =>
  new SeriesStore({ retentionMs: 600_000, maxSeries: 10_000, maxRuns: 100_000, ...limits });

const valuesOf = (series: SeriesStore, query: string, atMs: number): readonly number[] => {
  const result = evaluateInstant(parse(query), series, { atMs });
  return result.type === 'vector' ? result.samples.map(({ value }) => value) : [];
};

describe('a storage by change', () => {
  it('gives back what a list of samples would, whatever changes, pauses and ends came', () => {
    const steps = array(oneof(constant('keep'), constant('pause'), constant('end'), integer({ min: 0, max: 3 })), {
      minLength: 1,
      maxLength: 60,
    });
    assert(
      property(steps, nat(70), nat(70), (actions, from, length) => {
        const series = store({ retentionMs: Number.POSITIVE_INFINITY });
        const expected: [number, number][] = [];
        let current: number | undefined;
        let ref: number | undefined;
        actions.forEach((action, tick) => {
          series.tick(tick);
          ref ??= series.resolve(named('x'));
          if (ref === undefined) return;
          if (typeof action === 'number') {
            current = action;
            series.set(ref, action);
          } else if (action !== 'keep') {
            current = undefined;
            if (action === 'pause') series.pause(ref);
            else series.end(ref);
          }
          if (current !== undefined) expected.push([tick, current]);
        });
        const window = new Window();
        window.over(from, from + length);
        toEnd(series.select([{ name: '__name__', type: '=', value: 'x' }])).read(window, 0);
        const found = Array.from({ length: window.length }, (_, at) => [
          window.times[window.timeOffset + at],
          window.values[at],
        ]);
        expect(found).toEqual(expected.filter(([at]) => at > from && at <= from + length));
      }),
    );
  });

  it('forgets series that ended once their past is out of retention, and reuses their room', () => {
    const series = store();
    for (let round = 0; round < 400; round++) {
      series.tick(round * 15_000);
      for (let at = 0; at < 20; at++) {
        const ref = series.resolve(named('x', { pod: `${round}-${at}` }));
        if (ref !== undefined) series.set(ref, 1);
      }
      for (let at = 0; at < 20; at++) {
        const old = series.resolve(named('x', { pod: `${round}-${at}` }));
        if (old !== undefined && round > 0) series.end(old);
      }
    }
    // 41 rounds of 20 lie within the ten minutes, and the first round of 20 never ended.
    expect(series.size).toBeLessThanOrEqual(42 * 20 + 20);
    expect(valuesOf(series, 'count(x)', 399 * 15_000)).toEqual([20]);
  });

  it('refuses queries that could have seen a series it had no room for', () => {
    const series = store({ maxSeries: 1 });
    series.tick(0);
    series.resolve(named('kept'));
    expect(series.resolve(named('dropped'))).toBeUndefined();
    expect(() => valuesOf(series, 'dropped', 0)).toThrow(EvaluationError);
    expect(() => valuesOf(series, '{__name__=~".+ed"}', 0)).toThrow(/full/);
    expect(valuesOf(series, 'other', 0)).toEqual([]);
  });

  it('keeps memory when the same value is told again and again', () => {
    const series = store();
    for (let tick = 0; tick < 1000; tick++) {
      series.tick(tick * 15_000);
      const ref = series.resolve(named('x'));
      if (ref !== undefined) series.set(ref, 7);
    }
    expect(series.sampleBytes).toBeLessThan(5000);
    expect(valuesOf(series, 'count_over_time(x[5m])', 999 * 15_000)).toEqual([20]);
  });
});

describe('an evaluation', () => {
  it('fails at its limits instead of taking the process along', () => {
    const series = store();
    series.tick(0);
    for (let at = 0; at < 100; at++) series.resolve(named('x', { at: String(at) }));
    const evaluate = (query: string, limits: { maxSteps: number; maxSamples: number; timeoutMs: number }): unknown =>
      evaluateInstant(parse(query), series, { atMs: 0, limits });
    expect(() => evaluate('max_over_time(x[1d:1s])', { maxSteps: 1000, maxSamples: 1e6, timeoutMs: 1000 })).toThrow(
      /resolution/,
    );
    expect(() => evaluate('x', { maxSteps: 1000, maxSamples: 50, timeoutMs: 1000 })).toThrow(/too many samples/);
    expect(() => evaluate('x', { maxSteps: 1000, maxSamples: 1e6, timeoutMs: -1 })).toThrow(/timed out/);
  });
});
