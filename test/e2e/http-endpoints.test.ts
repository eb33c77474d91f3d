/** Endpoints over real sockets: a receiver on the loopback that answers as it is told. */
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { httpEndpoints } from '../../src/adapters/notify/http-endpoints.ts';
import type { EndpointSettings } from '../../src/api/endpoint-schema.ts';
import type { EndpointAnswer } from '../../src/operator/ports.ts';
import { systemClock } from '../../src/std/clock.ts';

const KEY = 'planted-signing-key';
const TOKEN = 'planted-token';
const BODY = JSON.stringify({ version: 'kubeskippy.io/call-v1', text: 'web is down' });

let folder: string;
let server: Server;
let received: { readonly url: string; readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
let answer: (response: ServerResponse) => void;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kubeskippy-endpoints-'));
  writeFileSync(join(folder, 'key'), `${KEY}\n`);
  writeFileSync(join(folder, 'token'), TOKEN);
  writeFileSync(join(folder, 'empty'), '');
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      received.push({ url: request.url ?? '', headers: request.headers, body });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  writeFileSync(join(folder, 'url'), `${origin()}/services/planted-path\n`);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  received = [];
  answer = (response) => void response.writeHead(200).end('ok');
});

const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const call = (settings: Partial<EndpointSettings>): Promise<EndpointAnswer> => {
  const one = { name: 'ops', type: 'webhook', timeoutMs: 5000, ...settings } as const;
  return httpEndpoints([one], systemClock).send({ endpoint: 'ops', body: BODY, idempotencyKey: 'uid/1' });
};

describe('a call', () => {
  it('is signed with its time, carries its key of idempotency, and goes where the file says', async () => {
    const settings = {
      urlFile: join(folder, 'url'),
      signingKeyFile: join(folder, 'key'),
      bearerTokenFile: join(folder, 'token'),
    };
    expect(await call(settings)).toEqual({ kind: 'answered', status: 200 });
    const [{ url, headers, body } = { url: '', headers: {}, body: '' }] = received;
    const time = String(headers['x-kubeskippy-timestamp']);
    expect(Math.abs(Number(time) * 1000 - systemClock.now())).toBeLessThan(60_000);
    expect({ url, body, ...headers }).toMatchObject({
      url: '/services/planted-path',
      body: BODY,
      authorization: `Bearer ${TOKEN}`,
      'idempotency-key': 'uid/1',
      'content-type': 'application/json',
      'x-kubeskippy-signature': `v2=${createHmac('sha256', KEY).update(`${time}.ops.uid/1.${body}`).digest('hex')}`,
    });
  });

  it('to a chat carries its text alone', async () => {
    await call({ url: origin(), type: 'slack' });
    expect(received.map(({ body }) => body)).toEqual(['{"text":"web is down"}']);
  });

  it('to a chat calls nobody, and shows where its links go', async () => {
    const one = { name: 'ops', type: 'slack', timeoutMs: 5000, url: origin() } as const;
    const text = '<!channel> <http://evil.example|the runbook> & \u001b[31mmore';
    await httpEndpoints([one], systemClock).send({
      endpoint: 'ops',
      body: JSON.stringify({ text }),
      idempotencyKey: 'uid/1',
    });
    expect(received.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { text: '&lt;!channel&gt; &lt;http://evil.example|the runbook&gt; &amp; \\u001b[31mmore' },
    ]);
  });

  it('does not follow a redirect', async () => {
    answer = (response) => void response.writeHead(302, { location: `${origin()}/elsewhere` }).end();
    expect(await call({ url: origin() })).toEqual({ kind: 'answered', status: 302 });
    expect(received).toHaveLength(1);
  });

  it('tells how long the server wants to be left alone, within reason', async () => {
    answer = (response) => void response.writeHead(429, { 'retry-after': '86400' }).end();
    expect(await call({ url: origin() })).toEqual({ kind: 'answered', status: 429, retryAfterMs: 600_000 });
  });
});

describe('a call without an answer says whether it may have arrived, and names neither address nor secret', () => {
  it.each<[string, () => Partial<EndpointSettings>, object]>([
    [
      'nobody listens',
      () => ({ url: 'http://127.0.0.1:1/planted-path' }),
      { code: 'ConnectionRefused', delivered: 'no' },
    ],
    [
      'there is no such host',
      () => ({ url: 'http://planted-host.invalid/' }),
      { code: 'HostNotFound', delivered: 'no' },
    ],
    ['it does not speak TLS', () => ({ url: origin().replace('http:', 'https:') }), { delivered: 'no' }],
    [
      'its URL cannot be read',
      () => ({ urlFile: join(folder, 'missing') }),
      {
        code: 'NotReadable',
        message: 'the file of its urlFile cannot be read: no such file or folder',
        delivered: 'no',
      },
    ],
    ['its URL is none', () => ({ urlFile: join(folder, 'token') }), { code: 'NotReadable', delivered: 'no' }],
    [
      'its key is empty',
      () => ({ url: origin(), signingKeyFile: join(folder, 'empty') }),
      { code: 'NotReadable', delivered: 'no' },
    ],
  ])('%s', async (_title, settings, expected) => {
    const failed = await call(settings());
    expect(failed).toMatchObject({ kind: 'failed', ...expected });
    expect(JSON.stringify(failed)).not.toMatch(/planted|127\.0\.0\.1/);
    expect(received).toEqual([]);
  });

  it('it was received, and the connection broke off', async () => {
    answer = (response) => response.destroy();
    expect(await call({ url: origin() })).toMatchObject({
      kind: 'failed',
      code: 'ConnectionReset',
      delivered: 'maybe',
    });
  });

  it('it was received, and no answer came in time', async () => {
    answer = () => undefined;
    const late = { kind: 'failed', code: 'Timeout', message: 'no answer within 0.2 s', delivered: 'maybe' };
    expect(await call({ url: origin(), timeoutMs: 200 })).toEqual(late);
  });

  it('nothing of that name is configured', async () => {
    const send = httpEndpoints([], systemClock).send({ endpoint: 'ops', body: BODY, idempotencyKey: 'uid/1' });
    expect(await send).toMatchObject({ kind: 'failed', code: 'UnknownEndpoint', delivered: 'no' });
  });
});
