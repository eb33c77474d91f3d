/**
 * Removes one guard at a time from a copy of the tree and runs the test that names it: a guard whose test stays green
 * is not tested. `make mutants` runs all, `make mutants ARGS=relations` those whose name has the word.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FAIRNESS } from './mutants/fairness.ts';
import { GUARDS, type Guard } from './mutants/guards.ts';

const ROOT = join(import.meta.dirname, '..');
const COPIED = [
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

/** The slowest of the tests takes a quarter of it on a loaded machine. */
const MAX_RUN_MS = 120_000;

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

type Verdict =
  | { readonly kind: 'killed'; readonly by: string }
  | { readonly kind: 'survived' | 'stale'; readonly why: string };

function judge(copy: string, { file, guard, without, test }: Guard): Verdict {
  const path = join(copy, file);
  const text = readFileSync(path, 'utf8');
  if (text.split(guard).length !== 2)
    return { kind: 'stale', why: `${file} does not have the guard's text exactly once` };
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  writeFileSync(
    path,
    text.replace(guard, () => without),
  );
  try {
    const command = ['run', test, '--testTimeout=60000', '--reporter=json', `--outputFile=${report}`];
    const { error } = spawnSync(join(copy, 'node_modules/.bin/vitest'), command, {
      cwd: copy,
      stdio: 'ignore',
      timeout: MAX_RUN_MS,
    });
    // Without its guard it went on for ever, or nearly.
    if (error !== undefined && 'code' in error && error.code === 'ETIMEDOUT')
      return { kind: 'killed', by: 'timed out' };
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
    const red = testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .find(({ status }) => status === 'failed');
    // A copy that does not even load would look like a guard that is tested.
    if (red === undefined) return { kind: 'survived', why: `every test of ${test} is green without it` };
    return { kind: 'killed', by: red.fullName };
  } finally {
    writeFileSync(path, text);
  }
}

function main(words: readonly string[]): number {
  const chosen = [...GUARDS, ...FAIRNESS].filter(({ name }) => words.every((word) => name.includes(word)));
  const copy = mkdtempSync(join(tmpdir(), 'kubeskippy-mutants-'));
  let bad = 0;
  try {
    for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    for (const guard of chosen) {
      const verdict = judge(copy, guard);
      if (verdict.kind !== 'killed') bad++;
      const words = verdict.kind === 'killed' ? `red: ${verdict.by}` : verdict.why;
      console.log(`${verdict.kind.padEnd(8)} ${guard.name}\n         ${words}`);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  console.log(`${chosen.length - bad} of ${chosen.length} guards have a test that goes red without them`);
  return bad === 0 && chosen.length > 0 ? 0 : 1;
}

process.exitCode = main(process.argv.slice(2));
