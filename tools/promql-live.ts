/**
 * Our answers against those of a running Prometheus, over the samples that it has: instant and range queries, given or
 * random.
 */
import {
  evaluateInstant,
  evaluateRange,
  EvaluationError,
  Labels,
  loadSeries,
  parse,
  ParseError,
  type RecordedSeries,
  type SeriesStore,
} from '../src/promql/index.ts';
import { Prng } from '../src/std/prng.ts';
import {
  type ActualSeries,
  compareSeries,
  type ExpectedSeries,
  isClose,
  numberOf,
  type Point,
  type Tally,
} from './promql-answers.ts';
import { QueryGenerator, type Vocabulary } from './promql-generator.ts';

export interface ServerSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

export const pointsOf = (result: readonly ServerSeries[]): readonly ExpectedSeries[] =>
  result.map(({ metric, values }) => ({
    labels: metric,
    points: values.map(([at, value]): Point => [Math.round(at * 1000), numberOf(value)]),
  }));

interface Reply {
  readonly data?: { readonly result?: unknown; readonly resultType?: string };
  readonly error?: string;
}

export type Asked = { readonly queries: readonly string[] } | { readonly seed: number; readonly count: number };

interface Difference {
  readonly query: string;
  readonly problem: string;
}

export interface Comparison extends Tally {
  /** Of those passed: both sides refuse the query. */
  readonly refused: number;
  readonly failures: readonly Difference[];
  /** What an old version of the server explains; counted neither as passed nor as failed. */
  readonly explained: readonly Difference[];
}

/**
 * Where Prometheus 3.5, which we follow, answers otherwise than the 2.42 of Debian 12. Windows' left edges are another
 * such thing, which the queries avoid.
 */
const CHANGED_SINCE_2: readonly { readonly query: RegExp; readonly change: string }[] = [
  { query: /\batan2\b/, change: 'atan2 drops the name of the metric, as other arithmetic does' },
  {
    query: /\b(rate|increase)\(/,
    change: 'a counter that begins in the window is extrapolated half a step before it is held against zero',
  },
  { query: /\b(stddev|stdvar)\b/, change: 'a group of one NaN has NaN as its deviation, not 0' },
  { query: /\bpredict_linear\(.*@/, change: 'with @, a window keeps its samples at every step of a range query' },
];

/** Names and series are bounded, so that a large server is not read whole. */
const MAX_FAMILIES = 40;
const MAX_SERIES = 200;
const MAX_VALUES = 20;

/** Of the hour that is read, the queries ask about the last minutes and look back at most twice seven. */
const RAW_RANGE = '1h';
/** Negative offsets look ahead of what is asked about, each by a minute. */
const AHEAD_MS = 150_000;
const STEP_MS = 37_000;
const STEPS = 8;

/** With `at` (milliseconds) the data end there; else now, less what is looked ahead and what a scrape may be late. */
export async function compareWithServer(url: string, asked: Asked, at?: number): Promise<Comparison> {
  const endMs = at ?? Math.floor(await serverTime(url)) * 1000 - AHEAD_MS - 30_000 + 3;
  const data = await readData(url, endMs);
  const queries = 'queries' in asked ? asked.queries : generated(data.vocabulary, asked, endMs);
  const isOld = (await versionOf(url)).startsWith('Prometheus 2.');
  const failures: Difference[] = [];
  const explained: Difference[] = [];
  let refused = 0;
  for (const query of queries) {
    for (const problem of [
      await compareInstant(url, { query, store: data.store, endMs }),
      await compareRange(url, { query, store: data.store, endMs }),
    ]) {
      if (problem === 'both refuse') refused++;
      else if (problem !== undefined) {
        const reason = isOld ? CHANGED_SINCE_2.find((change) => change.query.test(query)) : undefined;
        if (reason === undefined) failures.push({ query, problem });
        else explained.push({ query, problem: `${problem} (since then ${reason.change})` });
      }
    }
  }
  const total = queries.length * 2 - explained.length;
  return { total, passed: total - failures.length, refused, failures, explained };
}

export async function versionOf(url: string): Promise<string> {
  const { data } = (await (await fetch(`${url}/api/v1/status/buildinfo`)).json()) as { data?: { version?: string } };
  return data?.version === undefined ? 'unknown version' : `Prometheus ${data.version}`;
}

function generated(
  vocabulary: Vocabulary,
  { seed, count }: { seed: number; count: number },
  endMs: number,
): readonly string[] {
  const generator = new QueryGenerator({
    random: new Prng(seed),
    vocabulary,
    from: endMs / 1000 - 600,
    to: endMs / 1000,
  });
  return Array.from({ length: count }, () => generator.query());
}

async function ask(url: string, path: string, parameters: Record<string, string>): Promise<Reply> {
  const response = await fetch(`${url}/api/v1/${path}`, { method: 'POST', body: new URLSearchParams(parameters) });
  return (await response.json()) as Reply;
}

async function serverTime(url: string): Promise<number> {
  const [now] = ((await ask(url, 'query', { query: 'time()' })).data?.result ?? [0]) as [number];
  return now;
}

/**
 * Whole families only. One in which a series ended within the hour is left out: the API does not show the marker that
 * ended it.
 */
async function readData(url: string, endMs: number): Promise<{ store: SeriesStore; vocabulary: Vocabulary }> {
  const response = await fetch(`${url}/api/v1/label/__name__/values`);
  const { data: names = [] } = (await response.json()) as { data?: readonly string[] };
  const recorded: RecordedSeries[] = [];
  const families: string[] = [];
  const labels = new Map<string, Set<string>>();
  for (const name of names) {
    if (families.length >= MAX_FAMILIES) break;
    const reply = await ask(url, 'query', {
      query: `{__name__=${JSON.stringify(name)}}[${RAW_RANGE}]`,
      time: String((endMs + AHEAD_MS) / 1000),
    });
    const series = pointsOf((reply.data?.result ?? []) as readonly ServerSeries[]);
    if (series.length === 0 || series.length > MAX_SERIES || series.some(({ points }) => hasEnded(points, endMs)))
      continue;
    families.push(name);
    for (const one of series) {
      recorded.push({ labels: Labels.of(one.labels), samples: one.points });
      for (const [label, value] of Object.entries(one.labels)) {
        if (label === '__name__') continue;
        const values = labels.get(label) ?? new Set();
        if (values.size < MAX_VALUES) values.add(value);
        labels.set(label, values);
      }
    }
  }
  if (families.length === 0) throw new Error(`${url} has no series that were there all of the last ${RAW_RANGE}`);
  const histograms = families
    .filter((name) => name.endsWith('_bucket'))
    .map((name) => name.slice(0, -'_bucket'.length));
  const vocabulary = {
    families,
    histograms,
    labels: new Map([...labels].map(([label, values]) => [label, [...values]])),
  };
  return { store: loadSeries(recorded), vocabulary };
}

/** Two minutes are more than any usual scrape interval, and less than the five for which a value is looked back at. */
function hasEnded(points: readonly Point[], endMs: number): boolean {
  const last = points.at(-1);
  return last === undefined || last[0] < endMs - 120_000;
}

interface Case {
  readonly query: string;
  readonly store: SeriesStore;
  readonly endMs: number;
}

const REFUSED = Symbol('refused');

function ours<T>(evaluate: () => T): T | typeof REFUSED {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof ParseError || error instanceof EvaluationError) return REFUSED;
    throw error;
  }
}

