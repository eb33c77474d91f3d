import { describe, expect, it } from 'vitest';
import { seriesLabels, seriesSource, seriesValues } from './series.ts';

describe('the values of a series', () => {
  it.each([
    ['1 2 3', [1, 2, 3]],
    ['0+10x3', [0, 10, 20, 30]],
    ['5-1x2', [5, 4, 3]],
    ['-2+0.5x2', [-2, -1.5, -1]],
    ['7x2', [7, 7, 7]],
    ['1 _ 3', [1, undefined, 3]],
    ['_x2 1', [undefined, undefined, 1]],
    ['1 stale', [1, 'stale']],
    ['NaN -Inf 1e3', [Number.NaN, Number.NEGATIVE_INFINITY, 1000]],
  ])('%s', (text, values) => {
    expect(seriesValues(text)).toEqual({ values });
  });

  it.each(['1,2', '0+x3', 'x3', '1x', '0+1', '1..2'])('%s is refused by its part', (text) => {
    expect(seriesValues(text)).toEqual({ whyNot: expect.stringMatching(/is none of 3, 0\+10x20/) as string });
  });

  it('has so many values at most', () => {
    expect(seriesValues('1x999999')).toEqual({ whyNot: 'has more than 100000 values' });
  });
});

describe('the name of a series', () => {
  it('is a metric with its labels', () => {
    expect(seriesLabels('errors{namespace="shop",code="500"}')).toEqual({
      labels: { __name__: 'errors', namespace: 'shop', code: '500' },
    });
  });

  it.each([
    ['rate(x[5m])', 'must be a name and labels'],
    ['errors{code=~"5.."}', 'must give each label its value with ='],
    ['{code="500"}', 'must begin with the name of the metric'],
    ['errors{', '1:8'],
  ])('%s is none', (text, why) => {
    expect(JSON.stringify(seriesLabels(text))).toContain(why);
  });
});

describe('the source of a test', () => {
  const START = 1_000_000_000_000;
  const source = seriesSource([{ labels: { __name__: 'errors', code: '500' }, values: [0, 10, 20, 30, 40] }], {
    startedAt: START,
    intervalMs: 60_000,
  });
  const ask = (query: string, minutes: number) =>
    source.query(query, START + minutes * 60_000, new AbortController().signal);

  it('answers as it is at that moment', async () => {
    expect(await ask('errors', 2)).toMatchObject({ samples: [{ labels: { code: '500' }, value: 20 }] });
    expect(await ask('increase(errors[2m])', 4)).toMatchObject({ samples: [{ value: 20 }] });
  });

  it('answers nothing for what is not there, and says why it cannot compute', async () => {
    expect(await ask('other', 2)).toMatchObject({ type: 'vector', samples: [] });
    expect(await ask('errors[2m]', 2)).toMatchObject({ type: 'unknown', reason: 'InvalidQuery' });
    expect(await ask('errors{', 2)).toMatchObject({ type: 'unknown', reason: 'InvalidQuery' });
  });
});
