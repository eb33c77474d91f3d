/** The tutorial as a new user goes through it: its files saved under their names, its commands run in one shell. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubectls } from '../kit/kubectl.ts';

const ROOT = join(import.meta.dirname, '../..');
const [kubectl] = kubectls();
if (kubectl === undefined) console.warn('the test of the tutorial is skipped: there is no kubectl on the PATH');

const PAGE = readFileSync(join(ROOT, 'docs/tutorial.md'), 'utf8');
const FILES = [...PAGE.matchAll(/Save this as `([^`]+)`[\s\S]*?```yaml\n([\s\S]*?)```/g)];
/** By the number of its step; the first is what comes before them. */
const STEPS = PAGE.split(/^## \d+\. /m).map((part) =>
  [...part.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text]) => text ?? '').join('\n'),
);

const MARK = '### step ';

/** Each step behind a line with its number; the program is built already. */
const script = [
  'set -euo pipefail',
  ...STEPS.map((step, number) => `echo "${MARK}${number}"\n${step.replace('make build\n', '')}`),
].join('\n');

describe.skipIf(kubectl === undefined)('the tutorial', () => {
  let folder: string;
  let status: number | null;
  let outputs: readonly string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kubeskippy-tutorial-'));
    symlinkSync(join(ROOT, 'dist'), join(folder, 'dist'));
    for (const [, name = '', text = ''] of FILES) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    // A group of its own: what it leaves running ends with it.
    const shell = spawn('bash', ['-c', script], { cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [shell.stdout, shell.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const late = setTimeout(() => process.kill(-(shell.pid ?? 0), 'SIGKILL'), 170_000);
    [status] = (await once(shell, 'exit')) as [number | null];
    clearTimeout(late);
    try {
      process.kill(-(shell.pid ?? 0), 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    outputs = output.split(new RegExp(`^${MARK}\\d+\n`, 'm')).slice(1);
  }, 200_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has its files and steps, or this test would run nothing', () => {
    expect(FILES.map(([, name]) => name)).toEqual(['first/web.yaml', 'first/policy.yaml', 'first/web_test.yaml']);
    expect(STEPS.filter((step) => step !== '')).toHaveLength(8);
    execFileSync('bash', ['-n', '-c', script]);
  });

  it('goes through to its end', () => {
    expect([status, outputs.length], outputs.at(-1)).toEqual([0, 10]);
  });

  it('tests the policy, and finds that the test notices what is broken', () => {
    expect(outputs[4]).toMatch(/PASS {2}first\/web_test\.yaml: a crash loop ends with one restart/);
    expect(outputs[4]).toContain('7 changes noticed, 0 not');
  });

  it('heals, and says what was done and why', () => {
    expect(outputs[6]).toMatch(/restart: Succeeded \(Verified\)/);
    expect(outputs[6]).toMatch(/web .*Succeeded/);
  });

  it('pauses and goes on', () => {
    expect(outputs[7]).toContain('I want to look first');
  });

  it('asks a person, and shows the requests', () => {
    expect(outputs[8]).toContain('PATCH /apis/apps/v1/namespaces/default/deployments/cart');
  });
});
