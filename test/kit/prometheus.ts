/** Debian's Prometheus as a child of the test, on a free port of the loopback. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/std/clock.ts';
import { freePort } from './free-port.ts';

/** Says so, in one line, when it is not there. */
export function hasPrometheus(): boolean {
  try {
    execFileSync('prometheus', ['--version'], { stdio: 'ignore' });
    execFileSync('promtool', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.log('prometheus is not installed: tests against a real server are skipped');
    return false;
  }
}

export interface PrometheusOptions {
  /** `host:port` to be scraped every second; `self` is the server itself. */
  readonly targets?: readonly string[];
  /** Samples to begin with, in OpenMetrics' text form. */
  readonly openMetrics?: string;
}

/** Loading, on a busy machine. */
const START_MS = 60_000;

export class PrometheusServer {
  readonly url: string;
  readonly #folder: string;
  readonly #process: ChildProcess;

  private constructor(url: string, folder: string, process: ChildProcess) {
    this.url = url;
    this.#folder = folder;
    this.#process = process;
  }

  static async start({ targets = [], openMetrics }: PrometheusOptions): Promise<PrometheusServer> {
    const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-prometheus-'));
    const port = await freePort();
    const address = `127.0.0.1:${port}`;
    const scraped = targets.map((target) => (target === 'self' ? address : target));
    const jobs = scraped.map((target, at) => `{job_name: 'job-${at}', static_configs: [{targets: ['${target}']}]}`);
    writeFileSync(
      join(folder, 'prometheus.yml'),
      `global: {scrape_interval: 1s}\nscrape_configs: [${jobs.join(', ')}]\n`,
    );
    if (openMetrics !== undefined) {
      writeFileSync(join(folder, 'data.om'), openMetrics);
      execFileSync(
        'promtool',
        ['tsdb', 'create-blocks-from', 'openmetrics', join(folder, 'data.om'), join(folder, 'data')],
        {
          stdio: 'ignore',
        },
      );
    }
    const flags = [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      '--storage.tsdb.retention.time=10y',
      `--web.listen-address=${address}`,
    ];
    const server = new PrometheusServer(`http://${address}`, folder, spawn('prometheus', flags, { stdio: 'ignore' }));
    await server.#ready();
    return server;
  }

  async #ready(): Promise<void> {
    const deadline = systemClock.now() + START_MS;
    for (;;) {
      const isReady = await fetch(`${this.url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isReady) return;
      if (systemClock.now() > deadline || this.#process.exitCode !== null) {
        await this.stop();
        throw new Error('prometheus did not become ready');
      }
      await systemClock.until(systemClock.now() + 200);
    }
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGTERM');
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
