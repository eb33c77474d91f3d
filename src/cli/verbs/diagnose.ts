import type { DiagnoseOptions } from '../diagnose/diagnose.ts';
import { answerOption, connectionOptions, examples } from '../flags.ts';
import type { Verb } from './verb.ts';

export const diagnoseVerb: Verb = (program, environment) => {
  const command = connectionOptions(program.command('diagnose'))
    .description('name the causes of what is wrong with an object or a namespace, with evidence; sends reads only')
    .argument('[kind/name]', 'for example deployment/web; omitted: everything in the namespace')
    .option('-n, --namespace <name>', 'where to look (default: default)')
    .option('-A, --all-namespaces', 'look in all namespaces')
    .option('--logs', 'read the last lines of containers that fail')
    .addOption(answerOption())
    .action(async (object: string | undefined, options: Omit<DiagnoseOptions, 'object'>) => {
      const { diagnose } = await import('../diagnose/diagnose.ts');
      await diagnose({ ...options, object }, environment);
    });
  examples(command, ['kubeskippy diagnose deployment/web -n shop --logs', 'kubeskippy diagnose -A -o json']);
};
