/** `kubeskippy audit verify FILE`: whether anything of an audit trail was changed, taken out or torn. */
import { checkChain } from '../../adapters/audit/chain.ts';
import { CliError } from '../cli-error.ts';
import type { CliEnvironment } from '../environment.ts';
import { trailOf } from './read-trail.ts';

/** @throws CliError 1 for a trail that is not whole, 2 when it cannot be read. */
export async function verifyTrail(path: string, { stdout }: Pick<CliEnvironment, 'stdout'>): Promise<void> {
  let [records, files, problems] = [0, 0, 0];
  let before: string | undefined;
  for await (const { name, text } of trailOf(path)) {
    const report = checkChain(text, before);
    for (const { line, message } of report.problems) stdout.write(`${name}:${line}: ${message}\n`);
    records += report.records;
    problems += report.problems.length;
    files++;
    before = report.last;
  }
  const seen = `${records} ${records === 1 ? 'record' : 'records'} in ${files} ${files === 1 ? 'file' : 'files'}`;
  if (problems > 0)
    throw new CliError(`${seen}: the trail is broken at ${problems} ${problems === 1 ? 'place' : 'places'}`);
  stdout.write(
    `${seen}: whole. Records that were cut off at the end are told by the next one; its hash is ${before ?? 'none'}\n`,
  );
}
