import { Option } from 'commander';
import { connectionOptions, examples } from '../flags.ts';
import type { WatchOptions } from '../watch/watch.ts';
import type { Verb } from './verb.ts';

export const watchVerb: Verb = (program, environment) => {
  const command = connectionOptions(program.command('watch'))
    .description(
      'follow episodes and actions as they happen, until Ctrl-C; full screen on a terminal; sends reads only',
    )
    .option('-n, --namespace <name>', 'policies and actions of this namespace alone (default: all)')
    .option('--operator-namespace <name>', 'where the operator keeps its Lease', 'kubeskippy-system')
    .addOption(
      new Option('-o, --output <form>', 'auto: a screen on a terminal, lines elsewhere; json: a line for each')
        .choices(['auto', 'text', 'json'])
        .default('auto'),
    )
    .action(async (options: WatchOptions) => {
      const { watch } = await import('../watch/watch.ts');
      await watch(options, environment);
    });
  examples(command, ['kubeskippy watch', 'kubeskippy watch -n shop -o json']);
};
