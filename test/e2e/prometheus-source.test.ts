import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Authentication,
  PROMETHEUS_DEFAULTS,
  type PrometheusSettings,
  PrometheusSource,
} from '../../src/adapters/metrics/prometheus.ts';
import { systemClock } from '../../src/std/clock.ts';
import { Prng } from '../../src/std/prng.ts';
import { hasPrometheus, PrometheusServer } from '../kit/prometheus.ts';

const signal = new AbortController().signal;

interface Reply {
  readonly status: number;
  readonly body: string;
}

/** A server that answers by script and remembers what it was asked. */
class Scripted {
  replies: (Reply | 'hang' | 'reset')[] = [];
  readonly seen: { headers: IncomingMessage['headers']; body: URLSearchParams; path: string }[] = [];
  readonly server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      this.seen.push({ headers: request.headers, body: new URLSearchParams(body), path: request.url ?? '' });
      const reply = this.replies.length > 1 ? this.replies.shift() : this.replies[0];
      if (reply === 'reset') request.socket.destroy();
      else if (reply !== 'hang' && reply !== undefined) response.writeHead(reply.status).end(reply.body);
    });
  });

  source(settings: Partial<PrometheusSettings> = {}): PrometheusSource {
    const { port } = this.server.address() as AddressInfo;
    return new PrometheusSource(
      { ...PROMETHEUS_DEFAULTS, url: `http://127.0.0.1:${port}/prometheus/`, ...settings },
      { clock: systemClock, random: new Prng(1) },
    );
  }
}

const success = (data: unknown, more: object = {}): Reply => ({
  status: 200,
  body: JSON.stringify({ status: 'success', data, ...more }),
});
const refusal = (status: number, errorType: string, error: string): Reply => ({
  status,
  body: JSON.stringify({ status: 'error', errorType, error }),
});
const oneSample = success({ resultType: 'vector', result: [{ metric: { pod: 'a' }, value: [1, '0.5'] }] });

