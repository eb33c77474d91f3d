/** `kubeskippy test` as a person and a program of continuous integration run it: the built program, on files. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const PROGRAM = join(ROOT, 'dist/kubeskippy.js');

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function kubeskippy(...args: readonly string[]): Promise<Ended> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [PROGRAM, ...args], { cwd: ROOT });
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as Ended;
  }
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeskippy-policy-tests-'));
  await cp(join(ROOT, 'examples/crash-loop.yaml'), join(folder, 'crash-loop.yaml'));
  const text = await readFile(join(ROOT, 'examples/tests/crash-loop_test.yaml'), 'utf8');
  const local = text.replace('../crash-loop.yaml', 'crash-loop.yaml');
  await writeFile(join(folder, 'good_test.yaml'), local);
  await writeFile(join(folder, 'bad_test.yaml'), local.replace('by: 3m', 'by: 10s'));
  await writeFile(join(folder, 'wrong.yaml'), `${local}        wait: 3m\n`);
});
afterAll(() => rm(folder, { recursive: true }));

describe('kubeskippy test', () => {
  it('passes with status 0, and says how long it took', async () => {
    const { code, stdout } = await kubeskippy('test', join(folder, 'good_test.yaml'));
    expect([code, stdout.replace(/\(\d+ ms\)/, '(… ms)')]).toEqual([
      0,
      `PASS  ${join(folder, 'good_test.yaml')}: a crash loop ends with one restart (… ms)\n1 passed, 0 failed\n`,
    ]);
  });

  it('fails with status 1, with the place and the story, for every file of a folder', async () => {
    const { code, stdout, stderr } = await kubeskippy('test', folder);
    expect([code, stderr]).toEqual([1, 'kubeskippy: 1 of 2 tests failed\n']);
    expect(stdout.replace(/\s+/g, ' ')).toContain('bad_test.yaml:7:9: by 10s: action policy crash-loop, type restart');
    expect(stdout).toMatch(/It went like this:\n {12}0s {2}Deployment\/crash-loop: 0 of 2 pods are ready/);
    expect(stdout).toContain('1 passed, 1 failed\n');
  });

  it('answers programs in JSON and JUnit, with the same status', async () => {
    const json = await kubeskippy('test', folder, '-o', 'json');
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject([
      { passed: false, misses: [{ line: 7, column: 9 }] },
      { passed: true, misses: [], timeline: [] },
    ]);
    const junit = await kubeskippy('test', folder, '-o', 'junit', '--run', 'crash loop');
    expect([junit.code, junit.stdout.split('\n')[1]?.replace(/time=".*"/, '')]).toEqual([
      1,
      '<testsuites tests="2" failures="1" errors="0" >',
    ]);
  });

  it('refuses a file by line and column with status 2, and a folder without tests', async () => {
    const file = join(folder, 'wrong.yaml');
    const { code, stdout, stderr } = await kubeskippy('test', file);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(
      /wrong\.yaml:11:9: tests\[0\]\.expect\[2\]\.wait is unknown; allowed here: by, at, neverBefore, /,
    );
    expect(await kubeskippy('test', join(ROOT, 'docs'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('has no file whose name ends in _test.yaml') as string,
    });
    expect(await kubeskippy('test')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('give files of tests') as string,
    });
    expect(await kubeskippy('test', join(folder, 'none.yaml'))).toMatchObject({ code: 2 });
  });

  it('breaks the policy on purpose, and fails where no test notices', async () => {
    const { code, stdout } = await kubeskippy('test', '--mutants', join(folder, 'good_test.yaml'));
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /PASS {2}.*crash-loop, trigger crashing: conditionTrigger\.duration 10s -> 25h: noticed by: a crash/,
    );
    expect(stdout).toContain('7 changes noticed, 0 not\n');
  });
});
