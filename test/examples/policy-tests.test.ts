/**
 * The tests of `examples/tests`, as `kubeskippy test --mutants examples/tests` runs them: every example has one, it
 * passes, and it fails when its policy is broken.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mutantsOf } from '../../src/cli/test/policy-mutants.ts';
import { load, noticedBy, resultOf } from '../../src/cli/test/test-files.ts';
import { resultText } from '../../src/cli/test/results.ts';
import { systemClock } from '../../src/std/clock.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');
const environment = { clock: systemClock, signal: new AbortController().signal };

/** The rules of `metrics` are also played with the rights of an installation: test/examples/metric-rules.test.ts. */
const FOLDERS = ['.', 'actions', 'metrics'];
const examples = FOLDERS.flatMap((folder) =>
  readdirSync(join(EXAMPLES, folder))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(folder, name.replace(/\.yaml$/, ''))),
);
const testOf = (example: string): string => join(EXAMPLES, 'tests', `${example}_test.yaml`);
const tested = await Promise.all(
  examples
    .filter((example) => existsSync(testOf(example)))
    .map(async (example) => ({ example, file: await load(testOf(example)) })),
);
/** Each policy is broken in four ways or more, and a file has up to thirteen policies. */
const policies = tested.flatMap(({ example, file }) =>
  [...new Set(file.manifests.flatMap(mutantsOf).map(({ policy }) => policy))].map((policy) => ({
    example,
    policy,
    file,
  })),
);

describe('the examples', () => {
  it('have a test each, and no test is of another file', () => {
    expect(examples.filter((example) => !existsSync(testOf(example)))).toEqual([]);
    const tests = readdirSync(join(EXAMPLES, 'tests'), { recursive: true, encoding: 'utf8' });
    const named = tests.filter((name) => name.endsWith('.yaml')).map((name) => join(EXAMPLES, 'tests', name));
    expect(
      named.filter((name) => !examples.map(testOf).includes(name)).map((name) => relative(EXAMPLES, name)),
    ).toEqual([]);
  });

  it('show in the page about them as they are', () => {
    const page = readFileSync(join(EXAMPLES, '../docs/how-to/test-policies.md'), 'utf8');
    const [, shown] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    expect(shown).toBe(readFileSync(testOf('crash-loop'), 'utf8'));
  });

  it.each(tested)(
    '$example passes its tests',
    async ({ file }) => {
      for (const test of file.tests.tests) {
        const result = await resultOf(file, test, environment);
        expect(result.misses, resultText(result)).toEqual([]);
      }
    },
    120_000,
  );

  it.each(policies)(
    '$example: each way to break the policy $policy is noticed',
    async ({ file, policy }) => {
      const mutants = file.manifests.flatMap(mutantsOf).filter((mutant) => mutant.policy === policy);
      // Of a node's trigger: threshold, operator, duration; and the kind that is selected.
      expect(mutants.length).toBeGreaterThanOrEqual(4);
      const unnoticed: string[] = [];
      for (const mutant of mutants)
        if ((await noticedBy(file, mutant, environment)) === undefined) unnoticed.push(mutant.what);
      expect(unnoticed).toEqual([]);
    },
    120_000,
  );
});