describe('a Prometheus server', () => {
  let scripted: Scripted;
  beforeAll(async () => {
    scripted = new Scripted();
    scripted.server.listen(0, '127.0.0.1');
    await once(scripted.server, 'listening');
  });
  afterAll(() => {
    scripted.server.closeAllConnections();
    scripted.server.close();
  });

  it.each([
    ['a vector', oneSample, { type: 'vector', samples: [{ labels: { pod: 'a' }, value: 0.5 }] }],
    [
      'infinite and unknown numbers',
      success({ resultType: 'scalar', result: [1, '+Inf'] }),
      { type: 'scalar', value: Number.POSITIVE_INFINITY },
    ],
    [
      'its warnings',
      success({ resultType: 'vector', result: [] }, { warnings: ['w'], infos: ['i'] }),
      { type: 'vector', warnings: ['w', 'i'] },
    ],
    [
      'a partial answer',
      success({ resultType: 'vector', result: [] }, { isPartial: true }),
      { type: 'unknown', reason: 'Partial' },
    ],
    ['a range', success({ resultType: 'matrix', result: [] }), { type: 'unknown', reason: 'InvalidQuery' }],
    [
      'a syntax error',
      refusal(400, 'bad_data', '1:2: parse error'),
      { type: 'unknown', reason: 'InvalidQuery', message: '1:2: parse error' },
    ],
    ['a failed evaluation', refusal(422, 'execution', 'many-to-many'), { type: 'unknown', reason: 'Failed' }],
    ['a login page', { status: 200, body: '<html>' }, { type: 'unknown', reason: 'SourceDown' }],
    [
      'a vector that is none',
      success({ resultType: 'vector', result: [{ metric: {}, value: [1, 'x'] }] }),
      { type: 'unknown', reason: 'SourceDown' },
    ],
  ])('answers %s', async (_, reply, expected) => {
    scripted.replies = [reply];
    expect(await scripted.source().query('up', 1000, signal)).toMatchObject(expected);
  });

  it.each([
    [
      { type: 'basic', username: 'u', password: () => Promise.resolve('p\n') },
      `Basic ${Buffer.from('u:p').toString('base64')}`,
    ],
    [{ type: 'bearer', token: () => Promise.resolve('abc\n') }, 'Bearer abc'],
  ] satisfies [Authentication, string][])(
    'is asked with credentials, tenant and time',
    async (authentication, header) => {
      scripted.replies = [oneSample];
      await scripted
        .source({ authentication, tenant: { header: 'X-Scope-OrgID', value: 'team' } })
        .query('up > 0', 1234, signal);
      const last = scripted.seen.at(-1);
      expect(last?.path).toBe('/prometheus/api/v1/query');
      expect(last?.headers).toMatchObject({ authorization: header, 'x-scope-orgid': 'team' });
      expect(Object.fromEntries(last?.body ?? [])).toMatchObject({ query: 'up > 0', time: '1.234' });
    },
  );

  it('is asked again after a reset or a 503, since asking changes nothing', async () => {
    scripted.replies = ['reset', { status: 503, body: '' }, oneSample];
    expect(await scripted.source().query('up', 0, signal)).toMatchObject({ type: 'vector' });
  });

  it('that hangs, answers too much or is abandoned costs a bounded time and space', async () => {
    scripted.replies = ['hang'];
    const started = systemClock.monotonic();
    expect(await scripted.source({ timeoutMs: 200 }).query('up', 0, signal)).toMatchObject({
      reason: 'SourceDown',
      message: 'no answer within 200 ms',
    });
    expect(systemClock.monotonic() - started).toBeLessThan(2000);
    const abort = new AbortController();
    const asked = scripted.source().query('up', 0, abort.signal);
    abort.abort(new Error('enough'));
    await expect(asked).rejects.toThrow('enough');
    scripted.replies = [
      success({ resultType: 'vector', result: [{ metric: { x: 'y'.repeat(5000) }, value: [1, '1'] }] }),
    ];
    expect(await scripted.source({ maxBytes: 1000 }).query('up', 0, signal)).toMatchObject({ reason: 'Failed' });
  });

  it('is left alone for a while after three failures, and then asked once', async () => {
    scripted.replies = [{ status: 500, body: '' }];
    const source = scripted.source({ retries: 0 });
    for (let round = 0; round < 3; round++)
      expect(await source.query('up', 0, signal)).toMatchObject({ reason: 'SourceDown' });
    const before = scripted.seen.length;
    expect(await source.query('up', 0, signal)).toMatchObject({ type: 'unknown', reason: 'SourceDown' });
    expect(scripted.seen.length).toBe(before);
  });
});

describe.skipIf(!hasPrometheus())('a real Prometheus', () => {
  let server: PrometheusServer | undefined;
  beforeAll(async () => {
    server = await PrometheusServer.start({ targets: ['self'] });
  });
  afterAll(() => server?.stop());

  it('answers, refuses and is found down through the same port', async () => {
    const url = server?.url ?? '';
    const source = new PrometheusSource({ ...PROMETHEUS_DEFAULTS, url }, { clock: systemClock, random: new Prng(1) });
    const ask = (promql: string) => source.query(promql, systemClock.now(), signal);
    const deadline = systemClock.now() + 60_000;
    for (;;) {
      const result = await ask('up == 1');
      if (result.type === 'vector' && result.samples.length === 1) break;
      expect(systemClock.now()).toBeLessThan(deadline);
      await systemClock.until(systemClock.now() + 500);
    }
    expect(await ask('vector(1) + 1')).toMatchObject({ type: 'vector', samples: [{ labels: {}, value: 2 }] });
    expect(await ask('rate(up)')).toMatchObject({ type: 'unknown', reason: 'InvalidQuery' });
    expect(await ask('up[1m]')).toMatchObject({ type: 'unknown', reason: 'InvalidQuery' });
    await server?.stop();
    expect(await ask('up')).toMatchObject({ type: 'unknown', reason: 'SourceDown' });
  });
});
