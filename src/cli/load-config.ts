/** `--config` and the flags, made into one configuration. */
import { systemTrouble } from '../std/system-trouble.ts';
import { readFile } from 'node:fs/promises';
import type { OperatorSettings } from '../api/operator-config.ts';
import { type ConfigProblem, type ParsedConfig, parseOperatorConfig } from '../api/parse-operator-config.ts';
import { CliError } from './cli-error.ts';

/** A problem in a flag is named as the flag. */
const FLAGS: Readonly<Record<string, string>> = {
  metricsBindAddress: '--metrics-bind-address',
  healthProbeBindAddress: '--health-probe-bind-address',
  leaderElect: '--leader-elect',
  shards: '--shards',
  namespace: '--namespace',
  dryRun: '--dry-run',
  prometheusUrl: '--prometheus-url',
  logLevel: '--log-level',
  logFormat: '--log-format',
  recordDecisions: '--record-decisions',
  recordDecisionsMaxFiles: '--record-decisions-max-files',
  recordDecisionsMaxSize: '--record-decisions-max-size',
};

type Flags = Readonly<Record<string, unknown>>;

export async function loadConfig(path: string | undefined, flags: Flags): Promise<OperatorSettings> {
  return (await readConfig(path, flags)).config;
}

/** With what the file says in vain. Rejects with all that is wrong with it, in one line. */
export async function readConfig(
  path: string | undefined,
  flags: Flags,
): Promise<Extract<ParsedConfig, { readonly config: unknown }>> {
  const parsed = parseOperatorConfig(path === undefined ? '' : await readFileText(path), flags);
  if ('config' in parsed) return parsed;
  throw new CliError(parsed.problems.map((problem) => problemText(problem, { path, flags })).join('; '), {
    exitCode: 2,
  });
}

export function problemText(
  { path: where, message, line }: ConfigProblem,
  { path, flags = {} }: { readonly path: string | undefined; readonly flags?: Flags },
): string {
  const flag = Object.hasOwn(flags, where) ? FLAGS[where] : undefined;
  if (flag !== undefined) return `${flag} ${message}`;
  return `${path ?? 'configuration'}${line === undefined ? '' : `:${line}`}: ${where === '' ? '' : `${where} `}${message}`;
}

export async function readFileText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CliError(`cannot read the configuration ${path}: ${systemTrouble(error)}`, {
      exitCode: 2,
      cause: error,
    });
  }
}
