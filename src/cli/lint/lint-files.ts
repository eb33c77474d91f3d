/** `kubeskippy lint policy.yaml…`: what cannot work, before a cluster sees it. */
import { printableLine } from '../../std/printable.ts';
import { readFile } from 'node:fs/promises';
import type { KubeletMetrics } from '../../adapters/metrics/embedded/kubelet-poller.ts';
import { EMBEDDED_SOURCE } from '../../api/metric-source-schema.ts';
import type { LintReason } from '../../core/reasons/index.ts';
import { CliError } from '../cli-error.ts';
import type { CliEnvironment } from '../environment.ts';
import { lintPolicyQueries } from './lint-queries.ts';
import { readPolicyFile } from './policy-file.ts';

export interface LintOptions {
  readonly output: 'text' | 'json';
  /** What answers triggers that name no source. */
  readonly source: 'embedded' | 'prometheus';
  readonly kubeletMetrics: 'off' | KubeletMetrics;
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
  files: readonly string[],
  options: LintOptions,
  { stdout }: Pick<CliEnvironment, 'stdout'>,
): Promise<void> {
  const findings: Reported[] = [];
  for (const file of files) findings.push(...lintText(file, await textOf(file), options));
  if (options.output === 'json') stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
  else for (const finding of findings) stdout.write(`${lineOf(finding)}\n`);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  if (errors > 0) throw new CliError(`${errors} ${errors === 1 ? 'error' : 'errors'}`);
}

export function lintText(
  file: string,
  text: string,
  { source, kubeletMetrics }: Pick<LintOptions, 'source' | 'kubeletMetrics'>,
): readonly Reported[] {
  const kubelets = kubeletMetrics === 'off' ? undefined : kubeletMetrics;
  const { policies, queries, problems } = readPolicyFile(text);
  if (policies === 0 && problems.length === 0)
    throw new CliError(`${file}: there is no HealingPolicy in it`, { exitCode: 2 });
  const findings: Reported[] = [
    ...problems.map((problem) => ({ file, severity: 'error' as const, ...problem })),
    ...queries.flatMap((query) => {
      const asked = query.source === undefined ? source : query.source === EMBEDDED_SOURCE ? 'embedded' : 'prometheus';
      return lintPolicyQueries([query], { source: asked, kubelets }).map((finding) => ({ file, ...finding }));
    }),
  ];
  return findings.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/** As compilers print it, so that editors find the place. */
const lineOf = ({ file, line, column, severity, code, message, trigger }: Reported): string =>
  printableLine(
    `${file}:${line}:${column}: ${severity} ${code}: ${message}${trigger === undefined ? '' : ` (trigger ${trigger})`}`,
  );

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new CliError(`cannot read ${file}: ${code}`, { exitCode: 2, cause: error });
  }
}
