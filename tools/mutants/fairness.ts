/** The guards that keep one tenant from taking what all share, and from ending the process. */
import type { Guard } from './guards.ts';

export const FAIRNESS: readonly Guard[] = [
  {
    name: 'listeners: what cannot be parsed is answered, and throws past nobody',
    file: 'src/cli/run/serve-endpoints.ts',
    guard: 'return URL.canParse(text) ? new URL(text) : undefined;',
    without: 'return new URL(text);',
    test: 'test/attacks/requests-that-end-the-process.test.ts',
  },
  {
    name: 'places: what waits for a person takes none of those that all share',
    file: 'src/core/history.ts',
    guard: 'action.awaits === undefined &&',
    without: '',
    test: 'src/core/gates/budget-exhausted.test.ts',
  },
  {
    name: 'places: one namespace may not take them all',
    file: 'src/core/gates/proposal.ts',
    guard: 'Math.ceil((max * namespaceLimits.sharePercent) / 100)',
    without: 'max + 0 * namespaceLimits.sharePercent',
    test: 'src/core/gates/budget-exhausted.test.ts',
  },
  {
    name: 'places: an action of another namespace stands against no workload of this one',
    file: 'src/core/gates/budget-exhausted.ts',
    guard: 'namespace === action.namespace &&',
    without: 'namespace !== undefined &&',
    test: 'src/core/gates/budget-exhausted.test.ts',
  },
];
