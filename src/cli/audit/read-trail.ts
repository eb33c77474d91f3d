/** The files of an audit trail, in the order in which they were written. */
import { systemTrouble } from '../../std/system-trouble.ts';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CliError } from '../cli-error.ts';

export interface TrailFile {
  readonly name: string;
  /** At most `auditMaxSize`, unless somebody else has written to it. */
  readonly text: string;
}

/** `<path>.2`, `<path>.1`, `<path>`. @throws CliError when there is none, or one cannot be read. */
export async function* trailOf(path: string): AsyncGenerator<TrailFile> {
  const names = await namesOf(path);
  if (names.length === 0) throw new CliError(`there is no audit trail at ${path}`, { exitCode: 2 });
  for (const name of names) {
    try {
      yield { name, text: await readFile(name, 'utf8') };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error)) throw error;
      throw new CliError(`cannot read ${name}: ${systemTrouble(error)}`, { exitCode: 2, cause: error });
    }
  }
}

async function namesOf(path: string): Promise<readonly string[]> {
  const [folder, name] = [dirname(path), basename(path)];
  const entries = existsSync(folder) ? await readdir(folder) : [];
  const older = entries
    .filter((entry) => entry.startsWith(`${name}.`))
    .map((entry) => entry.slice(name.length + 1))
    .filter((number) => /^[1-9]\d*$/.test(number))
    .toSorted((a, b) => Number(b) - Number(a))
    .map((number) => join(folder, `${name}.${number}`));
  return entries.includes(name) ? [...older, path] : older;
}
