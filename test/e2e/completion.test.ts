/**
 * Completion in shells that are there, with the built program on the path: in bash and zsh on a terminal at which Tab
 * is pressed, in fish by its own question. What a shell finds is what its user is offered.
 */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubeconfigText } from '../../src/cli/sandbox/sandbox.ts';
import { endClusters } from '../kit/open-clusters.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import { hows, ShellTerminal } from '../kit/shell-terminal.ts';
import { deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const PROGRAM = join(import.meta.dirname, '../../dist/kubeskippy.js');
const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-completion-'));
const env = { PATH: `${folder}:${process.env['PATH']}`, HOME: folder, KUBECONFIG: join(folder, 'kubeconfig') };

beforeAll(async () => {
  writeFileSync(join(folder, 'kubeskippy'), `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`);
  chmodSync(join(folder, 'kubeskippy'), 0o755);
  writeFileSync(join(folder, 'policy.yaml'), '');
  const world = new TestCluster(1, 'off');
  world.cluster.create(DEPLOYMENTS, deployment('web'));
  world.cluster.create(DEPLOYMENTS, deployment('api'));
  world.cluster.create(POLICIES, policy());
  const { url } = await world.sandbox.serve({ port: 0 });
  writeFileSync(env.KUBECONFIG, kubeconfigText(url, new Map()));
});
afterAll(async () => {
  await endClusters();
  rmSync(folder, { recursive: true, force: true });
});

const there = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;
const MISSING = ['bash', 'zsh', 'fish', 'script'].filter((program) => !there(program));
for (const program of MISSING) console.log(`skipped: completion where it takes ${program}, which is not there`);

/** The line as it stands when Tab is pressed at its end, the words that are offered, and the line afterwards. */
const CASES: readonly (readonly [string, readonly string[], string])[] = [
  ['kubeskippy stat', ['status'], 'kubeskippy status '],
  ['kubeskippy report ', ['causes', 'help', 'replaceability'], 'kubeskippy report '],
  ['kubeskippy report causes --kube', ['--kubeconfig'], 'kubeskippy report causes --kubeconfig '],
  ['kubeskippy get ', ['actions', 'approvals', 'policies'], 'kubeskippy get '],
  ['kubeskippy get policies -o ', ['json', 'name', 'table', 'wide', 'yaml'], 'kubeskippy get policies -o '],
  ['kubeskippy get policies --output=js', ['json'], 'kubeskippy get policies --output=json '],
  ['kubeskippy get policies -n def', ['default'], 'kubeskippy get policies -n default '],
  ['kubeskippy get policies -n default cr', ['crash-loops'], 'kubeskippy get policies -n default crash-loops '],
  ['kubeskippy explain de', ['deployment/'], 'kubeskippy explain deployment/'],
  ['kubeskippy explain deployment/w', ['deployment/web'], 'kubeskippy explain deployment/web '],
  ['kubeskippy history deployment/', ['deployment/api', 'deployment/web'], 'kubeskippy history deployment/'],
  ['kubeskippy status --context sand', ['sandbox'], 'kubeskippy status --context sandbox '],
  ['kubeskippy lint pol', ['policy.yaml'], 'kubeskippy lint policy.yaml '],
];

describe.each(hows)('at a terminal with %s', (how) => {
  let terminal: ShellTerminal | undefined;
  const skipped = MISSING.includes(how === 'bash' ? how : 'zsh') || MISSING.includes('script');
  beforeAll(async () => {
    if (!skipped) terminal = await ShellTerminal.open(how, { folder, env });
  });
  afterAll(() => terminal?.close());

  it.skipIf(skipped).each(CASES)('%s', async (line, expected, after) => {
    const pressed = await terminal?.complete(line);
    // zsh has `--output=json` as one word.
    expect(pressed?.found.map((word) => word.replace(/^--output=/, ''))).toEqual(expected);
    expect(pressed?.line).toBe(after);
  });
});

describe.skipIf(MISSING.includes('fish'))('in fish', () => {
  it.each(CASES)('%s', async (line, expected) => {
    const script = `kubeskippy completion fish | source; complete -C '${line}'`;
    const terminal = { cwd: folder, env: { ...env, TERM: 'dumb' } };
    const { stdout } = await promisify(execFile)('fish', ['-c', script], terminal);
    const found = stdout.split('\n').filter((one) => one !== '');
    const words = found.map((one) => one.replace(/\t.*$/, '').replace(/^--output=/, ''));
    expect(words.toSorted()).toEqual(expected);
  });
});
