import { Option } from 'commander';
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
      new Option('-o, --output <form>', 'yaml prints the manifests instead of applying them')
        .choices(['apply', 'yaml'])
        .default('apply'),
    )
    .action(async (options: InstallOptions) => {
      const { install } = await import('../install/install.ts');
      await install(options, environment);
    });
};
