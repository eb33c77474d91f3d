import { decisionOptions, examples } from '../flags.ts';
import type { DecideOptions } from '../approve/decide.ts';
import type { Verb } from './verb.ts';

export const approveVerb: Verb = (program, environment) => {
  const command = decisionOptions(program.command('approve'))
    .description('print the plan of an action that waits for approval, ask, and approve it under your name')
    .option('--reason <text>', 'why, for the record')
    .action(async (name: string, options: Omit<DecideOptions, 'name' | 'decision'>) => {
      const { decide } = await import('../approve/decide.ts');
      await decide({ ...options, name, decision: 'Approve' }, environment);
    });
  examples(command, [
    "kubeskippy approve web-0123456789 -n shop --reason 'looked at it with the team'",
    'kubeskippy approve web-0123456789 -n shop --dry-run',
  ]);
};
