/**
 * How well our PromQL agrees with Prometheus 3.5.3: syntax trees, evaluation cases and range queries recorded from it,
 * each counted. `tsx tools/conformance.ts [--verbose]`. The recordings lie beside the repository; where they do not
 * there is nothing to do. With PROMETHEUS_URL random queries (`--seed=N`), or those given as arguments, go to that
 * server and its answers are compared with ours over the samples it has.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import {
  evaluateInstant,
  evaluateRange,
  type Expr,
  Labels,
  loadSeries,
  parse,
  ParseError,
  type RecordedSeries,
  serialise,
  type SeriesStore,
  STALE_MARKER,
} from '../src/promql/index.ts';
import { compareSeries, isClose, numberOf, type Point, type Recorded, type Tally } from './promql-answers.ts';
import { compareWithServer, pointsOf, type ServerSeries, versionOf } from './promql-live.ts';

const FOLDER = join(import.meta.dirname, '../../shared/promql');
const isVerbose = process.argv.includes('--verbose');
/** Enough that each function and operator comes up some twenty times, in a few seconds. */
const GENERATED = 1000;

const within = (tolerance: number) => (actual: number, expected: number) => isClose(actual, expected, tolerance);

type Json = Readonly<Record<string, unknown>>;

const report = (name: string, { passed, total }: Tally, note = ''): void =>
  console.log(`${name.padEnd(12)} ${passed} of ${total} ${note}`.trimEnd());

const lines = (file: string): readonly Json[] =>
  gunzipSync(readFileSync(join(FOLDER, file)))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Json);

function count(tally: Tally, name: string, check: () => string | undefined): void {
  tally.total++;
  let problem: string | undefined;
  try {
    problem = check();
  } catch (error) {
    problem = error instanceof Error ? `${error.name}: ${error.message}` : 'threw no error';
  }
  if (problem === undefined) tally.passed++;
  else if (isVerbose) console.log(`  ✗ ${name}\n      ${problem}`);
}

/**
 * Trees must be equal; a refusal must be met by a refusal. Whether its words and position are Prometheus' too is told
 * apart.
 */
function parserSet(): Tally {
  const tally = { passed: 0, total: 0 };
  const words = { passed: 0, total: 0 };
  for (const { query, ast, error } of lines('parser.jsonl.gz')) {
    const parsed = tryParse(String(query));
    count(tally, String(query), () => {
      if (typeof parsed === 'string') return error === undefined ? `refused: ${parsed}` : undefined;
      if (error !== undefined) return `accepted, but Prometheus says ${JSON.stringify(error)}`;
      return isDeepStrictEqual(JSON.parse(JSON.stringify(serialise(parsed))), ast) ? undefined : 'another tree';
    });
    if (error === undefined) continue;
    const said = `invalid parameter "query": ${typeof parsed === 'string' ? parsed : ''}`;
    count(words, String(query), () => (said === error ? undefined : `says ${said}, not ${JSON.stringify(error)}`));
  }
  report('  refusals', words, 'in the same words');
  return tally;
}

function tryParse(query: string): Expr | string {
  try {
    return parse(query);
  } catch (error) {
    if (error instanceof ParseError) return error.message;
    throw error;
  }
}

function storeOf(series: unknown): SeriesStore {
  const recorded = (series as { labels: Record<string, string>; samples: [number, Recorded][] }[]).map(
    ({ labels, samples }): RecordedSeries => ({
      labels: Labels.of(labels),
      samples: samples.map(([at, value]) => [at, value === STALE_MARKER ? STALE_MARKER : numberOf(value)] as const),
    }),
  );
  return loadSeries(recorded);
}

function evaluationSet(): Tally {
  const tally = { passed: 0, total: 0 };
  const states = new Map<unknown, SeriesStore>();
  for (const line of lines('eval.jsonl.gz')) {
    const store = states.get(line['state']);
    if (line['series'] !== undefined) states.set(line['state'], storeOf(line['series']));
    else if (store !== undefined)
      count(tally, `${String(line['case'])} ${String(line['query'])}`, () => evaluationCase(store, line));
  }
  return tally;
}

function evaluationCase(store: SeriesStore, line: Json): string | undefined {
  const run = (): unknown => (line['atMs'] === undefined ? rangeCase(store, line) : instantCase(store, line));
  if (line['kind'] !== 'fail') return run() as string | undefined;
  try {
    run();
  } catch {
    return undefined;
  }
  return 'succeeds but must fail';
}

interface ExpectedRow {
  readonly labels: Record<string, string>;
  readonly values: readonly Recorded[];
}

