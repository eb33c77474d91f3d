/**
 * Kubeconfigs against a server over TLS that says what it was sent: files with tokens, plugins for credentials,
 * proxies, and a certificate of another name, as client-go has them.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubeconfigConnection } from '../../src/kube/config/kubeconfig.ts';
import { createHttpTransport } from '../../src/kube/transport/http.ts';
import { systemClock } from '../../src/std/clock.ts';
import { certificatesIn, hasOpenssl } from '../kit/certificates.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-kubeconfig-'));
const { path, selfSigned } = certificatesIn(folder);
const openssl = hasOpenssl();
if (!openssl) console.warn('skipped: kubeconfigs over TLS need openssl, which is not installed');

const V1 = 'client.authentication.k8s.io/v1';
const written = (name: string, text: string, mode = 0o600): string => {
  writeFileSync(path(name), text);
  chmodSync(path(name), mode);
  return path(name);
};

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Every connection that was asked for through it, as `host:port`. */
function connectProxy(asked: string[]): Server {
  const proxy = http.createServer();
  proxy.on('connect', ({ url = '' }, socket: Socket) => {
    asked.push(url);
    const [, port] = url.split(':');
    const onward = net.connect(Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    for (const one of [onward, socket]) one.on('error', () => onward.destroy());
  });
  return proxy;
}

/** Version 5, without a password, names of hosts alone. https://www.rfc-editor.org/rfc/rfc1928 */
function socksProxy(asked: string[]): Server {
  return net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => {
      socket.write(Buffer.from([5, 0]));
      socket.once('data', (request: Buffer) => {
        const isName = request[3] === 3;
        const host = isName
          ? request.subarray(5, 5 + (request[4] ?? 0)).toString()
          : [...request.subarray(4, 8)].join('.');
        const port = request.readUInt16BE(request.length - 2);
        asked.push(`${host}:${port}`);
        const onward = net.connect(port, '127.0.0.1', () => {
          socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
          onward.pipe(socket).pipe(onward);
        });
        onward.on('error', () => socket.destroy());
      });
    });
  });
}

