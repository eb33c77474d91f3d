import { Argument, Option } from 'commander';
import { connectionOptions, examples } from '../flags.ts';
import type { Gettable, GetOptions } from '../get/get.ts';
import type { Verb } from './verb.ts';

const WHAT: readonly Gettable[] = ['policies', 'actions', 'approvals'];
const FORMS: readonly GetOptions['output'][] = ['table', 'wide', 'json', 'yaml', 'name'];

export const getVerb: Verb = (program, environment) => {
  const command = connectionOptions(program.command('get'))
    .description('list policies, actions or approvals; sends reads only')
    .addArgument(new Argument('<what>', 'the kind').choices(WHAT))
    .argument('[name]', 'one of them; needs -n')
    .option('-n, --namespace <name>', 'of this namespace alone (default: all)')
    .addOption(
      new Option('-o, --output <form>', 'form of the answer; wide has all columns').choices(FORMS).default('table'),
    )
    .action(async (what: Gettable, name: string | undefined, options: Omit<GetOptions, 'what' | 'name'>) => {
      const { get } = await import('../get/get.ts');
      await get({ ...options, what, name }, environment);
    });
  examples(command, [
    'kubeskippy get policies',
    'kubeskippy get actions -n shop -o wide',
    'kubeskippy get policies crash-loops -n shop -o yaml',
  ]);
};
