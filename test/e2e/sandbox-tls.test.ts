/** `kubeskippy sandbox` over TLS: who a client is by its certificate. Certificates are made by openssl. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { kubeconfigConnection } from '../../src/kube/config/kubeconfig.ts';
import { createHttpTransport } from '../../src/kube/transport/http.ts';
import type { Transport } from '../../src/shapes/transport.ts';
import { systemClock } from '../../src/std/clock.ts';
import { certificatesIn, hasOpenssl } from '../kit/certificates.ts';
import { kubectls } from '../kit/kubectl.ts';

const PROGRAM = join(import.meta.dirname, '../../dist/kubeskippy.js');
const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-tls-'));
const { path, selfSigned, client } = certificatesIn(folder);
const openssl = hasOpenssl();
if (!openssl) console.warn('skipped: the sandbox over TLS needs openssl, which is not installed');

/** Who the server says one is: the user of a SelfSubjectReview, or the status of its refusal. */
async function whoAmI(kubeconfig: string, credentials: Readonly<Record<string, string>>): Promise<unknown> {
  const [first] = await whoIAm(kubeconfig, { credentials, connections: 1 });
  return first;
}

/** The same on several connections; those after the first resume its session. */
async function whoIAm(
  kubeconfig: string,
  { credentials, connections }: { readonly credentials: object; readonly connections: number },
): Promise<readonly unknown[]> {
  const config: Record<string, unknown> = parse(readFileSync(kubeconfig, 'utf8'));
  const users = [{ name: 'me', user: credentials }];
  const contexts = [{ name: 'sandbox', context: { cluster: 'sandbox', user: 'me' } }];
  writeFileSync(path('mine'), stringify({ ...config, users, contexts }));
  const connection = await kubeconfigConnection({ path: path('mine'), env: {}, clock: systemClock });
  const transport = createHttpTransport({ connection, clock: systemClock });
  const first = await answerOf(transport);
  return [first, ...(await Promise.all(Array.from({ length: connections - 1 }, () => answerOf(transport))))];
}

async function answerOf(transport: Transport): Promise<unknown> {
  const response = await transport.send({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: Buffer.from('{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}'),
  });
  const chunks: Uint8Array[] = [];
  if (response.body.form === 'bytes') for await (const chunk of response.body.chunks) chunks.push(chunk);
  const answer = JSON.parse(Buffer.concat(chunks).toString());
  return response.status === 201 ? answer.status.userInfo : response.status;
}

describe.skipIf(!openssl)('the sandbox over TLS', () => {
  const kubeconfig = path('kubeconfig');
  let stop = async (): Promise<void> => undefined;

  beforeAll(async () => {
    selfSigned('server', '-subj', '/CN=sandbox', '-addext', 'subjectAltName=IP:127.0.0.1');
    selfSigned('authority', '-subj', '/CN=authority');
    selfSigned('stranger', '-subj', '/CN=stranger');
    client('ann', '/O=dev/O=ops/CN=ann', 'authority');
    client('forged', '/O=system:masters/CN=ann', 'stranger');
    writeFileSync(path('tokens'), 't1,bob,7,dev\n');
    const files = {
      'token-auth-file': path('tokens'),
      'tls-cert-file': path('server.crt'),
      'tls-private-key-file': path('server.key'),
      'client-ca-file': path('authority.crt'),
      'kubeconfig-out': kubeconfig,
    };
    const flags = Object.entries(files).map(([flag, file]) => `--${flag}=${file}`);
    const child = spawn(process.execPath, [PROGRAM, 'sandbox', '--controllers', 'off', '--access', 'on', ...flags]);
    stop = async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
    };
    for await (const line of createInterface({ input: child.stdout }))
      if (line.startsWith('ready https://127.0.0.1:')) break;
  });
  afterAll(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const certified = (name: string) => ({
    'client-certificate': path(`${name}.crt`),
    'client-key': path(`${name}.key`),
  });

  it('knows who shows a certificate that its authority signed', async () => {
    expect(await whoAmI(kubeconfig, certified('ann'))).toEqual({
      username: 'ann',
      groups: ['dev', 'ops', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^X509SHA256=[0-9a-f]{64}$/)] },
    });
  });
  it('takes nothing from one that somebody else signed', async () => {
    expect(await whoAmI(kubeconfig, certified('forged'))).toBe(401);
  });
  it('knows a person on resumed sessions too', async () => {
    const named = async (credentials: object) =>
      (await whoIAm(kubeconfig, { credentials, connections: 4 })).map((who) => (who as { username?: string }).username);
    expect(await named({ token: 't1' })).toEqual(['bob', 'bob', 'bob', 'bob']);
    expect(await named(certified('ann'))).toEqual(['ann', 'ann', 'ann', 'ann']);
  });
  it('still knows tokens, and nobody without either', async () => {
    expect(await whoAmI(kubeconfig, { token: 't1' })).toEqual({
      username: 'bob',
      uid: '7',
      groups: ['dev', 'system:authenticated'],
    });
    expect(await whoAmI(kubeconfig, {})).toBe(401);
  });
});

