import { Option } from 'commander';
import { connectionOptions } from '../flags.ts';
import type { RecordOptions } from '../test/record-episode.ts';
import type { TestOptions } from '../test/test-files.ts';
import type { Verb } from './verb.ts';

type Options = TestOptions & Omit<RecordOptions, 'record' | 'files'> & { readonly record?: string };

export const testVerb: Verb = (program, environment) => {
  connectionOptions(program.command('test'))
    .description(
      'run tests of policies on an embedded cluster, in milliseconds; exit status 1 when one fails, 2 for a file that cannot be used',
    )
    .argument('[files...]', 'files of tests, or folders with files whose names end in _test.yaml')
    .addOption(
      new Option('-o, --output <form>', 'form of the answer').choices(['text', 'json', 'junit']).default('text'),
    )
    .option('--run <text>', 'only tests whose name holds this text')
    .option('--mutants', 'break the policies, one thing at a time, and name what no test notices')
    .option('--record <kind/name>', 'write the test of what was done to this object of the cluster; sends reads only')
    .option('-n, --namespace <name>', 'namespace of the object of --record', 'default')
    .addHelpText(
      'after',
      '\nExamples:\n  kubeskippy test policy_test.yaml\n  kubeskippy test policies/ -o junit > results.xml\n  kubeskippy test --mutants policy_test.yaml\n  kubeskippy test --record deployment/web -n shop > web_test.yaml\n',
    )
    .action(async (files: string[], { record, ...options }: Options) => {
      if (record !== undefined) {
        const { recordEpisode } = await import('../test/record-episode.ts');
        await recordEpisode({ ...options, record, files }, environment);
        return;
      }
      const { testFiles } = await import('../test/test-files.ts');
      await testFiles(files, options, environment);
    });
};
