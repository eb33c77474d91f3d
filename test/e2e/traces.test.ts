/**
 * Traces on the wire: an episode of the embedded cluster, by OpenTelemetry's SDK, at a receiver of OTLP over HTTP. And
 * where no receiver is named, nothing of that SDK is loaded.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { configuredTracing } from '../../src/adapters/tracing/configured-tracing.ts';
import type { TracingConfig } from '../../src/adapters/tracing/tracing.ts';
import { kubeconfigText } from '../../src/cli/sandbox/sandbox.ts';
import type { SpanSink } from '../../src/operator/ports.ts';
import { systemClock } from '../../src/std/clock.ts';
import { PROGRAM } from '../kit/process-cluster.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import { ClusterUnderTest, CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-traces-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
interface WireSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code?: number; readonly message?: string };
  readonly attributes: readonly Attribute[];
}
interface WireBody {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
}

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function receiver(status = 200) {
  const [spans, paths, headers, resources]: [WireSpan[], string[], IncomingHttpHeaders[], Attribute[]] = [
    [],
    [],
    [],
    [],
  ];
  const scene = { status };
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += String(chunk)));
    request.on('end', () => {
      paths.push(request.url ?? '');
      headers.push(request.headers);
      for (const { resource, scopeSpans } of (JSON.parse(text) as WireBody).resourceSpans) {
        resources.push(...resource.attributes);
        if (scene.status === 200) spans.push(...scopeSpans.flatMap((scope) => scope.spans));
      }
      response.writeHead(scene.status, { 'content-type': 'application/json' }).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    paths,
    headers,
    resources,
    scene,
  };
}

async function opened(change: Partial<TracingConfig>) {
  const lines: string[] = [];
  const counts: Record<string, number> = {};
  const log = (_fields: unknown, message: string) => void lines.push(message);
  const tracing = await configuredTracing({
    settings: undefined,
    env: {},
    version: '1.2.3',
    namespace: 'kubeskippy-system',
    clock: systemClock,
    logger: { info: log, warn: log, error: log },
    onSpans: (outcome, count) => {
      counts[outcome] = (counts[outcome] ?? 0) + count;
    },
    ...change,
  });
  return { tracing, lines, counts };
}

/** One healing; its spans go to the sink. */
async function healed(spans: SpanSink): Promise<TestCluster> {
  const world = new TestCluster(1);
  world.operator({ actions: { spans } });
  world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES_UNTIL_RESTARTED));
  world.cluster.create(POLICIES, policy());
  await world.until(() => world.phases().includes('Succeeded'));
  await world.clock.advance(60_000);
  return world;
}

const attributesOf = ({ attributes }: { readonly attributes: readonly Attribute[] }) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

