import http from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VirtualClock } from '../std/clock.ts';
import { createSandbox, type Sandbox } from './index.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const LARGE = '/api/v1/namespaces/large/pods';
const SMALL = '/api/v1/namespaces/small/pods';
let sandbox: Sandbox;
let url: string;

beforeAll(async () => {
  sandbox = createSandbox({ clock: new VirtualClock(), controllers: 'off', scheduler: 'off', kubelet: 'off' });
  for (const [namespace, pods] of [
    ['large', 60],
    ['small', 1],
  ] as const) {
    sandbox.cluster.create(
      { group: '', version: 'v1', resource: 'namespaces' },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    );
    for (let n = 0; n < pods; n++) {
      sandbox.cluster.create(
        { group: '', version: 'v1', resource: 'pods' },
        {
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: `p${n}`, namespace, annotations: { long: 'x'.repeat(3000) } },
          spec: { containers: [{ name: 'c', image: 'i' }] },
        },
      );
    }
  }
  ({ url } = await sandbox.serve({ port: 0 }));
});
afterAll(() => sandbox.close());

function ask(
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly encoding: string | undefined; readonly bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    const request = http.get(`${url}${path}`, { headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      const done = () => resolve({ encoding: response.headers['content-encoding'], bytes: Buffer.concat(parts) });
      response.on('data', (part: Buffer) => {
        parts.push(part);
        if (!path.includes('watch')) return;
        done();
        request.destroy();
      });
      response.on('end', done);
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}

// As kube-apiserver's APIResponseCompression:
// https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/
describe('over HTTP, who asks for gzip', () => {
  it.each(['application/json', PROTOBUF])(
    'gets a large list compressed, and the same as without (%s)',
    async (accept) => {
      const plain = await ask(LARGE, { accept });
      const compressed = await ask(LARGE, { accept, 'accept-encoding': 'deflate, gzip' });
      expect([plain.encoding, compressed.encoding]).toEqual([undefined, 'gzip']);
      expect(plain.bytes.byteLength).toBeGreaterThan(128 * 1024);
      expect(compressed.bytes.byteLength).toBeLessThan(plain.bytes.byteLength / 5);
      expect(gunzipSync(compressed.bytes).equals(plain.bytes)).toBe(true);
    },
  );

  it.each([
    ['a small list', SMALL],
    ['a watch, however large', `${LARGE}?watch=true&resourceVersion=0`],
  ])('gets %s as it is', async (_, path) => {
    expect((await ask(path, { accept: PROTOBUF, 'accept-encoding': 'gzip' })).encoding).toBeUndefined();
  });
});
