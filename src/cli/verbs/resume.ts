import { examples, pauseOptions } from '../flags.ts';
import type { PauseOptions } from '../pause/pause.ts';
import type { Verb } from './verb.ts';

export const resumeVerb: Verb = (program, environment) => {
  const command = pauseOptions(program.command('resume'))
    .description('say who has paused healing and why, ask, and let it go on')
    .option('--reason <text>', 'why, for the record')
    .action(async (options: Omit<PauseOptions, 'does'>) => {
      const { pause } = await import('../pause/pause.ts');
      await pause({ ...options, does: 'resume' }, environment);
    });
  examples(command, ["kubeskippy resume --reason 'DNS is back'"]);
};
