/** `kubeskippy config`: what the settings are, and what is wrong with a file of them. */
import { stringify } from 'yaml';
import { type ConfigProblem, parseOperatorConfig } from '../../api/parse-operator-config.ts';
import { counted } from '../../std/counted.ts';
import { type AnswerForm, answerIn, widthOf } from '../answer-form.ts';
import { CliError } from '../cli-error.ts';
import type { CliEnvironment } from '../environment.ts';
import { hangingText } from '../hanging-rows.ts';
import { problemText, readConfig, readFileText } from '../load-config.ts';

export interface PrintOptions {
  readonly defaults?: true | undefined;
  readonly effective?: true | undefined;
  readonly config?: string | undefined;
  readonly output: 'yaml' | 'json';
}

/** As a file would say them: what is printed can be given back with `--config`. */
export async function printConfig(options: PrintOptions, { stdout, stderr }: CliEnvironment): Promise<void> {
  if ((options.defaults === true) === (options.effective === true))
    throw new CliError('say either --defaults or --effective', { exitCode: 2 });
  if (options.defaults === true && options.config !== undefined)
    throw new CliError('--defaults are those without any file: leave --config out, or say --effective', {
      exitCode: 2,
    });
  const { file, notes } = await readConfig(options.config, {});
  for (const note of notes) stderr.write(`${problemText(note, { path: options.config })}\n`);
  stdout.write(
    options.output === 'json' ? `${JSON.stringify(file, undefined, 2)}\n` : stringify(file, { lineWidth: 0 }),
  );
}

interface Finding extends ConfigProblem {
  readonly file: string;
  readonly severity: 'error' | 'note';
}

/** Rejects with exit status 2 when the operator would not start with one of the files. */
export async function checkConfig(
  files: readonly string[],
  output: AnswerForm,
  { stdout }: CliEnvironment,
): Promise<void> {
  const findings: Finding[] = [];
  for (const file of files) {
    const parsed = parseOperatorConfig(await readFileText(file));
    const [severity, problems] =
      'config' in parsed ? (['note', parsed.notes] as const) : (['error', parsed.problems] as const);
    findings.push(...problems.map((problem) => ({ file, severity, ...problem })));
  }
  const lines = () =>
    findings.map((finding) => {
      const [place, ...rest] = problemText(finding, { path: finding.file }).split(': ');
      return `${place}: ${finding.severity} ${rest.join(': ')}`;
    });
  const text = () => hangingText(lines(), { width: widthOf({ stdout }) });
  stdout.write(answerIn(output, findings, text));
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  if (errors > 0) throw new CliError(counted(errors, 'error'), { exitCode: 2 });
}
