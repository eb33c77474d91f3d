import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { VirtualClock } from '../std/clock.ts';
import { createSandbox } from './index.ts';

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
