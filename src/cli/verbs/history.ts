import { answerOption, connectionOptions, examples } from '../flags.ts';
import type { HistoryOptions } from '../history/history.ts';
import type { Verb } from './verb.ts';

export const historyVerb: Verb = (program, environment) => {
  const command = connectionOptions(program.command('history'))
    .description('what was done to an object and what came of it, oldest first; sends reads only')
    .argument('<kind/name>', 'for example deployment/web or node/worker-1')
    .option('-n, --namespace <name>', 'namespace of the object', 'default')
    .addOption(answerOption())
    .action(async (object: string, options: Omit<HistoryOptions, 'object'>) => {
      const { showHistory } = await import('../history/history.ts');
      await showHistory({ ...options, object }, environment);
    });
  examples(command, ['kubeskippy history deployment/web -n shop']);
};
