/**
 * Removes one guard at a time from a copy of the tree and runs the test that names it: a guard whose test stays green
 * is not tested. `make mutants` runs all, `make mutants ARGS=relations` those whose name has the word.
 *
 *   --workers=2          so many copies at a time; one without it, for a test that is slowed down may look red
 *   --results=FILE       keeps each verdict there; a run that was broken off goes on where it was
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FAIRNESS } from './mutants/fairness.ts';
import { GUARDS, type Guard } from './mutants/guards.ts';
import { copyTree, runTest, type TestRun } from './mutants/test-run.ts';
import { type Verdict, Verdicts } from './mutants/verdicts.ts';

/** Each has a copy of the tree, and keeps a processor busy. */
const MAX_WORKERS = 8;

/** What each test file says while nothing is taken away. A second try spares a test that a busy machine has slowed. */
class Untouched {
  readonly #runs = new Map<string, Promise<TestRun>>();

  of(copy: string, test: string): Promise<TestRun> {
    const known = this.#runs.get(test) ?? this.#run(copy, test);
    this.#runs.set(test, known);
    return known;
  }

  async #run(copy: string, test: string): Promise<TestRun> {
    const first = await runTest(copy, test);
    return first.kind === 'green' ? first : await runTest(copy, test);
  }
}

async function judge(copy: string, { file, guard, without, test }: Guard, untouched: Untouched): Promise<Verdict> {
  const path = join(copy, file);
  const text = readFileSync(path, 'utf8');
  if (text.split(guard).length !== 2)
    return { kind: 'stale', why: `${file} does not have the guard's text exactly once`, seconds: 0 };
  // A test that is red anyway would look like one that tests the guard.
  const before = await untouched.of(copy, test);
  if (before.kind !== 'green')
    return { kind: 'untested', why: `${test} is ${before.kind} with it: ${before.red ?? ''}`, seconds: before.seconds };
  writeFileSync(
    path,
    text.replace(guard, () => without),
  );
  try {
    return verdictOf(await runTest(copy, test), test);
  } finally {
    writeFileSync(path, text);
  }
}

function verdictOf({ kind, red, seconds }: TestRun, test: string): Verdict {
  switch (kind) {
    case 'red':
      return { kind: 'killed', why: red ?? '', seconds };
    case 'timed out':
      // Without its guard it went on for ever, or nearly: with it the test was green.
      return { kind: 'killed', why: `${test} did not come to its end`, seconds };
    case 'green':
      return { kind: 'survived', why: `every test of ${test} is green without it`, seconds };
    case 'broken':
      // A copy that does not even load would look like a guard that is tested.
      return { kind: 'untested', why: `no test of ${test} runs without it`, seconds };
  }
}

interface Options {
  readonly words: readonly string[];
  readonly workers: number;
  readonly results: string | undefined;
}

function optionsOf(args: readonly string[]): Options {
  const valueOf = (flag: string): string | undefined =>
    args.find((arg) => arg.startsWith(`--${flag}=`))?.slice(flag.length + 3);
  const workers = Number(valueOf('workers') ?? 1);
  if (!Number.isInteger(workers) || workers < 1 || workers > MAX_WORKERS)
    throw new Error(`--workers is a number from 1 to ${MAX_WORKERS}`);
  return { words: args.filter((arg) => !arg.startsWith('--')), workers, results: valueOf('results') };
}

async function main({ words, workers, results }: Options): Promise<number> {
  const chosen = [...GUARDS, ...FAIRNESS].filter(({ name }) => words.every((word) => name.includes(word)));
  const verdicts = new Verdicts(results);
  const waiting = chosen.filter((guard) => verdicts.of(guard) === undefined);
  const untouched = new Untouched();
  const work = async (): Promise<void> => {
    if (waiting.length === 0) return;
    const copy = copyTree();
    try {
      for (let guard = waiting.shift(); guard !== undefined; guard = waiting.shift()) {
        const verdict = await judge(copy, guard, untouched);
        verdicts.add(guard, verdict);
        console.error(`${verdict.kind.padEnd(8)} ${String(verdict.seconds).padStart(4)} s  ${guard.name}`);
      }
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return report(chosen, verdicts);
}

function report(chosen: readonly Guard[], verdicts: Verdicts): number {
  const counts = { killed: 0, survived: 0, stale: 0, untested: 0 };
  for (const guard of chosen) {
    const verdict = verdicts.of(guard);
    if (verdict === undefined) continue;
    counts[verdict.kind]++;
    console.log(`${verdict.kind.padEnd(8)} | ${guard.name} | ${verdict.why}`);
  }
  const { killed, survived, stale, untested } = counts;
  const more = stale + untested === 0 ? '' : `, ${stale} stale, ${untested} untested`;
  console.log(`${killed} killed, ${survived} survived${more}`);
  return chosen.length > 0 && killed === chosen.length ? 0 : 1;
}

process.exitCode = await main(optionsOf(process.argv.slice(2)));
