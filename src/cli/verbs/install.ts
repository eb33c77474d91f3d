import { Option } from 'commander';
import type { OptIn, Tenancy } from '../../api/rbac.ts';
import { collect, connectionOptions } from '../flags.ts';
import type { InstallOptions } from '../install/install.ts';
import type { Verb } from './verb.ts';

export const installVerb: Verb = (program, environment) => {
  connectionOptions(program.command('install'))
    .description('apply CRDs, RBAC and admission policies to a cluster')
    .option('-n, --namespace <name>', "the operator's namespace", 'kubeskippy-system')
    .option('--config <file>', "the operator's configuration file: actions that it switches off get no permissions")
    .option(
      '--plugin <file>',
      'a plugin that gets its permissions too, beside those of the file; may be repeated',
      collect,
    )
    .addOption(
      new Option('--tenancy <form>', 'shared: it heals as ServiceAccounts of the namespaces, not with its own rights')
        .choices(['single', 'shared'] satisfies Tenancy[])
        .default('single'),
    )
    .addOption(
      new Option('--allow <rights...>', 'rights that no installation gets unasked: nodes, to run jobs, volumes')
        .choices(['nodes', 'jobs', 'volumes'] satisfies OptIn[])
        .default([]),
    )
    .addOption(
      new Option('-o, --output <form>', 'yaml prints the manifests instead of applying them')
        .choices(['apply', 'yaml'])
        .default('apply'),
    )
    .action(async (options: InstallOptions) => {
      const { install } = await import('../install/install.ts');
      await install(options, environment);
    });
};