interface Ran {
  readonly code: number;
  readonly out: string;
}

const KUBECTLS = kubectls();
if (KUBECTLS.length === 0) console.warn('skipped: kubectl by the printed kubeconfig; there is none on the PATH');

describe('the sandbox with access on and no certificate of its own', () => {
  const home = mkdtempSync(join(tmpdir(), 'kubeskippy-own-tls-'));
  const kubeconfig = join(home, 'kubeconfig');
  let url = '';
  let stop = async (): Promise<void> => undefined;

  beforeAll(async () => {
    writeFileSync(join(home, 'tokens'), 't1,ann,7,system:masters\nt2,bob,8,dev\n');
    const flags = ['--access', 'on', '--nodes', '1', `--token-auth-file=${join(home, 'tokens')}`];
    const child = spawn(process.execPath, [PROGRAM, 'sandbox', ...flags, `--kubeconfig-out=${kubeconfig}`]);
    stop = async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
    };
    for await (const line of createInterface({ input: child.stdout })) {
      url = /^ready (https:\S+)$/.exec(line)?.[1] ?? '';
      if (url !== '') break;
    }
  });
  afterAll(async () => {
    await stop();
    rmSync(home, { recursive: true, force: true });
  });

  it.skipIf(KUBECTLS.length === 0).each(KUBECTLS.length === 0 ? [{ path: '', version: '(none)' }] : KUBECTLS)(
    'is used by kubectl $version with the printed kubeconfig, as each of its users',
    async ({ path: program, version }) => {
      const kubectl = (...args: string[]): Promise<Ran> =>
        new Promise((resolve) => {
          const env = { PATH: process.env['PATH'], HOME: home, KUBECONFIG: kubeconfig };
          execFile(program, args, { env }, (error, stdout, stderr) =>
            resolve({ code: error === null ? 0 : 1, out: `${stdout}${stderr}` }),
          );
        });
      expect(await kubectl('get', 'nodes', '-o', 'name')).toEqual({ code: 0, out: 'node/node-1\n' });
      expect(await kubectl('auth', 'can-i', '*', '*')).toMatchObject({ out: expect.stringMatching(/^yes$/m) });
      const refused = await kubectl('--user', 'bob', 'get', 'nodes');
      expect(refused.code).toBe(1);
      expect(refused.out).toContain('User "bob" cannot list resource "nodes"');
      // The first kubectl that has it by that name is 1.28.
      if (Number(/^v1\.(\d+)/.exec(version)?.[1]) < 28) return;
      const { code, out } = await kubectl('auth', 'whoami', '-o', 'json');
      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject({
        kind: 'SelfSubjectReview',
        status: { userInfo: { username: 'ann', uid: '7', groups: ['system:masters', 'system:authenticated'] } },
      });
    },
  );

  it('answers plain HTTP on the same port, to the same tokens', async () => {
    const ask = (headers: Record<string, string>) =>
      fetch(`${url.replace('https:', 'http:')}/api/v1/nodes/node-1`, { headers });
    expect((await ask({})).status).toBe(401);
    expect((await ask({ authorization: 'Bearer t1' })).status).toBe(200);
  });
});
