/** The text of a policy test, read and checked: whatever can never be checked is refused by its place. Pure. */
import { isMap, LineCounter, parseAllDocuments, parseDocument } from 'yaml';
import * as z from 'zod';
import { milliseconds } from '../../api/compile-trigger.ts';
import type { OperatorSettings } from '../../api/operator-config.ts';
import { parseOperatorConfig } from '../../api/parse-operator-config.ts';
import { fieldPath, problemOfIssue } from '../../api/problem.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { beginOf, yamlValue } from '../../std/yaml-value.ts';
import { CliError } from '../cli-error.ts';
import { type Place, placeOf, segmentsOf } from '../yaml-places.ts';
import { checkTest } from './check-test.ts';
import type { CompiledExpectation, CompiledTest, TestFile, TestProblem } from './compiled-test.ts';
import { MAX_VALUES, seriesLabels, seriesValues, type TestSeries } from './series.ts';
import {
  EXPECTATION_KINDS,
  manifestSchema,
  STEP_KINDS,
  testFileSchema,
  type testSchema,
  TIMES,
} from './test-schema.ts';

type Test = z.output<typeof testSchema>;
type Path = readonly (string | number)[];

/** The manifests that a file names, for reading them before it is compiled. Empty where the text is no test file. */
export function manifestsOf(text: string): readonly string[] {
  const read = yamlValue(parseDocument(text));
  const named = testFileSchema
    .pick({ files: true })
    .loose()
    .safeParse('value' in read ? read.value : undefined);
  return named.success ? named.data.files : [];
}

/** The objects of a manifest. @throws CliError that begins with `name` where it holds anything else. */
export function objectsOf(text: string, name: string): readonly KubeObject[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines });
  return (Array.isArray(documents) ? documents : []).flatMap((document): KubeObject[] => {
    const refused = (offset: number, why: string): CliError => {
      const { line, col } = lines.linePos(offset);
      return new CliError(`${name}:${line}:${col}: ${why}`, { exitCode: 2 });
    };
    const read = yamlValue(document);
    if ('whyNot' in read) throw refused(read.offset, `is not YAML: ${read.whyNot}`);
    if (read.value === null) return [];
    const object = manifestSchema.safeParse(read.value);
    const [issue] = object.success ? [] : object.error.issues;
    if (issue === undefined) return [read.value as KubeObject];
    const { path, message } = problemOfIssue(issue);
    throw refused(beginOf(document), `is no object of Kubernetes: ${path === '' ? 'it' : path} ${message}`);
  });
}

/** `manifests`: the objects of the files that it names, in their order. */
export function readTestFile(
  text: string,
  manifests: readonly KubeObject[],
): { readonly file: TestFile } | { readonly problems: readonly TestProblem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const written = yamlValue(document);
  if ('whyNot' in written) {
    const { line, col } = lines.linePos(written.offset);
    return { problems: [{ line, column: col, message: `is not YAML: ${written.whyNot}` }] };
  }
  const place = (path: Path): Place => placeOf(document.contents, path, lines);
  if (!isMap(document.contents))
    return { problems: [{ line: 1, column: 1, message: `must be a map with ${keysAt(testFileSchema, [])}` }] };
  const result = testFileSchema.safeParse(written.value);
  if (!result.success) return { problems: result.error.issues.flatMap((issue) => problemsOf(issue, place)) };
  const { plugins, tests, cluster, configuration } = result.data;
  const problems: TestProblem[] = [];
  const report = (path: Path, message: string): void => void problems.push({ ...place(path), message });
  const compiled = tests.map((test, index) => {
    const own = { ...test, cluster: test.cluster ?? cluster ?? { nodes: 3, controllers: 'on' as const } };
    const at: Path = ['tests', index];
    if (tests.findIndex(({ name }) => name === test.name) < index)
      report([...at, 'name'], `${test.name} is the name of another test; each needs its own`);
    const settings = settingsOf(configuration, test.configuration, (path, message, whose) =>
      report(whose === 'test' ? [...at, 'configuration', ...path] : ['configuration', ...path], message),
    );
    if (settings === undefined) return [];
    return [compileTest(own, { manifests, settings, at, place, report })];
  });
  return problems.length > 0 ? { problems } : { file: { plugins, tests: compiled.flat() } };
}

interface Compiling {
  readonly manifests: readonly KubeObject[];
  readonly settings: OperatorSettings;
  /** Of the test in the file. */
  readonly at: Path;
  readonly place: (path: Path) => Place;
  readonly report: (path: Path, message: string) => void;
}

/** Longer than any healing takes; a day on the embedded cluster is minutes of computing. */
const MAX_TIME_MS = 24 * 3_600_000;

