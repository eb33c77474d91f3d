/** `kubeskippy replay FILE…`: decides again what was recorded, and says why. */
import { readFile } from 'node:fs/promises';
import { describeTarget } from '../../core/observation.ts';
import { targetIn } from '../../core/replay/decision-record.ts';
import { type Replay, replay } from '../../core/replay/replay.ts';
import { counted } from '../../std/counted.ts';
import { systemTrouble } from '../../std/system-trouble.ts';
import { widthOf } from '../answer-form.ts';
import { CliError } from '../cli-error.ts';
import type { CliEnvironment } from '../environment.ts';
import { type FileRecord, readRecord } from './read-record.ts';
import { replayText, whose } from './replay-text.ts';

export interface ReplayOptions {
  readonly output: 'text' | 'json';
}

/** @throws CliError 1 when a decision differs from the recorded one, 2 when a file cannot be read. */
export async function replayFiles(
  files: readonly string[],
  { output }: ReplayOptions,
  { stdout, stderr }: Pick<CliEnvironment, 'stdout' | 'stderr'>,
): Promise<void> {
  const answers: unknown[] = [];
  let [different, unreadable, shown] = [0, 0, 0];
  for (const file of files) {
    const read = await readFileRecord(file);
    if (typeof read === 'string') {
      unreadable++;
      stderr.write(`${read}\n`);
      continue;
    }
    const answer = replay(read);
    if (answer.differences.length > 0) different++;
    if (output === 'json') answers.push(asJson(file, read, answer));
    else stdout.write(`${shown++ === 0 ? '' : '\n'}${file}\n${replayText(read, answer, widthOf({ stdout }))}`);
  }
  if (output === 'json') stdout.write(`${JSON.stringify(answers, null, 2)}\n`);
  const of = `of ${counted(files.length, 'file')}`;
  if (unreadable > 0) throw new CliError(`${unreadable} ${of} cannot be read as a decision`, { exitCode: 2 });
  if (different > 0) throw new CliError(`${different} ${of} decided otherwise than recorded`);
}

/** Or why it cannot be read, with its place. */
async function readFileRecord(file: string): Promise<FileRecord | string> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    return `cannot read ${file}: ${systemTrouble(error)}`;
  }
  const read = readRecord(text);
  if ('record' in read) return read.record;
  const { line, column, message } = read.problem;
  return `${file}:${line}:${column}: ${message}`;
}

const asJson = (file: string, record: FileRecord, { explanation, differences }: Replay) => ({
  file,
  version: record.version,
  at: record.at,
  kind: record.kind,
  target: describeTarget(targetIn(record)),
  of: whose(record),
  same: differences.length === 0,
  differences,
  recorded: record.decided,
  explanation,
});
