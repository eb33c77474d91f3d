import type { ExplainOptions } from '../explain/explain.ts';
import { answerOption, collect, connectionOptions, examples } from '../flags.ts';
import type { Verb } from './verb.ts';

export const explainVerb: Verb = (program, environment) => {
  const command = connectionOptions(program.command('explain'))
    .description('say why an object is healed or not, trigger by trigger and gate by gate; sends reads only')
    .argument('<kind/name>', 'for example deployment/web, or action/NAME')
    .option('-n, --namespace <name>', 'namespace of the object', 'default')
    .option('--config <file>', "the operator's configuration file")
    .option('--plugin <file>', 'a plugin that adds executors of custom actions; may be repeated', collect)
    .addOption(answerOption())
    .action(async (object: string, options: Omit<ExplainOptions, 'object'>) => {
      const { explain } = await import('../explain/explain.ts');
      await explain({ ...options, object }, environment);
    });
  examples(command, [
    'kubeskippy explain deployment/web -n shop',
    'kubeskippy explain action/web-0123456789 -n shop -o json',
  ]);
};
