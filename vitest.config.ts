import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { MatrixTable } from './test/matrix/table.ts';

/** Where a machine reads the results; .ci/run asks for it. */
const report = process.env['TEST_REPORT'];

/** Numbers of workers that are set here would win over that of the command line. */
const workers = (count: number): { readonly maxWorkers?: number } =>
  process.argv.some((word) => word.startsWith('--maxWorkers')) ? {} : { maxWorkers: count };

/**
 * A worker keeps its modules as long as the next file is of the same suite, so the files of a suite come together. The
 * suite with the longest files comes first: at the end both workers are busy with short ones.
 */
class BySuite extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const suites = ['e2e', 'quick', 'examples', 'disasters', 'healing', 'attacks', 'matrix'];
    // One that is not named here comes last, and is not left out.
    const placeOf = ({ project }: TestSpecification): number => -suites.indexOf(project.name);
    return (await super.sort(files)).toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}

// Seven suites: `quick` (unit and in-process tests, under a minute), `healing` (scenarios of the whole operator on an
// embedded cluster), `attacks` (an attempt to misuse the operator, and the guard that stops it), `disasters`
// (public reports of harm by programs that heal, played), `examples` (every
// example, played), `matrix` (every action on every kind, crashed at every write) and `e2e` (processes, sockets,
// kubectl), which runs after the others: its programs want the machine.
export default defineConfig({
  test: {
    pool: 'threads',
    isolate: false,
    testTimeout: 20_000,
    sequence: { sequencer: BySuite },
    // One less than there are processors by default, which on two is one.
    ...workers(availableParallelism()),
    reporters: ['default', new MatrixTable(), ...(report === undefined ? [] : ['json'])],
    ...(report !== undefined && { outputFile: { json: report } }),
    projects: [
      {
        extends: true,
        test: {
          name: 'quick',
          setupFiles: ['test/kit/end-clusters.ts'],
          include: ['src', 'test/quick', 'test/kit'].map((folder) => `${folder}/**/*.test.ts`),
        },
      },
      {
        extends: true,
        test: { name: 'healing', setupFiles: ['test/kit/end-clusters.ts'], include: ['test/healing/**/*.test.ts'] },
      },
      {
        extends: true,
        test: { name: 'examples', setupFiles: ['test/kit/end-clusters.ts'], include: ['test/examples/**/*.test.ts'] },
      },
      {
        extends: true,
        test: { name: 'attacks', setupFiles: ['test/kit/end-clusters.ts'], include: ['test/attacks/**/*.test.ts'] },
      },
      {
        extends: true,
        test: { name: 'disasters', setupFiles: ['test/kit/end-clusters.ts'], include: ['test/disasters/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'matrix',
          setupFiles: ['test/kit/end-clusters.ts'],
          include: ['test/matrix/**/*.test.ts'],
          testTimeout: 240_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
          // These wait for processes and for seconds to pass more than they work: two a processor fill it.
          ...workers(2 * availableParallelism()),
        },
      },
    ],
  },
});
