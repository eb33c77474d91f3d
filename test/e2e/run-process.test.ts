/** The process around the operator: endpoints, Lease, signals. The operator itself is one that only waits. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OperatorRunner, runCommand } from '../../src/cli/run/run.ts';
import { kubeconfigText } from '../../src/cli/sandbox/sandbox.ts';
import { createSandbox, type HttpServer } from '../../src/sandbox/index.ts';
import { systemClock } from '../../src/std/clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-run-'));
const kubeconfig = join(folder, 'kubeconfig');
const sandbox = createSandbox({ clock: systemClock, controllers: 'off', scheduler: 'off', kubelet: 'off' });
let http: HttpServer;
beforeAll(async () => {
  // As `install` leaves it; the namespace of the kubeconfig's context is another one.
  sandbox.cluster.create(
    { group: '', version: 'v1', resource: 'namespaces' },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kubeskippy-system' } },
  );
  http = await sandbox.serve({ port: 0 });
  writeFileSync(kubeconfig, kubeconfigText(http.url, new Map()));
});
afterAll(async () => {
  await http.close();
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

function started(operator: OperatorRunner, flags: Record<string, unknown>, config?: string) {
  const stop = new AbortController();
  const lines: string[] = [];
  const environment = {
    env: {},
    stdout: { write: () => true },
    stderr: { write: (line: string) => lines.push(line) },
    clock: systemClock,
    signal: stop.signal,
    random: () => 0.5,
  };
  const ended = runCommand(
    { kubeconfig, config, flags: { metricsBindAddress: '0', healthProbeBindAddress: '0', ...flags } },
    environment,
    operator,
  );
  return { ended, stop: () => stop.abort(new Error('SIGTERM')), lines };
}

const waits = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
function holder(): string {
  const lease = sandbox.cluster.get(
    { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' },
    { namespace: 'kubeskippy-system', name: 'kubeskippy-leader' },
  );
  const spec = lease?.['spec'] as { readonly holderIdentity?: string } | undefined;
  return spec?.holderIdentity ?? '';
}

describe('the process', () => {
  it('serves health, readiness and metrics while the operator runs', async () => {
    const [health, metrics] = [18_081 + (process.pid % 1000), 19_081 + (process.pid % 1000)];
    let synced = false;
    let ready: () => void = () => undefined;
    const running = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const process_ = started(
      async ({ addReadinessCheck }, _, signal) => {
        addReadinessCheck({ name: 'caches', problem: () => (synced ? undefined : 'not synced: pods') });
        ready();
        await waits(signal);
      },
      { healthProbeBindAddress: `127.0.0.1:${health}`, metricsBindAddress: `127.0.0.1:${metrics}` },
    );
    await running;
    const get = async (port: number, path: string) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      return [answer.status, await answer.text()] as const;
    };
    expect(await get(health, '/healthz')).toEqual([200, 'ok']);
    expect(await get(health, '/readyz')).toEqual([
      500,
      '[+]shutdown ok\n[-]caches failed: not synced: pods\nreadyz check failed\n',
    ]);
    synced = true;
    expect(await get(health, '/readyz')).toEqual([200, 'ok']);
    expect(await get(health, '/readyz?verbose')).toEqual([200, '[+]shutdown ok\n[+]caches ok\nreadyz check passed\n']);
    const [, series] = await get(metrics, '/metrics');
    expect(series).toMatch(/^kubeskippy_process_cpu_seconds_total /m);
    expect(series).toMatch(/^kubeskippy_leader 1$/m);
    expect(series).toMatch(/^kubeskippy_build_info\{version="\d[^"]*"\} 1$/m);
    const page = readFileSync(join(import.meta.dirname, '../../docs/reference/metrics.md'), 'utf8');
    const names = [...series.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
    expect(
      names.filter((name) => !/^kubeskippy_(?:process|nodejs)_/.test(name) && !page.includes(`\`${name}\``)),
    ).toEqual([]);
    process_.stop();
    await process_.ended;
    expect(process_.lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['starting', 'stopped']);
  });

  it('starts before it leads, says when it does, and releases the Lease after the operator stopped', async () => {
    const order: string[] = [];
    let leading: () => void = () => undefined;
    const led = new Promise<void>((resolve) => {
      leading = resolve;
    });
    const process_ = started(
      async ({ isLeader, leads }, _, signal) => {
        order.push(`leads ${isLeader()}`);
        await leads;
        order.push(`leads ${isLeader()}`);
        leading();
        await waits(signal);
        order.push(`held by ${holder() === '' ? 'nobody' : 'us'}`);
      },
      { leaderElect: true },
    );
    await led;
    process_.stop();
    await process_.ended;
    expect(order).toEqual(['leads false', 'leads true', 'held by us']);
    expect(holder()).toBe('');
  });

  it('begins the operator anew when its file changes, and has each readiness check once', async () => {
    const config = join(folder, 'settings.yaml');
    writeFileSync(config, 'maxConcurrent: 2\n');
    const port = 20_081 + (process.pid % 1000);
    const seen: number[] = [];
    const waiting: (() => void)[] = [];
    const process_ = started(
      async ({ addReadinessCheck, leads }, { maxConcurrent }, signal) => {
        addReadinessCheck({ name: 'operator', problem: () => undefined });
        await leads;
        seen.push(maxConcurrent);
        waiting.splice(0).forEach((wake) => wake());
        await waits(signal);
      },
      { leaderElect: true, healthProbeBindAddress: `127.0.0.1:${port}` },
      config,
    );
    while (seen.length < 1) await new Promise<void>((resolve) => waiting.push(resolve));
    const leader = holder();
    writeFileSync(config, 'maxConcurrent: 3\n');
    while (seen.length < 2) await new Promise<void>((resolve) => waiting.push(resolve));
    expect(seen).toEqual([2, 3]);
    expect(holder()).toBe(leader);
    const answer = await fetch(`http://127.0.0.1:${port}/readyz?verbose`);
    expect(await answer.text()).toBe('[+]shutdown ok\n[+]operator ok\nreadyz check passed\n');
    process_.stop();
    await process_.ended;
  }, 30_000);

  it('an operator that fails ends the process with its error', async () => {
    await expect(started(() => Promise.reject(new Error('no way on')), {}).ended).rejects.toThrow('no way on');
  });

  it('a taken address is one line', async () => {
    const { port } = http;
    await expect(
      started(() => Promise.resolve(), { healthProbeBindAddress: `127.0.0.1:${port}` }).ended,
    ).rejects.toThrow(`cannot listen on 127.0.0.1:${port}: another program listens there`);
  });
});
