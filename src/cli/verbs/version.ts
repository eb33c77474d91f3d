import packageManifest from '../../../package.json' with { type: 'json' };
import type { AnswerForm } from '../answer-form.ts';
import { answerOption, examples } from '../flags.ts';
import type { Verb } from './verb.ts';

export const versionVerb: Verb = (program, environment) => {
  const command = program
    .command('version')
    .description('print the version')
    .addOption(answerOption())
    .action(async ({ output }: { output: AnswerForm }) => {
      const { version } = packageManifest;
      const { answerIn } = await import('../answer-form.ts');
      environment.stdout.write(answerIn(output, { version }, () => `kubeskippy ${version}\n`));
    });
  examples(command, ['kubeskippy version', 'kubeskippy version -o json']);
};
