/** Answers as numbers, and how far two of them agree. */
import { Labels } from '../src/promql/index.ts';

/** A JSON number, or the text of one: of what JSON cannot hold, or as Prometheus' API has all of them. */
export type Recorded = number | string | null;
export type Point = readonly [atMs: number, value: number];

export interface ExpectedSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly Point[];
}

export interface ActualSeries {
  readonly labels: Labels;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

export interface Tally {
  passed: number;
  total: number;
}

export function numberOf(text: Recorded): number {
  if (typeof text === 'number') return text;
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
}

export function isClose(actual: number, expected: number, tolerance: number): boolean {
  if (Number.isNaN(expected)) return Number.isNaN(actual);
  if (actual === expected) return true;
  return Math.abs(actual - expected) <= tolerance * Math.max(Math.abs(expected), Math.abs(actual));
}

/** What differs, in words; undefined when nothing does. */
export function compareSeries(
  actual: readonly ActualSeries[],
  expected: readonly ExpectedSeries[],
  same: (actual: number, expected: number) => boolean,
): string | undefined {
  if (actual.length !== expected.length) return `${actual.length} series, not ${expected.length}`;
  const found = new Map(actual.map((series) => [series.labels.key, series]));
  for (const { labels, points } of expected) {
    const series = found.get(Labels.of(labels).key);
    if (series === undefined) return `nothing for ${JSON.stringify(labels)}`;
    if (series.values.length !== points.length)
      return `${JSON.stringify(labels)}: ${series.values.length} points, not ${points.length}`;
    for (const [index, [at, value]] of points.entries()) {
      if (series.times[index] !== at || !same(series.values[index] as number, value))
        return `${JSON.stringify(labels)} at ${at}: ${series.values[index]}, not ${value}`;
    }
  }
  return undefined;
}
