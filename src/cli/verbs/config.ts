import { Option } from 'commander';
import type { AnswerForm } from '../answer-form.ts';
import type { PrintOptions } from '../config/config.ts';
import { answerOption, examples } from '../flags.ts';
import type { Verb } from './verb.ts';

export const configVerb: Verb = (program, environment) => {
  const config = program.command('config').description("look at the operator's settings; needs no cluster");
  const print = config
    .command('print')
    .description('print settings as a configuration file says them')
    .option('--defaults', 'those of an operator without a file')
    .option('--effective', 'those of the file, with the defaults for all else')
    .option('--config <file>', "the operator's configuration file")
    .addOption(new Option('-o, --output <format>', 'form of the answer').choices(['yaml', 'json']).default('yaml'))
    .action(async (options: PrintOptions) => {
      const { printConfig } = await import('../config/config.ts');
      await printConfig(options, environment);
    });
  examples(print, [
    'kubeskippy config print --defaults > settings.yaml',
    'kubeskippy config print --effective --config settings.yaml -o json',
  ]);
  const check = config
    .command('check')
    .description('name what is wrong with configuration files by line and key; exit status 2 for an error')
    .argument('<files...>', 'configuration files')
    .addOption(answerOption())
    .action(async (files: string[], { output }: { output: AnswerForm }) => {
      const { checkConfig } = await import('../config/config.ts');
      await checkConfig(files, output, environment);
    });
  examples(check, ['kubeskippy config check settings.yaml', 'kubeskippy config check -o json settings.yaml']);
};
