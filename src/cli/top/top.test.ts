import { describe, expect, it } from 'vitest';
import { called, served, testFolder } from '../../../test/kit/command-line.ts';
import { Registry } from 'prom-client';
import { operatorMetrics, processMetrics } from '../../adapters/operator-metrics.ts';
import { createSandbox } from '../../sandbox/index.ts';
import { VirtualClock } from '../../std/clock.ts';
import { metricsRoute, serveEndpoints } from '../run/serve-endpoints.ts';
import { costsOf, costsText, type Series } from './costs.ts';

const file = testFolder();
const series = (family: string, labels: Readonly<Record<string, string>>, value: number): Series => ({
  family,
  labels,
  value,
});
const at = (requests: number, laps: number, started = 100): readonly Series[] => [
  series('kubeskippy_build_info', { version: '1' }, 1),
  series('kubeskippy_process_start_time_seconds', {}, started),
  series('kubeskippy_process_cpu_seconds_total', {}, requests / 100),
  series('kubeskippy_process_resident_memory_bytes', {}, 80 * 2 ** 20),
  series('kubeskippy_nodejs_eventloop_lag_p99_seconds', {}, 0.012),
  series('kubeskippy_api_requests_total', { verb: 'get', resource: 'pods', code: '200' }, requests),
  series('kubeskippy_api_requests_total', { verb: 'get', resource: 'pods', code: '403' }, requests / 10),
  series('kubeskippy_api_requests_total', { verb: 'update', resource: 'leases', code: '200' }, 2 * requests),
  series('kubeskippy_reconcile_duration_seconds_count', { controller: 'targets', outcome: 'success' }, laps),
  series('kubeskippy_reconcile_duration_seconds_sum', { controller: 'targets', outcome: 'success' }, laps / 10),
  series('kubeskippy_queue_keys', { queue: 'targets', state: 'waiting' }, 3),
  series('kubeskippy_cache_objects', { resource: 'pods' }, 100),
  series('kubeskippy_cache_deaf_seconds', { resource: 'pods' }, 12),
];

describe('what an operator costs', () => {
  it('is what has grown between two looks, the most first', () => {
    const costs = costsOf(at(200, 60), at(100, 30), 60);
    if (costs === undefined) throw new Error('these are the series of an operator');
    expect(costsText(costs)).toBe(`over 1m: 1.7 % of a processor, 80 MiB, 12 ms of lag, 310 requests a minute

VERB    RESOURCE  A MINUTE  REFUSED
update  leases    200       0
get     pods      110       10

LOOP     LAPS A MINUTE  BUSY   WAITING
targets  30             5.0 %  3

CACHE  OBJECTS  WITHOUT A WATCH
pods   100      12 s
`);
  });

  it('begins at nothing in another process, and since the beginning where there is one look', () => {
    expect(costsOf(at(50, 1, 200), at(100, 30, 100), 60)?.requests[0]?.perMinute).toBe(100);
    expect(costsOf(at(100, 30), undefined, 120)?.requests[0]?.perMinute).toBe(100);
  });
});

describe('kubeskippy top', () => {
  it('reads the /metrics of an operator, as JSON and as text', async () => {
    const registry = new Registry();
    processMetrics(registry, { version: '1', isLeader: () => true });
    operatorMetrics(registry).requested('list', 'pods', '200');
    const endpoint = await serveEndpoints('127.0.0.1:0', { '/metrics': metricsRoute(registry) }, () => undefined);
    const url = `http://127.0.0.1:${endpoint?.port}/metrics`;
    const { out, err } = await called(['top', '--url', url, '-o', 'json']);
    expect(err).toBe('');
    expect(JSON.parse(out)).toMatchObject({ requests: [{ verb: 'list', resource: 'pods' }] });
    const text = await called(['top', '--url', url, '--over', '10ms']);
    expect(text).toMatchObject({ code: 0, err: 'Measuring for 0.01 s.\n' });
    expect(text.out).toContain('LAPS A MINUTE');
    await endpoint?.close();
  });

  it('says that something else answers, or nothing', async () => {
    const other = await serveEndpoints('127.0.0.1:0', { '/': metricsRoute(new Registry()) }, () => undefined);
    const url = `http://127.0.0.1:${other?.port}/`;
    expect((await called(['top', '--url', url])).err).toContain('not that of an operator');
    expect((await called(['top', '--url', `${url}none`])).err).toContain('answers with 404');
    await other?.close();
    expect(await called(['top', '--url', 'http://127.0.0.1:1/'])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/ECONNREFUSED|bad port/) as unknown,
    });
  });

  it('names the way around an API server that reaches no pod', async () => {
    const sandbox = createSandbox({ clock: new VirtualClock(), nodes: 0 });
    const { code, err } = await called(['top', '--kubeconfig', await served(sandbox, file)]);
    await sandbox.close();
    expect(code).toBe(1);
    expect(err).toContain('port-forward');
  });
});
