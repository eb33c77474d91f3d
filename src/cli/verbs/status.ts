import { answerOption, connectionOptions, examples } from '../flags.ts';
import type { StatusOptions } from '../status/status.ts';
import type { Verb } from './verb.ts';

export const statusVerb: Verb = (program, environment) => {
  const command = connectionOptions(program.command('status'))
    .description('the cluster at a glance: who heals, what is unwell, what waits for a person; sends reads only')
    .option('-n, --namespace <name>', 'policies and actions of this namespace alone (default: all)')
    .option('--operator-namespace <name>', 'where the operator keeps its Lease (default: kubeskippy-system)')
    .addOption(answerOption())
    .action(async (options: StatusOptions) => {
      const { showStatus } = await import('../status/status.ts');
      await showStatus(options, environment);
    });
  examples(command, ['kubeskippy status', 'kubeskippy status -n shop -o json']);
};