function compileTest(
  test: Test & { readonly cluster: NonNullable<Test['cluster']> },
  { manifests, settings, at, place, report }: Compiling,
): CompiledTest {
  const objects = [...manifests, ...(test.objects as readonly KubeObject[])];
  const timeOf = (path: Path, text: string): number => {
    const ms = milliseconds(text);
    if (ms > MAX_TIME_MS) report(path, `must be 24h at most, and is ${text}`);
    return ms;
  };
  const steps = test.steps.map((spec, index) => {
    const path = [...at, 'steps', index];
    exactlyOne(spec, STEP_KINDS, (message) => report(path, message));
    return { spec, at: timeOf([...path, 'at'], spec.at) };
  });
  const expectations = test.expect.flatMap((spec, index): CompiledExpectation[] => {
    const path = [...at, 'expect', index];
    exactlyOne(spec, EXPECTATION_KINDS, (message) => report(path, message));
    const when = exactlyOne(spec, TIMES, (message) => report(path, message));
    if (when === undefined) return [];
    const time = timeOf([...path, when], spec[when] ?? '0');
    if (time === 0) report([...path, when], 'must be later than the start, or there is nothing to be seen');
    return [{ spec, when, time, place: place(path) }];
  });
  const series = test.series.flatMap((one, index): TestSeries[] => {
    const labels = seriesLabels(one.series);
    const values = seriesValues(one.values);
    if ('whyNot' in labels) report([...at, 'series', index, 'series'], labels.whyNot);
    if ('whyNot' in values) report([...at, 'series', index, 'values'], values.whyNot);
    return 'whyNot' in labels || 'whyNot' in values ? [] : [{ ...labels, ...values }];
  });
  if (series.reduce((sum, { values }) => sum + values.length, 0) > MAX_VALUES)
    report([...at, 'series'], `has more than ${MAX_VALUES} values in all`);
  if (milliseconds(test.interval) < 1000) report([...at, 'interval'], 'must be 1s or more');
  checkTest({ objects, steps, expectations, settings }, (path, message) => report([...at, ...path], message));
  return {
    name: test.name,
    place: place([...at, 'name']),
    ...test.cluster,
    settings,
    objects,
    series,
    intervalMs: milliseconds(test.interval),
    steps: steps.toSorted((a, b) => a.at - b.at),
    expectations,
    otherActions: test.otherActions,
    endsAt: Math.max(...steps.map((step) => step.at), ...expectations.map(({ time }) => time), 0),
  };
}

function exactlyOne<K extends string>(
  spec: Readonly<Partial<Record<K, unknown>>>,
  of: readonly K[],
  report: (message: string) => void,
): K | undefined {
  const there = of.filter((key) => spec[key] !== undefined);
  if (there.length === 1) return there[0];
  report(
    there.length === 0
      ? `needs exactly one of ${of.join(', ')}`
      : `has ${there.join(' and ')}; only one of them may stand here`,
  );
  return undefined;
}

/** The configuration of a test goes before the file's, key by key. */
function settingsOf(
  file: Readonly<Record<string, unknown>> | undefined,
  test: Readonly<Record<string, unknown>> | undefined,
  report: (path: Path, message: string, whose: 'test' | 'file') => void,
): OperatorSettings | undefined {
  // No admission policy of a test looks after who approves, and nobody but the test writes to its cluster.
  const unguarded = { approvals: { unproven: 'accept' }, handMade: { unproven: 'accept' } };
  const parsed = parseOperatorConfig(JSON.stringify({ ...unguarded, ...file, ...test }));
  if ('config' in parsed) return parsed.config;
  for (const { path, message } of parsed.problems) {
    const segments = segmentsOf(path);
    report(segments, `${path} ${message}`, Object.hasOwn(test ?? {}, segments[0] ?? '') ? 'test' : 'file');
  }
  return undefined;
}

function problemsOf(issue: z.core.$ZodIssue, place: (path: Path) => Place): readonly TestProblem[] {
  const path = issue.path.map((segment) => (typeof segment === 'number' ? segment : String(segment)));
  if (issue.code === 'unrecognized_keys') {
    const allowed = keysAt(testFileSchema, path);
    return issue.keys.map((key) => ({
      ...place([...path, key]),
      message: `${fieldPath([...path, key])} is unknown; allowed here: ${allowed}`,
    }));
  }
  const found = problemOfIssue(issue);
  const isNumber = issue.code === 'invalid_type' && path.at(-1) === 'values';
  const advice = isNumber ? '; put it in quotes, for YAML reads 0x20 as the number 32' : '';
  return [{ ...place(path), message: `${found.path} ${found.message}${advice}` }];
}

/** The keys that the schema knows at a path. */
function keysAt(schema: z.ZodType, path: Path): string {
  const at = path.reduce<unknown>((node, segment) => {
    const inner = bare(node);
    if (typeof segment === 'number') return inner instanceof z.ZodArray ? inner.element : undefined;
    return inner instanceof z.ZodObject ? (inner.shape as Readonly<Record<string, unknown>>)[segment] : undefined;
  }, schema);
  const found = bare(at);
  return found instanceof z.ZodObject ? Object.keys(found.shape).join(', ') : '(nothing)';
}

/** Without its default and without being optional. */
function bare(schema: unknown): unknown {
  let node = schema;
  while (typeof node === 'object' && node !== null && 'unwrap' in node && !(node instanceof z.ZodArray))
    node = (node.unwrap as () => unknown)();
  return node;
}
