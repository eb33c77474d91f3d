import { Option } from 'commander';
import packageManifest from '../../../package.json' with { type: 'json' };
import type { Verb } from './verb.ts';

export const versionVerb: Verb = (program, environment) => {
  program
    .command('version')
    .description('print the version')
    .addOption(new Option('-o, --output <format>', 'form of the answer').choices(['text', 'json']).default('text'))
    .action(({ output }: { output: 'text' | 'json' }) => {
      const { version } = packageManifest;
      environment.stdout.write(output === 'json' ? `${JSON.stringify({ version })}\n` : `kubeskippy ${version}\n`);
    });
};
