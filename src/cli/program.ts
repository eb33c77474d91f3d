/** The command line. Each verb's module loads when the verb runs, so that `--version` starts in no time. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../std/duration.ts';
import packageManifest from '../../package.json' with { type: 'json' };
import { CliError } from './cli-error.ts';
import type { CliEnvironment } from './environment.ts';
import type { LintOptions } from './lint-verb.ts';
import type { PlanOptions } from './plan.ts';
import type { QueryOptions } from './query-verb.ts';
import type { SandboxCommand } from './sandbox.ts';

/** Adds verbs to a program; each part of the product brings its own. */
export type Verb = (program: Command, environment: CliEnvironment) => void;

export function buildProgram(environment: CliEnvironment, verbs: readonly Verb[]): Command {
  const program = new Command('kubeskippy')
    .description('Heals workloads on Kubernetes: plans before it acts, verifies after, undoes what did not help.')
    .version(packageManifest.version, '-V, --version', 'print the version')
    .helpCommand('help [command]', 'help for a command')
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void environment.stdout.write(text),
      // A parse error is reported once, by `execute`.
      writeErr: () => undefined,
    });
  for (const verb of [versionVerb, installVerb, lintVerb, planVerb, queryVerb, sandboxVerb, ...verbs])
    verb(program, environment);
  for (const command of program.commands) command.exitOverride().copyInheritedSettings(program);
  return program;
}

/**
 * Runs it and answers the exit code: 0, 2 for what was typed or configured wrongly, 1 for the rest. One line on stderr,
 * no stack.
 */
export async function execute(program: Command, args: readonly string[], environment: CliEnvironment): Promise<number> {
  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      if (error.code === 'commander.help') environment.stderr.write(program.helpInformation());
      else environment.stderr.write(`kubeskippy: ${error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ')}\n`);
      return 2;
    }
    if (error instanceof CliError) {
      environment.stderr.write(`kubeskippy: ${error.message}\n`);
      return error.exitCode;
    }
    throw error;
  }
}

export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max)
      throw new InvalidArgumentError(`Must be a whole number from ${min} to ${max}.`);
    return value;
  };
}

export function speed(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1000)) throw new InvalidArgumentError('Must be a number above 0 and at most 1000.');
  return value;
}

function period(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('Must be a duration such as 90s, 5m or 1h30m.');
  return ms;
}

/** For options that may be repeated. */
export const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export const connectionOptions = (command: Command): Command =>
  command
    .option('--kubeconfig <file>', 'kubeconfig file (default: the pod, $KUBECONFIG, ~/.kube/config)')
    .option('--context <name>', 'context of the kubeconfig');

const versionVerb: Verb = (program, environment) => {
  program
    .command('version')
    .description('print the version')
    .addOption(new Option('-o, --output <format>', 'form of the answer').choices(['text', 'json']).default('text'))
    .action(({ output }: { output: 'text' | 'json' }) => {
      const { version } = packageManifest;
      environment.stdout.write(output === 'json' ? `${JSON.stringify({ version })}\n` : `kubeskippy ${version}\n`);
    });
};

const installVerb: Verb = (program, environment) => {
  connectionOptions(program.command('install'))
    .description('apply CRDs, RBAC and the approval policy to a cluster')
    .option('-n, --namespace <name>', "the operator's namespace", 'kubeskippy-system')
    .option('--config <file>', "the operator's configuration file: actions that it switches off get no permissions")
    .option(
      '--plugin <file>',
      'a plugin that gets its permissions too, beside those of the file; may be repeated',
      collect,
    )
    .addOption(
      new Option('-o, --output <form>', 'yaml prints the manifests instead of applying them')
        .choices(['apply', 'yaml'])
        .default('apply'),
    )
    .action(
      async (options: {
        namespace: string;
        output: 'apply' | 'yaml';
        config?: string;
        plugin?: string[];
        kubeconfig?: string;
        context?: string;
      }) => {
        const { install } = await import('./install.ts');
        await install(options, environment);
      },
    );
};

