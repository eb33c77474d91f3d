/** `--config` and the flags, made into one configuration. */
import { readFile } from 'node:fs/promises';
import { type OperatorSettings, parseOperatorConfig } from '../api/operator-config.ts';
import { CliError } from './cli-error.ts';

/** A problem in a flag is named as the flag. */
const FLAGS: Readonly<Record<string, string>> = {
  metricsBindAddress: '--metrics-bind-address',
  healthProbeBindAddress: '--health-probe-bind-address',
  leaderElect: '--leader-elect',
  namespace: '--namespace',
  dryRun: '--dry-run',
  prometheusUrl: '--prometheus-url',
  logLevel: '--log-level',
  recordDecisions: '--record-decisions',
  recordDecisionsMaxFiles: '--record-decisions-max-files',
  recordDecisionsMaxSize: '--record-decisions-max-size',
};

export async function loadConfig(
  path: string | undefined,
  flags: Readonly<Record<string, unknown>>,
): Promise<OperatorSettings> {
  const text = path === undefined ? '' : await read(path);
  const parsed = parseOperatorConfig(text, flags);
  if ('config' in parsed) return parsed.config;
  const lines = parsed.problems.map(({ path: where, message, line }) => {
    const flag = Object.hasOwn(flags, where) ? FLAGS[where] : undefined;
    if (flag !== undefined) return `${flag} ${message}`;
    return `${path ?? 'configuration'}${line === undefined ? '' : `:${line}`}: ${where === '' ? '' : `${where} `}${message}`;
  });
  throw new CliError(lines.join('; '), { exitCode: 2 });
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CliError(
      `cannot read the configuration ${path}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`,
      {
        exitCode: 2,
        cause: error,
      },
    );
  }
}
