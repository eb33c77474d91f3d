import { decisionOptions, examples } from '../flags.ts';
import type { DecideOptions } from '../approve/decide.ts';
import type { Verb } from './verb.ts';

export const rejectVerb: Verb = (program, environment) => {
  const command = decisionOptions(program.command('reject'))
    .description('print the plan of an action that waits for approval, ask, and end it under your name')
    .requiredOption('--reason <text>', 'why, for the record')
    .action(async (name: string, options: Omit<DecideOptions, 'name' | 'decision'>) => {
      const { decide } = await import('../approve/decide.ts');
      await decide({ ...options, name, decision: 'Reject' }, environment);
    });
  examples(command, ["kubeskippy reject web-0123456789 -n shop --reason 'a release is under way'"]);
};
