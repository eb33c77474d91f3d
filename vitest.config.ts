import { defineConfig } from 'vitest/config';

// Three suites: `quick` (unit and in-process tests, under a minute), `matrix` (every action on every kind, crashed at every write) and `e2e`
// (processes, sockets, kubectl).
export default defineConfig({
  test: {
    pool: 'threads',
    isolate: false,
    testTimeout: 20_000,
    projects: [
      { extends: true, test: { name: 'quick', include: ['src/**/*.test.ts', 'test/quick/**/*.test.ts'] } },
      { extends: true, test: { name: 'matrix', include: ['test/matrix/**/*.test.ts'], testTimeout: 240_000 } },
      {
        extends: true,
        test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 60_000, fileParallelism: false },
      },
    ],
  },
});