function instantCase(store: SeriesStore, line: Json): string | undefined {
  const result = evaluateInstant(parse(String(line['query'])), store, { atMs: line['atMs'] as number });
  if (result.type === 'string') return result.value === line['string'] ? undefined : `string ${result.value}`;
  if (result.type === 'scalar') {
    const wanted = line['scalar'] ?? (line['result'] as readonly ExpectedRow[])[0]?.values[0];
    return isClose(result.value, numberOf(wanted as Recorded), 1e-6) ? undefined : `scalar ${result.value}`;
  }
  if (result.type === 'matrix') {
    const rows = line['result'] as readonly (ExpectedRow & { samples?: readonly (readonly [number, Recorded])[] })[];
    const wanted = rows.map(({ labels, values, samples }) => {
      const { times } = result.series.find((series) => series.labels.key === Labels.of(labels).key) ?? { times: [] };
      const pairs = samples ?? values.map((value, index) => [times[index] ?? Number.NaN, value] as const);
      return { labels, points: pairs.map(([at, value]): Point => [at, numberOf(value)]) };
    });
    return compareSeries(result.series, wanted, within(1e-6));
  }
  const expected = line['result'] as readonly ExpectedRow[];
  if (expected.length !== result.samples.length) return `${result.samples.length} samples, not ${expected.length}`;
  const found = new Map(result.samples.map(({ labels, value }, index) => [labels.key, { value, index }]));
  for (const [index, { labels, values }] of expected.entries()) {
    const sample = found.get(Labels.of(labels).key);
    if (sample === undefined) return `nothing for ${JSON.stringify(labels)}`;
    if (!isClose(sample.value, numberOf(values[0] ?? null), 1e-6))
      return `${JSON.stringify(labels)}: ${sample.value}, not ${String(values[0])}`;
    if (line['ordered'] === true && sample.index !== index)
      return `${JSON.stringify(labels)} is at place ${sample.index}, not ${index}`;
  }
  return undefined;
}

function rangeCase(store: SeriesStore, line: Json): string | undefined {
  const [startMs, endMs, stepMs] = [line['startMs'], line['endMs'], line['stepMs']] as [number, number, number];
  const actual = evaluateRange(parse(String(line['query'])), store, { startMs, endMs, stepMs }).series;
  const rows = (line['result'] as readonly ExpectedRow[] | undefined) ?? [
    { labels: {}, values: [line['scalar'] as Recorded] },
  ];
  const expected = rows.map(({ labels, values }) => ({
    labels,
    points: values.flatMap((value, step): Point[] =>
      value === null ? [] : [[startMs + step * stepMs, numberOf(value)]],
    ),
  }));
  return compareSeries(actual, expected, within(1e-6));
}

function complianceSet(): Tally {
  const tally = { passed: 0, total: 0 };
  const [first, ...queries] = lines('compliance.jsonl.gz');
  const store = storeOf(first?.['series']);
  for (const line of queries) {
    count(tally, String(line['query']), () => {
      const [startMs, endMs, stepMs] = [line['startMs'], line['endMs'], line['stepMs']] as [number, number, number];
      try {
        const { series } = evaluateRange(parse(String(line['query'])), store, { startMs, endMs, stepMs });
        if (line['error'] !== undefined) return 'succeeds but must fail';
        return compareSeries(series, pointsOf(line['result'] as readonly ServerSeries[]), within(1e-5));
      } catch (error) {
        if (line['error'] === undefined) throw error;
        return undefined;
      }
    });
  }
  return tally;
}

if (existsSync(FOLDER)) {
  report('parser', parserSet());
  report('evaluation', evaluationSet());
  report('compliance', complianceSet());
} else {
  console.log('conformance: no recordings beside the repository, nothing to compare');
}
const url = process.env['PROMETHEUS_URL'];
if (url) {
  const server = url.replace(/\/$/, '');
  const [seed = '1'] = process.argv
    .filter((argument) => argument.startsWith('--seed='))
    .map((argument) => argument.slice('--seed='.length));
  const given = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
  const compared = await compareWithServer(
    server,
    given.length > 0 ? { queries: given } : { seed: Number(seed), count: GENERATED },
  );
  report(
    'live server',
    compared,
    `(${await versionOf(server)}; ${compared.refused} refused by both, ${compared.explained.length} set aside)`,
  );
  if (isVerbose)
    for (const { query, problem } of [...compared.failures, ...compared.explained])
      console.log(`  ✗ ${query}\n      ${problem}`);
}
