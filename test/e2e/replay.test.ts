/** `kubeskippy replay` on the files of a demo run: every decision is made again, and one changed figure changes it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const BUNDLE = join(ROOT, 'dist/kubeskippy.js');
const run = promisify(execFile);

const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-replay-'));
const files = (): readonly string[] => readdirSync(folder).map((name) => join(folder, name));

beforeAll(async () => {
  const recorded = ['demo', '--once', '--output', 'json', '--record-decisions', folder];
  await run(process.execPath, [BUNDLE, ...recorded], { cwd: ROOT });
});
afterAll(() => rmSync(folder, { recursive: true }));

test('every decision of a demo is reproduced from its file', async () => {
  expect(files().filter((file) => file.includes('_target_propose_')).length).toBeGreaterThanOrEqual(5);
  const { stdout } = await run(process.execPath, [BUNDLE, 'replay', ...files()]);
  expect(stdout.match(/^ {2}recorded {2}the same$/gm)?.length).toBe(files().length);
});

test.each([
  ['the limit of an hour is zero', /("maxActionsPerHour": ?)\d+/g, 'RateLimited'],
  ['the policy is suspended', /("suspend": ?)false/g, undefined],
  ['no target may be in trouble', /("maxConcurrent": ?)\d+/g, 'BudgetExhausted'],
])('a file in which %s is decided otherwise, and it says why', async (_title, figure, gate) => {
  const proposed = files().find((file) => file.includes('_target_propose_')) ?? '';
  const changed = join(tmpdir(), `kubeskippy-replay-changed-${process.pid}.json`);
  const text = readFileSync(proposed, 'utf8');
  writeFileSync(
    changed,
    text.replaceAll(figure, (_all, key: string) => `${key}${gate === undefined ? 'true' : '0'}`),
  );
  try {
    const failed = await run(process.execPath, [BUNDLE, 'replay', changed]).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 1, stdout: expect.stringContaining(gate ?? 'suspend') as string });
  } finally {
    rmSync(changed);
  }
});

test('a file that is none of ours is refused with its name', async () => {
  const refused = run(process.execPath, [BUNDLE, 'replay', join(ROOT, 'package.json')]);
  await expect(refused).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('package.json') as string });
});
