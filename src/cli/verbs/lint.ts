import { Option } from 'commander';
import type { LintOptions } from '../lint/lint-files.ts';
import { collect, examples } from '../flags.ts';
import type { Verb } from './verb.ts';

export const lintVerb: Verb = (program, environment) => {
  const command = program
    .command('lint')
    .description(
      'name what cannot work in policies, by file, line and column; needs no cluster; exit status 1 for an error',
    )
    .argument('<files...>', 'files or folders with HealingPolicies, or - for the pipe; other objects are passed over')
    .addOption(new Option('-o, --output <form>', 'form of the answer').choices(['text', 'json']).default('text'))
    .option('--config <file>', "the operator's configuration: its sources, channels, endpoints, plugins and limits")
    .option('--plugin <file>', 'a plugin with actions, beside those of the configuration; may be repeated', collect)
    .addOption(
      new Option(
        '--source <kind>',
        'the kind of source that answers triggers which name no source (default: by --config, else embedded)',
      ).choices(['embedded', 'prometheus']),
    )
    .addOption(
      new Option(
        '--kubelet-metrics <endpoints>',
        'the endpoints of kubelets that the embedded source may ask (default: by --config, else off)',
      ).choices(['off', 'summary', 'all']),
    )
    .action(async (files: string[], options: LintOptions) => {
      const { lintFiles } = await import('../lint/lint-files.ts');
      await lintFiles(files, options, environment);
    });
  examples(command, [
    'kubeskippy lint policy.yaml',
    'kubeskippy lint --config config.yaml policies/',
    'kubeskippy lint --source prometheus -o json policies/',
  ]);
};
