import { Option } from 'commander';
import type { OptIn, Tenancy } from '../../api/rbac.ts';
import type { CheckOptions } from '../check/check.ts';
import { answerOption, connectionOptions, examples } from '../flags.ts';
import type { Verb } from './verb.ts';

export const checkVerb: Verb = (program, environment) => {
  const command = connectionOptions(program.command('check'))
    .description(
      'say whether the cluster is ready: version, kinds, rights with the rule to add, admission policies, metrics, clock; exit status 1 when something is missing',
    )
    .option('-n, --namespace <name>', "the operator's namespace", 'kubeskippy-system')
    .option('--config <file>', "the operator's configuration file")
    .addOption(
      new Option('--tenancy <form>', 'as it was installed')
        .choices(['single', 'shared'] satisfies Tenancy[])
        .default('single'),
    )
    .addOption(
      new Option('--allow <rights...>', 'as it was installed')
        .choices(['nodes', 'jobs', 'volumes', 'pod-dry-runs', 'references'] satisfies OptIn[])
        .default([]),
    )
    .addOption(
      new Option('--who <account>', "whose rights are checked: the operator's, or your own")
        .choices(['operator', 'me'])
        .default('operator'),
    )
    .addOption(answerOption())
    .action(async (options: CheckOptions) => {
      const { check } = await import('../check/check.ts');
      await check(options, environment);
    });
  examples(command, ['kubeskippy check', 'kubeskippy check --allow nodes jobs --config settings.yaml -o json']);
};
