/** Copies of the tree, and runs of one test file in them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/std/clock.ts';

export const ROOT = join(import.meta.dirname, '../..');
export const COPIED = [
  'src',
  'test',
  'config',
  'docs',
  'examples',
  'tools',
  'README.md',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
];

/** The slowest of the tests takes half of it on a loaded machine. */
const MAX_RUN_MS = 300_000;

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

export interface TestRun {
  /** `broken`: no test of the file came to its end. */
  readonly kind: 'green' | 'red' | 'timed out' | 'broken';
  /** The first test that failed. */
  readonly red?: string;
  readonly seconds: number;
}

export function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'kubeskippy-mutants-'));
  for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

export async function runTest(copy: string, test: string): Promise<TestRun> {
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const began = systemClock.monotonic();
  const command = ['run', test, '--testTimeout=60000', '--maxWorkers=1', '--reporter=json', `--outputFile=${report}`];
  const run = spawn(join(copy, 'node_modules/.bin/vitest'), command, {
    cwd: copy,
    stdio: 'ignore',
    timeout: MAX_RUN_MS,
    killSignal: 'SIGKILL',
  });
  await once(run, 'exit');
  const seconds = Math.round((systemClock.monotonic() - began) / 1000);
  if (run.signalCode === 'SIGKILL') return { kind: 'timed out', seconds };
  const results = resultsIn(report);
  const red = results.find(({ status }) => status === 'failed');
  if (red !== undefined) return { kind: 'red', red: red.fullName, seconds };
  return { kind: results.some(({ status }) => status === 'passed') ? 'green' : 'broken', seconds };
}

/** None where vitest has written no report. */
function resultsIn(report: string): Report['testResults'][number]['assertionResults'] {
  try {
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
    return testResults.flatMap(({ assertionResults }) => assertionResults);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
