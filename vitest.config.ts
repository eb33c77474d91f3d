import { defineConfig } from 'vitest/config';
import { MatrixTable } from './test/matrix/table.ts';

/** Where a machine reads the results; .ci/run asks for it. */
const report = process.env['TEST_REPORT'];

// Six suites: `quick` (unit and in-process tests, under a minute), `healing` (scenarios of the whole operator on an
// embedded cluster), `attacks` (an attempt to misuse the operator, and the guard that stops it), `examples` (every
// example, played), `matrix` (every action on every kind, crashed at every write) and `e2e` (processes, sockets,
// kubectl), which runs after the others: its programs want the machine.
export default defineConfig({
  test: {
    pool: 'threads',
    isolate: false,
    testTimeout: 20_000,
    // One less than there are processors by default, which on two is one.
    maxWorkers: '100%',
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
        },
      },
    ],
  },
});
