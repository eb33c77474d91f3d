import { Argument } from 'commander';
import type { Shell } from '../completion/scripts.ts';
import { examples } from '../flags.ts';
import type { Verb } from './verb.ts';

const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish'];

export const completionVerb: Verb = (program, environment) => {
  const completion = program
    .command('completion')
    .description('print what a shell needs to complete verbs, flags, their values and names of the cluster')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action(async (shell: Shell) => {
      const { SCRIPTS } = await import('../completion/scripts.ts');
      environment.stdout.write(SCRIPTS[shell]);
    });
  examples(completion, [
    'source <(kubeskippy completion bash)',
    'kubeskippy completion zsh > "${fpath[1]}/_kubeskippy"',
    'kubeskippy completion fish > ~/.config/fish/completions/kubeskippy.fish',
  ]);
  program
    .command('__complete', { hidden: true })
    .description('print the words that can come next; for shells')
    .argument('[words...]')
    .allowUnknownOption()
    .action(async (words: string[]) => {
      const { completionOf } = await import('../completion/candidates.ts');
      const completion = completionOf(program, words);
      const { candidates, files, wanted } = completion;
      const lines = candidates.map(({ word, description }) => `${word}\t${description}`);
      // Most words need no cluster, and not the time that its client takes to load.
      const names =
        wanted === undefined
          ? []
          : await (await import('../completion/cluster-names.ts')).clusterNames(completion, environment);
      const open = names.some((name) => name.endsWith('/'));
      const end = files === 'yes' ? ':files' : open ? ':open' : ':words';
      environment.stdout.write(`${[...lines, ...names.map((name) => `${name}\t`), end].join('\n')}\n`);
    });
};
