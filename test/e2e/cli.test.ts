/** The built program as a person meets it: one line for each mistake, the sandbox, install. */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it } from 'vitest';

const PROGRAM = join(import.meta.dirname, '../../dist/kubeskippy.js');
const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [PROGRAM, ...args],
      { env: { PATH: process.env['PATH'], HOME: folder } },
      (_, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const unreachable = () =>
  file(
    'unreachable',
    JSON.stringify({
      'current-context': 'a',
      clusters: [{ name: 'a', cluster: { server: 'http://127.0.0.1:1' } }],
      users: [{ name: 'a', user: {} }],
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    }),
  );

describe('mistakes end with one line and a status', () => {
  it.each<[string, () => string[], RegExp]>([
    ['an unknown flag', () => ['install', '--frobnicate'], /unknown option '--frobnicate'/],
    ['an unknown verb', () => ['frobnicate'], /unknown command 'frobnicate'/],
    ['a bad number', () => ['sandbox', '--port', 'abc'], /--port.*whole number/],
    ['an absent kubeconfig', () => ['install', '--kubeconfig', join(folder, 'absent')], /absent/],
    ['a malformed kubeconfig', () => ['install', '--kubeconfig', file('malformed', 'a: [')], /malformed/],
    ['an unreachable server', () => ['install', '--kubeconfig', unreachable()], /127\.0\.0\.1:1/],
    [
      'a malformed token file',
      () => ['sandbox', '--access', 'on', '--token-auth-file', file('tokens', 'onlyone\n')],
      /tokens:1: expected token,user,uid/,
    ],
  ])('%s', async (_, args, words) => {
    const { code, stderr, stdout } = await run(...args());
    expect(stderr).toMatch(words);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
    expect(code).toBeGreaterThan(0);
  });
});

describe('the verbs', () => {
  it('version', async () => {
    expect((await run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('install prints the manifests', async () => {
    const { stdout, code } = await run('install', '--output', 'yaml');
    expect(code).toBe(0);
    expect(stdout.match(/^kind: .*/gm)).toContain('kind: CustomResourceDefinition');
  });

  it('sandbox serves a cluster into which install applies, twice, and stops on SIGTERM', async () => {
    const kubeconfig = join(folder, 'sandbox');
    const child = spawn(process.execPath, [PROGRAM, 'sandbox', '--controllers', 'off', '--access', 'on', '--kubeconfig-out', kubeconfig]);
    try {
      for await (const line of createInterface({ input: child.stdout })) if (line.startsWith('ready ')) break;
      for (let time = 0; time < 2; time++) {
        const { stdout, stderr, code } = await run('install', '--kubeconfig', kubeconfig);
        expect(stderr).toBe('');
        expect(code).toBe(0);
        expect(
          stdout
            .trim()
            .split('\n')
            .every((line) => line.endsWith(' applied')),
        ).toBe(true);
      }
    } finally {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
    }
  });
});
