/** docs/reference/cli.md: every verb with its help, out of the program itself. */
import type { Command } from 'commander';
import type { CliEnvironment } from '../src/cli/environment.ts';
import { buildProgram } from '../src/cli/program.ts';
import { systemClock } from '../src/std/clock.ts';

const HEAD = `# The command line

<!-- Written by \`make generate\` from src/cli/verbs. Do not edit. -->

\`kubeskippy VERB\`, or \`kubectl skippy VERB\` where the program stands on the path as \`kubectl-skippy\`. Verbs that only
read say so: they send no request that changes anything. Answers go to standard output, and all else to standard error.
Nothing is cut: on a terminal lines go on in the next one, and elsewhere tables and findings have no end. The keys of
JSON and YAML stand in [answers.md](answers.md).

## Exit statuses

| status | when |
|---|---|
| 0 | The command did what it says. |
| 1 | It could not: the server does not answer, an object is not there, a right is missing. |
| 1 | \`lint\`, \`check\`, \`query\`, \`replay\`, \`audit verify\`: they found what they look for. Their help says so. |
| 2 | A mistake in the arguments or in a configuration file. Nothing was sent. |
| 141 | The reader of the output went away, as with \`\\| head\`. |

A command that fails prints one line on standard error, which says what happened to what, and what to do.
`;

/** A line of help on a terminal of this width. */
const COLUMNS = 100;

export function cliPage(): string {
  const program = buildProgram(QUIET);
  const verbs = leaves(program);
  return `${HEAD}\n${verbs.map(sectionOf).join('\n')}`;
}

const QUIET: CliEnvironment = {
  env: {},
  stdout: { write: () => true },
  stderr: { write: () => true },
  clock: systemClock,
  signal: new AbortController().signal,
  random: () => 0,
};

/** The commands that do something, in the order of the program's help. */
export const leaves = (command: Command): readonly Command[] => {
  const below = command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help');
  return below.length === 0 ? [command] : below.flatMap(leaves);
};

export const pathOf = (command: Command): string =>
  command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;

function sectionOf(command: Command): string {
  return `## \`${pathOf(command).replace(/^kubeskippy /, '')}\`\n\n\`\`\`\n${helpText(command).trimEnd()}\n\`\`\`\n`;
}

/** With its examples, which commander prints and keeps in no string. */
export function helpText(command: Command): string {
  let text = '';
  const before = command.configureOutput();
  command.configureOutput({ ...before, writeOut: (part) => (text += part), getOutHelpWidth: () => COLUMNS });
  command.outputHelp();
  command.configureOutput(before);
  return text;
}
