/**
 * The attack: bytes on a port that anybody may reach (`GET //` on the port for metrics) are no request that the
 * listener can read, and an exception that nothing catches ends the process. The guards: the listeners answer 400 to
 * what they cannot parse (src/cli/run/serve-endpoints.ts, src/sandbox/http.ts), and no route throws past them.
 */
import { connect } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveEndpoints } from '../../src/cli/run/serve-endpoints.ts';
import { createSandbox } from '../../src/sandbox/index.ts';
import { VirtualClock } from '../../src/std/clock.ts';
import { Prng } from '../../src/std/prng.ts';

/** All that came back on one connection until the other side closed it, or said nothing more. */
async function exchanged(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
  // A connection that is reset says as much as one that is closed.
  socket.on('error', () => undefined);
  const closed = once(socket, 'close').catch(() => undefined);
  socket.end(Buffer.from(bytes, 'latin1'));
  await closed;
  return answer;
}

const get = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;

const TARGETS = [
  '//',
  '///',
  '//:0',
  '//[',
  '//@:',
  '/%',
  '/%zz',
  '/%00',
  '/..//',
  '/\\',
  '*',
  'http://',
  'http://[',
  'http://x:99999/metrics',
  '/metrics?%',
  '/?verbose=%ff&&&=',
  '/__proto__',
  'constructor',
  '/api/v1/pods?limit=%',
  '/api/v1/namespaces/%2e%2e/pods',
  '/apis/%00/v1/x',
];

const RAW = [
  'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc',
  `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`,
  '\0\0\0\0',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
];

/** Requests with a few bytes changed. */
function* broken(count: number): Generator<string> {
  const prng = new Prng(7);
  const alphabet = '/%?#:@[]\\ \r\n\0\t"{}ab0\xff';
  for (let at = 0; at < count; at++) {
    let target = '/';
    for (let length = prng.below(12); length > 0; length--) target += alphabet[prng.below(alphabet.length)] ?? '';
    yield get(target);
  }
}

const onEnd: unknown[] = [];
const note = (error: unknown): void => void onEnd.push(error);
beforeEach(() => {
  onEnd.length = 0;
  process.on('uncaughtException', note);
  process.on('unhandledRejection', note);
});
afterEach(() => {
  process.off('uncaughtException', note);
  process.off('unhandledRejection', note);
});

interface Listener {
  readonly port: number;
  readonly alive: string;
  close(): Promise<void>;
}

const LISTENERS: readonly (readonly [string, () => Promise<Listener>])[] = [
  [
    'health and metrics',
    async () => {
      const route = () => ({ status: 200, contentType: 'text/plain', body: 'ok' });
      const fails = () => {
        throw new Error('no figures');
      };
      const endpoint = await serveEndpoints('127.0.0.1:0', { '/healthz': route, '/fails': fails }, note);
      if (endpoint === undefined) throw new Error('nothing listens');
      return { ...endpoint, alive: '/healthz' };
    },
  ],
  [
    'the embedded cluster',
    async () => {
      const sandbox = createSandbox({ clock: new VirtualClock() });
      const { port } = await sandbox.serve({ port: 0 });
      return { port, alive: '/healthz', close: () => sandbox.close() };
    },
  ],
];

describe('the listener of', () => {
  it.each(LISTENERS)('%s answers or closes whatever comes, and goes on', async (_name, open) => {
    const listener = await open();
    const { port, alive } = listener;
    try {
      for (const target of TARGETS)
        expect(await exchanged(port, get(target)), target).toMatch(/^HTTP\/1\.1 [2-5]\d\d /);
      for (const target of ['/fails', 'http://['])
        expect(await exchanged(port, get(target))).toMatch(/^HTTP\/1\.1 [45]/);
      for (const bytes of RAW) await exchanged(port, bytes);
      for (const bytes of broken(300)) await exchanged(port, bytes);
      expect(await exchanged(port, get(alive))).toMatch(/^HTTP\/1\.1 200 /);
      expect(onEnd).toEqual([]);
    } finally {
      await listener.close();
    }
  });
});
