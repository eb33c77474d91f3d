import { Option } from 'commander';
import { connectionOptions, examples } from '../flags.ts';
import type { UninstallOptions } from '../install/uninstall.ts';
import type { Verb } from './verb.ts';

export const uninstallVerb: Verb = (program, environment) => {
  const command = connectionOptions(program.command('uninstall'))
    .description('delete what install has applied: the operator, its rights, its kinds, and all policies and actions')
    .option('-n, --namespace <name>', "the operator's namespace", 'kubeskippy-system')
    .option('--keep-crds', 'keep the kinds, and with them policies, actions and approvals')
    .option('-y, --yes', 'do not ask')
    .addOption(new Option('-o, --output <format>', 'form of the answer').choices(['text', 'json']).default('text'))
    .action(async (options: UninstallOptions) => {
      const { uninstall } = await import('../install/uninstall.ts');
      await uninstall(options, environment);
    });
  examples(command, ['kubeskippy uninstall', 'kubeskippy uninstall --keep-crds --yes']);
};
