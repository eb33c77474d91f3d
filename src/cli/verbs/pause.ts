import { examples, pauseOptions } from '../flags.ts';
import type { PauseOptions } from '../pause/pause.ts';
import type { Verb } from './verb.ts';

export const pauseVerb: Verb = (program, environment) => {
  const command = pauseOptions(program.command('pause'))
    .description('say what would stand still, ask, and stop all healing of an operator')
    .requiredOption('--reason <text>', 'why, for people who wonder that nothing is healed')
    .action(async (options: Omit<PauseOptions, 'does'>) => {
      const { pause } = await import('../pause/pause.ts');
      await pause({ ...options, does: 'pause' }, environment);
    });
  examples(command, ["kubeskippy pause --reason 'DNS is down'", "kubeskippy pause --reason 'DNS is down' --dry-run"]);
};
