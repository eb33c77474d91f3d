/** The list of `make mutants`: a guard that is not found in its file is one that nothing removes any more. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAIRNESS } from '../../tools/mutants/fairness.ts';
import { GUARDS } from '../../tools/mutants/guards.ts';

const ROOT = join(import.meta.dirname, '../..');
const all = [...GUARDS, ...FAIRNESS];

describe('each guard that `make mutants` removes', () => {
  it('has its text in its file exactly once', () => {
    const stale = all.filter(({ file, guard }) => readFileSync(join(ROOT, file), 'utf8').split(guard).length !== 2);
    expect(stale.map(({ name, file }) => `${name}: ${file}`)).toEqual([]);
  });

  it('is replaced by something else, and has a test that is there', () => {
    const idle = all.filter(({ guard, without, test }) => guard === without || !existsSync(join(ROOT, test)));
    expect(idle.map(({ name }) => name)).toEqual([]);
  });

  it('has a name of its own', () => {
    const names = all.map(({ name }) => name);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });
});
