import { Option } from 'commander';
import { connectionOptions, examples, period } from '../flags.ts';
import type { QueryOptions } from '../query/query.ts';
import type { Verb } from './verb.ts';

export const queryVerb: Verb = (program, environment) => {
  const command = connectionOptions(program.command('query'))
    .description('print the answer to a PromQL query now; exit status 1 when it cannot be known')
    .argument('<promql>', 'the query')
    .addOption(new Option('-o, --output <form>', 'form of the answer').choices(['table', 'json']).default('table'))
    .option('--source <name>', 'a metric source of the configuration, or embedded (default: the default one)')
    .option('--config <file>', "the operator's configuration file")
    .option('--prometheus-url <url>', 'the Prometheus-compatible server to ask')
    .option(
      '--wait <duration>',
      'how long the embedded source may sample the cluster for a query that looks back',
      period,
      0,
    )
    .action(async (promql: string, { wait, ...options }: { wait: number } & Omit<QueryOptions, 'waitMs'>) => {
      const { runQuery } = await import('../query/query.ts');
      await runQuery(promql, { ...options, waitMs: wait }, environment);
    });
  examples(command, [
    "kubeskippy query 'memory_usage_percent > 50'",
    "kubeskippy query --wait 5m 'rate(kube_pod_container_status_restarts_total[5m])'",
  ]);
};
