/** What keeps an operator from writing where the kinds or its rights are not those that it needs, and has it say so. */
import type { Guard } from './guard.ts';

const TEST = 'test/healing/what-cannot-be-read.test.ts';

export const UPGRADE_GUARDS: readonly Guard[] = [
  {
    name: 'upgrade: under older kinds nothing is written',
    file: 'src/operator/definitions.ts',
    guard: 'return obstacles.length > 0 ? obstacles : olderKinds(client);',
    without: 'return obstacles;',
    test: 'test/healing/upgrade.test.ts',
  },
  {
    name: 'rights: a refusal names the rule that lets a kind be watched',
    file: 'src/operator/reading.ts',
    guard: 'withMissingRule(error.message, TO_WATCH)',
    without: 'error.message',
    test: TEST,
  },
  {
    name: 'rights: a right that is taken away later is told',
    file: 'src/operator/operator.ts',
    guard: '  reading.standingChanged();\n',
    without: '',
    test: TEST,
  },
];