const planVerb: Verb = (program, environment) => {
  connectionOptions(program.command('plan'))
    .description(
      'print the requests that an action would send, their preconditions and their undo, without sending any',
    )
    .argument('[name]', 'a HealingAction of the cluster')
    .option('-f, --filename <file>', 'a HealingAction that need not exist; - for standard input')
    .option('-n, --namespace <name>', 'namespace of the action', 'default')
    .option('--config <file>', "the operator's configuration file")
    .option(
      '--plugin <file>',
      'a plugin that adds executors of custom actions, beside those of the file; may be repeated',
      collect,
    )
    .addOption(
      new Option('-o, --output <format>', 'form of the answer').choices(['text', 'json', 'yaml']).default('text'),
    )
    .action(async (name: string | undefined, options: Omit<PlanOptions, 'name'>) => {
      const { plan } = await import('./plan.ts');
      await plan({ ...options, name }, environment);
    });
};

const onOff = (flags: string, description: string): Option => new Option(flags, description).choices(['on', 'off']);

const sandboxVerb: Verb = (program, environment) => {
  program
    .command('sandbox')
    .description('run the embedded cluster alone, until SIGTERM')
    .option('--port <port>', 'port on 127.0.0.1; 0: any free one', integer(0, 65_535), 0)
    .option('--nodes <count>', 'how many nodes; 0: no scheduler and no kubelets either', integer(0, 10_000), 3)
    .option('--speed <factor>', 'how much faster than real time its clock runs', speed, 1)
    .addOption(onOff('--access <on|off>', 'authentication and RBAC').default('off'))
    .addOption(onOff('--controllers <on|off>', 'off: the API server alone').default('on'))
    .option('--token-auth-file <file>', "tokens and users in kube-apiserver's format")
    .option(
      '--tls-cert-file <file>',
      'PEM: serve https with this certificate; of it the kubeconfig trusts all there is',
    )
    .option('--tls-private-key-file <file>', "PEM: the certificate's key")
    .option(
      '--client-ca-file <file>',
      'PEM: clients may show certificates that this authority signed (CN: user, O: groups)',
    )
    .option('--kubeconfig-out <file>', 'where the kubeconfig is written (default: a new temporary folder)')
    .action(async (options: SandboxCommand) => {
      const { runSandbox } = await import('./sandbox.ts');
      await runSandbox(options, environment);
    });
};

const lintVerb: Verb = (program, environment) => {
  program
    .command('lint')
    .description(
      'what of the metric triggers in policy files cannot work, by line and column; exit status 1 when there is an error',
    )
    .argument('<files...>', 'YAML files with HealingPolicies; other objects in them are passed over')
    .addOption(new Option('-o, --output <form>', 'form of the answer').choices(['text', 'json']).default('text'))
    .addOption(
      new Option('--source <kind>', 'what answers triggers that name no source')
        .choices(['embedded', 'prometheus'])
        .default('embedded'),
    )
    .addOption(
      new Option('--kubelet-metrics <what>', 'what the embedded source may ask kubelets for')
        .choices(['off', 'summary', 'all'])
        .default('off'),
    )
    .action(async (files: string[], options: LintOptions) => {
      const { lintFiles } = await import('./lint-verb.ts');
      await lintFiles(files, options, environment);
    });
};

const queryVerb: Verb = (program, environment) => {
  connectionOptions(program.command('query'))
    .description('what a PromQL query answers now; exit status 1 when that cannot be known')
    .argument('<promql>', 'the query')
    .addOption(new Option('-o, --output <form>', 'form of the answer').choices(['table', 'json']).default('table'))
    .option('--source <name>', 'a metric source of the configuration, or embedded (default: the default one)')
    .option('--config <file>', "the operator's configuration file")
    .option('--prometheus-url <url>', 'the Prometheus-compatible server to ask')
    .option(
      '--wait <duration>',
      'how long the embedded source may sample the cluster for a query that looks back',
      period,
      0,
    )
    .action(async (promql: string, { wait, ...options }: { wait: number } & Omit<QueryOptions, 'waitMs'>) => {
      const { runQuery } = await import('./query-verb.ts');
      await runQuery(promql, { ...options, waitMs: wait }, environment);
    });
};
