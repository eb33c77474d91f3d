import { Option } from 'commander';
import { collect, connectionOptions, examples, integer } from '../flags.ts';
import type { RunOptions } from '../run/run.ts';
import type { Verb } from './verb.ts';

/** Flags that are settings; each wins over the configuration file when given. */
const SETTINGS = [
  'metricsBindAddress',
  'healthProbeBindAddress',
  'leaderElect',
  'shards',
  'namespace',
  'dryRun',
  'prometheusUrl',
  'logLevel',
  'logFormat',
  'recordDecisions',
  'recordDecisionsMaxFiles',
  'recordDecisionsMaxSize',
] as const;

type Flags = Omit<RunOptions, 'flags'> & Readonly<Partial<Record<(typeof SETTINGS)[number], unknown>>>;

export const runVerb: Verb = (program, environment) => {
  const command = connectionOptions(program.command('run'))
    .description('run the operator against a cluster')
    .option('--metrics-bind-address <address>', 'where /metrics is served; 0: nowhere (default :8080)')
    .option(
      '--health-probe-bind-address <address>',
      'where /healthz and /readyz are served; 0: nowhere (default :8081)',
    )
    .option('--leader-elect', 'act only while holding the Lease')
    .option(
      '--shards <count>',
      'divide the namespaces among as many processes, with --leader-elect (default 1)',
      integer(1, 16),
    )
    .option('-n, --namespace <name>', 'work only on the policies of this namespace')
    .option('--dry-run', 'treat every automatic or manual policy as dryrun')
    .option(
      '--prometheus-url <url>',
      'the Prometheus-compatible server that metric triggers ask (default: none, the cluster itself)',
    )
    .option('--config <file>', 'configuration file')
    .option(
      '--plugin <file>',
      'a plugin that adds executors of custom actions, beside those of the file; may be repeated',
      collect,
    )
    .option('--record-decisions <folder>', 'keep what changed decisions were made from there, for kubeskippy replay')
    .option(
      '--record-decisions-max-files <count>',
      'keep so many of them, the newest (default 2000)',
      integer(1, 100_000),
    )
    .option('--record-decisions-max-size <size>', 'let them take so much room together (default 100Mi)')
    .addOption(
      new Option('-v, --log-level <level>', 'least level of log lines (default info)').choices([
        'debug',
        'info',
        'warn',
        'error',
      ]),
    )
    .addOption(
      new Option(
        '--log-format <form>',
        'of log lines; auto: text on a terminal, json elsewhere (default auto)',
      ).choices(['auto', 'text', 'json']),
    )
    .action(async (options: Flags) => {
      const [{ runCommand }, { operatorProcess }] = await Promise.all([
        import('../run/run.ts'),
        import('../run/operator-process.ts'),
      ]);
      const flags = Object.fromEntries(
        SETTINGS.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
      );
      const { kubeconfig, context, config, plugin } = options;
      await runCommand({ kubeconfig, context, config, flags, plugin }, environment, operatorProcess);
    });
  examples(command, ['kubeskippy run --dry-run', 'kubeskippy run --leader-elect --config settings.yaml']);
};