/**
 * The two versions of Prometheus, and we, add up in different orders: what is left of cancelling large numbers is no
 * difference.
 */
const same = (actual: number, expected: number): boolean =>
  isClose(actual, expected, 1e-6) || Math.abs(actual - expected) < 1e-9;

const isRefused = (reply: Reply, actual: unknown): string | undefined => {
  if (reply.error !== undefined) return actual === REFUSED ? 'both refuse' : `the server says ${reply.error}`;
  return actual === REFUSED ? 'we refuse it' : undefined;
};

async function compareInstant(url: string, { query, store, endMs }: Case): Promise<string | undefined> {
  const reply = await ask(url, 'query', { query, time: String(endMs / 1000) });
  const actual = ours(() => evaluateInstant(parse(query), store, { atMs: endMs }));
  const refusal = isRefused(reply, actual);
  if (refusal !== undefined || actual === REFUSED) return refusal;
  const result = reply.data?.result;
  if (actual.type === 'scalar') {
    const expected = numberOf((result as readonly [number, string])[1]);
    return same(actual.value, expected) ? undefined : `scalar ${actual.value}, not ${expected}`;
  }
  if (actual.type !== 'vector') return `a ${actual.type}, not a ${reply.data?.resultType}`;
  const rows = result as readonly { metric: Record<string, string>; value: readonly [number, string] }[];
  const series = actual.samples.map(
    ({ labels, value }): ActualSeries => ({ labels, times: Float64Array.of(endMs), values: Float64Array.of(value) }),
  );
  return compareSeries(
    series,
    rows.map(({ metric, value }) => ({ labels: metric, points: [[endMs, numberOf(value[1])]] })),
    same,
  );
}

async function compareRange(url: string, { query, store, endMs }: Case): Promise<string | undefined> {
  const startMs = endMs - STEPS * STEP_MS;
  const parameters = { query, start: String(startMs / 1000), end: String(endMs / 1000), step: String(STEP_MS / 1000) };
  const reply = await ask(url, 'query_range', parameters);
  const actual = ours(() => evaluateRange(parse(query), store, { startMs, endMs, stepMs: STEP_MS }).series);
  const refusal = isRefused(reply, actual);
  if (refusal !== undefined || actual === REFUSED) return refusal;
  return compareSeries(actual, pointsOf((reply.data?.result ?? []) as readonly ServerSeries[]), same);
}
