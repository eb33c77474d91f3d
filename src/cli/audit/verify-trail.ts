/** `kubeskippy audit verify FILE`: whether anything of an audit trail was changed, taken out or torn. */
import { checkChain } from '../../adapters/audit/chain.ts';
import { counted } from '../../std/counted.ts';
import { given } from '../../std/given.ts';
import { type AnswerForm, answerIn, widthOf } from '../answer-form.ts';
import { CliError } from '../cli-error.ts';
import type { CliEnvironment } from '../environment.ts';
import { hangingText } from '../hanging-rows.ts';
import { trailOf } from './read-trail.ts';

export interface VerifyOptions {
  readonly output: AnswerForm;
}

interface Problem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** @throws CliError 1 for a trail that is not whole, 2 when it cannot be read. */
export async function verifyTrail(
  path: string,
  { output }: VerifyOptions,
  { stdout }: Pick<CliEnvironment, 'stdout'>,
): Promise<void> {
  let [records, files] = [0, 0];
  const problems: Problem[] = [];
  let before: string | undefined;
  for await (const { name, text } of trailOf(path)) {
    const report = checkChain(text, before);
    records += report.records;
    problems.push(...report.problems.map((problem) => ({ file: name, ...problem })));
    files++;
    before = report.last;
  }
  const verified = { whole: problems.length === 0, records, files, problems, ...given({ lastHash: before }) };
  const seen = `${counted(records, 'record')} in ${counted(files, 'file')}`;
  const lines = () => [
    ...problems.map(({ file, line, message }) => `${file}:${line}: ${message}`),
    // No record comes after the last one, which could tell that it is not the last.
    ...(verified.whole
      ? [
          `${seen}: whole. Keep the last hash: without it nobody can tell that the newest records were cut off.`,
          `last hash ${before ?? 'none'}`,
        ]
      : []),
  ];
  stdout.write(answerIn(output, verified, () => hangingText(lines(), { width: widthOf({ stdout }) })));
  if (!verified.whole) throw new CliError(`${seen}: the trail is broken at ${counted(problems.length, 'place')}`);
}
