import { Option } from 'commander';
import type { ReplayOptions } from '../replay/replay-files.ts';
import { examples } from '../flags.ts';
import type { Verb } from './verb.ts';

export const replayVerb: Verb = (program, environment) => {
  const command = program
    .command('replay')
    .description(
      'decide again what an operator recorded, and say why, trigger by trigger and gate by gate; exit status 1 when the decision is another one, 2 for a file that cannot be read',
    )
    .argument('<files...>', 'files that `run --record-decisions <folder>` has written')
    .addOption(new Option('-o, --output <form>', 'form of the answer').choices(['text', 'json']).default('text'))
    .action(async (files: string[], options: ReplayOptions) => {
      const { replayFiles } = await import('../replay/replay-files.ts');
      await replayFiles(files, options, environment);
    });
  examples(command, ['kubeskippy replay decisions/*.json']);
};