describe.skipIf(!openssl)('a kubeconfig', () => {
  const asked: string[] = [];
  const servers: Server[] = [];
  let port = 0;
  let authority = '';
  let connectPort = 0;
  let socksPort = 0;

  beforeAll(async () => {
    selfSigned('server', '-subj', '/CN=kube', '-addext', 'subjectAltName=DNS:kube.example');
    authority = readFileSync(path('server.crt')).toString('base64');
    const server = https.createServer(
      { key: readFileSync(path('server.key')), cert: readFileSync(path('server.crt')) },
      ({ headers, socket }, response) => {
        const { servername } = socket as TLSSocket & { readonly servername: string };
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ authorization: headers.authorization, servername }));
      },
    );
    const [connect, socks] = [connectProxy(asked), socksProxy(asked)];
    servers.push(server, connect, socks);
    [port, connectPort, socksPort] = [await listening(server), await listening(connect), await listening(socks)];
  });
  afterAll(() => {
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  interface Asking {
    readonly user?: object;
    readonly cluster?: object;
    readonly env?: Readonly<Record<string, string>>;
  }
  const connectionOf = ({ user = {}, cluster = {}, env = {} }: Asking) => {
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
      clusters: [
        {
          name: 'k',
          cluster: {
            server: `https://127.0.0.1:${port}`,
            'certificate-authority-data': authority,
            'tls-server-name': 'kube.example',
            ...cluster,
          },
        },
      ],
      users: [{ name: 'u', user }],
    };
    return kubeconfigConnection({ path: written('config', JSON.stringify(config)), env, clock: systemClock });
  };
  /** What the server saw of the request, or the message of the refusal. */
  const answer = async (asking: Asking): Promise<unknown> => {
    const transport = createHttpTransport({ connection: await connectionOf(asking), clock: systemClock });
    try {
      const { body } = await transport.send({ method: 'GET', path: '/', headers: { accept: 'application/json' } });
      const chunks: Uint8Array[] = [];
      if (body.form === 'bytes') for await (const chunk of body.chunks) chunks.push(chunk);
      return JSON.parse(Buffer.concat(chunks).toString());
    } catch (error) {
      return (error as Error).message;
    }
  };
  const seen = (authorization?: string) => ({ servername: 'kube.example', ...(authorization && { authorization }) });

  it('may say under which name the certificate is, and trusts no other', async () => {
    expect(await answer({})).toEqual(seen());
    expect(await answer({ cluster: { 'tls-server-name': 'other.example' } })).toMatch(/other\.example/);
  });

  it('has a token in a file, with a newline behind it, which is read again when it rotates', async () => {
    const tokenFile = written('token', 'first\n');
    const connection = await connectionOf({ user: { tokenFile, token: 'written out' } });
    const headers = async () => (await connection.credentials()).headers['authorization'];
    expect(await headers()).toBe('Bearer first');
    expect(await answer({ user: { tokenFile } })).toEqual(seen('Bearer first'));
    written('token', 'second\r\n');
    connection.invalidate();
    expect(await headers()).toBe('Bearer second');
  });

  it.each([
    ['empty', () => written('empty', '\n'), /the file of the token, .*empty, is empty/],
    ['not there', () => path('nowhere'), /context c: ENOENT: no such file or directory.*nowhere/],
  ])('whose file for the token is %s is refused with its name', async (_, file, message) => {
    expect(await answer({ user: { tokenFile: file() } })).toMatch(message);
  });

  it('has a plugin that is told of the cluster, by a path from the folder of the file', async () => {
    const credential = `{"apiVersion":"${V1}","kind":"ExecCredential","status":{"token":"'"$token"'"}}`;
    written(
      'helper',
      `#!/bin/sh\ntoken=$(printf %s "$KUBERNETES_EXEC_INFO" | sed 's/.*"tls-server-name":"\\([a-z.]*\\)".*/\\1/')-$1-$A\necho '${credential}'\n`,
      0o700,
    );
    const exec = { apiVersion: V1, command: './helper', args: ['b'], env: [{ name: 'A', value: 'a' }] };
    expect(await answer({ user: { exec: { ...exec, provideClusterInfo: true } } })).toEqual(
      seen('Bearer kube.example-b-a'),
    );
  });

  it.each<[string, string | undefined, RegExp]>([
    ['is not there', undefined, /the credential plugin .* is not there: get it from example\.com$/],
    ['says why it fails', "#!/bin/sh\necho 'log in first' >&2; exit 3\n", /failed: log in first$/],
    ['fails without a word', '#!/bin/sh\nexit 3\n', /failed: it says not why$/],
    ['answers no JSON', '#!/bin/sh\necho hello\n', /failed: its answer is no ExecCredential$/],
    ['answers another object', '#!/bin/sh\necho "{}"\n', /failed: its answer is no ExecCredential$/],
  ])('whose plugin %s is refused in one line', async (title, script, message) => {
    const command = path(`plugin-${title.replaceAll(' ', '-')}`);
    if (script !== undefined) written(command.slice(folder.length + 1), script, 0o700);
    const exec = { apiVersion: V1, command, installHint: 'get it\n  from example.com' };
    const refused = await answer({ user: { exec } });
    expect(refused).toMatch(message);
    expect(refused).not.toContain('\n');
  });

  it.each<[string, () => Asking]>([
    ['CONNECT, by the file', () => ({ cluster: { 'proxy-url': `http://127.0.0.1:${connectPort}` } })],
    ['SOCKS, by the file', () => ({ cluster: { 'proxy-url': `socks5://127.0.0.1:${socksPort}` } })],
    [
      'CONNECT, by the environment',
      () => ({
        cluster: { server: `https://kube.example:${port}` },
        env: { HTTPS_PROXY: `127.0.0.1:${connectPort}`, NO_PROXY: 'other.example' },
      }),
    ],
  ])('is used through a proxy: %s', async (_, asking) => {
    asked.length = 0;
    expect(await answer({ user: { token: 't' }, ...asking() })).toEqual(seen('Bearer t'));
    expect(asked).toEqual([expect.stringMatching(new RegExp(`^(127\\.0\\.0\\.1|kube\\.example):${port}$`))]);
  });

  it('with a provider that is gone is refused with its successor', async () => {
    await expect(connectionOf({ user: { 'auth-provider': { name: 'gcp' } } })).rejects.toThrow(
      'gke-gcloud-auth-plugin',
    );
  });
});
