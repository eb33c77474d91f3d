import { Option } from 'commander';
import type { DemoCommand } from '../demo/demo.ts';
import { examples, speed } from '../flags.ts';
import type { Verb } from './verb.ts';

/** Six times real time: the longest scenario takes about two minutes on the cluster's clock. */
const DEFAULT_SPEED = 6;

export const demoVerb: Verb = (program, environment) => {
  const command = program
    .command('demo')
    .description('play broken workloads and their healing on the embedded cluster')
    .option('--once', 'end after the play; otherwise, on a terminal, the cluster stays until Ctrl-C')
    .addOption(
      new Option('-o, --output <format>', 'json prints the outcome alone').choices(['text', 'json']).default('text'),
    )
    .option('--speed <factor>', "how much faster than real time the cluster's clock runs", speed, DEFAULT_SPEED)
    .option('--record-decisions <folder>', 'keep what decisions were made from there, for kubeskippy replay')
    .action(async (options: DemoCommand) => {
      const { runDemo } = await import('../demo/demo.ts');
      await runDemo(options, environment);
    });
  examples(command, ['kubeskippy demo', 'kubeskippy demo --once -o json']);
};
