import { Option } from 'commander';
import type { OptIn, Tenancy } from '../../api/rbac.ts';
import { collect, connectionOptions, examples, integer } from '../flags.ts';
import type { InstallOptions } from '../install/install.ts';
import type { Verb } from './verb.ts';

export const installVerb: Verb = (program, environment) => {
  const command = connectionOptions(program.command('install'))
    .description('apply CRDs, RBAC and admission policies to a cluster; with --with-operator its pods too')
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
      new Option('--allow <rights...>', 'rights that no installation gets unasked')
        .choices(['nodes', 'jobs', 'volumes', 'pod-dry-runs', 'references'] satisfies OptIn[])
        .default([]),
    )
    .option('--with-operator', "the operator's Deployment, Service, PodDisruptionBudget and NetworkPolicy too")
    .option('--image <name>', "the operator's image, best with its digest; with --with-operator")
    .option('--replicas <count>', 'pods of the operator (default 2); with --with-operator', integer(1, 10))
    .option(
      '--files-claim <name>',
      'a PersistentVolumeClaim for auditFile and recordDecisions (default: a volume of each pod); with --with-operator',
    )
    .addOption(
      new Option('-o, --output <form>', 'yaml and json print the manifests instead of applying them')
        .choices(['apply', 'yaml', 'json'])
        .default('apply'),
    )
    .action(async (options: InstallOptions) => {
      const { install } = await import('../install/install.ts');
      await install(options, environment);
    });
  examples(command, [
    'kubeskippy install --allow nodes jobs',
    'kubeskippy install --with-operator --image REGISTRY/kubeskippy@sha256:DIGEST',
    'kubeskippy install --tenancy shared -o yaml',
  ]);
};
