import { mkdtempSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { CacheSet } from '../../src/kube/cache-set.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { kubeconfigConnection } from '../../src/kube/config/kubeconfig.ts';
import { KubeconfigError, readKubeconfig } from '../../src/kube/config/kubeconfig-files.ts';
import { EVERYTHING } from '../../src/kube/projection.ts';
import { createAgent, createHttpTransport } from '../../src/kube/transport/http.ts';
import { PODS } from '../../src/kube/well-known.ts';
import { systemClock } from '../../src/std/clock.ts';
import { Prng } from '../../src/std/prng.ts';
import { encodeObject, encodeWatchEvent } from '../../src/sandbox/index.ts';

const servers: http.Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(handler: http.RequestListener): Promise<string> {
  const server = http.createServer(handler);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function clientOf(server: string, requestTimeoutMs = 5000) {
  const agent = createAgent(server, {});
  const connection = {
    server,
    namespace: undefined,
    credentials: () => Promise.resolve({ headers: { authorization: 'Bearer t' }, agent }),
    invalidate: () => undefined,
  };
  return new KubeClient({
    transport: createHttpTransport({ connection, clock: systemClock }),
    clock: systemClock,
    requestTimeoutMs,
  });
}

const pod = (name: string, resourceVersion: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'n', uid: `u-${name}`, resourceVersion },
});
const key = { namespace: 'n', name: 'a' };

describe('over HTTP', () => {
  it('sends method, path, token and body, and reads JSON plain and gzipped', async () => {
    const seen: string[] = [];
    const server = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        seen.push(
          `${request.method} ${request.url} ${request.headers.authorization} ${request.headers['content-type'] ?? '-'} ${body}`,
        );
        const text = JSON.stringify(pod('a', '1'));
        if (request.method === 'GET')
          response
            .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
            .end(gzipSync(text));
        else response.writeHead(201, { 'content-type': 'application/json' }).end(text);
      });
    });
    const client = clientOf(server);
    expect((await client.get(PODS, key)).metadata.uid).toBe('u-a');
    await client.patch(PODS, key, {
      type: 'merge',
      body: { x: 1 },
      subresource: 'status',
      dryRun: 'All',
      fieldManager: 'me',
    });
    expect(seen).toEqual([
      'GET /api/v1/namespaces/n/pods/a Bearer t - ',
      'PATCH /api/v1/namespaces/n/pods/a/status?dryRun=All&fieldManager=me Bearer t application/merge-patch+json {"x":1}',
    ]);
  });

  it('says of each failed write whether it can have been committed', async () => {
    const outcome = async (handler: http.RequestListener, timeoutMs = 5000) => {
      const error: unknown = await clientOf(await serve(handler), timeoutMs)
        .create(PODS, pod('a', '1'))
        .catch((caught: unknown) => caught);
      const { code, delivered, status } = error as { code: string; delivered: string; status?: number };
      return [code, delivered, status];
    };
    const refuse = (code: number, reason: string) => (_: unknown, response: http.ServerResponse) =>
      response
        .writeHead(code, { 'content-type': 'application/json' })
        .end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code }));
    expect(await outcome(refuse(409, 'AlreadyExists'))).toEqual(['AlreadyExists', 'no', 409]);
    expect(await outcome(refuse(504, 'Timeout'))).toEqual(['Timeout', 'maybe', 504]);
    expect(await outcome((_, response) => void response.writeHead(502).end('<html>'))).toEqual([
      'BadGateway',
      'maybe',
      502,
    ]);
    expect(await outcome((request) => void request.socket.destroy())).toEqual(['ConnectionReset', 'maybe', undefined]);
    expect(await outcome(() => undefined, 200)).toEqual(['Timeout', 'maybe', undefined]);
    const cut: http.RequestListener = (_, response) => {
      response.writeHead(201, { 'content-type': 'application/json', 'content-length': '100' });
      response.write('{"api', () => response.destroy());
    };
    expect(await outcome(cut)).toEqual(['BodyTruncated', 'yes', 201]);
    const refused: unknown = await clientOf('http://127.0.0.1:1')
      .create(PODS, pod('a', '1'))
      .catch((caught: unknown) => caught);
    expect(refused).toMatchObject({ code: 'ConnectionRefused', delivered: 'no' });
  });

  it('repeats a read that was told to wait, and never a write', async () => {
    let calls = 0;
    const server = await serve((_, response) => {
      calls++;
      if (calls === 2)
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(pod('a', '1')));
      else response.writeHead(429, { 'retry-after': '1' }).end();
    });
    expect((await clientOf(server).get(PODS, key)).metadata.name).toBe('a');
    await expect(clientOf(server).create(PODS, pod('a', '1'))).rejects.toMatchObject({
      code: 'TooManyRequests',
      retryAfterMs: 1000,
      delivered: 'no',
    });
    expect(calls).toBe(3);
  });

  it.each(['json', 'protobuf'])('keeps a cache through resets and truncation (%s)', async (form) => {
    let watches = 0;
    let version = 10;
    const protobuf = form === 'protobuf';
    const type = protobuf ? 'application/vnd.kubernetes.protobuf' : 'application/json';
    const server = await serve((request, response) => {
      // A server from before streamed lists.
      if ((request.url ?? '').includes('sendInitialEvents')) {
        response.writeHead(422).end();
        return;
      }
      response.writeHead(200, { 'content-type': type });
      if (!(request.url ?? '').includes('watch=true')) {
        const list = {
          apiVersion: 'v1',
          kind: 'PodList',
          metadata: { resourceVersion: '5' },
          items: [pod('a', '4'), pod('b', '5')],
        };
        response.end(protobuf ? encodeObject(list) : JSON.stringify(list));
        return;
      }
      watches++;
      const object = pod(`c${watches}`, String(++version));
      const frame = protobuf
        ? (encodeWatchEvent('ADDED', object) ?? Buffer.alloc(0))
        : Buffer.from(`${JSON.stringify({ type: 'ADDED', object })}\n`);
      response.write(frame);
      // The first watch ends in the middle of a frame, the second is reset, the third stays open.
      if (watches === 1) response.end(frame.subarray(0, 20));
      if (watches === 2) setTimeout(() => request.socket.resetAndDestroy(), 20);
    });
    const caches = new CacheSet({ client: clientOf(server), prng: new Prng(1) });
    const { cache } = caches.acquire({ type: PODS, projection: EVERYTHING });
    const all = new Promise<void>((resolve) => {
      cache.subscribe(() => {
        if (cache.size === 5) resolve();
      });
    });
    await all;
    expect([...cache.values()].map((object) => object.metadata.name)).toEqual(['a', 'b', 'c1', 'c2', 'c3']);
    await caches.stop();
  });
});

