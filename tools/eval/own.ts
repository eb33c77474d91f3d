/** Our own scenarios on the embedded cluster. */
import { expectedOf, play, SCENARIOS } from '../../test/eval/scenarios.ts';
import type { Suite } from './suite.ts';

export const ownScenarios: Suite = {
  title: 'Scenarios of our own on the embedded cluster',
  names: SCENARIOS.map(({ name }) => name),
  read: async (name) => {
    const scenario = SCENARIOS.find((one) => one.name === name);
    if (scenario === undefined) throw new Error(`no scenario is named ${name}`);
    return { name, expected: expectedOf(scenario), snapshot: await play(scenario) };
  },
};
