/** The built program as a person meets it: one line for each mistake, the sandbox, install. */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

const policyText = (query: string): string => `apiVersion: kubeskippy.io/v1alpha1
kind: HealingPolicy
metadata: {name: p}
spec:
  selector:
    resources: [{apiVersion: apps/v1, kind: Deployment}]
  triggers:
    - name: measured
      type: metric
      metricTrigger:
        query: ${query}
        operator: ">"
        threshold: 0.1
  actions: [{name: restart, type: restart}]
`;

describe('mistakes end with one line and a status', () => {
  it.each<[string, () => string[], RegExp]>([
    ['an unknown flag', () => ['install', '--frobnicate'], /unknown option '--frobnicate'/],
    ['an unknown verb', () => ['frobnicate'], /unknown command 'frobnicate'/],
    ['a bad number', () => ['sandbox', '--port', 'abc'], /--port.*whole number/],
    ['an absent kubeconfig', () => ['install', '--kubeconfig', join(folder, 'absent')], /absent/],
    ['a malformed kubeconfig', () => ['install', '--kubeconfig', file('malformed', 'a: [')], /malformed/],
    [
      'an absent policy file',
      () => ['lint', join(folder, 'absent.yaml')],
      /cannot read .*absent\.yaml: no such file or folder/,
    ],
    ['a file without policies', () => ['lint', file('other.yaml', 'kind: Pod\n')], /there is no HealingPolicy in it/],
    ['a query to a server that is not there', () => ['query', 'up', '--kubeconfig', unreachable()], /127\.0\.0\.1:1/],
    [
      'a server of metrics that is no URL',
      () => ['run', '--prometheus-url', 'prometheus:9090'],
      /--prometheus-url must be a URL such as/,
    ],
    ['a bad period', () => ['query', 'up', '--wait', 'soon'], /--wait.*duration/],
    ['an unreachable server', () => ['install', '--kubeconfig', unreachable()], /127\.0\.0\.1:1/],
    [
      'a malformed token file',
      () => ['sandbox', '--access', 'on', '--token-auth-file', file('tokens', 'onlyone\n')],
      /tokens:1: expected token,user,uid/,
    ],
    [
      'a certificate without its key',
      () => ['sandbox', '--tls-cert-file', file('c', '')],
      /--tls-private-key-file go together/,
    ],
    [
      'a certificate that is none',
      () => ['sandbox', '--tls-cert-file', file('c', 'x'), '--tls-private-key-file', file('k', 'y')],
      /c and .*k are not a certificate and its key in PEM/,
    ],
    ...['run', 'install', 'plan'].map((verb): [string, () => string[], RegExp] => [
      `a plugin that is none, for ${verb}`,
      () => [verb, '--plugin', file('none.mjs', 'export const other = 1;\n')],
      /none\.mjs: it has no export named plugin/,
    ]),
    [
      'an authority of clients without TLS',
      () => ['sandbox', '--client-ca-file', file('c', '')],
      /--client-ca-file needs --tls-cert-file/,
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

  it('lint says what cannot work, by place, and fails', async () => {
    const good = file('good.yaml', policyText('rate(kube_pod_container_status_restarts_total[5m])'));
    const bad = file('bad.yaml', policyText('rate(node_load1[5m]'));
    expect(await run('lint', good)).toEqual({ code: 0, stdout: '', stderr: '' });
    const { code, stdout, stderr } = await run('lint', good, bad);
    expect(stdout).toMatch(/bad\.yaml:11:\d+: error InvalidQuery: .* \(trigger measured\)\n$/);
    expect([code, stderr]).toEqual([1, 'kubeskippy: 1 error\n']);
    expect(JSON.parse((await run('lint', '-o', 'json', bad)).stdout)).toMatchObject([
      { file: bad, line: 11, severity: 'error' },
    ]);
  });

  it('query asks the cluster of the kubeconfig', async () => {
    const kubeconfig = join(folder, 'asked');
    const config = file('config.yaml', 'evaluationInterval: 1s\n');
    const child = spawn(process.execPath, [PROGRAM, 'sandbox', '--kubeconfig-out', kubeconfig]);
    const query = (...args: string[]) => run('query', '--kubeconfig', kubeconfig, '--config', config, ...args);
    try {
      for await (const line of createInterface({ input: child.stdout })) if (line.startsWith('ready ')) break;
      const ready = 'kube_node_status_condition{condition="Ready", status="true"} == 1';
      const { stdout, stderr, code } = await query(ready);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout.split('\n')[0]).toMatch(/^METRIC +CONDITION +NODE +STATUS +VALUE$|^METRIC/);
      expect(stdout.trim().split('\n')).toHaveLength(4);
      expect(JSON.parse((await query('-o', 'json', `count(${ready})`)).stdout)).toMatchObject({
        samples: [{ labels: {}, value: 3 }],
      });
      const looksBack = 'max(max_over_time(kube_node_info[2s]))';
      expect(await query(looksBack)).toMatchObject({ code: 1, stderr: expect.stringContaining('--wait') as unknown });
      expect(await query('--wait', '20s', looksBack)).toEqual({ code: 0, stdout: 'VALUE\n1\n', stderr: '' });
      expect(await query('node_load1')).toMatchObject({
        code: 1,
        stdout: 'Unknown (NoSuchFamily): nothing provides node_load1\n',
      });
      const down = await query('--prometheus-url', 'http://127.0.0.1:1', 'up');
      expect([down.code, down.stdout]).toEqual([1, expect.stringMatching(/^Unknown \(SourceDown\): .*ECONNREFUSED/)]);
      expect(await query('--source', 'mimir', 'up')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('no metric source mimir') as unknown,
      });
    } finally {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
  });

  it('sandbox serves a cluster into which install applies, twice, and stops on SIGTERM', async () => {
    const kubeconfig = join(folder, 'sandbox');
    const child = spawn(process.execPath, [PROGRAM, 'sandbox', '--controllers', 'off', '--kubeconfig-out', kubeconfig]);
    try {
      for await (const line of createInterface({ input: child.stdout })) if (line.startsWith('ready ')) break;
      for (let time = 0; time < 2; time++) {
        const { stdout, stderr, code } = await run('install', '--kubeconfig', kubeconfig);
        expect(stderr).toBe('');
        expect(code).toBe(0);
        const lines = stdout.trim().split('\n');
        // The key is made once; everything else is applied again.
        expect(lines.at(-1)).toBe(`secret/kubeskippy-seal ${time === 0 ? 'created' : 'kept'}`);
        expect(lines.slice(0, -1).every((line) => line.endsWith(' applied'))).toBe(true);
      }
    } finally {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
    }
  });

  it('no credentials are sent over plain HTTP: a sandbox that asks for them says so', async () => {
    const secure = join(folder, 'secure');
    const flags = ['--controllers', 'off', '--access', 'on', '--kubeconfig-out', secure];
    const child = spawn(process.execPath, [PROGRAM, 'sandbox', ...flags]);
    try {
      for await (const line of createInterface({ input: child.stdout })) if (line.startsWith('ready https://')) break;
      const kubeconfig = file('plain', readFileSync(secure, 'utf8').replace('server: https:', 'server: http:'));
      const { stderr, code } = await run('install', '--kubeconfig', kubeconfig);
      expect([code, stderr.trim().split('\n').length]).toEqual([1, 1]);
      expect(stderr).toContain('none are sent over plain HTTP');
    } finally {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
    }
  });
});
