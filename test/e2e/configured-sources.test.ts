/** Servers of metrics as the configuration names them, over real TLS with certificates that openssl makes. */
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configuredSources } from '../../src/adapters/metrics/configured-sources.ts';
import { parseOperatorConfig } from '../../src/api/parse-operator-config.ts';
import { systemClock } from '../../src/std/clock.ts';
import { Prng } from '../../src/std/prng.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-sources-'));
const path = (name: string): string => join(folder, name);
const signal = new AbortController().signal;
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

function certificate(name: string, ...more: string[]): void {
  const files = ['-keyout', path(`${name}.key`), '-out', path(`${name}.crt`)];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', ...files, ...more],
    {
      stdio: 'ignore',
    },
  );
}

function source(settings: object) {
  const parsed = parseOperatorConfig(JSON.stringify({ metricSources: [{ name: 'it', ...settings }] }));
  if (!('config' in parsed)) throw new Error(JSON.stringify(parsed.problems));
  const found = configuredSources(parsed.config.metricServers, { clock: systemClock, random: new Prng(1) }).get('it');
  if (found === undefined) throw new Error('no source');
  return found;
}

describe.skipIf(!hasOpenssl)('a configured server of metrics', () => {
  let server: Server;
  let url = '';
  const seen: IncomingMessage['headers'][] = [];

  beforeAll(async () => {
    certificate('server', '-subj', '/CN=metrics', '-addext', 'subjectAltName=DNS:metrics.example');
    certificate('client', '-subj', '/CN=kubeskippy');
    const [cert, key, ca] = ['server.crt', 'server.key', 'client.crt'].map((name) => readFileSync(path(name)));
    server = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true }, (request, response) => {
      seen.push(request.headers);
      request
        .resume()
        .on('end', () => response.end('{"status":"success","data":{"resultType":"scalar","result":[1,"7"]}}'));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const tls = () => ({
    caFile: path('server.crt'),
    certFile: path('client.crt'),
    keyFile: path('client.key'),
    serverName: 'metrics.example',
  });

  it('is asked with a client certificate, a token and a tenant', async () => {
    writeFileSync(path('token'), 'first\n');
    const it = source({ url, tls: tls(), bearerTokenFile: path('token'), tenant: { value: 'team-a' } });
    expect(await it.query('x', 0, signal)).toMatchObject({ type: 'scalar', value: 7 });
    writeFileSync(path('token'), 'second\n');
    await it.query('x', 0, signal);
    expect(seen.slice(-2)).toMatchObject([
      { authorization: 'Bearer first', 'x-scope-orgid': 'team-a' },
      { authorization: 'Bearer second', 'x-scope-orgid': 'team-a' },
    ]);
  });

  it('is down while its password cannot be read, and answers once it can', async () => {
    const it = source({
      url,
      tls: tls(),
      basicAuth: { username: 'me', passwordFile: path('password') },
      timeout: '2s',
    });
    expect(await it.query('x', 0, signal)).toMatchObject({
      reason: 'SourceDown',
      message: expect.stringContaining(path('password')) as unknown,
    });
    writeFileSync(path('password'), 'p w\n');
    expect(await it.query('x', 0, signal)).toMatchObject({ type: 'scalar' });
    expect(seen.at(-1)?.authorization).toBe(`Basic ${Buffer.from('me:p w').toString('base64')}`);
  });

  it.each([
    ['no client certificate', () => ({ caFile: path('server.crt'), serverName: 'metrics.example' })],
    ['the wrong name of the server', () => ({ ...tls(), serverName: 'other.example' })],
    ['no trust in its certificate', () => ({ ...tls(), caFile: path('client.crt') })],
  ])('does not answer with %s', async (_, broken) => {
    expect(await source({ url, tls: broken(), timeout: '2s' }).query('x', 0, signal)).toMatchObject({
      reason: 'SourceDown',
    });
  });
});
