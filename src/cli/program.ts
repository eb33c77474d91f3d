/** The command line: its verbs, and how a command ends. */
import { Command, CommanderError } from 'commander';
import packageManifest from '../../package.json' with { type: 'json' };
import { CliError } from './cli-error.ts';
import type { CliEnvironment } from './environment.ts';
import { isReaderGone, READER_GONE_STATUS } from './output.ts';
import { given } from '../std/given.ts';
import { printable } from '../std/printable.ts';
import { demoVerb } from './verbs/demo.ts';
import { watchVerb } from './verbs/watch.ts';
import { VERBS } from './verbs/index.ts';

/**
 * Of the verb that `args` begin with, where it is one, and else of all: to make all takes longer than some verbs run.
 */
export function buildProgram(environment: CliEnvironment, args: readonly string[] = []): Command {
  const program = new Command('kubeskippy')
    .description('Heals workloads on Kubernetes: plans before it acts, verifies after, undoes what did not help.')
    .version(packageManifest.version, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'help for a command')
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureHelp({ minWidthToWrap: NARROWEST_HELP })
    .configureOutput({
      writeOut: (text) => void environment.stdout.write(text),
      // A parse error is reported once, by `execute`.
      writeErr: () => undefined,
      getOutHelpWidth: () => terminalWidth(environment),
      getErrHelpWidth: () => terminalWidth(environment),
    });
  const shown = { ...environment, stdout: printing(environment.stdout), stderr: printing(environment.stderr) };
  const [asked = ''] = args;
  if (Object.hasOwn(VERBS, asked)) VERBS[asked]?.(program, shown);
  else {
    for (const verb of Object.values(VERBS)) verb(program, shown);
    demoVerb(program, environment);
    watchVerb(program, environment);
  }
  inherit(program);
  return program;
}

/** Of help where no terminal says how wide it may be. */
const HELP_WIDTH = 80;
/** Descriptions that have less room beside their flags are not wrapped. */
const NARROWEST_HELP = 20;

const terminalWidth = ({ stdout }: CliEnvironment): number =>
  (stdout.isTTY === true ? stdout.columns : undefined) ?? HELP_WIDTH;

/** Commander hands its settings to a subcommand only when that is made by its parent after they were set. */
function inherit(parent: Command): void {
  for (const command of parent.commands) {
    command.exitOverride().copyInheritedSettings(parent);
    inherit(command);
  }
}

/** What verbs write holds names, messages and values that others chose. */
const printing = (stream: CliEnvironment['stdout']): CliEnvironment['stdout'] => ({
  write: (text) => stream.write(printable(text)),
  ...given({ isTTY: stream.isTTY }),
  // A terminal changes its size while a command runs.
  get columns() {
    return stream.columns;
  },
  get rows() {
    return stream.rows;
  },
});

/**
 * Runs it and answers the exit status: 0, 2 for a mistake in the arguments or the configuration, 1 for the rest. A
 * mistake is one line on stderr, without a stack.
 */
export async function execute(program: Command, args: readonly string[], environment: CliEnvironment): Promise<number> {
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (isReaderGone(environment.signal.reason)) return READER_GONE_STATUS;
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      if (error.code === 'commander.help') environment.stderr.write(program.helpInformation());
      else
        environment.stderr.write(
          printable(`kubeskippy: ${error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ')}\n`),
        );
      return 2;
    }
    if (error instanceof CliError) {
      environment.stderr.write(printable(`kubeskippy: ${error.message}\n`));
      return error.exitCode;
    }
    throw error;
  }
}
