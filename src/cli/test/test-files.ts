/** `kubeskippy test`: runs the tests of policies on the embedded cluster, by a clock of their own. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { KubeObject } from '../../shapes/kube.ts';
import { counted } from '../../std/counted.ts';
import { systemTrouble } from '../../std/system-trouble.ts';
import { widthOf } from '../answer-form.ts';
import { CliError } from '../cli-error.ts';
import type { CliEnvironment } from '../environment.ts';
import { hangingText } from '../hanging-rows.ts';
import { judge } from './judge.ts';
import { type Mutant, mutantsOf } from './policy-mutants.ts';
import { junitText, resultText, resultValue, summaryText, type TestResult } from './results.ts';
import { runTest } from './run-test.ts';
import type { CompiledTest, TestFile } from './compiled-test.ts';
import { manifestsOf, objectsOf, readTestFile } from './test-file.ts';
import { timelineOf } from './timeline.ts';

export interface TestOptions {
  readonly output: 'text' | 'json' | 'junit';
  /** Only tests whose name holds this text. */
  readonly run?: string | undefined;
  /** Each test is also run on policies that were broken on purpose, which has to fail. */
  readonly mutants?: boolean | undefined;
}

/** A file with its manifests, ready to be run. */
export interface LoadedTests {
  readonly file: string;
  readonly folder: string;
  readonly text: string;
  readonly manifests: readonly KubeObject[];
  readonly tests: TestFile;
}

export async function testFiles(
  paths: readonly string[],
  { output, run, mutants }: TestOptions,
  environment: Pick<CliEnvironment, 'stdout' | 'clock' | 'signal'>,
): Promise<void> {
  const { stdout } = environment;
  if (paths.length === 0)
    throw new CliError('give files of tests, or --record with an object of the cluster', { exitCode: 2 });
  const loaded = await loadAll(await filesOf(paths));
  const results: TestResult[] = [];
  for (const one of loaded)
    for (const test of one.tests.tests) {
      if (run !== undefined && !test.name.includes(run)) continue;
      const result = await resultOf(one, test, environment);
      results.push(result);
      if (output === 'text') stdout.write(resultText(result, widthOf({ stdout })));
    }
  if (results.length === 0) throw new CliError(`no test has a name with ${run ?? ''} in it`, { exitCode: 2 });
  if (output === 'text') stdout.write(summaryText(results));
  if (output === 'json') stdout.write(`${JSON.stringify(results.map(resultValue), undefined, 2)}\n`);
  if (output === 'junit') stdout.write(junitText(results));
  const failed = results.filter(({ misses }) => misses.length > 0).length;
  if (failed > 0) throw new CliError(`${failed} of ${counted(results.length, 'test')} failed`);
  if (mutants === true) await tryMutants(loaded, environment);
}

/** @throws CliError where a policy that was broken passes every test of its file. */
async function tryMutants(
  loaded: readonly LoadedTests[],
  environment: Pick<CliEnvironment, 'stdout' | 'clock' | 'signal'>,
): Promise<void> {
  const { stdout } = environment;
  let [noticed, unnoticed] = [0, 0];
  for (const one of loaded)
    for (const mutant of one.manifests.flatMap(mutantsOf)) {
      const by = await noticedBy(one, mutant, environment);
      if (by === undefined) unnoticed++;
      else noticed++;
      const found = by === undefined ? 'no test notices' : `noticed by: ${by}`;
      const line = `${by === undefined ? 'FAIL' : 'PASS'}  ${one.file}: ${mutant.policy}, ${mutant.what}: ${found}`;
      stdout.write(hangingText([line], { width: widthOf({ stdout }) }));
    }
  stdout.write(`${counted(noticed, 'change')} noticed, ${unnoticed} not\n`);
  if (unnoticed > 0)
    throw new CliError(`${counted(unnoticed, 'change of a policy is', 'changes of policies are')} noticed by no test`);
}

/**
 * The name of the first test that fails, or cannot even be read, when the policy is the mutant. Undefined: none of them
 * watches what was broken. Tests that speak of the policy run first, for one of them fails as a rule.
 */
export async function noticedBy(
  one: LoadedTests,
  { object }: Pick<Mutant, 'object'>,
  environment: Pick<CliEnvironment, 'clock' | 'signal'>,
): Promise<string | undefined> {
  const { name, namespace } = object.metadata;
  const isIt = ({ kind, metadata }: KubeObject): boolean =>
    kind === object.kind && metadata.name === name && metadata.namespace === namespace;
  const broken = one.manifests.map((manifest) => (isIt(manifest) ? object : manifest));
  const read = readTestFile(one.text, broken);
  if ('problems' in read) return 'the check of the file';
  const { tests } = read.file;
  const order = [...tests.filter((test) => speaks(test, name)), ...tests.filter((test) => !speaks(test, name))];
  for (const test of order) {
    const { misses } = await resultOf({ ...one, tests: read.file }, test, environment);
    if (misses.length > 0) return test.name;
  }
  return undefined;
}

const speaks = ({ expectations }: CompiledTest, policy: string): boolean =>
  expectations.some(({ spec: { action, firing, refused, ready } }) =>
    [action, firing, refused, ready].some((one) => one?.policy === policy),
  );

export async function resultOf(
  { file, folder, tests }: LoadedTests,
  test: TestFile['tests'][number],
  { clock, signal }: Pick<CliEnvironment, 'clock' | 'signal'>,
): Promise<TestResult> {
  const began = clock.now();
  const plugins = tests.plugins.map((plugin) => resolve(folder, plugin));
  const played = await runTest(test, { plugins, signal });
  return { file, test, misses: judge(test, played), timeline: timelineOf(test, played), tookMs: clock.now() - began };
}

const TEST_FILE = /_test\.ya?ml$/;

/** Of a folder: the files below it whose names end in `_test.yaml`. */
async function filesOf(paths: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of paths) {
    if (!(await isFolder(path))) {
      found.push(path);
      continue;
    }
    const names = await readdir(path, { recursive: true });
    const inside = names.filter((name) => TEST_FILE.test(name)).toSorted();
    if (inside.length === 0) throw new CliError(`${path} has no file whose name ends in _test.yaml`, { exitCode: 2 });
    found.push(...inside.map((name) => join(path, name)));
  }
  return found;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** @throws CliError with every problem of every file, a line for each. */
async function loadAll(files: readonly string[]): Promise<readonly LoadedTests[]> {
  const loaded = await Promise.allSettled(files.map(load));
  const refused = loaded.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  const other = refused.find((reason) => !(reason instanceof CliError));
  if (other !== undefined) throw other;
  if (refused.length > 0)
    throw new CliError(refused.map((reason) => (reason as CliError).message).join('\n'), { exitCode: 2 });
  return loaded.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

/** @throws CliError with every problem of the file, a line for each. */
export async function load(file: string): Promise<LoadedTests> {
  const folder = dirname(file);
  const text = await textOf(file);
  const manifests: KubeObject[] = [];
  for (const name of manifestsOf(text)) {
    const path = resolve(folder, name);
    manifests.push(...objectsOf(await textOf(path), path));
  }
  return { file, folder, text, manifests, tests: compiled(file, text, manifests) };
}

export function compiled(file: string, text: string, manifests: readonly KubeObject[]): TestFile {
  const read = readTestFile(text, manifests);
  if ('file' in read) return read.file;
  const lines = read.problems.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`);
  throw new CliError(lines.join('\n'), { exitCode: 2 });
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): CliError {
  return new CliError(`cannot read ${path}: ${systemTrouble(error)}`, { exitCode: 2, cause: error });
}
