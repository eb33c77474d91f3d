import { Option } from 'commander';
import { connectionOptions } from '../flags.ts';
import type { StatusOptions } from '../status/status.ts';
import type { Verb } from './verb.ts';

export const statusVerb: Verb = (program, environment) => {
  connectionOptions(program.command('status'))
    .description('the cluster at a glance: who heals, what is unwell, what waits for a person; sends reads only')
    .option('-n, --namespace <name>', 'policies and actions of this namespace alone (default: all)')
    .option('--operator-namespace <name>', 'where the operator keeps its Lease (default: kubeskippy-system)')
    .addOption(new Option('-o, --output <format>', 'form of the answer').choices(['text', 'json']).default('text'))
    .addHelpText('after', '\nExamples:\n  kubeskippy status\n  kubeskippy status -n shop -o json\n')
    .action(async (options: StatusOptions) => {
      const { showStatus } = await import('../status/status.ts');
      await showStatus(options, environment);
    });
};
