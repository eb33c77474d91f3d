/** The tutorial as a new user goes through it: its files saved under their names, its commands run in one shell. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubectls } from '../kit/kubectl.ts';
import { commandsOf, PageShell } from '../kit/page-shell.ts';

const ROOT = join(import.meta.dirname, '../..');
const [kubectl] = kubectls();
if (kubectl === undefined) console.warn('the test of the tutorial is skipped: there is no kubectl on the PATH');

const PAGE = readFileSync(join(ROOT, 'docs/tutorial.md'), 'utf8');
const FILES = [...PAGE.matchAll(/Save this as `([^`]+)`[\s\S]*?```yaml\n([\s\S]*?)```/g)];
/** By the number of its step; the first is what comes before them. */
const STEPS = PAGE.split(/^## \d+\. /m).map((part) => commandsOf(part).join('\n'));

const MARK = '### step ';

/** Each step behind a line with its number; the program is built already. */
const script = [
  'set -euo pipefail',
  ...STEPS.map((step, number) => `echo "${MARK}${number}"\n${step.replace('make build\n', '')}`),
].join('\n');

describe.skipIf(kubectl === undefined)('the tutorial', () => {
  const shell = new PageShell(Object.fromEntries(FILES.map(([, name = '', text = '']) => [name, text])));
  let status: number | null;
  let outputs: readonly string[] = [];

  beforeAll(async () => {
    const ran = await shell.run(script, 400_000);
    status = ran.status;
    outputs = ran.output.split(new RegExp(`^${MARK}\\d+\n`, 'm')).slice(1);
  }, 430_000);
  afterAll(() => shell.end());

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