describe('an episode at a receiver', () => {
  it('is a trace with the times of the cluster, under ids that any process would give it', async () => {
    const to = await receiver();
    const { tracing, lines, counts } = await opened({ settings: { endpoint: to.endpoint } });
    if (tracing === undefined) throw new Error('a receiver is named');
    const world = await healed(tracing);
    await tracing.close();
    expect(new Set(to.paths)).toEqual(new Set(['/v1/traces']));
    const names = new Map(to.spans.map((span) => [span.spanId, span.name]));
    expect(
      to.spans.map(({ name, parentSpanId }) => `${names.get(parentSpanId ?? '') ?? '-'} > ${name}`).toSorted(),
    ).toEqual([
      '- > episode',
      'InProgress > patch deployments.apps',
      'InProgress > verification',
      'action restart > Approved',
      'action restart > InProgress',
      'episode > action restart',
      'episode > decision',
    ]);
    expect(new Set(to.spans.map(({ traceId }) => traceId)).size).toBe(1);
    const status = world.actionStatus();
    const nanos = (text: string | undefined) => `${Date.parse(text ?? '')}000000`;
    const inProgress = to.spans.find(({ name }) => name === 'InProgress');
    expect([inProgress?.startTimeUnixNano, inProgress?.endTimeUnixNano]).toEqual([
      nanos(status.startTime),
      nanos(status.completionTime),
    ]);
    const root = to.spans.find(({ name }) => name === 'episode');
    expect(attributesOf(root ?? { attributes: [] })).toMatchObject({ 'kubeskippy.outcome': 'healed' });
    expect(attributesOf({ attributes: to.resources })).toMatchObject({
      'service.name': 'kubeskippy',
      'service.version': '1.2.3',
      'k8s.namespace.name': 'kubeskippy-system',
    });
    expect([lines, counts]).toEqual([[], { exported: to.spans.length }]);
  });

  it('comes with the token of a file', async () => {
    const to = await receiver();
    const file = join(folder, 'token');
    writeFileSync(file, 'one\n');
    const { tracing } = await opened({ settings: { endpoint: `${to.endpoint}/`, bearerTokenFile: file } });
    await healed(tracing ?? { ended: () => undefined });
    await tracing?.close();
    expect(to.headers.map(({ authorization }) => authorization)).toContain('Bearer one');
    expect(to.paths[0]).toBe('/v1/traces');
  });

  it('goes on without a receiver that refuses, which is said once and counted', async () => {
    const to = await receiver(400);
    const { tracing, lines, counts } = await opened({ settings: { endpoint: to.endpoint } });
    const world = await healed(tracing ?? { ended: () => undefined });
    await tracing?.close();
    expect(world.phases()).toEqual(['Succeeded']);
    expect(lines).toEqual([
      'traces are not taken; healing goes on without them, and kubeskippy_trace_spans_total counts what is lost',
    ]);
    expect(counts).toEqual({ notTaken: 7 });
  });

  it('is dropped and counted while too many wait', async () => {
    const to = await receiver();
    const { tracing, counts } = await opened({ settings: { endpoint: to.endpoint } });
    const one = { traceId: '1'.repeat(32), name: 'episode', startAt: 1, endAt: 2, attributes: {} };
    for (let n = 0; n < 3000; n++) tracing?.ended([{ ...one, spanId: n.toString(16).padStart(16, '1') }]);
    expect(counts['queueFull']).toBe(3000 - 2048);
    await tracing?.close();
    expect(to.spans).toHaveLength(2048);
  });

  it('ends with its process, even while the receiver does not answer', async () => {
    const server = createServer(() => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { tracing } = await opened({ settings: { endpoint } });
    tracing?.ended([
      { traceId: '1'.repeat(32), spanId: '2'.repeat(16), name: 'episode', startAt: 1, endAt: 2, attributes: {} },
    ]);
    const before = performance.now();
    await tracing?.close();
    expect(performance.now() - before).toBeLessThan(8000);
  });
});

describe('where traces go', () => {
  it.each<[string, Readonly<Record<string, string>>, boolean]>([
    ['nowhere by default', {}, false],
    ['where the environment says', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' }, true],
    ['where it says for traces', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:1/x' }, true],
    ['nowhere for what is no address', { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' }, false],
    [
      'nowhere when the SDK is off',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_SDK_DISABLED: 'true' },
      false,
    ],
    [
      'nowhere when traces are',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_TRACES_EXPORTER: 'none' },
      false,
    ],
  ])('is %s', async (_title, env, isOpen) => {
    const { tracing, lines } = await opened({ env });
    expect(tracing !== undefined).toBe(isOpen);
    expect(lines.some((line) => line.includes('no traces are sent'))).toBe(
      env['OTEL_EXPORTER_OTLP_ENDPOINT'] === 'collector:4317',
    );
    await tracing?.close();
  });
});

describe('the SDK of OpenTelemetry', () => {
  const kubeconfig = join(folder, 'kubeconfig');

  /** The files that Node has loaded for the built program, as its coverage tells. */
  async function loadedBy(args: readonly string[], env: NodeJS.ProcessEnv, ends?: string): Promise<string> {
    const coverage = mkdtempSync(join(folder, 'coverage-'));
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      env: { ...env, NODE_V8_COVERAGE: coverage },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    child.stderr.on('data', (chunk: Buffer) => {
      log += String(chunk);
      // A second signal would end it at once.
      if (ends !== undefined && log.includes(ends) && !child.killed) child.kill('SIGTERM');
    });
    const [code] = (await once(child, 'exit')) as [number];
    expect(code, log).toBe(0);
    return readdirSync(coverage)
      .flatMap((file) => {
        const { result } = JSON.parse(readFileSync(join(coverage, file), 'utf8')) as {
          readonly result: readonly { readonly url: string }[];
        };
        return result.map(({ url }) => url);
      })
      .join('\n');
  }

  it('is loaded by an operator that makes traces, and by nothing else', async () => {
    const { sandbox } = new ClusterUnderTest(systemClock, { controllers: 'off', scheduler: 'off', kubelet: 'off' });
    const system = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kubeskippy-system' } };
    sandbox.cluster.create({ group: '', version: 'v1', resource: 'namespaces' }, system);
    const http = await sandbox.serve({ port: 0 });
    closing.push(() => http.close());
    writeFileSync(kubeconfig, kubeconfigText(http.url, new Map()));
    const run = ['run', '--kubeconfig', kubeconfig, '--metrics-bind-address', '0', '--health-probe-bind-address', '0'];
    const to = await receiver();
    const begun = 'healing begins';
    expect(await loadedBy(['version'], {})).not.toMatch(/open-telemetry/);
    const without = await loadedBy(run, {}, begun);
    expect(without).toMatch(/\/dist\/chunks\/run-/);
    expect(without).not.toMatch(/open-telemetry/);
    expect(await loadedBy(run, { OTEL_EXPORTER_OTLP_ENDPOINT: to.endpoint }, begun)).toMatch(
      /\/dist\/chunks\/open-telemetry-/,
    );
  });
});
