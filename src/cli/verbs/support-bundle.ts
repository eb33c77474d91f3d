import { connectionOptions, examples } from '../flags.ts';
import type { BundleOptions } from '../support-bundle/support-bundle.ts';
import type { Verb } from './verb.ts';

export const supportBundleVerb: Verb = (program, environment) => {
  const command = connectionOptions(program.command('support-bundle'))
    .description('gather what helps to see why something is not healed, without secrets, in one file; sends reads only')
    .option('-n, --namespace <name>', "the operator's namespace", 'kubeskippy-system')
    .option('-f, --file <file>', 'where it is written (default: standard output)')
    .action(async (options: BundleOptions) => {
      const { supportBundle } = await import('../support-bundle/support-bundle.ts');
      await supportBundle(options, environment);
    });
  examples(command, ['kubeskippy support-bundle --file bundle.yaml']);
};
