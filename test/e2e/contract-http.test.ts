import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAgent, createHttpTransport } from '../../src/kube/transport/http.ts';
import type { Transport } from '../../src/kube/shapes/transport.ts';
import { ApiServer } from '../../src/sandbox/apiserver/server.ts';
import { type HttpServer, serveHttp } from '../../src/sandbox/http.ts';
import { systemClock } from '../../src/std/clock.ts';
import { Prng } from '../../src/std/prng.ts';
import { CONTRACT } from '../contract/cases.ts';
import { playCase } from '../contract/runner.ts';

describe('the contract, over HTTP', () => {
  let http: HttpServer;
  let transport: Transport;

  beforeAll(async () => {
    const server = new ApiServer({ clock: systemClock, prng: new Prng(1) });
    http = await serveHttp(server, { port: 0 });
    const agent = createAgent(http.url, {});
    const connection = {
      server: http.url,
      namespace: undefined,
      credentials: async () => ({ headers: {}, agent }),
      invalidate: () => undefined,
    };
    transport = createHttpTransport({ connection, clock: systemClock });
  });

  afterAll(() => http.close());

  test.each(CONTRACT.map((contract, index) => ({ ...contract, id: `h${index}` })))('$title', async ({ id, ...contract }) => {
    expect(await playCase(contract, { transport, clock: systemClock, id })).toEqual([]);
  });

  test('a body above 3 MiB is refused and the connection goes on', async () => {
    const path = '/api/v1/namespaces/default/configmaps';
    const body = JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'big' },
      data: { k: 'x'.repeat(3 * 1024 * 1024) },
    });
    const answer = await transport.send({ method: 'POST', path, body, headers: { 'content-type': 'application/json' } });
    expect(answer.status).toBe(413);
    expect((await transport.send({ method: 'GET', path })).status).toBe(200);
  });
});
