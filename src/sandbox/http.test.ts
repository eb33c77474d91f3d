import { once } from 'node:events';
import { Agent, get } from 'node:https';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { VirtualClock } from '../std/clock.ts';
import { createSandbox, selfSignedCertificate } from './index.ts';

it('ends although a client holds connections, one of which it has never used', async () => {
  const sandbox = createSandbox({ clock: new VirtualClock(), nodes: 0 });
  const { url, port } = await sandbox.serve({ port: 0 });
  const unused = connect(port, '127.0.0.1');
  await once(unused, 'connect');
  unused.on('error', () => undefined);
  // Node's fetch keeps its connection open.
  expect((await fetch(`${url}/version`)).status).toBe(200);
  const ended = once(unused, 'close');
  await sandbox.close();
  await ended;
});

it('tells TLS from plain HTTP by the first byte where both are answered, and ends although both are held', async () => {
  const sandbox = createSandbox({ clock: new VirtualClock(), nodes: 0 });
  const { cert, key } = selfSignedCertificate(Date.now());
  const { url, port } = await sandbox.serve({ port: 0, tls: { cert, key, plain: 'answered' } });
  const unused = connect(port, '127.0.0.1');
  unused.on('error', () => undefined);
  await once(unused, 'connect');
  expect(url).toBe(`https://127.0.0.1:${port}`);
  const agent = new Agent({ ca: cert, keepAlive: true });
  for (let time = 0; time < 2; time++) {
    expect(await statusOver(agent, `${url}/version`)).toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/version`)).status).toBe(200);
  }
  await expect(statusOver(new Agent({ keepAlive: false }), `${url}/version`)).rejects.toThrow(
    'self-signed certificate',
  );
  await sandbox.close();
  agent.destroy();
});

it('answers TLS alone where nothing else is said', async () => {
  const sandbox = createSandbox({ clock: new VirtualClock(), nodes: 0 });
  const { port } = await sandbox.serve({ port: 0, tls: selfSignedCertificate(Date.now()) });
  await expect(fetch(`http://127.0.0.1:${port}/version`)).rejects.toThrow('fetch failed');
  await sandbox.close();
});

const statusOver = (agent: Agent, url: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    }).once('error', reject);
  });

it('dates its answers, and lets no client keep them', async () => {
  const sandbox = createSandbox({ clock: new VirtualClock(), nodes: 0 });
  const { url } = await sandbox.serve({ port: 0 });
  const { headers } = await fetch(`${url}/apis`);
  await sandbox.close();
  expect([headers.get('date'), headers.get('cache-control')]).toEqual([
    'Thu, 01 Jan 2026 00:00:00 GMT',
    'no-cache, private',
  ]);
});

const namespaces = '/api/v1/namespaces';

it('ends watches as it ends', async () => {
  const sandbox = createSandbox({ clock: new VirtualClock(), nodes: 0 });
  const { url } = await sandbox.serve({ port: 0 });
  const watch = await fetch(`${url}${namespaces}?watch=true`);
  const [text] = await Promise.all([watch.text(), sandbox.close()]);
  expect(text).toContain('"name":"default"');
});

it('reads bodies that come in pieces, and goes on when a client leaves in the middle of one', async () => {
  const sandbox = createSandbox({ clock: new VirtualClock(), nodes: 0 });
  const { url, port } = await sandbox.serve({ port: 0 });
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  const head = `POST ${namespaces} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  const leaving = connect(port, '127.0.0.1');
  leaving.write(head + body.slice(0, 20));
  await new Promise((resolve) => setTimeout(resolve, 20));
  leaving.destroy();
  const staying = connect(port, '127.0.0.1');
  staying.write(head + body.slice(0, 20));
  await new Promise((resolve) => setTimeout(resolve, 20));
  staying.write(body.slice(20));
  const [answer] = (await once(staying, 'data')) as [Buffer];
  expect(answer.toString()).toContain('201 Created');
  expect((await fetch(`${url}${namespaces}/shop`)).status).toBe(200);
  staying.destroy();
  await sandbox.close();
});
