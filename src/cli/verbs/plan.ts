import { Option } from 'commander';
import { collect, connectionOptions, examples } from '../flags.ts';
import type { PlanOptions } from '../plan/plan.ts';
import type { Verb } from './verb.ts';

export const planVerb: Verb = (program, environment) => {
  const command = connectionOptions(program.command('plan'))
    .description(
      'print the requests that an action would send, their preconditions and their undo, without sending any',
    )
    .argument('[name]', 'a HealingAction of the cluster')
    .option('-f, --filename <file>', 'a HealingAction that need not exist; - for standard input')
    .option('-n, --namespace <name>', 'namespace of the action', 'default')
    .option('--config <file>', "the operator's configuration file")
    .option(
      '--plugin <file>',
      'a plugin that adds executors of custom actions, beside those of the file; may be repeated',
      collect,
    )
    .addOption(
      new Option('-o, --output <format>', 'form of the answer').choices(['text', 'json', 'yaml']).default('text'),
    )
    .action(async (name: string | undefined, options: Omit<PlanOptions, 'name'>) => {
      const { plan } = await import('../plan/plan.ts');
      await plan({ ...options, name }, environment);
    });
  examples(command, ['kubeskippy plan web-0123456789 -n shop', 'kubeskippy plan -f action.yaml -o yaml']);
};
