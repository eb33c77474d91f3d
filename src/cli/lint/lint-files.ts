/** `kubeskippy lint policy.yaml…`: what cannot work, before a cluster sees it. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { printableLine } from '../../std/printable.ts';
import type { KubeletMetrics } from '../../adapters/metrics/embedded/kubelet-poller.ts';
import { EMBEDDED_SOURCE } from '../../api/metric-source-schema.ts';
import type { LintReason } from '../../core/reasons/index.ts';
import { counted } from '../../std/counted.ts';
import { given } from '../../std/given.ts';
import { systemTrouble } from '../../std/system-trouble.ts';
import { actionSetup } from '../action-setup.ts';
import { widthOf } from '../answer-form.ts';
import { CliError } from '../cli-error.ts';
import type { CliEnvironment } from '../environment.ts';
import { hangingText } from '../hanging-rows.ts';
import { loadConfig } from '../load-config.ts';
import { lintPolicyQueries } from './lint-queries.ts';
import { anyOperator, type LintRules, thisOperator } from './lint-rules.ts';
import { readPolicyFile } from './policy-file.ts';

export interface LintOptions {
  readonly output: 'text' | 'json';
  /** What answers triggers that name no source. Undefined: as the configuration says, else the embedded source. */
  readonly source?: 'embedded' | 'prometheus';
  readonly kubeletMetrics?: 'off' | KubeletMetrics;
  /** File with the operator's configuration. */
  readonly config?: string;
  /** Files of plugins. */
  readonly plugin?: readonly string[];
}

interface Reported {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly severity: 'error' | 'warning';
  readonly code: LintReason;
  readonly message: string;
  readonly trigger?: string;
}

export async function lintFiles(
  paths: readonly string[],
  options: LintOptions,
  { stdout }: Pick<CliEnvironment, 'stdout'>,
): Promise<void> {
  const rules = await rulesOf(options);
  const findings: Reported[] = [];
  for (const path of paths) findings.push(...(await lintPath(path, rules)));
  if (options.output === 'json') stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
  else stdout.write(hangingText(findings.map(lineOf), { width: widthOf({ stdout }) }));
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  if (errors > 0) throw new CliError(counted(errors, 'error'));
}

async function rulesOf({ config, plugin, source, kubeletMetrics }: LintOptions): Promise<LintRules> {
  const asked = given({ source, kubeletMetrics });
  if (config === undefined) {
    if (plugin !== undefined) throw new CliError('--plugin needs --config', { exitCode: 2 });
    return anyOperator({ source: 'embedded', kubeletMetrics: 'off', ...asked });
  }
  const settings = await loadConfig(config, {});
  return { ...thisOperator(settings, await actionSetup(settings, plugin)), ...asked };
}

/** A file, `-` for what comes through the pipe, or a folder, of which files without a policy are passed over. */
async function lintPath(path: string, rules: LintRules): Promise<readonly Reported[]> {
  const isFolder = path !== '-' && (await answered(path, stat(path))).isDirectory();
  const files = isFolder ? await manifestsBelow(path) : [path];
  const found: Reported[] = [];
  let policies = 0;
  for (const file of files) {
    const linted = lintText(file, await textOf(file), rules);
    policies += linted.policies;
    found.push(...linted.findings);
  }
  if (policies === 0 && found.length === 0)
    throw new CliError(`${path}: there is no HealingPolicy in it`, { exitCode: 2 });
  return found;
}

async function manifestsBelow(folder: string): Promise<readonly string[]> {
  const names = await answered(folder, readdir(folder, { recursive: true }));
  return names
    .filter((name) => /\.(ya?ml|json)$/.test(name))
    .toSorted()
    .map((name) => join(folder, name));
}

export function lintText(
  file: string,
  text: string,
  rules: LintRules,
): { readonly policies: number; readonly findings: readonly Reported[] } {
  const { source, kubeletMetrics, allowed } = rules;
  const kubelets = kubeletMetrics === 'off' ? undefined : kubeletMetrics;
  const { policies, queries, problems } = readPolicyFile(text, rules);
  const findings: Reported[] = [
    ...problems.map((problem) => ({ file, severity: 'error' as const, ...problem })),
    ...queries.flatMap((query) => {
      const asked = query.source === undefined ? source : query.source === EMBEDDED_SOURCE ? 'embedded' : 'prometheus';
      return lintPolicyQueries([query], { source: asked, kubelets, allowed }).map((finding) => ({ file, ...finding }));
    }),
  ];
  return { policies, findings: findings.toSorted((a, b) => a.line - b.line || a.column - b.column) };
}

/** As compilers print it, so that editors find the place. */
const lineOf = ({ file, line, column, severity, code, message, trigger }: Reported): string =>
  printableLine(
    `${file}:${line}:${column}: ${severity} ${code}: ${message}${trigger === undefined ? '' : ` (trigger ${trigger})`}`,
  );

const textOf = (file: string): Promise<string> => answered(file, readFile(file === '-' ? '/dev/stdin' : file, 'utf8'));

async function answered<T>(path: string, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    throw new CliError(`cannot read ${path}: ${systemTrouble(error)}`, { exitCode: 2, cause: error });
  }
}
