import { answerOption, connectionOptions, examples, period } from '../flags.ts';
import type { TopOptions } from '../top/top.ts';
import type { Verb } from './verb.ts';

export const topVerb: Verb = (program, environment) => {
  const command = connectionOptions(program.command('top'))
    .description('what the operator costs the API server and its own machine, from its /metrics; sends reads only')
    .option('-n, --namespace <name>', "the operator's namespace", 'kubeskippy-system')
    .option('--url <url>', 'where its /metrics is (default: its Service, through the API server)')
    .option('--over <duration>', 'measure for so long (default: since it began)', period, 0)
    .addOption(answerOption())
    .action(async (options: TopOptions) => {
      const { top } = await import('../top/top.ts');
      await top(options, environment);
    });
  examples(command, ['kubeskippy top --over 30s', 'kubeskippy top --url http://127.0.0.1:8080/metrics -o json']);
};
