/** Series of a test, in the notation of promtool's rule tests, and the source that answers queries from them. */
import type { Instant } from '../../std/clock.ts';
import type { MetricSource } from '../../operator/ports.ts';
import {
  evaluateInstant,
  EvaluationError,
  Labels,
  loadSeries,
  METRIC_NAME,
  parse,
  ParseError,
  type RecordedSeries,
  STALE_MARKER,
} from '../../promql/index.ts';

/** Absent: no sample at that moment. */
export type SeriesValue = number | typeof STALE_MARKER | undefined;

export interface TestSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** One for each interval, from the start on. */
  readonly values: readonly SeriesValue[];
}

/** Of all series of a test. A day with a value every second is fewer, and they take some megabytes. */
export const MAX_VALUES = 100_000;

/**
 * `1 2 3`, `0+10x20` (from 0, twenty steps of 10: 21 values), `5-1x4`, `1x5` (1 six times), `_`, `_x3`, `stale`.
 * https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series
 */
export function seriesValues(text: string): { readonly values: readonly SeriesValue[] } | { readonly whyNot: string } {
  const values: SeriesValue[] = [];
  for (const part of text.trim().split(/\s+/)) {
    const found = partOf(part);
    if (found === undefined) return { whyNot: `${part} is none of 3, 0+10x20, 5-1x4, 1x5, _, _x3, stale` };
    if (values.length + found.count > MAX_VALUES) return { whyNot: `has more than ${MAX_VALUES} values` };
    for (let index = 0; index < found.count; index++) values.push(found.at(index));
  }
  return { values };
}

interface Part {
  readonly count: number;
  readonly at: (index: number) => SeriesValue;
}

const NUMBER = String.raw`[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|NaN|Inf)`;
const STEPS = new RegExp(`^(${NUMBER})([-+](?:\\d+\\.?\\d*(?:e[-+]?\\d+)?))x(\\d{1,6})$`, 'i');
const REPEATED = new RegExp(`^(${NUMBER})x(\\d{1,6})$`, 'i');
const SINGLE = new RegExp(`^${NUMBER}$`, 'i');
const MISSING = /^_(?:x(\d{1,6}))?$/;

function partOf(part: string): Part | undefined {
  if (part === 'stale') return { count: 1, at: () => STALE_MARKER };
  const missing = MISSING.exec(part);
  if (missing !== null) return { count: Number(missing[1] ?? 1), at: () => undefined };
  const steps = STEPS.exec(part);
  if (steps !== null) {
    const [from, step] = [numberOf(steps[1]), numberOf(steps[2])];
    return { count: Number(steps[3]) + 1, at: (index) => from + index * step };
  }
  const repeated = REPEATED.exec(part);
  if (repeated !== null) return { count: Number(repeated[2]) + 1, at: () => numberOf(repeated[1]) };
  return SINGLE.test(part) ? { count: 1, at: () => numberOf(part) } : undefined;
}

function numberOf(text = ''): number {
  const lower = text.toLowerCase();
  if (lower.endsWith('nan')) return Number.NaN;
  if (lower.endsWith('inf')) return lower.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(text);
}

/** The labels of `name{label="value"}`; or why it names no series. */
export function seriesLabels(
  text: string,
): { readonly labels: Readonly<Record<string, string>> } | { readonly whyNot: string } {
  try {
    const expr = parse(text);
    if (expr.kind !== 'selector') return { whyNot: 'must be a name and labels: up{job="web"}' };
    if (expr.matchers.some(({ type }) => type !== '=')) return { whyNot: 'must give each label its value with =' };
    const labels = Object.fromEntries(expr.matchers.map(({ name, value }) => [name, value]));
    return labels[METRIC_NAME] === undefined ? { whyNot: 'must begin with the name of the metric' } : { labels };
  } catch (error) {
    if (error instanceof ParseError) return { whyNot: error.message };
    throw error;
  }
}

/** Answers from these series alone: a series that is not there is missing, as in a Prometheus that nothing feeds. */
export function seriesSource(
  series: readonly TestSeries[],
  { startedAt, intervalMs }: { readonly startedAt: Instant; readonly intervalMs: number },
): MetricSource {
  const store = loadSeries(series.map((one) => recorded(one, startedAt, intervalMs)));
  return {
    query(promql, atMs, signal) {
      signal.throwIfAborted();
      try {
        const answer = evaluateInstant(parse(promql), store, { atMs });
        if (answer.type === 'vector') {
          const samples = answer.samples.map(({ labels, value }) => ({ labels: labels.toRecord(), value }));
          return Promise.resolve({ type: 'vector', samples, warnings: answer.warnings });
        }
        if (answer.type === 'scalar') return Promise.resolve(answer);
        const message = `the query answers a ${answer.type}`;
        return Promise.resolve({ type: 'unknown', reason: 'InvalidQuery', message, warnings: [] });
      } catch (error) {
        if (!(error instanceof ParseError || error instanceof EvaluationError)) throw error;
        const reason = error instanceof ParseError ? 'InvalidQuery' : 'Failed';
        return Promise.resolve({ type: 'unknown', reason, message: error.message, warnings: [] });
      }
    },
  };
}

function recorded({ labels, values }: TestSeries, startedAt: Instant, intervalMs: number): RecordedSeries {
  return {
    labels: Labels.of(labels),
    samples: values.flatMap((value, index) =>
      value === undefined ? [] : [[startedAt + index * intervalMs, value] as const],
    ),
  };
}