describe('a kubeconfig', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const config = (name: string, server: string, current: string) => `
apiVersion: v1
kind: Config
current-context: ${current}
clusters: [{name: ${name}, cluster: {server: "${server}"}}]
users: [{name: ${name}, user: {token: token-of-${name}}}]
contexts: [{name: ${name}, context: {cluster: ${name}, user: ${name}, namespace: ns-${name}}}]
`;

  it('is merged as kubectl does: the first file wins, missing files are passed over', async () => {
    const one = file('one', config('one', 'https://one:1', '""'));
    const two = file(
      'two',
      config('two', 'http://two:2', 'two').replace(
        'clusters: [',
        'clusters: [{name: one, cluster: {server: "http://other"}}, ',
      ),
    );
    const merged = await readKubeconfig({ env: { KUBECONFIG: `${join(folder, 'none')}:${one}:${two}` } });
    expect(merged['current-context']).toBe('two');
    expect(merged.clusters.map((cluster) => [cluster.name, (cluster['cluster'] as { server: string }).server])).toEqual(
      [
        ['one', 'https://one:1'],
        ['two', 'http://two:2'],
      ],
    );
    const connection = await kubeconfigConnection({
      env: { KUBECONFIG: `${one}:${two}` },
      context: 'one',
      clock: systemClock,
    });
    expect([connection.server, connection.namespace, (await connection.credentials()).headers]).toEqual([
      'https://one:1',
      'ns-one',
      { authorization: 'Bearer token-of-one' },
    ]);
    const plain = await kubeconfigConnection({ env: { KUBECONFIG: two }, context: 'two', clock: systemClock });
    // As client-go: none over plain HTTP.
    expect((await plain.credentials()).headers).toEqual({});
    expect((await connection.credentials()).agent).toBe((await connection.credentials()).agent);
  });

  it.each([
    ['is not YAML', 'a: [', /is malformed: /],
    ['is a list', '- a', /is malformed: not a map/],
    ['has no such context', config('one', 'http://one', 'two'), /has no context "two" \(it has one\)/],
    ['has no current context', config('one', 'http://one', '""'), /no current context/],
    ['has no usable server', config('one', 'one:1', 'one'), /"one:1" is not an http or https URL/],
    [
      'lacks the cluster of its context',
      config('one', 'http://one', 'one').replace('clusters: [{name: one', 'clusters: [{name: x'),
      /has no cluster "one"/,
    ],
  ])('that %s is refused in one line', async (title, text, message) => {
    const path = file(title.replaceAll(' ', '-'), text);
    const error: unknown = await kubeconfigConnection({ path, env: {}, clock: systemClock }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(KubeconfigError);
    expect((error as Error).message).toMatch(message);
    expect((error as Error).message).not.toContain('\n');
  });

  it('that does not exist is named', async () => {
    await expect(readKubeconfig({ path: '/none', env: {} })).rejects.toThrow(
      'cannot read kubeconfig /none: no such file or folder',
    );
    await expect(readKubeconfig({ env: {} })).rejects.toThrow('neither KUBECONFIG nor HOME');
  });
});
